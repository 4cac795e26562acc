"""Rulings composed: the worst verdict, every code, the findings in the order a reader wants."""

from collections.abc import Iterable
from dataclasses import dataclass

from metadrill import errors
from metadrill.errors import Code
from metadrill.judging.ruling import Ruling
from metadrill.model.assessment import Finding
from metadrill.model.verdict import Severity, Verdict, worst

_RANK = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
_GRAVITY = tuple(Severity)


@dataclass(frozen=True)
class Judgement:
    """The verdict, the code of the exit, all codes in their precedence, and the findings."""

    verdict: Verdict
    code: Code
    codes: tuple[Code, ...]
    findings: tuple[Finding, ...]


def compose(rulings: Iterable[Ruling]) -> Judgement:
    """Given rulings, return the judgement; none at all is a pass with code 0."""
    rulings = list(dict.fromkeys(rulings))
    verdict = worst([Verdict.PASS, *(ruling.finding.verdict for ruling in rulings)])
    codes = {ruling.code for ruling in rulings} - {Code.OK}
    if any(ruling.finding.verdict is Verdict.INCONCLUSIVE for ruling in rulings):
        codes.add(Code.INCONCLUSIVE)
    code = errors.foremost(codes)
    ordered = tuple(one for one in errors.PRECEDENCE if one in (codes or {Code.OK}))
    findings = sorted((ruling.finding for ruling in rulings), key=_order)
    return Judgement(verdict, code, ordered, tuple(findings))


def _order(finding: Finding) -> tuple[int, int]:
    return _RANK.index(finding.verdict), _GRAVITY.index(finding.severity)
