"""The frames of the ends of relationships: how many an end takes, and what owns what."""

from collections.abc import Mapping

from metadrill.census import sql
from metadrill.census.framing import At, Frame
from metadrill.census.sound_frames import ALREADY

KEPT, SEVERAL = "one or none", "several"
OWNED, ORPHAN = "one", "none"

_SEEN = """
SELECT DISTINCT guid, type, seen_from AS entity, attribute, other
FROM {side}_relationships WHERE status = 'ACTIVE'
"""
_SINGLE = f"""
SELECT coalesce(type, '') AS type, coalesce(entity, '') AS entity, count(*) AS active FROM (
    SELECT s.guid, s.type, s.entity FROM ({_SEEN}) s
    JOIN whole_rules t ON s.type = t.type AND s.attribute = t.attribute
    WHERE t.cardinality = 'SINGLE' AND t.attribute <> t.opposite
    UNION
    SELECT s.guid, s.type, s.other FROM ({_SEEN}) s
    JOIN whole_rules t ON s.type = t.type AND s.attribute = t.opposite
    WHERE t.cardinality = 'SINGLE' AND t.attribute <> t.opposite) held
GROUP BY coalesce(type, ''), coalesce(entity, '')
"""
_OWNERS = f"""
SELECT coalesce(held.type, '') AS type, coalesce(held.entity, '') AS entity, count(*) AS active FROM (
    SELECT s.guid, s.type, s.other AS entity FROM ({_SEEN}) s
    JOIN whole_rules t ON s.type = t.type AND s.attribute = t.attribute
    WHERE t.owns AND t.attribute <> t.opposite
    UNION
    SELECT s.guid, s.type, s.entity FROM ({_SEEN}) s
    JOIN whole_rules t ON s.type = t.type AND s.attribute = t.opposite
    WHERE t.owns AND t.attribute <> t.opposite) held
JOIN {{side}}_entities e ON e.guid = held.entity
WHERE e.state = 'ACTIVE'
GROUP BY coalesce(held.type, ''), coalesce(held.entity, '')
"""


def _single_ends(at: At) -> str:
    """Each entity at an end that takes one relationship: how many active ones it has, on both sides."""
    return f"""
    SELECT t.*, CASE WHEN active_o <= 1 THEN '{KEPT}' WHEN active_o <= active_b THEN '{ALREADY}'
                     ELSE '{SEVERAL}' END AS held
    FROM ({_beside(_SINGLE)}) t"""


def _owned(at: At) -> str:
    """Each active entity that something owns, or owned: by how many, on both sides."""
    return f"""
    SELECT t.*, CASE WHEN active_o = 1 THEN '{OWNED}' WHEN active_o = active_b THEN '{ALREADY}'
                     WHEN active_o = 0 THEN '{ORPHAN}' ELSE '{SEVERAL}' END AS owned
    FROM ({_beside(_OWNERS)}) t
    WHERE EXISTS (SELECT 1 FROM after_entities e WHERE e.guid = t.entity AND e.state = 'ACTIVE')"""


def _beside(text: str) -> str:
    """Ask of both sides by the rules of the observed one, and put the counts beside each other."""
    left, right = (text.format(side=side) for side in ("before", "after"))
    return sql.beside(left, right, ("type", "entity"), ("active",))


FRAMES: Mapping[str, Frame] = {
    "single_ends": Frame(_single_ends, ("relationships", "entities", "rules")),
    "owned": Frame(_owned, ("relationships", "entities", "rules")),
}
