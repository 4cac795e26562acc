"""Recovery: what the index lacks of the graph, or has beyond it, is mended; nothing else is touched."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.model.scenario import Action
from metadrill.ports import IndexRepair, Record
from metadrill.recoveries import steps


class IndexRepairOnly:
    """Re-indexes what differs. Needs no backup: the graph is the source."""

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._time = steps.plain(action), time

    def prepare(self, target: Any) -> None:
        """Take no backup. Raises EnvironmentNotReady when the index cannot be repaired."""
        steps.needs(target, self._name, IndexRepair)

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Repair: the only step."""
        repaired = steps.step(record, self._name, "repair_tail", target.repair_tail, self._time)
        return {"repaired": dict(repaired)}
