"""A named set of checks, and what running it came to."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from metadrill.model.verdict import CheckVerdict, Severity


@dataclass(frozen=True)
class Check:
    """One check of integrity-checks.md: a Great Expectations expectation on a census frame.

    `number` is the row of that document, `frame` names the frame the census builds, `key` the
    columns that name a row in a finding, `says` a sentence about it with `{column}` in it.
    `requires` is an ability of the stack without which the check is not provable.
    """

    number: int
    title: str
    frame: str
    expect: str
    params: Mapping[str, Any]
    severity: Severity
    key: tuple[str, ...] = ()
    required: bool = False
    requires: str = ""
    says: str = ""


@dataclass(frozen=True)
class Suite:
    """A named set of checks. `leaves_out`: what belongs to it and no check of it looks at, in words."""

    name: str
    title: str
    checks: tuple[Check, ...]
    leaves_out: tuple[str, ...] = ()
    source: str = ""
    digest: str = ""
    text: str = field(default="", repr=False)


SAMPLE = 20
"""How many findings of a check are told in events and reports; it counts all of them."""


@dataclass(frozen=True)
class Deviation:
    """One row that does not hold: the guids it names, what should stand there and what does, in words.

    Of content that no census holds, what should stand there is a digest, and so is what does.
    """

    guids: tuple[str, ...]
    expected: str
    observed: str
    says: str


def sentences(said: Iterable[str]) -> tuple[Deviation, ...]:
    """Return deviations of which the sentence alone is known, as journals of the first kind tell them."""
    return tuple(Deviation((), "", "", text) for text in said)


@dataclass(frozen=True)
class CheckResult:
    """What one check found. `unexpected` counts all; `deviations` names them, as many as were looked for.

    `examined` rows, `scope`: all that there are ("complete"), or which of them. `witness`: which tables
    that the rows come from somebody else counted too, and by which route; empty: none.
    """

    number: int
    title: str
    suite: str
    severity: Severity
    verdict: CheckVerdict
    examined: int = 0
    unexpected: int = 0
    deviations: tuple[Deviation, ...] = ()
    because: str = ""
    scope: str = ""
    witness: str = ""

    @property
    def sample(self) -> tuple[str, ...]:
        """What is told of the first 20, in words."""
        return tuple(one.says for one in self.deviations[:SAMPLE])

    def told(self) -> dict[str, Any]:
        """Return the result as an event and the terminal tell it: of its deviations the first 20."""
        plain = asdict(replace(self, deviations=()))
        told = [
            {"guids": list(one.guids), "expected": one.expected, "observed": one.observed}
            for one in self.deviations[:SAMPLE]
        ]
        return plain | {
            "severity": self.severity.value,
            "verdict": self.verdict.value,
            "sample": list(self.sample),
            "deviations": told,
        }


@dataclass(frozen=True)
class SuiteResult:
    """Declared, loaded and evaluated must be equal, else the suite is inconclusive."""

    suite: str
    declared: int
    loaded: int
    evaluated: int
    results: tuple[CheckResult, ...] = field(default_factory=tuple)
