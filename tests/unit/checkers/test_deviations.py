"""What is told of a row that does not hold, and of what was looked at."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metadrill.census import Census, asking, build, frames
from metadrill.census.tables import Files
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.model.suite import Check, Deviation, Suite
from metadrill.model.verdict import CheckVerdict, Severity

from .test_great_expectations import BAD, GOOD, _check, _one


def test_a_deviation_has_the_guids_what_should_stand_there_and_what_does() -> None:
    pair = {"column_A": "guid_b", "column_B": "guid_o"}
    frame = pa.table({"name": ["orders", "lines"], "guid_b": ["g1", "(none in a)"], "guid_o": ["g2", "g3"]})
    check = replace(_check("expect_column_pair_values_to_be_equal", pair, key=("name",)), says="{name} moved")
    found = _one(check, frame).deviations
    assert found == (
        Deviation(("g3",), "(none in a)", "g3", "lines moved"),
        Deviation(("g1", "g2"), "g1", "g2", "orders moved"),
    )
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
    assert [one.guids for one in _one(_check(), frame).deviations] == [(), (), ("g",), ()]


EDGES = [{"process": process, "direction": "inputs", "entity": "a"} for process in "pqr"]
LINEAGE = Check(
    25, "inputs", "lineage_joined", "expect_column_values_to_be_in_set",
    {"column": "side", "value_set": ["both"]}, Severity.CRITICAL, ("process", "direction", "entity"),
    says="{process}, {direction} {entity}: only in the {side}",
)  # fmt: skip


def _entity(guid: str, name: str) -> dict[str, Any]:
    return {"guid": guid, "type": "etl" if guid in "pq" else "table", "unique_name": name}


def _lost(built: frames.Frames, check: Check = LINEAGE) -> tuple[Deviation, ...]:
    (result,) = GreatExpectations().check(Suite("s", "t", (check,)), built, frozenset()).results
    assert result.verdict is CheckVerdict.FAIL
    return result.deviations


def test_a_sentence_tells_a_guid_as_type_and_name_and_keeps_it_behind() -> None:
    """Rows of two guids stay two, though both have one name; a guid that nobody knows stays."""
    old = build({"entities": [_entity("a", "sales.orders"), _entity("p", "nightly")], "lineage": EDGES}, {})
    new = build({"entities": [_entity("q", "nightly")], "lineage": []}, {})
    said = {one.guids: one.says for one in _lost(frames.join(old, new))}
    assert said == {
        ("p", "a"): "etl nightly, inputs table sales.orders: only in the baseline (p, inputs, a)",
        ("q", "a"): "etl nightly, inputs table sales.orders: only in the baseline (q, inputs, a)",
        ("r", "a"): "r, inputs table sales.orders: only in the baseline (r, inputs, a)",
    }
    alike = replace(LINEAGE, key=("direction",), says="{process} lost its {direction}")
    assert [(one.guids, one.says) for one in _lost(frames.join(old, new), alike)] == [
        (("p",), "etl nightly lost its inputs"), (("q",), "etl nightly lost its inputs"),
        (("r",), "r lost its inputs"),
    ]  # fmt: skip


def test_a_name_that_the_sentence_has_anyway_does_not_take_the_place_of_the_guid() -> None:
    old, new = (build({"entities": [{**_entity(guid, "t"), "state": "ACTIVE"}]}, {}) for guid in "ab")
    pair = {"column_A": "guid_b", "column_B": "guid_o"}
    check = replace(
        LINEAGE, frame="names_joined", expect="expect_column_pair_values_to_be_equal", params=pair,
        key=("unique_name",), says="{type} {unique_name} had the guid {guid_b}, now {guid_o}",
    )  # fmt: skip
    assert [one.says for one in _lost(frames.join(old, new), check)] == ["table t had the guid a, now b"]


def test_where_no_name_can_be_found_out_a_finding_is_one_all_the_same(tmp_path: Path) -> None:
    tables = build({"entities": [_entity("a", "x"), _entity("p", "y")], "lineage": EDGES}, {}).tables
    for name, table in tables.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    old = Census(Files({name: tmp_path / f"{name}.parquet" for name in tables}), {})
    new = build({"lineage": []}, {})
    built = frames.join(old, new)
    assert _lost(built)[0].says.startswith("etl y, inputs table x: ")
    (tmp_path / "entities.parquet").unlink()
    kept = [one.says for one in _lost(built)]
    assert kept == [f"{one}, inputs a: only in the baseline ({one}, inputs, a)" for one in "pqr"]
    bare = frames.join(build({"lineage": EDGES}, {}), new)
    assert [one.says for one in _lost(bare)] == kept


class _Counting(asking.Local):
    """The local engine, with the guids that each question about names was for."""

    def __init__(self) -> None:
        super().__init__()
        self.sought: list[list[str]] = []

    def give(self, name: str, source: asking.Source) -> None:
        super().give(name, source)
        if name == "sought" and isinstance(source, pa.Table):
            self.sought.append(source["guid"].to_pylist())


def test_names_are_asked_for_once_a_check_and_not_where_nothing_failed() -> None:
    engine = _Counting()
    old = build({"entities": [_entity("a", "x")], "lineage": EDGES}, {})
    new = build({"entities": [], "lineage": []}, {})
    nameless = replace(LINEAGE, says="one is gone")
    for check, other in ((LINEAGE, old), (nameless, new), (LINEAGE, new)):
        GreatExpectations().check(
            Suite("s", "t", (check,)), frames.join(old, other, engine=engine), frozenset()
        )
    assert engine.sought == [["a", "p", "q", "r"]]


def test_a_result_says_that_it_looked_at_everything() -> None:
    assert (_one(_check(), GOOD).scope, _one(_check(), BAD).scope) == ("complete", "complete")
