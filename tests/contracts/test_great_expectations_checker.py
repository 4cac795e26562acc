"""The shipped checker keeps the contract of its port."""

import pytest

from metadrill.testing.contracts import CheckerContract


class TestGreatExpectations(CheckerContract):
    @pytest.fixture
    def checker(self):
        from metadrill.checkers.great_expectations import GreatExpectations

        return GreatExpectations()
