"""The verified phase as JUnit XML, for the test page of a CI server.

`fail` is a failure, `inconclusive` an error (it proved nothing), `not_provable` is skipped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as Tree

from metadrill import glyphs
from metadrill.model.assessment import Assessment, LossMeasure, Measure
from metadrill.model.suite import CheckResult
from metadrill.model.verdict import CheckVerdict, Verdict
from metadrill.packs import words

_TAGS = {"fail": "failure", "inconclusive": "error", "not_provable": "skipped"}


@dataclass(frozen=True)
class Case:
    """One line of the page: `outcome` is a CheckVerdict's value."""

    name: str
    outcome: str
    message: str
    detail: tuple[str, ...] = ()
    seconds: float | None = None


def render(assessment: Assessment) -> str:
    """Given an assessment, return its JUnit document: a suite per suite of checks, and `drill`."""
    root = Tree.Element("testsuites", {"name": glyphs.visible(f"metadrill {assessment.drill}")})
    results = assessment.checks.get("verified", ())
    for suite in dict.fromkeys(result.suite for result in results):
        cases = [_check(result) for result in results if result.suite == suite]
        _suite(root, suite, cases, assessment)
    _suite(root, "drill", _drill(assessment), assessment)
    Tree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


def _check(result: CheckResult) -> Case:
    message = result.because or f"{result.unexpected:,} of {result.examined:,} unexpected"
    return Case(f"{result.number}. {result.title}", result.verdict, message, result.sample)


def _drill(assessment: Assessment) -> list[Case]:
    outcome = CheckVerdict(assessment.verdict.value)
    return [
        _measure("recovery time within its objective", assessment.rta),
        _measure("recovery point within its objective", assessment.rpo),
        _loss("no acknowledged change lost from the graph", assessment.rpa_graph, assessment.rpo),
        _loss("no acknowledged change lost from search", assessment.rpa_search, assessment.rpo),
        Case("verdict", outcome, assessment.sentence, tuple(_found(assessment)), assessment.rta.actual),
    ]


def _measure(name: str, measure: Measure) -> Case:
    outcome = {True: "pass", False: "fail", None: "inconclusive"}[measure.met]
    figures = f"{words.lasting(measure.actual)} against {words.lasting(measure.limit)}"
    return Case(name, outcome, measure.because or figures, seconds=measure.actual)


def _loss(name: str, loss: LossMeasure, objective: Measure) -> Case:
    """A loss inside the objective is allowed, and still named."""
    if loss.seconds is None:
        return Case(name, "inconclusive", loss.because or "not measured")
    outcome = "pass" if loss.seconds <= objective.limit else "fail"
    figures = f"{len(loss.lost):,} of {loss.acknowledged:,} lost; {words.lasting(loss.seconds)}"
    return Case(name, outcome, loss.because or figures)


def _found(assessment: Assessment) -> Iterable[str]:
    wanted = (item for item in assessment.findings if item.verdict is not Verdict.PASS)
    return (f"{item.severity} {item.verdict}: {item.name}: {item.because}" for item in wanted)


def _suite(root: Tree.Element, name: str, cases: list[Case], assessment: Assessment) -> None:
    tags = [_TAGS.get(case.outcome, "") for case in cases]
    facts = {
        "name": glyphs.visible(name),
        "timestamp": glyphs.visible(assessment.started),
        "tests": str(len(cases)),
        "failures": str(tags.count("failure")),
        "errors": str(tags.count("error")),
        "skipped": str(tags.count("skipped")),
    }
    element = Tree.SubElement(root, "testsuite", facts)
    for case, tag in zip(cases, tags, strict=True):
        _case(element, case, tag, f"{assessment.drill}.{name}")


def _case(parent: Tree.Element, case: Case, tag: str, owner: str) -> None:
    facts = {"classname": glyphs.visible(owner), "name": glyphs.visible(case.name)}
    if case.seconds is not None:
        facts["time"] = f"{case.seconds:.3f}"
    element = Tree.SubElement(parent, "testcase", facts)
    if tag:
        outcome = Tree.SubElement(element, tag, {"message": glyphs.visible(case.message)})
        outcome.text = "\n".join(glyphs.visible(line) for line in case.detail)
