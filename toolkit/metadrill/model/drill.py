"""One exercise of a scenario, with the business's numbers and people (formats.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from metadrill.model.scenario import Action


class Start(StrEnum):
    """`start:` of a drill: a kept warm state where there is one, or always from nothing."""

    WARM = "warm"
    COLD = "cold"


class LeaveOut(StrEnum):
    """What a run leaves out to prove that the judge is honest (`run --leave-out`)."""

    FAULT = "fault"
    RECOVERY = "recovery"


@dataclass(frozen=True)
class RtoObjective:
    """The limit, and the two marks it is measured between."""

    limit: timedelta
    since: str = "disrupted"
    until: str = "verified"
    source: str = ""


@dataclass(frozen=True)
class RpoObjective:
    """The most work, in time, that may be lost."""

    limit: timedelta


@dataclass(frozen=True)
class IntegrityBudget:
    """How many findings of each severity are allowed."""

    critical: int = 0
    major: int = 0
    minor: int = 0


@dataclass(frozen=True)
class Objectives:
    """What the business asks of a recovery: RTO, RPO, integrity budget."""

    rto: RtoObjective
    rpo: RpoObjective
    integrity: IntegrityBudget = IntegrityBudget()


@dataclass(frozen=True)
class Tier:
    """A class of criticality: what is in it, and how soon it must be back and proved.

    `only` are selections (`type:hive_table`); none: all that is in no tier before it.
    """

    name: str
    rto: timedelta
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drill:
    """A drill file. `recovery` is a name of the scenario's, `all`, or a `procedure` action."""

    name: str
    scenario: str
    recovery: Action
    stack: str
    data: Mapping[str, str]
    objectives: Objectives
    start: Start = Start.WARM
    production_size: int | None = None
    frameworks: tuple[str, ...] = ()
    control: Mapping[str, Any] = field(default_factory=dict)
    refs: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    gates: tuple[Mapping[str, Any], ...] = ()
    schedule: Mapping[str, str] = field(default_factory=dict)
    isolation: str = "required"
    seed: int | None = None
    fault: Mapping[str, Any] = field(default_factory=dict)
    tiers: tuple[Tier, ...] = ()
    source: str = ""
    digest: str = ""
    text: str = field(default="", repr=False)
