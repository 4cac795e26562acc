"""What breaks, how it is noticed, how it comes back, what must hold (formats.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metadrill.model.verdict import Aim


@dataclass(frozen=True)
class Action:
    """A named thing with parameters: a fault, a probe, or a recovery, picked by name."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """One outage. Carries no business numbers: those stand in the drill."""

    name: str
    title: str
    threat: str
    applies_to: tuple[str, ...]
    fault: Action
    noticed_by: tuple[Action, ...]
    recoveries: tuple[str, ...]
    must_hold: tuple[str, ...]
    success_is: Aim = Aim.RECOVERED
    evidence_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    digest: str = ""
    text: str = field(default="", repr=False)
