"""Recovery: make the index anew from the graph. Needs no backup; slowest, and complete."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.model.scenario import Action
from metadrill.ports import IndexRepair, Record
from metadrill.recoveries import steps


class IndexRebuild:
    """Empties the index and re-indexes the whole graph."""

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._time = steps.plain(action), time

    def prepare(self, target: Any) -> None:
        """Take no backup: the graph is the source. Raises EnvironmentNotReady when it cannot be."""
        steps.needs(target, self._name, IndexRepair)

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Rebuild: the only step."""
        rebuilt = steps.step(record, self._name, "rebuild_index", target.rebuild_index, self._time)
        return {"rebuilt": dict(rebuilt)}
