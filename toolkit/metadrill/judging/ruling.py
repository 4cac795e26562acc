"""One thing the judge holds against a run (or only notes), with the exit code it means."""

from dataclasses import dataclass

from metadrill.errors import Code
from metadrill.model.assessment import Finding
from metadrill.model.verdict import Severity, Verdict


@dataclass(frozen=True)
class Ruling:
    """A finding and its code; OK for what is only noted.

    `missing`: the journal lacks it. Of a run that ended early that goes without saying.
    """

    finding: Finding
    code: Code
    missing: bool = False


def unproved(name: str, because: str, code: Code = Code.INCONCLUSIVE) -> Ruling:
    """Given what contradicts itself or could not be judged, return the inconclusive ruling."""
    return Ruling(Finding(name, Severity.MAJOR, Verdict.INCONCLUSIVE, because), code)


def missing(name: str, because: str) -> Ruling:
    """Given what the journal lacks, return the inconclusive ruling."""
    return Ruling(
        Finding(name, Severity.MAJOR, Verdict.INCONCLUSIVE, because), Code.INCONCLUSIVE, missing=True
    )


def failed(name: str, because: str, code: Code) -> Ruling:
    """Given what went wrong for certain, return the failing ruling."""
    return Ruling(Finding(name, Severity.CRITICAL, Verdict.FAIL, because), code)


def noted(name: str, because: str, code: Code) -> Ruling:
    """Given what changes the exit code and no verdict, return the ruling."""
    return Ruling(Finding(name, Severity.MAJOR, Verdict.PASS, because), code)
