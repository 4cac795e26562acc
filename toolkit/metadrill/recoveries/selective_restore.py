"""Recovery: what was lost is brought back out of a backup set, and only that. All else is left as it is."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.census import selecting
from metadrill.census.exempting import NOTHING, Exempt
from metadrill.census.tables import Tables
from metadrill.errors import RecoveryError
from metadrill.model.backup import Method
from metadrill.model.scenario import Action
from metadrill.ports import Record
from metadrill.ports.backing import Backups, Given, Importing, Selective
from metadrill.recoveries import steps

_TABLES = frozenset({"entities"})
_LISTED = 50
_SETTLE = timedelta(minutes=10)


class SelectiveRestore:
    """Compares a set with the repository as it is, and imports what that lost since.

    What was written or changed since the cut stays: an entity that is there is never imported again.
    """

    def __init__(self, action: Action, backups: Backups, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._backups, self._time = steps.plain(action), backups, time
        self._set: Given | None = None

    @classmethod
    def with_backups(cls, action: Action, backups: Backups) -> "SelectiveRestore":
        """Make it for a run."""
        return cls(action, backups)

    def prepare(self, target: Any) -> Mapping[str, Any] | None:
        """Take a set where none is given; return the facts of `backup.taken`."""
        steps.needs(target, self._name, Importing)
        self._set = self._backups.given()
        if self._set is not None:
            return None
        started = self._time.monotonic_ns()
        self._set = self._backups.take(target, frozenset({Method.LOGICAL}))
        return {
            **self._set.facts,
            "recovery": self._name,
            "kind": "backup_set",
            "ref": self._set.name,
            "seconds": clock.seconds(started, self._time.monotonic_ns()),
            "started_ns": started,
        }

    def exempt(self) -> Exempt:
        """Return what was changed while the set was read: its rows may be of either moment."""
        return self._set.expected(Method.PHYSICAL).exempt if self._set else NOTHING

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Compare, import what is lost, wait for the index, and say what else moved."""
        given = self._set
        if not isinstance(given, Selective):
            raise RecoveryError(f"{self._name}: no set that entities can be restored out of")
        before, now = given.expected(Method.PHYSICAL).census.tables, target.census(_TABLES).tables
        if "entities" not in now:
            raise RecoveryError(f"{self._name}: the repository cannot be read, so nobody knows what is lost")
        lost = selecting.lost(before, now)
        steps.step(record, self._name, "compare", lambda: _differences(before, now, lost), self._time)
        if lost:
            steps.step(record, self._name, "import", lambda: given.put_only(target, lost), self._time)
        steps.step(record, self._name, "settle", lambda: target.settle(_SETTLE), self._time)
        after = target.census(_TABLES).tables
        moved = steps.step(record, self._name, "look", lambda: _moved(now, after, lost), self._time)
        still = selecting.lost(before, after)
        if still:
            raise RecoveryError(
                f"{self._name}: {len(still):,} of {len(lost):,} are not back: {', '.join(sorted(still)[:3])}",
                "restore the whole repository instead: backup_restore",
            )
        return {"set": given.name, "restored": len(lost), "neighbours_moved": moved["moved"]["count"]}


def _differences(before: Tables, now: Tables, lost: frozenset[str]) -> dict[str, Any]:
    """Return what is lost by type, and what was written or changed since the cut and is kept."""
    then, there = selecting.stamps(before), selecting.stamps(now)
    return {
        "lost": {"count": len(lost), "by_type": selecting.kinds(before, lost)},
        "kept": {
            "new": _listed(there.keys() - then.keys()),
            "edited": _listed(
                guid for guid in there.keys() & then.keys() - lost if there[guid][1] != then[guid][1]
            ),
        },
    }


def _moved(now: Tables, after: Tables, lost: frozenset[str]) -> dict[str, Any]:
    """Return the entities that were not lost and whose time of update the recovery moved."""
    then, there = selecting.stamps(now), selecting.stamps(after)
    return {
        "moved": _listed(
            guid for guid in there.keys() & then.keys() - lost if there[guid][0] != then[guid][0]
        )
    }


def _listed(guids: Any) -> dict[str, Any]:
    some = sorted(guids)
    return {"count": len(some), "guids": some[:_LISTED]}
