"""Recovery: restore the engine's snapshot, then re-index what was written since (the tail)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from metadrill import clock
from metadrill.model.scenario import Action
from metadrill.ports import IndexRepair, IndexSnapshots, Record
from metadrill.recoveries import definition, steps
from metadrill.recoveries.definition import Definition


class IndexSnapshot:
    """Snapshot before, restore and repair after: nothing acknowledged stays out of search."""

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._time = steps.plain(action), time
        self._ref = ""
        self._definition = Definition()

    def prepare(self, target: Any) -> Mapping[str, Any]:
        """Take the snapshot; return the facts of `backup.taken`."""
        steps.needs(target, self._name, IndexSnapshots, IndexRepair)
        self._definition = Definition(target.index_definition())
        taken = steps.backed_up(self._name, target.snapshot, self._time)
        self._ref = str(taken["ref"])
        return taken

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Restore, repair, compare the definition; each is a step."""
        restored = steps.step(
            record, self._name, "restore_snapshot", lambda: target.restore_snapshot(self._ref), self._time
        )
        repaired = steps.step(record, self._name, "repair_tail", target.repair_tail, self._time)
        compare = partial(self._definition.compared, target)
        steps.step(record, self._name, definition.STEP, compare, self._time)
        return {"restored": dict(restored), "repaired": dict(repaired)}
