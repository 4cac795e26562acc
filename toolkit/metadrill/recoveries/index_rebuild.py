"""Recovery: make the index anew from the graph. Of the index it needs the definition alone."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from metadrill import clock
from metadrill.model.scenario import Action
from metadrill.ports import IndexRepair, Record
from metadrill.recoveries import definition, steps
from metadrill.recoveries.definition import Definition


class IndexRebuild:
    """Empties the index and re-indexes the whole graph."""

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._time = steps.plain(action), time
        self._definition = Definition()

    def prepare(self, target: Any) -> None:
        """Note the index's definition: the graph is the source of the rest.

        Raises EnvironmentNotReady when it cannot be rebuilt.
        """
        steps.needs(target, self._name, IndexRepair)
        self._definition = Definition(target.index_definition())

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Rebuild, compare the definition; each is a step."""
        rebuild = partial(target.rebuild_index, self._definition.whole)
        rebuilt = steps.step(record, self._name, "rebuild_index", rebuild, self._time)
        compare = partial(self._definition.compared, target)
        steps.step(record, self._name, definition.STEP, compare, self._time)
        return {"rebuilt": dict(rebuilt)}
