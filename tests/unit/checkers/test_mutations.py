"""Every check, on a recorded census: green unmutated, and red for the one damage it is for.

A damage that necessarily shows in several checks names them all: a lost entity is also one
fewer of its type, and one document too many in the index.
"""

from collections.abc import Callable
from typing import Any

import pytest

from metadrill.census import build, frames
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.model.suite import CheckResult, Suite
from metadrill.model.verdict import CheckVerdict

Rows = dict[str, list[dict[str, Any]]]
ABLE = frozenset({"index_files"})


def _drop(table: str, **match: Any) -> Callable[[Rows], None]:
    def mutate(rows: Rows) -> None:
        kept = [row for row in rows[table] if any(row[name] != value for name, value in match.items())]
        assert len(kept) < len(rows[table])
        rows[table] = kept

    return mutate


def _alter(table: str, match: dict[str, Any], **values: Any) -> Callable[[Rows], None]:
    def mutate(rows: Rows) -> None:
        hit = [row for row in rows[table] if all(row[name] == value for name, value in match.items())]
        assert hit
        for row in hit:
            row.update(values)

    return mutate


def _add(table: str, like: dict[str, Any], **values: Any) -> Callable[[Rows], None]:
    def mutate(rows: Rows) -> None:
        model = next(row for row in rows[table] if all(row[name] == value for name, value in like.items()))
        rows[table].append({**model, **values})

    return mutate


def _all(*mutations: Callable[[Rows], None]) -> Callable[[Rows], None]:
    def mutate(rows: Rows) -> None:
        for one in mutations:
            one(rows)

    return mutate


TABLE = {"guid": "table-5"}
EDGE = {"guid": "r-column-5"}
DOCUMENT = {"guid": "column-7"}

MUTATIONS: dict[str, tuple[Callable[[Rows], None], set[int]]] = {
    "a type is lost": (_drop("typedefs", name="column"), {1}),
    "a type is altered": (_alter("typedefs", {"name": "column"}, digest="x"), {2}),
    "the digest of a type is null": (_alter("typedefs", {"name": "column"}, digest=None), {2}),
    "an entity is deleted, in graph and index": (
        _all(_alter("entities", TABLE, state="DELETED"), _alter("documents", TABLE, state="DELETED")),
        {3, 4, 18},
    ),
    "a deletion is undone, in graph and index": (
        _all(
            _alter("entities", {"state": "DELETED"}, state="ACTIVE"),
            _alter("documents", {"state": "DELETED"}, state="ACTIVE"),
        ),
        {3, 4, 18},
    ),
    "an entity becomes a shell": (_alter("entities", TABLE, shell=True), {5}),
    "an entity is lost, with its document": (
        _all(_drop("entities", guid="process-0"), _drop("documents", guid="process-0")),
        {3, 6},
    ),
    "an entity is invented, with its document": (
        _all(
            _add("entities", {"guid": "db-0"}, guid="db-9", unique_name="db-9@prod"),
            _add("documents", {"guid": "db-0"}, guid="db-9", document="doc-db-9"),
        ),
        {3, 7},
    ),
    "an entity comes back under another guid": (
        _all(
            _alter("entities", {"guid": "db-1"}, guid="db-X"),
            _alter("documents", {"guid": "db-1"}, guid="db-X"),
        ),
        {6, 7, 8},
    ),
    "an attribute is altered": (_alter("entities", TABLE, digest="x"), {12}),
    "an attribute digest is null": (_alter("entities", TABLE, digest=None), {12}),
    "a creation time is altered": (_alter("entities", TABLE, created=9), {14}),
    "a creation time is lost": (_alter("entities", TABLE, created=None), {14}),
    "a creator is lost": (_alter("entities", TABLE, created_by=None), {14}),
    "a state is lost": (_alter("entities", TABLE, state=None), {3, 18, 33}),
    "a guid occurs twice": (_add("entities", {"guid": "db-0"}, type="table", digest="d-db-0"), {3, 9, 33}),
    "a relationship is lost": (_drop("relationships", guid="r-column-5"), {19}),
    "a relationship changes its status": (_alter("relationships", EDGE, status="DELETED"), {19}),
    "a relationship ends in nothing": (
        _alter("relationships", {**EDGE, "seen_from": "table-5"}, other="nobody"),
        {20, 21},
    ),
    "one end no longer sees a relationship": (
        _drop("relationships", guid="r-column-5", seen_from="column-5"),
        {21},
    ),
    "a relationship attribute is altered": (_alter("relationships", EDGE, digest="x"), {22}),
    "a lineage edge is lost": (_drop("lineage", process="process-1", direction="inputs"), {25}),
    "a lineage edge is invented": (_add("lineage", {"process": "process-1"}, entity="column-1"), {25}),
    "lineage is reversed": (
        _alter("lineage", {"process": "process-1", "direction": "inputs"}, direction="outputs"),
        {25},
    ),
    "a classification is lost": (_drop("classifications", entity="column-3"), {28}),
    "the validity of a classification is altered": (
        _alter("classifications", {"entity": "column-3"}, digest="x"),
        {28},
    ),
    "a propagated classification is lost": (_drop("classifications", entity="table-1"), {29}),
    "a term is lost": (_drop("glossary", guid="term-0"), {31}),
    "a term is altered": (_alter("glossary", {"guid": "term-0"}, digest="x"), {31}),
    "a term moves in the tree": (_alter("glossary", {"guid": "term-0"}, parent="category"), {31}),
    "an assignment is lost": (_drop("assignments", term="term-0"), {31}),
    "an assignment is seen from one end only": (_drop("assignments", seen_from="entity"), {31}),
    "an index document is lost": (_drop("documents", guid="column-7"), {33}),
    "an index document is nobody's": (_add("documents", DOCUMENT, guid="ghost", document="g"), {33}),
    "an index document comes back as a stub": (_alter("documents", DOCUMENT, guid=None), {33}),
    "an index document says another type": (_alter("documents", DOCUMENT, type="table"), {33}),
    "an index document says another state": (_alter("documents", DOCUMENT, state="DELETED"), {33}),
    "an index document lost its state": (_alter("documents", DOCUMENT, state=None), {33}),
    "an entity has two index documents": (_add("documents", DOCUMENT, document="second"), {33}),
    "a segment file has another checksum": (_alter("segments", {"file": "_0.fdt"}, computed="00fe"), {40}),
    "a segment file could not be read": (
        _alter("segments", {"file": "_0.fdt"}, stored=None, computed=None),
        {40},
    ),
}  # fmt: skip


def _judge(suites: list[Suite], built: frames.Frames) -> list[CheckResult]:
    checker = GreatExpectations()
    return [result for one in suites for result in checker.check(one, built, ABLE).results]


@pytest.fixture
def suites(suite: Callable[[str], Suite], names: tuple[str, ...]) -> list[Suite]:
    return [suite(name) for name in names]


def test_every_check_of_the_shipped_suites_passes_on_an_unmutated_census(
    suites: list[Suite], rows: Callable[[], Rows]
) -> None:
    results = _judge(suites, frames.join(build(rows(), {}), build(rows(), {})))
    assert {
        one.number: (one.verdict, one.because) for one in results if one.verdict != CheckVerdict.PASS
    } == {}
    assert all(one.examined for one in results)


def test_every_check_of_the_shipped_suites_has_a_mutation_that_turns_it_red(suites: list[Suite]) -> None:
    assert {check.number for one in suites for check in one.checks} == {
        number for _, numbers in MUTATIONS.values() for number in numbers
    }


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_seeded_damage_turns_exactly_its_checks_red(
    name: str, suites: list[Suite], rows: Callable[[], Rows]
) -> None:
    mutate, expected = MUTATIONS[name]
    damaged = rows()
    mutate(damaged)
    results = _judge(suites, frames.join(build(rows(), {}), build(damaged, {})))
    assert {one.number for one in results if one.verdict == CheckVerdict.FAIL} == expected
    assert not [one for one in results if one.verdict == CheckVerdict.INCONCLUSIVE]
    assert all(one.unexpected and one.because for one in results if one.verdict == CheckVerdict.FAIL)
