"""Recovery that mends nothing: graph and index are compared, and what differs is said."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pyarrow.compute as pc

from metadrill import clock
from metadrill.census import Census, frames, sql
from metadrill.errors import DamageFound, RecoveryError
from metadrill.model.scenario import Action
from metadrill.ports import Record
from metadrill.recoveries import steps

_SETTLED = timedelta(minutes=2)
_SAMPLE = 20
_TABLES = frozenset({"entities", "documents", "typedefs"})
_FRAME = "graph_index"
_VALUES = ("type", "state", "modified")
_COLUMNS = ("guid", "side", *(f"{value}_{side}" for value in _VALUES for side in "gi"))


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
    """Count the entities and documents that are on one side alone, stand twice, or are not the same.

    Raises RecoveryError where a side could not be read.
    """
    target.settle(_SETTLED)
    census: Census = target.census(frames.needs([_FRAME]) | _TABLES)
    joined = frames.join(census, census)
    if _FRAME in joined.missing:
        raise RecoveryError(f"graph and index cannot be compared: {joined.missing[_FRAME]}")
    examined, differing, guids = 0, 0, list[str]()
    for piece in joined.pieces(_FRAME, _COLUMNS):
        found = piece.filter(_differs())["guid"].to_pylist()
        examined += piece.num_rows
        differing += len(found)
        guids = sorted([*guids, *found])[:_SAMPLE]
    return {"examined": examined, "differing": differing, "guids": guids}


def _differs() -> Any:
    """Return what is true of a row that differs in anything; each guid has one row."""
    differs = pc.field("side") != sql.BOTH
    for value in _VALUES:
        differs |= pc.field(f"{value}_g") != pc.field(f"{value}_i")
    return differs
