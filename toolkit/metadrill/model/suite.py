"""A named set of checks, and what running it came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class CheckResult:
    """What one check found. `unexpected` counts all, `sample` names at most 20 of them."""

    number: int
    title: str
    suite: str
    severity: Severity
    verdict: CheckVerdict
    examined: int = 0
    unexpected: int = 0
    sample: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True)
class SuiteResult:
    """Declared, loaded and evaluated must be equal, else the suite is inconclusive."""

    suite: str
    declared: int
    loaded: int
    evaluated: int
    results: tuple[CheckResult, ...] = field(default_factory=tuple)
