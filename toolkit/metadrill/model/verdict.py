"""The three outcomes, what a check may come to, and how bad a finding is."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """pass, fail, or inconclusive: never two."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"


class CheckVerdict(StrEnum):
    """What one check came to. `not_provable`: the stack lacks the ability; changes no verdict."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    NOT_PROVABLE = "not_provable"


class Severity(StrEnum):
    """Ours, never passed to Great Expectations, which knows others."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    INFORMATIONAL = "informational"


class EvidenceClass(StrEnum):
    """Computed, never declared (formats.md)."""

    DEMONSTRATION = "demonstration"
    REHEARSAL = "rehearsal"
    OPERATING = "operating"


class Aim(StrEnum):
    """A scenario's `success_is`."""

    RECOVERED = "recovered"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"
    DETECTED = "detected"
    ESCALATED = "escalated"

    @property
    def way(self) -> str:
        """Return how a recovery stands to it, in words: `recovered by`, `to be refused by`."""
        return {
            "recovered": "recovered by",
            "detected": "to be found by",
            "rolled_back": "to be undone by",
        }.get(self.value, f"to be {self.value} by")


_ORDER = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Given verdicts, return the worst: fail > inconclusive > pass. None at all: inconclusive."""
    return max(verdicts, key=_ORDER.index, default=Verdict.INCONCLUSIVE)


def passing(verdicts: Iterable[str], when: str = "pass") -> str:
    """Given verdicts of checks, say how many passed of those that the stack can be asked, and how many not.

    `when`: the rest of the sentence, from its verb on.
    """
    found = list(verdicts)
    unprovable = found.count(CheckVerdict.NOT_PROVABLE)
    if found and unprovable == len(found):
        return f"none of {unprovable:,} checks is provable on this stack"
    beside = f"; {unprovable:,} not provable on this stack" if unprovable else ""
    return f"{found.count(CheckVerdict.PASS):,} of {len(found) - unprovable:,} checks {when}{beside}"
