"""What a drill may bear on: the controls of a framework, in our own words (controls.md)."""

from dataclasses import dataclass
from enum import StrEnum


class Strength(StrEnum):
    """How strongly a run evidences a control. Capped by the evidence class."""

    PRIMARY = "P"
    SUPPORTING = "S"
    NONE = "none"


class Condition(StrEnum):
    """What has to be true of a run before a control's strength is reached."""

    PROCEDURE = "procedure"
    GATES = "gates"
    PEOPLE = "people"
    PLAN = "plan"
    BACKUP = "backup"
    COMPLETE = "complete"
    OUTAGE = "outage"
    BIA = "bia"
    RISK = "risk"
    HALF_SIZE = "half_size"
    SEPARATE_SITES = "separate_sites"
    ISOLATION = "isolation"
    CLOCK = "clock"


class Item(StrEnum):
    """A section of the pack that a control points to."""

    OBJECTIVE = "objective"
    SCENARIO = "scenario"
    PEOPLE = "people"
    ENVIRONMENT = "environment"
    TIMELINE = "timeline"
    MEASUREMENT = "measurement"
    INTEGRITY = "integrity"
    EXCEPTIONS = "exceptions"
    IPE = "ipe"
    CLEANUP = "cleanup"
    SIGNOFF = "signoff"
    ANNEX = "annex"


@dataclass(frozen=True)
class Control:
    """One control: `strength` holds where every condition of `needs` does, and, where `scenarios`
    names any, in those alone; otherwise a primary one is supporting and a supporting one none."""

    id: str
    control: str
    title: str
    strength: Strength
    asks: str
    items: tuple[Item, ...]
    not_claimed: str
    needs: tuple[Condition, ...] = ()
    scenarios: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """The controls of one framework."""

    name: str
    title: str
    edition: str
    controls: tuple[Control, ...]
    source: str = ""
    digest: str = ""
