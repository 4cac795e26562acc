"""What is told of a row that does not hold, and of what was looked at."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from metadrill.model.suite import Deviation

from .test_great_expectations import BAD, GOOD, _check, _one


def test_a_deviation_has_the_guids_what_should_stand_there_and_what_does() -> None:
    pair = {"column_A": "guid_b", "column_B": "guid_o"}
    frame = pa.table({"name": ["orders", "lines"], "guid_b": ["g1", "(none)"], "guid_o": ["g2", "g3"]})
    check = replace(_check("expect_column_pair_values_to_be_equal", pair, key=("name",)), says="{name} moved")
    found = _one(check, frame).deviations
    assert found == (
        Deviation(("g3",), "(none)", "g3", "lines moved"), Deviation(("g1", "g2"), "g1", "g2", "orders moved")
    )  # fmt: skip
    (lone,) = _one(_check(), pa.table({"guid": ["a"], "side": pa.array([None], pa.string())})).deviations
    assert (lone.guids, lone.expected, lone.observed) == (("a",), "both", "null")


@pytest.mark.parametrize(
    ("expect", "params", "expected"),
    [
        ("expect_column_values_to_be_between", {"column": "n", "min_value": 0, "max_value": 0}, "0"),
        ("expect_column_values_to_be_between", {"column": "n", "min_value": 8}, "from 8"),
        (
            "expect_column_values_to_be_between",
            {"column": "n", "min_value": 0, "max_value": 5}, "from 0 to 5",
        ),
        ("expect_column_values_to_be_null", {"column": "n"}, "be null"),
        ("expect_column_values_to_match_regex", {"column": "s", "regex": "^x"}, "match regex ^x"),
        (
            "expect_column_pair_values_a_to_be_greater_than_b",
            {"column_A": "limit", "column_B": "n", "or_equal": True}, "at most 6",
        ),
        (
            "expect_column_pair_values_a_to_be_greater_than_b",
            {"column_A": "limit", "column_B": "n"}, "less than 6",
        ),
        (
            "expect_compound_columns_to_be_unique",
            {"column_list": ["n", "s"]}, "compound columns to be unique",
        ),
    ],
)  # fmt: skip
def test_what_should_stand_there_is_said_for_every_kind(
    expect: str, params: Mapping[str, Any], expected: str
) -> None:
    frame = pa.table({"guid": ["a", "b"], "n": [7, 7], "s": ["7", "7"], "limit": [6, 6]})
    found = _one(_check(expect, params), frame).deviations
    assert {(one.guids, one.expected) for one in found} == {(("a",), expected), (("b",), expected)}
    assert all("7" in one.observed for one in found)


def test_a_result_says_that_it_looked_at_everything() -> None:
    assert (_one(_check(), GOOD).scope, _one(_check(), BAD).scope) == ("complete", "complete")
