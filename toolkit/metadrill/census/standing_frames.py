"""The frames of what a repository owes to others: access no wider than it was, what was erased stays so,
it answers in time, it finds itself in order, its index is made as it makes one, and who reads its
messages is in step."""

from collections.abc import Mapping

from metadrill.census import sql
from metadrill.census.framing import OBSERVED, At, Frame

EQUAL, TIGHTER, LOOSER = "equal", "tighter", "looser"
GONE, BACK = "gone", "back"
SCANNED_NOTHING = "NOTHING SCANNED"
"""What a repository's own check of its graph is told to have come to where it looked at no entity."""


def _restrictions(at: At) -> str:
    """Each classification of an entity, wherever it comes from: what policies restrict access by."""
    left, right = (
        f"SELECT DISTINCT {sql.columns(('entity', 'name'))} FROM {side}_classifications"
        for side in ("before", "after")
    )
    return f"""
    SELECT coalesce(l.entity, r.entity) AS entity, coalesce(l.name, r.name) AS name,
           CASE WHEN r.entity IS NULL THEN '{LOOSER}' WHEN l.entity IS NULL THEN '{TIGHTER}'
                ELSE '{EQUAL}' END AS access
    FROM ({left}) l FULL OUTER JOIN ({right}) r ON l.entity = r.entity AND l.name = r.name"""


def _erasures(at: At) -> str:
    """Each entity that was erased since, and whether it is there again, deleted or not."""
    return f"""
    SELECT t.guid, CASE WHEN e.guid IS NULL THEN '{GONE}' ELSE '{BACK}' END AS stands
    FROM erased t LEFT JOIN (SELECT DISTINCT guid FROM whole_entities) e ON e.guid = t.guid"""


def _consistency(at: At) -> str:
    """What the repository's own check of its graph says, of itself as a whole and of what it objects to.

    One that looked at nothing is in order only where there is nothing.
    """
    told = sql.columns(("type", "issues"))
    state = f"state = '{SCANNED_NOTHING}' AND NOT EXISTS (SELECT 1 FROM whole_entities)"
    return f"""SELECT coalesce(what, '') AS entity, {told},
           CASE WHEN {state} THEN 'OK' ELSE coalesce(state, '') END AS state
    FROM whole_consistency"""


def _definitions(at: At) -> str:
    """Each part of what the index is made with, and whether it is as the repository makes it."""
    return f"SELECT {sql.columns(('what', 'defined'))} FROM whole_definitions"


def _answers(at: At) -> str:
    """Each question that was put to it: what came of it, and in how many milliseconds."""
    told = sql.columns(("probe", "outcome"))
    return f'SELECT {told}, coalesce(took, -1) AS took, coalesce("limit", -1) AS "limit" FROM whole_answers'


def _consumers(at: At) -> str:
    """Each reader of its messages, and how many it has not read."""
    told = sql.columns(("topic", "consumer"))
    return f"SELECT {told}, coalesce(behind, -1) AS behind FROM whole_consumers"


FRAMES: Mapping[str, Frame] = {
    "restrictions": Frame(_restrictions, ("classifications",)),
    "erasures": Frame(_erasures, ("entities",), OBSERVED),
    "consistency": Frame(_consistency, ("consistency", "entities"), OBSERVED),
    "definitions": Frame(_definitions, ("definitions",), OBSERVED),
    "answers": Frame(_answers, ("answers",), OBSERVED),
    "consumers": Frame(_consumers, ("consumers",), OBSERVED),
}
