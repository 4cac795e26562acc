"""The frames of what ties entities to each other, or is put on them: each on both sides."""

from collections.abc import Mapping

from metadrill.census import sql
from metadrill.census.framing import OBSERVED, At, Frame, counted, joined

_SEEN = ("guid", "seen_from", "other")


def _ends(at: At) -> str:
    """Each end of each observed relationship, and whether that entity exists."""
    ends = " UNION ".join(
        f"SELECT coalesce(guid, '') AS relationship, coalesce(type, '') AS type, "
        f"coalesce({column}, '') AS \"end\" FROM whole_relationships"
        for column in ("seen_from", "other")
    )
    return f"""
    SELECT t.relationship, t.type, t."end",
           CASE WHEN e.guid IS NULL THEN 'dangling' ELSE '{sql.BOTH}' END AS side
    FROM ({ends}) t LEFT JOIN (SELECT DISTINCT guid FROM whole_entities) e ON e.guid = t."end\""""


def _ends_agree(at: At) -> str:
    """What each end sees of the relationships that exist on both sides."""
    left, right = (
        f"(SELECT * FROM {side}_relationships t WHERE EXISTS "
        f"(SELECT 1 FROM {other}_relationships x WHERE x.guid = t.guid))"
        for side, other in (("before", "after"), ("after", "before"))
    )
    return sql.outer(at.engine, (left, right), _SEEN)


def _assignments(at: At) -> str:
    """Each assignment of a term, as either end says it (`said_by`: term, entity)."""
    left, right = (
        f"(SELECT term, entity, seen_from AS said_by FROM {side}_assignments)" for side in ("before", "after")
    )
    return sql.outer(at.engine, (left, right), ("term", "entity", "said_by"))


def _assignments_sides(at: At) -> str:
    """Each observed assignment of a term: whether both the term and the entity say so."""
    left, right = (
        f"(SELECT * FROM whole_assignments WHERE seen_from = '{end}')" for end in ("term", "entity")
    )
    return sql.outer(at.engine, (left, right), ("term", "entity"), (), sql.Sides("from_term", "from_entity"))


_CLASSIFIED = ("entity", "name", "source")
_ANNOTATED = ("entity", "kind", "name")

FRAMES: Mapping[str, Frame] = {
    "relationship_counts": counted("relationships", ("type", "status"), "guid"),
    "relationships_joined": joined(
        "relationships", _SEEN, ("type", "status", "attribute", "digest", "copies")
    ),
    "ends": Frame(_ends, ("relationships", "entities"), OBSERVED),
    "ends_agree": Frame(_ends_agree, ("relationships",)),
    "lineage_joined": joined("lineage", ("process", "direction", "entity")),
    "annotations_joined": joined("annotations", _ANNOTATED, ("digest",), "coalesce(kind, '') <> 'owner'"),
    "owners_joined": joined("annotations", _ANNOTATED, ("digest",), "kind = 'owner'"),
    "classifications_joined": joined(
        "classifications", _CLASSIFIED, ("digest", "copies"), "coalesce(direct, true)"
    ),
    "propagated_joined": joined("classifications", _CLASSIFIED, ("digest",), "NOT coalesce(direct, true)"),
    "glossary_joined": joined("glossary", ("guid", "kind"), ("name", "parent", "digest")),
    "assignments_joined": Frame(_assignments, ("assignments",)),
    "assignments_sides": Frame(_assignments_sides, ("assignments",), OBSERVED),
}
