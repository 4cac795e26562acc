"""A checker in plain Python: the expectations that the shipped suites use."""

from collections.abc import Callable, Mapping
from typing import Any

from metadrill.census import Tables
from metadrill.census.frames import NEVER_EMPTY, Frames
from metadrill.model.stack import lacking
from metadrill.model.suite import SAMPLE, Check, CheckResult, Deviation, Suite, SuiteResult
from metadrill.model.verdict import CheckVerdict

Row = Mapping[str, Any]


class PlainChecker:
    """Twin of Checker."""

    def check(self, suite: Suite, frames: Tables, abilities: frozenset[str]) -> SuiteResult:
        """Evaluate every check that the abilities allow, on the frame it names."""
        results = tuple(_judged(suite, check, frames, abilities) for check in suite.checks)
        declared = sum(row.verdict is not CheckVerdict.NOT_PROVABLE for row in results)
        known = sum(check.expect in EXPECTATIONS for check in suite.checks)
        evaluated = sum(row.verdict in (CheckVerdict.PASS, CheckVerdict.FAIL) for row in results)
        return SuiteResult(suite.name, declared, min(known, declared), evaluated, results)


def _judged(suite: Suite, check: Check, frames: Tables, abilities: frozenset[str]) -> CheckResult:
    if check.requires and check.requires not in abilities and not check.required:
        return _result(suite, check, CheckVerdict.NOT_PROVABLE, lacking(check.requires))
    if check.frame not in frames:
        missing = frames.missing.get(check.frame, "") if isinstance(frames, Frames) else ""
        return _result(suite, check, CheckVerdict.INCONCLUSIVE, missing or f"no frame {check.frame}")
    if check.expect not in EXPECTATIONS:
        return _result(suite, check, CheckVerdict.INCONCLUSIVE, f"unknown expectation {check.expect}")
    rows = frames[check.frame].to_pylist()
    if not rows and check.frame in NEVER_EMPTY:
        return _result(suite, check, CheckVerdict.INCONCLUSIVE, f"frame {check.frame} has no rows")
    wrong = EXPECTATIONS[check.expect](rows, check.params)
    verdict = CheckVerdict.FAIL if wrong else CheckVerdict.PASS
    named = [" ".join(str(row[name]) for name in check.key) for row in wrong[:SAMPLE]]
    told = tuple(Deviation((text,), "", "", text) for text in named)
    return CheckResult(
        check.number, check.title, suite.name, check.severity, verdict, len(rows), len(wrong), told
    )


def _result(suite: Suite, check: Check, verdict: CheckVerdict, because: str) -> CheckResult:
    return CheckResult(check.number, check.title, suite.name, check.severity, verdict, because=because)


def _pair(rows: list[Row], params: Mapping[str, Any]) -> list[Row]:
    left, right = params["column_A"], params["column_B"]
    return [row for row in rows if row[left] is None or row[left] != row[right]]


def _in_set(rows: list[Row], params: Mapping[str, Any]) -> list[Row]:
    return [row for row in rows if row[params["column"]] not in params["value_set"]]


def _greater(rows: list[Row], params: Mapping[str, Any]) -> list[Row]:
    left, right = params["column_A"], params["column_B"]
    return [row for row in rows if not row[left] >= row[right] + (not params.get("or_equal"))]


EXPECTATIONS: Mapping[str, Callable[[list[Row], Mapping[str, Any]], list[Row]]] = {
    "expect_column_pair_values_to_be_equal": _pair,
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_values_to_be_in_set": _in_set,
}
