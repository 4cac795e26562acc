"""A rig on the twins, and a way to run it as the app does: journal closed on every path."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from metadrill import journal, runner
from metadrill.errors import Interrupted, MetadrillError
from metadrill.faults.corrupt_index_file import CorruptIndexFile
from metadrill.model.event import Event
from metadrill.model.plan import Plan
from metadrill.recoveries.index_rebuild import IndexRebuild
from metadrill.recoveries.index_snapshot import IndexSnapshot
from metadrill.recoveries.index_snapshot_bare import IndexSnapshotBare
from metadrill.runner import probes
from metadrill.testing import MemorySandboxes, MemoryStack, PlainChecker, SampleSource, drills
from metadrill.workloads.canary import Canary

RECOVERIES = {
    "index_snapshot": IndexSnapshot,
    "index_snapshot_bare": IndexSnapshotBare,
    "index_rebuild": IndexRebuild,
}
BEAT = timedelta(milliseconds=2)


@dataclass
class Played:
    """One run that is over: its events, what it raised, and the sandboxes it had."""

    events: tuple[Event, ...]
    error: BaseException | None
    sandboxes: MemorySandboxes
    folder: Path

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events if not event.kind.startswith("write.")]

    def data(self, kind: str, **where: Any) -> Any:
        return next(
            event.data
            for event in self.events
            if event.kind == kind and all(event.data.get(key) == value for key, value in where.items())
        )

    def verdicts(self, phase: str) -> dict[int, str]:
        """By number of the check; of several with one number, the one that is no pass."""
        found: dict[int, str] = {}
        for event in self.events:
            if event.kind == "checks.run" and event.data["phase"] == phase:
                for row in event.data["results"]:
                    if found.get(row["number"], "pass") == "pass":
                        found[row["number"]] = row["verdict"]
        return found


@dataclass
class Player:
    """Plays a plan on the twins."""

    folder: Path
    changes: dict[str, Any] = field(default_factory=dict)
    listener: Callable[[Event], None] | None = None
    number: int = 0
    log: journal.Journal | None = None

    def play(self, plan: Plan, **changes: Any) -> Played:
        self.number += 1
        folder = self.folder / str(self.number)
        folder.mkdir()
        path = folder / "journal.jsonl"
        log = self.log = journal.Journal(path)
        if self.listener:
            log.listen(self.listener)
        sandboxes = MemorySandboxes(folder / "sandboxes")
        sandboxes.folder.mkdir()
        rig = replace(rig_for(plan, log, sandboxes, folder), **changes)
        error: BaseException | None = None
        outcome = "completed"
        try:
            runner.run(plan, rig, log)
        except Interrupted as stopped:
            error, outcome = stopped, "aborted"
        except (MetadrillError, ValueError, OSError) as failed:
            error, outcome = failed, "failed"
        log.close(outcome)
        return Played(journal.read(path).events, error, sandboxes, folder)


def rig_for(plan: Plan, log: journal.Journal, sandboxes: MemorySandboxes, folder: Path) -> runner.Rig:
    return runner.Rig(
        sandboxes=sandboxes,
        stack=lambda sandbox: MemoryStack(sandbox, log.record),
        source=SampleSource(),
        workload=lambda target, record: Canary(target, record, "r1", BEAT),
        fault=CorruptIndexFile(plan.scenario.fault),
        probes=tuple(probes.build(action) for action in plan.scenario.noticed_by if action.name != "suite"),
        recovery=RECOVERIES[plan.recovery.name](plan.recovery),
        checker=PlainChecker(),
        folder=folder,
        opening=drills.opening(plan),
    )


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(tmp_path)
