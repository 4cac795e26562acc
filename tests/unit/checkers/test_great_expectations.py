"""What the checker refuses to call a pass, and what it says instead."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from metadrill.census import SCHEMAS, Census, build, frames
from metadrill.checkers import great_expectations, library, verdicts
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.checkers.units import Unit
from metadrill.model.suite import SAMPLE, Check, CheckResult, Suite
from metadrill.model.verdict import CheckVerdict, Severity

IN_SET = "expect_column_values_to_be_in_set"
EQUAL = "expect_column_pair_values_to_be_equal"
BOTH = {"column": "side", "value_set": ["both"]}
PAIR = {"column_A": "x", "column_B": "y"}
GOOD = pa.table({"guid": ["a", "b"], "side": ["both", "both"], "x": [1, 2], "y": [1, 2]})
BAD = pa.table({"guid": ["b", "a"], "side": ["observed", "baseline"], "x": [1, 2], "y": [1, 3]})


def _check(expect: str = IN_SET, params: Mapping[str, Any] | None = None, **others: Any) -> Check:
    given = {"key": ("guid",), "frame": "frame", **others}
    return Check(6, "a title", given.pop("frame"), expect, BOTH if params is None else params,
                 Severity.CRITICAL, **given)  # fmt: skip


def _one(check: Check, frame: pa.Table, abilities: frozenset[str] = frozenset()) -> CheckResult:
    result = GreatExpectations().check(Suite("s", "t", (check,)), {"frame": frame}, abilities)
    assert result.declared in (0, 1)
    return result.results[0]


def test_a_good_frame_passes_and_says_how_much_was_examined() -> None:
    result = _one(_check(), GOOD)
    assert (result.verdict, result.examined, result.unexpected) == (CheckVerdict.PASS, 2, 0)


def test_a_finding_counts_rows_and_names_them_by_key_and_judged_value() -> None:
    result = _one(_check(), BAD)
    assert (result.verdict, result.examined, result.unexpected) == (CheckVerdict.FAIL, 2, 2)
    assert result.sample == ("guid=a side=baseline", "guid=b side=observed")
    assert result.because == "2 of 2 rows"


def test_a_finding_is_said_in_the_check_s_own_words_with_what_was_expected_and_seen() -> None:
    frame = pa.table({"guid": ["a", "b"], "name": ["orders", None], "then": [1, 2], "now": [1, 3]})
    pair = {"column_A": "then", "column_B": "now"}
    check = replace(
        _check("expect_column_pair_values_to_be_equal", pair), says="{name} had {then}, has {now}"
    )
    assert _one(check, frame).sample == ("null had 2, has 3 (b)",)
    unknown = _one(replace(check, says="{nowhere}"), frame)
    assert (unknown.verdict, "nowhere" in unknown.because) == (CheckVerdict.INCONCLUSIVE, True)


def test_a_sample_names_at_most_twenty_but_all_are_counted() -> None:
    frame = pa.table({"guid": [f"{n:03}" for n in range(200)], "side": ["observed"] * 200})
    result = _one(_check(), frame)
    assert (result.unexpected, len(result.sample)) == (200, 20)
    assert result.sample[0] == "guid=000 side=observed"


def test_in_a_large_frame_all_findings_are_counted_and_some_are_named() -> None:
    rows = 25_000
    frame = pa.table({"guid": [f"{n:05}" for n in range(rows)], "side": ["both"] * 12_000 + ["x"] * 13_000})
    result = _one(_check(), frame)
    assert (result.verdict, result.examined, result.unexpected) == (CheckVerdict.FAIL, rows, 13_000)
    assert result.sample[0] == "guid=12000 side=x"
    assert len(result.sample) == SAMPLE and len(result.deviations) == verdicts.NAMED


def test_the_frames_of_a_comparison_are_judged_piece_by_piece(
    monkeypatch: pytest.MonkeyPatch, census: Census
) -> None:
    built, seen = frames.join(census, census), []
    whole = built["entities_joined"]
    cut = [whole.slice(start, 10) for start in range(0, whole.num_rows, 10)]
    monkeypatch.setattr(
        frames.Frames, "pieces", lambda self, name, columns: (one.select(columns) for one in cut)
    )
    ask = great_expectations.Expectations.ask

    def counted(self: Any, piece: Any, key: Any, *, named: bool) -> Any:
        seen.append(piece.num_rows)
        return ask(self, piece, key, named=named)

    monkeypatch.setattr(great_expectations.Expectations, "ask", counted)
    check = _check(IN_SET, {"column": "side", "value_set": ["both"]}, frame="entities_joined")
    (result,) = GreatExpectations().check(Suite("s", "t", (check,)), built, frozenset()).results
    assert (result.verdict, result.examined) == (CheckVerdict.PASS, whole.num_rows)
    assert seen == [one.num_rows for one in cut] and len(seen) > 3


@pytest.mark.parametrize(
    ("pieces", "named"), [((10,), 10), ((11,), 10), ((9, 5), 10), ((9, 1), 10), ((10, 5), 10)]
)
def test_of_so_many_findings_are_named_as_are_to_be_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch, pieces: tuple[int, ...], named: int
) -> None:
    parts = [
        pa.table({"guid": [f"{place}-{n:02}" for n in range(size)], "side": ["x"] * size})
        for place, size in enumerate(pieces)
    ]
    monkeypatch.setattr(great_expectations, "NAMED", 10)
    monkeypatch.setattr(great_expectations, "_pieces", lambda frames, name, columns: iter(parts))
    result = _one(_check(), pa.concat_tables(parts))
    assert (result.unexpected, len(result.sample)) == (sum(pieces), named)


def test_in_a_large_frame_a_null_and_a_repeated_key_are_found() -> None:
    guids = [f"{n:05}" for n in range(25_000)]
    lost = pa.table({"guid": guids, "side": ["both"] * 24_999 + [None]})
    assert _one(_check(), lost).sample == ("guid=24999 side=null",)
    twice = pa.table({"guid": [*guids[:-1], guids[0]]})
    unique = _check("expect_column_values_to_be_unique", {"column": "guid"})
    assert (_one(unique, twice).verdict, _one(unique, twice).unexpected) == (CheckVerdict.FAIL, 2)


@pytest.mark.parametrize("where", ["side", "column_B"])
def test_a_null_in_a_judged_column_is_found(where: str) -> None:
    frame = pa.table({"guid": ["a", "b"], "side": ["both", None], "x": ["1", None], "y": ["1", None]})
    check = _check() if where == "side" else _check(EQUAL, PAIR)
    result = _one(check, frame)
    assert (result.verdict, result.unexpected) == (CheckVerdict.FAIL, 1)
    assert "guid=b" in result.sample[0]


def test_a_null_is_found_by_an_expectation_on_the_whole_column() -> None:
    frame = pa.table({"guid": ["a", "b"], "side": ["both", None]})
    assert _one(_check("expect_column_distinct_values_to_equal_set"), frame).verdict == CheckVerdict.FAIL


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (_check("expect_nothing_of_the_kind"), "not found"),
        (_check(params={"column": "side", "value_sett": ["both"]}), "value_set"),
        (_check(params={"column": "nowhere", "value_set": ["both"]}), "nowhere"),
        (_check(params={**BOTH, "severity": "high"}), "severity"),
        (_check(params={**BOTH, "mostly": 0.5}), "mostly"),
        (_check(params={**BOTH, "row_condition": "False"}), "row_condition"),
        (_check(EQUAL, {**PAIR, "ignore_row_if": "either_value_is_missing"}), "skips"),
        (_check(key=("nowhere",)), "no column nowhere to name rows by"),
        (_check(frame="nowhere"), "no frame nowhere"),
    ],
)  # fmt: skip
def test_a_check_that_cannot_be_evaluated_as_written_is_inconclusive(check: Check, reason: str) -> None:
    result = _one(check, BAD)
    assert result.verdict == CheckVerdict.INCONCLUSIVE
    assert reason in result.because


def test_a_check_that_did_not_load_shows_in_the_counts_and_spares_its_neighbours() -> None:
    suite = Suite("s", "t", (_check(params={**BOTH, "value_sett": 1}), _check(), _check("expect_nothing")))
    result = GreatExpectations().check(suite, {"frame": BAD}, frozenset())
    assert (result.declared, result.loaded, result.evaluated) == (3, 1, 1)
    verdicts = [one.verdict for one in result.results]
    assert verdicts == [CheckVerdict.INCONCLUSIVE, CheckVerdict.FAIL, CheckVerdict.INCONCLUSIVE]


def test_equal_expectations_of_several_checks_each_get_their_verdict() -> None:
    result = GreatExpectations().check(Suite("s", "t", (_check(), _check())), {"frame": BAD}, frozenset())
    assert (result.declared, result.loaded, result.evaluated) == (2, 2, 2)
    assert {one.verdict for one in result.results} == {CheckVerdict.FAIL}


def test_an_expectation_of_the_whole_frame_that_fails_is_one_finding() -> None:
    rows = pa.table({"guid": ["a", "b"], "side": ["both", "both"]})
    failed = _one(_check("expect_table_row_count_to_equal", {"value": 3}), rows)
    assert (failed.verdict, failed.unexpected, failed.examined) == (CheckVerdict.FAIL, 1, 2)
    assert "observed 2" in failed.because
    passed = _one(_check("expect_table_row_count_to_equal", {"value": 2}), rows)
    assert (passed.verdict, passed.unexpected) == (CheckVerdict.PASS, 0)


@pytest.mark.parametrize(
    ("expect", "alone"),
    [
        ("expect_column_to_exist", True), (IN_SET, True), (EQUAL, True),
        ("expect_column_values_to_not_be_null", True), ("expect_column_values_to_be_unique", False),
        ("expect_column_values_to_be_increasing", False), ("expect_compound_columns_to_be_unique", False),
        ("expect_table_row_count_to_equal", False),
        ("expect_column_max_to_be_between", False), ("expect_no_such_thing", True),
    ],
)  # fmt: skip
def test_only_what_each_row_tells_alone_is_judged_piece_by_piece(expect: str, alone: bool) -> None:
    assert library.by_row(Unit.of(expect, {})) is alone


def test_an_empty_suite_is_inconclusive() -> None:
    result = GreatExpectations().check(Suite("s", "t", ()), {"frame": GOOD}, frozenset())
    (only,) = result.results
    assert (result.declared, result.loaded, result.evaluated) == (0, 0, 0)
    assert (only.number, only.verdict) == (0, CheckVerdict.INCONCLUSIVE)


def test_an_empty_frame_passes_only_where_the_population_may_be_empty() -> None:
    assert _one(_check(), GOOD.slice(0, 0)).verdict == CheckVerdict.PASS
    assert "nothing to examine" in _one(_check(), GOOD.slice(0, 0)).because
    assert _one(_check(required=True), GOOD.slice(0, 0)).verdict == CheckVerdict.INCONCLUSIVE


MAY_BE_NONE = {
    "Graph and index count the same per classification",
    "Every relationship has its one index document",
    "The words of every entity can be searched",
}
"""Checks of an index that a repository of entities alone passes, with nothing to examine."""


def test_on_a_census_without_entities_nothing_is_proved(suite: Callable[[str], Suite]) -> None:
    empty = build({name: [] for name in SCHEMAS}, {})
    built = frames.join(empty, empty)
    for name, numbers in (("structure", {6, 7, 12}), ("index", {33}), ("segments", {40})):
        results = GreatExpectations().check(suite(name), built, frozenset({"index_files"})).results
        judged = [one for one in results if one.number in numbers and one.title not in MAY_BE_NONE]
        assert judged and {one.verdict for one in judged} == {CheckVerdict.INCONCLUSIVE}


def test_a_check_beyond_the_abilities_of_the_stack_is_not_provable() -> None:
    result = GreatExpectations().check(
        Suite("s", "t", (_check(requires="audit"), _check())), {"frame": GOOD}, frozenset()
    )
    assert (result.declared, result.loaded, result.evaluated) == (1, 1, 1)
    assert result.results[0].verdict == CheckVerdict.NOT_PROVABLE
    assert _one(_check(requires="audit", required=True), GOOD).verdict == CheckVerdict.INCONCLUSIVE
    assert _one(_check(requires="audit"), GOOD, frozenset({"audit"})).verdict == CheckVerdict.PASS


def test_a_table_that_could_not_be_read_makes_its_checks_inconclusive_and_says_why(
    suite: Callable[[str], Suite], census: Census
) -> None:
    tables = {name: table for name, table in census.tables.items() if name != "lineage"}
    built = frames.join(census, Census(tables, {"lineage": "the server closed the connection"}))
    result = GreatExpectations().check(suite("lineage"), built, frozenset())
    assert result.results[0].verdict == CheckVerdict.INCONCLUSIVE
    assert "the server closed the connection" in result.results[0].because
    assert (result.declared, result.evaluated) == (len(suite("lineage").checks), 0)


def test_an_undecodable_answer_of_the_index_is_a_finding(
    suite: Callable[[str], Suite], census: Census
) -> None:
    fault = {"documents": "undecodable: invalid UTF-8 at byte 17 of page 2"}
    kept = {name: table for name, table in census.tables.items() if name != "documents"}
    for tables in (census.tables, kept):
        built = frames.join(census, Census(tables, fault))
        first = GreatExpectations().check(suite("index"), built, frozenset()).results[0]
        assert (first.number, first.verdict) == (33, CheckVerdict.FAIL)
        assert any("undecodable" in one for one in first.sample) or first.unexpected > SAMPLE


def test_the_library_is_imported_late_prints_nothing_and_sends_no_analytics() -> None:
    script = (
        "import os, sys\n"
        "import pyarrow as pa\n"
        "from metadrill.checkers import great_expectations as checker\n"
        "from metadrill.model.suite import SAMPLE, Check, Suite\n"
        "assert 'great_expectations' not in sys.modules and 'pandas' not in sys.modules\n"
        "checker.warm().join()\n"
        "assert 'great_expectations' in sys.modules\n"
        "check = Check(6, 't', 'f', 'expect_column_values_to_be_in_set',\n"
        "              {'column': 'side', 'value_set': ['both']}, 'critical', ('side',))\n"
        "wrong = Check(6, 't', 'f', 'expect_column_values_to_be_unique', {'column': 'n'}, 'critical')\n"
        "frame = {'f': pa.table({'side': ['both', 'x']})}\n"
        "result = checker.GreatExpectations().check(Suite('s', 't', (check, wrong)), frame, frozenset())\n"
        "assert [one.verdict for one in result.results] == ['fail', 'inconclusive'], result\n"
        "assert os.environ['GX_ANALYTICS_ENABLED'] == 'false'\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_could_not_be_said_of_one_piece_cannot_be_said_of_both() -> None:
    good, broken = verdicts.Outcome(True), verdicts.Outcome(True, broken="no such column")
    assert (good + broken).broken == (broken + good).broken == "no such column"
    assert (good + good).broken == ""


@pytest.mark.parametrize(
    "info", [{"exception_message": "it broke"}, {"a_metric": {"exception_message": "it broke"}}]
)
def test_an_exception_that_does_not_say_whether_it_was_raised_was(info: Mapping[str, Any]) -> None:
    whole = info if "a_metric" in info else {"raised": info}
    assert library._raised(whole) == "it broke"
    assert library._raised({"raised_exception": False, "exception_message": None}) == ""
