"""The recorded real run that the tour shows."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recorded():
    return Path(__file__).parents[4] / "fixtures" / "runs" / "tour" / "journal.jsonl"
