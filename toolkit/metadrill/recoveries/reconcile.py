"""Recovery that mends nothing: graph and index are compared, and what differs is said."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.census import Census, frames, sql
from metadrill.errors import DamageFound
from metadrill.model.scenario import Action
from metadrill.ports import Record
from metadrill.recoveries import steps

_SETTLED = timedelta(minutes=2)
_SAMPLE = 20
_TABLES = frozenset({"entities", "documents", "typedefs"})


class Reconcile:
    """For a way of operating in which damage is first of all to be found. Changes nothing."""

    secluded = "graph and index are read one after the other: a write between the two would look like drift"

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._time = steps.plain(action), time

    def prepare(self, target: Any) -> None:
        """Take no backup."""

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Compare. Raises DamageFound where they differ; else returns how much was compared."""
        found = steps.step(record, self._name, "compare", lambda: _compared(target), self._time)
        if found["differing"]:
            raise DamageFound(f"graph and index differ in {found['differing']:,} entities", facts=found)
        return found


def _compared(target: Any) -> Mapping[str, Any]:
    target.settle(_SETTLED)
    census: Census = target.census(frames.needs(["graph_index"]) | _TABLES)
    joined = frames.join(census, census)["graph_index"].select(["guid", "side"]).to_pylist()
    differing = sorted(row["guid"] for row in joined if row["side"] != sql.BOTH)
    return {"examined": len(joined), "differing": len(differing), "guids": differing[:_SAMPLE]}
