"""The frames of the ends of relationships: how many an end takes, and what owns what."""

import pyarrow as pa
import pyarrow.compute as pc

from metadrill.census import joins, stored
from metadrill.census.index_frames import Pair
from metadrill.census.sound_frames import ALREADY
from metadrill.census.tables import Tables

KEPT, SEVERAL = "one or none", "several"
OWNED, ORPHAN = "one", "none"

_ACTIVE = """
SELECT DISTINCT r.guid, r.type, r.seen_from AS entity, r.attribute, r.other
FROM relationships r WHERE r.status = 'ACTIVE'
"""
_SINGLE = f"""
WITH seen AS ({_ACTIVE}), singles AS (
    SELECT type, attribute, opposite FROM rules WHERE cardinality = 'SINGLE' AND attribute <> opposite),
held AS (
    SELECT guid, type, entity FROM seen JOIN singles USING (type, attribute)
    UNION
    SELECT s.guid, s.type, s.other FROM seen s JOIN singles t ON s.type = t.type AND s.attribute = t.opposite)
SELECT type, entity, count(*) AS n FROM held GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - our own text
_OWNERS = f"""
WITH seen AS ({_ACTIVE}), owners AS (
    SELECT type, attribute, opposite FROM rules WHERE owns AND attribute <> opposite),
held AS (
    SELECT guid, type, other AS entity FROM seen JOIN owners USING (type, attribute)
    UNION
    SELECT s.guid, s.type, s.entity FROM seen s JOIN owners t ON s.type = t.type AND s.attribute = t.opposite)
SELECT held.type, held.entity, count(*) AS n
FROM held JOIN entities e ON e.guid = held.entity AND e.state = 'ACTIVE'
GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - our own text


def single_ends(pair: Pair) -> pa.Table:
    """Each entity at an end that takes one relationship: how many active ones it has, on both sides."""
    found = _beside(pair, _SINGLE)
    stands = [
        KEPT if now <= 1 else ALREADY if now <= then else SEVERAL
        for then, now in zip(found["active_b"].to_pylist(), found["active_o"].to_pylist(), strict=True)
    ]
    return found.append_column("held", pa.array(stands, pa.string()))


def owned(pair: Pair) -> pa.Table:
    """Each active entity that something owns, or owned: by how many, on both sides."""
    found = _beside(pair, _OWNERS)
    stands = [
        OWNED if now == 1 else ALREADY if now == then else ORPHAN if not now else SEVERAL
        for then, now in zip(found["active_b"].to_pylist(), found["active_o"].to_pylist(), strict=True)
    ]
    found = found.append_column("owned", pa.array(stands, pa.string()))
    entities = pair.after["entities"]
    there = entities.filter(pc.equal(entities["state"], "ACTIVE"))["guid"]
    return joins.within(found, "entity", pc.unique(there))


def _beside(pair: Pair, text: str) -> pa.Table:
    """Ask of both sides by the rules of the observed one, and put the counts beside each other."""
    rules = {"rules": pair.whole["rules"]}
    left, right = (
        stored.ask(text, {**_tied(tables), **rules}).rename_columns(["type", "entity", name])
        for tables, name in ((pair.before, "active_b"), (pair.after, "active_o"))
    )
    return joins.beside(left, right, ("type", "entity"))


def _tied(tables: Tables) -> Tables:
    return {name: tables[name] for name in ("relationships", "entities")}
