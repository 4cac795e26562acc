"""Contract of Checker: it must be seen to fail on one missing entity and on one altered attribute."""

from dataclasses import replace
from typing import Any

from metadrill.census import Census, frames
from metadrill.census.tables import build
from metadrill.model.suite import Check, Suite, SuiteResult
from metadrill.model.verdict import CheckVerdict, Severity
from metadrill.ports import Checker
from metadrill.testing import drills
from metadrill.testing.filling import sample
from metadrill.testing.graph import Graph

_ALL = frozenset(drills.ABILITIES)


def _graph() -> Graph:
    graph = Graph()
    for entity in sample():
        graph.put(entity)
    return graph


def _census(graph: Graph, **tables: Any) -> Census:
    documents = [{"document": guid, **body} for guid, body in graph.indexed().items()]
    documents = [{name: value for name, value in row.items() if name != "name"} for row in documents]
    sums = [{"file": "_0.cfs", "size": 9, "stored": "aa", "computed": "aa"}]
    return build({**graph.rows(), "documents": documents, "segments": sums, **tables}, {})


def _named(name: str) -> Suite:
    return next(suite for suite in drills.suites() if suite.name == name)


class CheckerContract:
    """Fixture: `checker`."""

    def _run(self, checker: Checker, suite: Suite, observed: Census) -> SuiteResult:
        return checker.check(suite, frames.join(_census(_graph()), observed), _ALL)

    def _verdicts(self, checker: Checker, name: str, observed: Census) -> dict[int, CheckVerdict]:
        result = self._run(checker, _named(name), observed)
        assert result.declared == result.loaded == result.evaluated == len(_named(name).checks)
        return {row.number: row.verdict for row in result.results}

    def test_a_repository_beside_itself_passes(self, checker: Checker) -> None:
        for suite in drills.suites():
            found = self._verdicts(checker, suite.name, _census(_graph()))
            assert set(found.values()) == {CheckVerdict.PASS}

    def test_one_missing_entity_fails_and_is_named(self, checker: Checker) -> None:
        graph = _graph()
        lost = next(guid for guid, entity in graph.entities.items() if entity.type == "hive_column")
        del graph.entities[lost]
        result = self._run(checker, _named("structure"), _census(graph))
        row = next(row for row in result.results if row.number == 6)
        assert row.verdict is CheckVerdict.FAIL and row.unexpected == 1
        assert lost in row.sample[0]

    def test_one_altered_attribute_fails_and_nothing_else_does(self, checker: Checker) -> None:
        graph = _graph()
        altered = next(entity for entity in graph.entities.values() if entity.type == "hive_table")
        graph.put(replace(altered, attributes={**altered.attributes, "comment": "another"}))
        found = self._verdicts(checker, "structure", _census(graph))
        assert found == {6: CheckVerdict.PASS, 12: CheckVerdict.FAIL}

    def test_one_missing_document_fails(self, checker: Checker) -> None:
        documents = _census(_graph()).tables["documents"].to_pylist()[1:]
        found = self._verdicts(checker, "index", _census(_graph(), documents=documents))
        assert found == {33: CheckVerdict.FAIL}

    def test_a_frame_that_is_missing_is_inconclusive_with_its_reason(self, checker: Checker) -> None:
        whole = _census(_graph())
        blind = replace(whole, faults={"documents": "elasticsearch: refused"})
        row = self._run(checker, _named("index"), blind).results[0]
        assert row.verdict is CheckVerdict.INCONCLUSIVE and "refused" in row.because

    def test_an_expectation_that_nobody_knows_is_never_a_pass(self, checker: Checker) -> None:
        suite = _named("structure")
        strange = replace(suite.checks[0], expect="expect_the_best")
        result = self._run(checker, replace(suite, checks=(strange, suite.checks[1])), _census(_graph()))
        assert result.results[0].verdict is CheckVerdict.INCONCLUSIVE
        assert result.loaded < result.declared

    def test_a_check_that_the_stack_cannot_give_is_not_provable(self, checker: Checker) -> None:
        check = Check(40, "sums", "segments", "expect_column_to_exist", {}, Severity.CRITICAL, requires="x")
        result = self._run(checker, Suite("s", "t", (check,)), _census(_graph()))
        assert result.results[0].verdict is CheckVerdict.NOT_PROVABLE
