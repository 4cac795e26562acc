"""The frames of types and entities: which there are, how many, and whether they are what they were."""

from collections.abc import Mapping

from metadrill.census import sql
from metadrill.census.exempting import AFTER, BEFORE
from metadrill.census.framing import OBSERVED, At, Frame, counted, joined

_VALUES = ("type", "unique_name", "state", "shell", "digest", "created", "created_by")
_ACTIVE = "state = 'ACTIVE' AND unique_name <> ''"
_KINDS = {"active": "state = 'ACTIVE'", "deleted": "state = 'DELETED'", "shell": "shell"}


def _counts_by_type(at: At) -> str:
    """How many entities there are of each type, in all and by state."""
    kinds = ", ".join(
        f"CAST(sum(CASE WHEN {where} THEN 1 ELSE 0 END) AS BIGINT) AS {kind}"
        for kind, where in _KINDS.items()
    )
    left, right = (
        f"SELECT coalesce(type, '') AS type, count(*) AS total, {kinds} FROM {side}_entities "
        "GROUP BY coalesce(type, '')"
        for side in (BEFORE, AFTER)
    )
    return sql.beside(left, right, ("type",), ("total", *_KINDS))


def _names_joined(at: At) -> str:
    """Active entities with a unique name that exists on both sides: the guid of each."""
    left, right = (f"(SELECT * FROM {side}_entities WHERE {_ACTIVE})" for side in (BEFORE, AFTER))
    rows = sql.outer(at.engine, (left, right), ("type", "unique_name"), ("guid",))
    return f"SELECT * FROM ({rows}) t WHERE side = '{sql.BOTH}'"


def _entities_observed(at: At) -> str:
    """Each observed guid, the drill's own included, and how many entities have it."""
    if at.engine.unique("whole_entities", ("guid",)):
        return f"SELECT {sql.columns(('guid', 'type', 'unique_name'))}, 1 AS copies FROM whole_entities"
    return """
    SELECT coalesce(guid, '') AS guid, min(coalesce(type, '')) AS type,
           min(coalesce(unique_name, '')) AS unique_name, count(*) AS copies
    FROM whole_entities GROUP BY coalesce(guid, '')"""


FRAMES: Mapping[str, Frame] = {
    "typedefs_joined": joined("typedefs", ("category", "name"), ("digest",)),
    "types_by_category": counted("typedefs", ("category",), "name"),
    "counts_by_type": Frame(_counts_by_type, ("entities",)),
    "entities_joined": joined("entities", ("guid",), _VALUES),
    "entities_observed": Frame(_entities_observed, ("entities",), OBSERVED),
    "names_joined": Frame(_names_joined, ("entities",)),
}
