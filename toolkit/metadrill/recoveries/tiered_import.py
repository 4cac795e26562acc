"""Recovery: an export imported tier by tier, the most critical first; then what runs between the tiers."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.census import selecting
from metadrill.census.exempting import NOTHING, Exempt
from metadrill.census.tables import Tables
from metadrill.errors import DeadlineExceeded, RecoveryError, UsageError
from metadrill.model import selection
from metadrill.model.backup import Method
from metadrill.model.drill import Tier
from metadrill.model.scenario import Action
from metadrill.ports import Record
from metadrill.ports.backing import Backups, Destructible, Expected, Given, Importing, Selective
from metadrill.recoveries import steps

_TABLES = frozenset({"entities", "relationships", "documents"})
_SETTLES = timedelta(minutes=1)
"""How long the index is waited for after an import: what it lacks then shows in what is read of it."""
Tie = tuple[str, str, str]
"""A relationship as one end sees it: its guid, that end, the other."""


@dataclass(frozen=True)
class _Part:
    """A tier as a set has it: what is in it, what else that needs, and all relationships of what is in it."""

    tier: Tier
    picked: frozenset[str]
    imported: frozenset[str]
    ties: frozenset[Tie]


class TieredImport:
    """A tier is back when it can be used; its RTA ends when all of it was read back as it was, with the
    relationships that lead into other tiers, and search has it as the graph does."""

    def __init__(
        self, action: Action, backups: Backups, tiers: Sequence[Tier], time: clock.Clock = clock.SYSTEM
    ) -> None:
        self._name, self._backups, self._tiers, self._time = steps.plain(action), backups, tiers, time
        self._set: Given | None = None
        self._expected: Expected | None = None
        self._parts: tuple[_Part, ...] = ()
        self._made: frozenset[str] = frozenset()
        if not tiers:
            raise UsageError(f"{self._name}: the drill has no tiers", "name them: `tiers:` in the drill")

    @classmethod
    def with_tiers(cls, action: Action, backups: Backups, tiers: Sequence[Tier]) -> "TieredImport":
        """Make it for a run."""
        return cls(action, backups, tiers)

    def prepare(self, target: Any) -> Mapping[str, Any] | None:
        """Take a set where none is given; return the facts of `backup.taken`. Raises UsageError."""
        steps.needs(target, self._name, Importing, Destructible)
        methods = frozenset({Method.LOGICAL})
        self._set, taken = steps.given_or_taken(self._backups, target, methods, self._name, self._time)
        self._expected = self._set.expected(Method.LOGICAL)
        self._parts = self._divided(self._set, self._expected)  # a tier of nothing is told before the fault
        return taken

    def exempt(self) -> Exempt:
        """Return what an import does not bring back as it was, and what it leaves behind of its own."""
        return self._expected.exempt | Exempt(guids=self._made) if self._expected else NOTHING

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Verify, begin empty, import tier by tier, then what runs between them. Raises RecoveryError."""
        given, expected = self._set, self._expected
        if expected is None or not isinstance(given, Selective):
            raise RecoveryError(f"{self._name}: no set that entities can be restored out of")
        self._step(record, "verify_backup", given.check)
        before = expected.census.tables
        self._step(record, "clear", target.destroy)
        self._step(record, "renew", target.renew)
        due, now = list(self._parts), before
        for part in self._parts:
            if part.imported:
                self._step(
                    record, f"tier_{part.tier.name}", lambda part=part: given.put_only(target, part.imported)
                )
            now = self._read(target)
            due = _proved(before, now, due, record)
        if due and (ends := _apart(now, due)):
            self._step(record, "final_pass", lambda: given.put_only(target, given.closure(ends)))
            now = self._read(target)
            due = _proved(before, now, due, record)
        if due:
            told = f"{self._name}: tier {due[0].tier.name} did not come back as it was"
            raise RecoveryError(f"{told}{_unfound(before, now, due[0])}")
        return {"set": given.name, "tiers": {part.tier.name: len(part.picked) for part in self._parts}}

    def _divided(self, given: Given, expected: Expected) -> tuple[_Part, ...]:
        """Return the tiers in order, each without what a former one has. Raises UsageError."""
        if not isinstance(given, Selective):
            raise UsageError(f"{self._name}: no set that entities can be restored out of")
        tables = expected.census.tables
        every = frozenset(tables["entities"]["guid"].to_pylist())
        ties = _ties(tables, expected.exempt.relationships)
        found: list[_Part] = []
        picked: frozenset[str] = frozenset()
        done: frozenset[str] = frozenset()
        for tier in self._tiers:
            chosen = selecting.chosen(tables, map(selection.parse, tier.only)) if tier.only else every
            own = chosen - picked
            if not own:
                raise UsageError(f"{self._name}: tier {tier.name} holds nothing of {given.name}")
            brought = given.closure(own) - done
            found.append(_Part(tier, own, brought, frozenset(tie for tie in ties if tie[1] in own)))
            picked, done = picked | own, done | brought
        return tuple(found)

    def _read(self, target: Any) -> Tables:
        """Read the repository once its index had time to follow; note what imports left of their own."""
        with contextlib.suppress(DeadlineExceeded):
            target.settle(_SETTLES)
        tables: Tables = target.census(_TABLES).tables
        if not tables.keys() >= _TABLES:
            raise RecoveryError(f"{self._name}: the repository cannot be read")
        if self._expected is not None:
            self._made = selecting.made(self._expected.census.tables, tables, target.import_makes)
        return tables

    def _step(self, record: Record, name: str, act: Any) -> Mapping[str, Any]:
        return steps.step(record, self._name, name, act, self._time)


def _proved(before: Tables, now: Tables, due: list[_Part], record: Record) -> list[_Part]:
    """Record each tier of which all is there as it was; return the others."""
    whole, found = _whole(before, now, due), _found(now)
    left = []
    for part in due:
        if part in whole and part.picked <= found:
            facts = {"entities": len(part.picked), "relationships": len({tie[0] for tie in part.ties})}
            record("tier.verified", tier=part.tier.name, **facts, documents=len(part.picked))
        else:
            left.append(part)
    return left


def _whole(before: Tables, now: Tables, parts: Sequence[_Part]) -> list[_Part]:
    """Return the tiers of which the graph has all as it was."""
    was, there, ties = _rows(before), _rows(now), _ties(now)
    return [
        part
        for part in parts
        if part.ties <= ties and all(there.get(guid) == was[guid] for guid in part.picked)
    ]


def _found(now: Tables) -> frozenset[str]:
    """Return the entities that have one document in the index, of the same type, state and time of change."""
    documents = set(_columns(now, "documents", "guid", "type", "state", "modified"))
    copies = Counter(now["documents"]["guid"].to_pylist())
    rows = _columns(now, "entities", "guid", "type", "state", "updated")
    return frozenset(row[0] for row in rows if row in documents and copies[row[0]] == 1)


def _unfound(before: Tables, now: Tables, part: _Part) -> str:
    """Return in words what search lacks of a tier that the graph has."""
    if not _whole(before, now, [part]):
        return ""
    lacking = len(part.picked - _found(now))
    return f": search does not have {lacking:,} of its {len(part.picked):,} entities as the graph does"


def _apart(now: Tables, due: Sequence[_Part]) -> frozenset[str]:
    """Return the entities at the ends of relationships that are not there yet."""
    ties = _ties(now)
    return frozenset(end for part in due for tie in part.ties - ties for end in tie[1:])


def _rows(tables: Tables) -> Mapping[str, tuple[Any, ...]]:
    """Return type, state and digest of each entity, by guid."""
    rows = _columns(tables, "entities", "guid", "type", "state", "digest")
    return {guid: tuple(rest) for guid, *rest in rows}


def _ties(tables: Tables, but: frozenset[str] = frozenset()) -> frozenset[Tie]:
    """Return the active relationships, as each end sees them, without some."""
    rows = _columns(tables, "relationships", "guid", "seen_from", "other", "status")
    return frozenset(
        (guid, one, other) for guid, one, other, status in rows if status == "ACTIVE" and guid not in but
    )


def _columns(tables: Tables, table: str, *names: str) -> Iterator[tuple[Any, ...]]:
    """Return some columns of a table, row by row."""
    return zip(*(tables[table][name].to_pylist() for name in names), strict=True)
