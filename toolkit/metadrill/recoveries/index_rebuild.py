"""Recovery: make the index anew from the graph. Of the index it needs the definition alone."""

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
        self._definition: Mapping[str, Any] = {}

    def prepare(self, target: Any) -> None:
        """Note the index's definition: the graph is the source of the rest.

        Raises EnvironmentNotReady when it cannot be rebuilt.
        """
        steps.needs(target, self._name, IndexRepair)
        self._definition = target.index_definition()

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Rebuild: the only step."""
        rebuilt = steps.step(
            record, self._name, "rebuild_index", lambda: target.rebuild_index(self._definition), self._time
        )
        return {"rebuilt": dict(rebuilt)}
