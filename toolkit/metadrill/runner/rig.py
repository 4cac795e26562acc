"""What one drill is played with: an adapter per role, picked before the run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.census.asking import Engine, Local
from metadrill.model.drill import LeaveOut
from metadrill.ports import Checker, Fault, Probe, Record, Recovery, Sandbox, Sandboxes, Source, Workload
from metadrill.ports.backing import Given

NOBODY = "no gate: the drill runs unattended"


def _unattended(recovery: str) -> str:
    return NOBODY


@dataclass(frozen=True)
class Rig:
    """The adapters, the folder for the run's files, and what `run.opened` says.

    `stack` makes the stack in a sandbox; it was given `journal.record` by whoever made it.
    `probes` are those of `noticed_by` but for suites, which the runner runs through `checker`.
    `gate` waits for the person who decides, and returns who that was. `canary` is how the names
    of the workload's entities begin. `given` is the backup set that the data come from: its census is
    then what must be there, and the restored sandbox is compared with it from the first look on. `engine`
    makes what joins two censuses, for one look; `erased` are entities that must not be there.
    """

    sandboxes: Sandboxes
    stack: Callable[[Sandbox], Any]
    source: Source
    workload: Callable[[Any, Record], Workload]
    fault: Fault
    probes: tuple[Probe, ...]
    recovery: Recovery
    checker: Checker
    folder: Path
    opening: Mapping[str, Any] = field(default_factory=dict)
    left_out: LeaveOut | None = None
    gate: Callable[[str], str] = _unattended
    canary: str = "metadrill-canary/"
    given: Given | None = None
    engine: Callable[[], Engine] = Local
    erased: frozenset[str] = frozenset()
    time: clock.Clock = clock.SYSTEM
