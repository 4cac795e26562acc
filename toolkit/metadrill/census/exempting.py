"""What two censuses need not agree on, taken apart before they are joined."""

from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from metadrill.census import joins
from metadrill.census.tables import Census, Tables


@dataclass(frozen=True)
class Exempt:
    """What need not be equal on both sides, and why.

    `guids` and `prefix` (how a unique name begins): entities that the drill itself wrote; they are
    left out where baseline and observed must be equal (their own read-back judges them), and stay in
    where the observed side must agree with itself. `moving`: entities that were changed while the
    baseline was read: exempt from equality, not from existence. `relationships`: those whose status a
    logical restore may change (they share an end that takes only one). `rewrites`: a logical restore
    was made, which writes its own times of update.
    """

    guids: frozenset[str] = frozenset()
    prefix: str = ""
    moving: frozenset[str] = frozenset()
    relationships: frozenset[str] = frozenset()
    rewrites: bool = False

    def __or__(self, other: "Exempt") -> "Exempt":
        """Return what either exempts; a prefix that only one has."""
        return Exempt(
            self.guids | other.guids, self.prefix or other.prefix, self.moving | other.moving,
            self.relationships | other.relationships, self.rewrites or other.rewrites,
        )  # fmt: skip

    def without(self, went: frozenset[str]) -> "Exempt":
        """Return the same with entities left out wholly that ceased to be while the baseline was read."""
        return replace(self, guids=self.guids | went, moving=self.moving - went)


NOTHING = Exempt()
NAMES_ENTITIES = {
    "entities": ("guid",), "annotations": ("entity",), "shortfalls": ("entity",),
    "relationships": ("seen_from", "other"), "glossary": ("guid",),
    "classifications": ("entity", "source"), "assignments": ("term", "entity"),
    "lineage": ("process", "entity"),
}  # fmt: skip
"""The columns of each table that name an entity."""


def apart(baseline: Census, observed: Census, exempt: Exempt) -> tuple[Tables, Tables]:
    """Given two censuses, return the tables of both without what need not be equal."""
    guids = _own(exempt, baseline, observed)
    before, after = _spared(baseline.tables, guids), _spared(observed.tables, guids)
    if exempt.moving:
        before, after = _at_rest(before, after, pa.array(sorted(exempt.moving), pa.string()))
    if exempt.relationships:
        edges = pa.array(sorted(exempt.relationships), pa.string())
        before, after = (
            {**tables, "relationships": joins.without(tables["relationships"], ("guid",), edges)}
            if "relationships" in tables
            else tables
            for tables in (before, after)
        )
    return before, after


def _own(exempt: Exempt, *censuses: Census) -> pa.Array:
    guids = set(exempt.guids)
    for census in censuses:
        if exempt.prefix and "entities" in census.tables:
            entities = census.tables["entities"]
            named = pc.fill_null(pc.starts_with(entities["unique_name"], exempt.prefix), False)
            guids.update(guid for guid in entities.filter(named)["guid"].to_pylist() if guid)
    return pa.array(sorted(guids), pa.string())


def _spared(tables: Tables, guids: pa.Array) -> Tables:
    return {name: joins.without(table, NAMES_ENTITIES.get(name, ()), guids) for name, table in tables.items()}


def _at_rest(before: Tables, after: Tables, moving: pa.Array) -> tuple[Tables, Tables]:
    """Return both without what names a moving entity, but for the entities themselves.

    An entity that is on both sides counts as it was; one that only came is left out; one that is
    gone stays in the baseline, and so is missed.
    """
    still = [
        {
            name: table if name == "entities" else joins.without(table, NAMES_ENTITIES.get(name, ()), moving)
            for name, table in tables.items()
        }
        for tables in (before, after)
    ]
    if "entities" in before and "entities" in after:
        there = joins.within(before["entities"], "guid", moving)
        there = joins.within(there, "guid", pc.unique(after["entities"]["guid"]))
        calm = joins.without(after["entities"], ("guid",), moving)
        still[1]["entities"] = pa.concat_tables([calm, there])
    return still[0], still[1]
