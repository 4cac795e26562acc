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
        ("expect_column_values_to_be_between", {"column": "n", "min_value": 8}, "be between, min value 8"),
        (
            "expect_column_values_to_be_between",
            {"column": "n", "min_value": 0, "max_value": 5}, "be between, min value 0, max value 5",
        ),
        ("expect_column_values_to_be_null", {"column": "n"}, "be null"),
        (
            "expect_column_values_to_not_be_in_set",
            {"column": "s", "value_set": ["7"]}, "not be in set, value set ['7']",
        ),
        (
            "expect_column_value_lengths_to_be_between",
            {"column": "s", "min_value": 3, "max_value": 3},
            "column value lengths to be between, min value 3, max value 3",
        ),
        (
            "expect_column_pair_values_a_to_be_greater_than_b",
            {"column_A": "n_o", "column_B": "n_b", "or_equal": True}, "at least 7",
        ),
        ("expect_column_values_to_match_regex", {"column": "s", "regex": "^x"}, "match regex, regex ^x"),
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
    frame = pa.table({"guid": ["a", "b"], "n": [7, 7], "s": ["7", "7"], "limit": [6, 6],
                      "n_o": [1, 1], "n_b": [7, 7]})  # fmt: skip
    found = _one(_check(expect, params), frame).deviations
    assert {(one.guids, one.expected) for one in found} == {(("a",), expected), (("b",), expected)}
    observed = {"expect_column_pair_values_a_to_be_greater_than_b": {"7", "1"}}.get(expect)
    assert all(one.observed in observed if observed else "7" in one.observed for one in found)


def test_what_is_no_guid_is_not_named_as_one() -> None:
    frame = pa.table({"guid": ["document 4xyz", "undecodable: the answer is not JSON", "g", ""],
                      "side": ["stub", "undecodable", "graph", "graph"]})  # fmt: skip
    assert [one.guids for one in _one(_check(), frame).deviations] == [(), (), (), ("g",)]


def test_a_result_says_that_it_looked_at_everything() -> None:
    assert (_one(_check(), GOOD).scope, _one(_check(), BAD).scope) == ("complete", "complete")
