"""Fault: a client deletes entities that it should have left alone, softly or for good."""

import random
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from metadrill import clock
from metadrill.census import selecting
from metadrill.census.tables import Tables
from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.model import selection
from metadrill.model.scenario import Action
from metadrill.model.selection import Selection
from metadrill.ports.backing import Deletable, Purgeable

DEFAULT_SEED = 40
_TABLES = frozenset({"entities", "relationships", "classifications", "lineage"})
_LISTED = 200
"""How many guids of a type, and neighbours, stand in the journal; the counts are of all."""
_KNOWN = ("by", "count", "share", "how", "seed")


class How(StrEnum):
    """Marked as deleted, or removed for good after that."""

    SOFT = "soft"
    PURGE = "purge"


class DeleteEntities:
    """Deletes what `by` picks: a selection, or a list of them; all of it, or `count` or a `share` of it.

    What is picked is fixed by `prepare`, before anything is written during the drill. What the
    repository deletes along with it (columns of a table) is in the truth too. Raises UsageError for
    parameters that it does not know.
    """

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        params, name = action.params, action.name
        unknown = sorted(set(params) - set(_KNOWN))
        if unknown or not params.get("by"):
            wrong = f"unknown parameter {unknown[0]!r}" if unknown else "no entities named: by"
            raise UsageError(f"{name}: {wrong}", f"it takes {', '.join(_KNOWN)}")
        told = params["by"]
        self._by = tuple(selection.parse(str(text)) for text in (told if isinstance(told, list) else [told]))
        if params.get("how", How.SOFT) not in set(How):
            raise UsageError(f"{name}: how {params['how']!r}", "it is soft or purge")
        self._how = How(params.get("how", How.SOFT))
        self._count, self._share = _amount(name, params)
        self._seed = DEFAULT_SEED if params.get("seed") is None else int(params["seed"])
        self._time = time
        self.picked: tuple[str, ...] = ()
        self._before: Tables = {}

    def prepare(self, target: Any) -> None:
        """Read what there is, and pick. Raises EnvironmentNotReady, UsageError: nothing is picked."""
        if not isinstance(target, Purgeable if self._how is How.PURGE else Deletable):
            raise EnvironmentNotReady(
                f"delete_entities: entities of this stack cannot be deleted ({self._how.value})",
                "pick a stack with an interface for that",
            )
        repository: Any = target
        self._before = repository.census(_TABLES).tables
        self.picked = self._pick(self._before, self._by)

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Delete, then read what is gone; return it by type, and the neighbours that it touched."""
        invoked = self._time.monotonic_ns()
        target.delete(list(self.picked))
        now = target.census(_TABLES).tables
        gone = selecting.lost(self._before, now)
        if self._how is How.PURGE:
            target.purge(sorted(gone))
            now = target.census(_TABLES).tables
        return {
            "form": "silent",
            "invoked_ns": invoked,
            "how": self._how.value,
            "by": [str(each) for each in self._by],
            "seed": self._seed,
            "picked": len(self.picked),
            "gone": selecting.kinds(self._before, gone),
            "guids": _guids(self._before, gone),
            **_touched(self._before, now, gone),
        }

    def _pick(self, tables: Tables, by: Iterable[Selection]) -> tuple[str, ...]:
        there = sorted(selecting.chosen(tables, by) & selecting.active(tables))
        wanted = self._count if self._count else max(1, round(len(there) * self._share))
        if not there:
            raise UsageError("delete_entities: all that is picked is deleted already", "pick something else")
        drawn = random.Random(self._seed).sample(there, min(wanted, len(there)))  # noqa: S311 - no secret
        return tuple(sorted(drawn))


def _amount(name: str, params: Mapping[str, Any]) -> tuple[int, float]:
    """Return count (0: not given) and share. Raises UsageError."""
    count, share = params.get("count", 0), params.get("share", 1.0)
    if "count" in params and "share" in params:
        raise UsageError(f"{name}: both count and share", "one of them says how many")
    if "count" in params and (type(count) is not int or count < 1):
        raise UsageError(f"{name}: count {count!r}", "a number from 1 on")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise UsageError(f"{name}: share {share!r}", "a number above 0, and 1 at most")
    return int(count), float(share)


def _guids(tables: Tables, guids: frozenset[str]) -> dict[str, list[str]]:
    """Return the guids of each type."""
    found: dict[str, list[str]] = {}
    entities = tables["entities"]
    for guid, kind in zip(entities["guid"].to_pylist(), entities["type"].to_pylist(), strict=True):
        if guid in guids:
            found.setdefault(str(kind), []).append(str(guid))
    return {kind: sorted(some)[:_LISTED] for kind, some in sorted(found.items())}


def _touched(before: Tables, now: Tables, gone: frozenset[str]) -> dict[str, Any]:
    """Return the entities that stayed and whose time of update moved, and how many."""
    then, there = selecting.stamps(before), selecting.stamps(now)
    moved = sorted(
        guid
        for guid, (stamp, _) in there.items()
        if guid in then and guid not in gone and then[guid][0] != stamp
    )
    return {"neighbours": len(moved), "touched": moved[:_LISTED]}
