"""What a run's journal comes to: derived, never recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metadrill.errors import Code
from metadrill.model.suite import CheckResult
from metadrill.model.verdict import EvidenceClass, Severity, Verdict

SCHEMA = "assessment/v1"


@dataclass(frozen=True)
class Finding:
    """One thing a check, or the judge, found. `count` of them, of which `sample` names a few."""

    name: str
    severity: Severity
    verdict: Verdict
    because: str
    count: int = 0
    sample: tuple[str, ...] = ()
    check: int | None = None
    suite: str = ""


@dataclass(frozen=True)
class Measure:
    """An actual beside its objective, in seconds; `actual` is None where it was not measured."""

    actual: float | None
    limit: float
    met: bool | None
    since: str = ""
    until: str = ""
    because: str = ""


@dataclass(frozen=True)
class LossMeasure:
    """RPA for one way of reading: the changes acknowledged before t0, and those absent."""

    seconds: float | None
    acknowledged: int
    lost: tuple[int, ...]
    because: str = ""


@dataclass(frozen=True)
class Phase:
    """One bar of the timeline, seconds since t0 (before it: negative)."""

    name: str
    start: float
    end: float


@dataclass(frozen=True)
class TierMeasure:
    """A class of criticality: its objective, and when it was proved to be back, in seconds after t0.

    `met` is None where it was not measured; `entities` where nothing says how many it has.
    """

    name: str
    limit: float
    actual: float | None
    met: bool | None
    entities: int | None


@dataclass(frozen=True)
class Assessment:
    """The whole judgement of one run. Times in seconds; stamps relative to t0."""

    run: str
    drill: str
    scenario: str
    recovery: str
    title: str
    verdict: Verdict
    code: Code
    codes: tuple[Code, ...]
    sentence: str
    evidence_class: EvidenceClass
    class_because: tuple[str, ...]
    started: str
    stamps: Mapping[str, float | None]
    utc: Mapping[str, str | None]
    rta: Measure
    rpa_graph: LossMeasure
    rpa_search: LossMeasure
    rpo: Measure
    recovery_point_age: float | None
    lost_during: Mapping[str, tuple[int, ...]]
    findings: tuple[Finding, ...]
    checks: Mapping[str, tuple[CheckResult, ...]]
    shows: tuple[str, ...]
    does_not_show: tuple[str, ...]
    views: Mapping[str, str]
    truth: Mapping[str, Any]
    phases: tuple[Phase, ...]
    steps: tuple[Mapping[str, Any], ...]
    counts: Mapping[str, int]
    size: Mapping[str, int | None]
    start: Mapping[str, Any]
    isolation: Mapping[str, Any]
    cleanup: Mapping[str, Any]
    digests: Mapping[str, str]
    host: Mapping[str, Any]
    journal: Mapping[str, Any]
    seed: int | str | None = None
    coverage: Mapping[str, Any] = field(default_factory=dict)
    tiers: tuple[TierMeasure, ...] = ()
    schema: str = SCHEMA

    @property
    def at_risk(self) -> float | None:
        """How much work no replica held at the worst moment, where that is more than was lost, in seconds."""
        lost = self.lost_work
        more = lost is not None and self.rpo.actual is not None and self.rpo.actual > lost
        return self.rpo.actual if more else None

    @property
    def lost_work(self) -> float | None:
        """The work acknowledged before the outage that was lost, by graph or by search, in seconds."""
        lost = [way.seconds for way in (self.rpa_graph, self.rpa_search) if way.seconds is not None]
        return max(lost, default=None)

    @property
    def lost_writes(self) -> int:
        """How many writes are absent, by graph or by search: of those before the outage, and after it."""
        before = {n for way in (self.rpa_graph, self.rpa_search) for n in way.lost}
        return len(before.union(*self.lost_during.values()))
