"""Recovery: what was lost is brought back out of a backup set, and only that. All else is left as it is."""

from collections.abc import Mapping
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


class SelectiveRestore:
    """Compares a set with the repository as it is, and imports what that lost since.

    What was written or changed since the cut stays: an entity that is there is never imported again.
    """

    def __init__(self, action: Action, backups: Backups, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._backups, self._time = steps.plain(action), backups, time
        self._set: Given | None = None
        self._lost: frozenset[str] = frozenset()
        self._made: frozenset[str] = frozenset()
        self._now: Tables = {}

    @classmethod
    def with_backups(cls, action: Action, backups: Backups) -> "SelectiveRestore":
        """Make it for a run."""
        return cls(action, backups)

    def prepare(self, target: Any) -> Mapping[str, Any] | None:
        """Take a set where none is given; return the facts of `backup.taken`.

        Raises UsageError for a given one without an export: before the fault, not after it.
        """
        steps.needs(target, self._name, Importing)
        methods = frozenset({Method.LOGICAL})
        self._set, taken = steps.given_or_taken(self._backups, target, methods, self._name, self._time)
        if taken is None and isinstance(self._set, Selective):
            self._set.closure(frozenset())
        return taken

    def exempt(self) -> Exempt:
        """Return what was changed while the set was read, and what an import leaves behind of its own.

        Where something that was lost shares an end that takes only one relationship, all that share
        one too: an import may settle them anew.
        """
        if self._set is None:
            return NOTHING
        read, expected = self._set.expected(Method.PHYSICAL).exempt, self._set.expected(Method.LOGICAL)
        shared = expected.exempt.relationships
        touched = shared and selecting.joined(expected.census.tables, shared) & self._lost
        own = Exempt(guids=self._made, rewrites=bool(self._lost))
        return (expected.exempt if touched else read) | own

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Compare, import what is lost, and say what else moved; the run waits for the index then."""
        given = self._set
        if given is None or not isinstance(given, Selective):
            raise RecoveryError(f"{self._name}: no set that entities can be restored out of")
        steps.step(record, self._name, "verify_backup", given.check, self._time)
        before = given.expected(Method.PHYSICAL).census.tables
        steps.step(record, self._name, "compare", lambda: self._compare(before, target), self._time)
        lost = self._lost
        if lost:
            steps.step(record, self._name, "import", lambda: given.put_only(target, lost), self._time)
        looked = steps.step(record, self._name, "look", lambda: self._look(target), self._time)
        still = sorted(lost - selecting.active(self._now))
        if still:
            raise RecoveryError(
                f"{self._name}: {len(still):,} of {len(lost):,} are not back: {', '.join(still[:3])}",
                "restore the whole repository instead: backup_restore",
            )
        return {"set": given.name, "restored": len(lost), "neighbours_moved": looked["moved"]}

    def _compare(self, before: Tables, target: Any) -> Mapping[str, Any]:
        """Read the repository, and say what it lost, and what is new or changed in it."""
        self._now = target.census(_TABLES).tables
        if "entities" not in self._now:
            raise RecoveryError(
                f"{self._name}: the repository cannot be read, so nobody knows what is lost",
                "restore the whole of it: backup_restore",
            )
        self._lost = selecting.lost(before, self._now)
        return _differences(before, self._now, self._lost)

    def _look(self, target: Any) -> Mapping[str, Any]:
        """Read it again, and say what was not lost and whose time of update moved all the same."""
        then, self._now = self._now, target.census(_TABLES).tables
        if "entities" not in self._now:
            raise RecoveryError(f"{self._name}: the repository cannot be read any more")
        self._made = selecting.made(then, self._now, target.import_makes)
        return _moved(then, self._now, self._lost)


def _differences(before: Tables, now: Tables, lost: frozenset[str]) -> dict[str, Any]:
    """Return what is lost by type, and what was written or edited since the cut and is kept."""
    then, there = selecting.stamps(before), selecting.stamps(now)
    new = sorted(there.keys() - then.keys())
    edited = sorted(guid for guid in there.keys() & then.keys() - lost if there[guid][1] != then[guid][1])
    return {
        "lost": len(lost),
        "by_type": selecting.kinds(before, lost),
        "kept_new": len(new),
        "kept_edited": len(edited),
        "guids": {"new": new[:_LISTED], "edited": edited[:_LISTED]},
    }


def _moved(now: Tables, after: Tables, lost: frozenset[str]) -> dict[str, Any]:
    """Return the entities that were not lost and whose time of update the recovery moved."""
    then, there = selecting.stamps(now), selecting.stamps(after)
    moved = sorted(guid for guid in there.keys() & then.keys() - lost if there[guid][0] != then[guid][0])
    return {"moved": len(moved), "guids": moved[:_LISTED]}
