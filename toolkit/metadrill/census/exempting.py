"""What two censuses need not agree on, taken apart before they are joined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from metadrill.census.asking import Engine
from metadrill.census.sql import text
from metadrill.census.tables import Census


@dataclass(frozen=True)
class Exempt:
    """What need not be equal on both sides, and why.

    `guids` and `prefix` (how a unique name begins): entities that the drill itself wrote; they are
    left out where baseline and observed must be equal (their own read-back judges them), and stay in
    where the observed side must agree with itself. `moving`: entities that were changed while the
    baseline was read: exempt from equality, not from existence; other rows that name them (a
    relationship of theirs, as its other end has it) may be of before or after, and are not compared.
    `relationships`: those whose status a logical restore may change (they share an end that takes only
    one): exempt from equality, not from existence. `rewrites`: a logical restore
    was made, which writes its own times of update. `erased`: entities that were erased since: they must
    not be there, so that they are not is no loss.
    """

    guids: frozenset[str] = frozenset()
    prefix: str = ""
    moving: frozenset[str] = frozenset()
    relationships: frozenset[str] = frozenset()
    rewrites: bool = False
    erased: frozenset[str] = frozenset()

    def __or__(self, other: "Exempt") -> "Exempt":
        """Return what either exempts; a prefix that only one has."""
        return Exempt(
            self.guids | other.guids, self.prefix or other.prefix, self.moving | other.moving,
            self.relationships | other.relationships, self.rewrites or other.rewrites,
            self.erased | other.erased,
        )  # fmt: skip

    def without(self, went: frozenset[str]) -> "Exempt":
        """Return the same with entities left out wholly that ceased to be while the baseline was read."""
        return replace(self, guids=self.guids | went, moving=self.moving - went)


NOTHING = Exempt()
NAMES_ENTITIES = {
    "entities": ("guid",), "annotations": ("entity",), "shortfalls": ("entity",),
    "relationships": ("seen_from", "other"), "glossary": ("guid",),
    "classifications": ("entity", "source"), "assignments": ("term", "entity"),
    "lineage": ("process", "entity"), "audit": ("entity",),
}  # fmt: skip
"""The columns of each table that name an entity."""
_TIED = ("{0}.type", "least({0}.seen_from, {0}.other)", "greatest({0}.seen_from, {0}.other)")
"""What two relationships have in common that tie the same two, whichever end shows them."""
HELD, WHOLE, BEFORE, AFTER = "held", "whole", "before", "after"
"""How tables are named: of the baseline and the observed side as read, and without what is exempt."""


def apart(engine: Engine, baseline: Census, observed: Census, exempt: Exempt) -> None:
    """Given an engine that knows both as `held_…` and `whole_…`, define `before_…` and `after_…`.

    A moving entity that is on both sides counts as it was; one that only came is left out; one that
    is gone stays in the baseline, and so is missed. So it is with a contended relationship, but by the
    two that it ties: of two between the same, an import makes one, and one end alone may show it.
    """
    both = {HELD: baseline, WHOLE: observed}
    lists = {
        "own": _own(engine, both, exempt), "moving": exempt.moving, "edges": exempt.relationships,
        "erased": exempt.erased,
    }  # fmt: skip
    for name, guids in lists.items():
        engine.give(name, pa.table({"guid": pa.array(sorted(guids), pa.string())}))
    for raw, side in ((HELD, BEFORE), (WHOLE, AFTER)):
        for table in both[raw].tables:
            engine.define(f"{side}_{table}", _spared(f"{raw}_{table}", table, lists))
    for table, kind, same in (
        ("entities", "moving", ("{0}.guid",)),
        ("relationships", "edges", _TIED),
    ):
        if lists[kind] and all(table in census.tables for census in both.values()):
            read = _spared(f"{WHOLE}_{table}", table, lists)
            engine.define(f"{AFTER}_{table}", _as_it_was(table, kind, same, read))


def _own(engine: Engine, both: dict[str, Census], exempt: Exempt) -> frozenset[str]:
    """Return the guids of the drill's own entities on either side, and of those that were erased."""
    found = exempt.guids | exempt.erased
    for raw, census in both.items():
        if exempt.prefix and "entities" in census.tables:
            begins = f"substr(unique_name, 1, {len(exempt.prefix)}) = {text(exempt.prefix)}"
            asked = f"SELECT guid FROM {raw}_entities WHERE {begins} AND guid <> ''"
            for piece in engine.pieces(asked):
                found |= frozenset(piece["guid"].to_pylist())
    return found


def _spared(source: str, table: str, lists: Mapping[str, frozenset[str]]) -> str:
    """Return a question for the rows of a table that name nothing that is exempt."""
    named = NAMES_ENTITIES.get(table, ())
    by = {
        "own": named,
        "moving": () if table == "entities" else named,
    }
    without = [
        f"NOT EXISTS (SELECT 1 FROM {kind} x WHERE x.guid = t.{column})"
        for kind, columns in by.items()
        for column in columns
        if lists[kind]
    ]
    where = f" WHERE {' AND '.join(without)}" if without else ""
    return f"SELECT * FROM {source} t{where}"


def _as_it_was(table: str, kind: str, same: Sequence[str], observed: str) -> str:
    """Return a question for observed rows in which those of one kind are as in the baseline, if there."""
    there = " AND ".join(f"{each.format('a')} = {each.format('t')}" for each in same)
    spared = f"EXISTS (SELECT 1 FROM {kind} x WHERE x.guid = t.guid)"
    return f"""
    SELECT * FROM ({observed}) t WHERE NOT {spared}
    UNION ALL
    SELECT * FROM {BEFORE}_{table} t
    WHERE {spared} AND EXISTS (SELECT 1 FROM ({observed}) a WHERE {there})"""
