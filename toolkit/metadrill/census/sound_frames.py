"""The frames of what an entity says of itself: its name, stamps, values; judged against how it stood before.

A repository may hold what no rule allows and be as it always was: that is `already so`, and no
restore's doing. What came to be so since is the finding.
"""

from collections.abc import Mapping

from metadrill.census import sql
from metadrill.census.framing import CLOCKS_APART, At, Frame

ALREADY, SOUND = "already so", "yes"
NAMED, SHARED = "unique", "shared"
SAME, REWRITTEN, LATER, EARLIER, BY_ANOTHER = "same", "rewritten", "later", "earlier", "by another"
IN_ORDER, REVERSED, AHEAD = "in order", "updated before it was created", "in the future"


def _entities_sound(at: At) -> str:
    """Each observed entity: whether its name is its own among active ones, its stamps are in order,
    every attribute that it must have is filled, and every value is one that its type allows."""
    then = sql.distinct(at.engine, "before_entities", ("guid",), ("created", "updated"))
    told = sql.columns(("guid", "type", "unique_name", "state"))
    return f"""
    WITH now AS (SELECT {told}, coalesce(created, -1) AS created, coalesce(updated, -1) AS updated
                 FROM whole_entities),
    old AS ({then}),
    shared_now AS ({_several("whole_entities")}),
    shared_then AS ({_several("before_entities")}),
    {_owed(at, "missing")},
    {_owed(at, "illegal")}
    SELECT now.guid, now.type, now.unique_name,
           CASE WHEN now.state <> 'ACTIVE' OR s.type IS NULL THEN '{NAMED}'
                WHEN t.type IS NOT NULL THEN '{ALREADY}' ELSE '{SHARED}' END AS named,
           CASE WHEN NOT ({_wrong(at.latest)}) THEN '{IN_ORDER}'
                WHEN now.created = coalesce(old.created, -1) AND now.updated = coalesce(old.updated, -1)
                THEN '{ALREADY}'
                WHEN greatest(now.updated, now.created) > {at.latest} THEN '{AHEAD}'
                ELSE '{REVERSED}' END AS timed,
           {_stands("missing")} AS filled,
           {_stands("illegal")} AS legal
    FROM now LEFT JOIN old ON old.guid = now.guid
    LEFT JOIN shared_now s ON s.type = now.type AND s.unique_name = now.unique_name
    LEFT JOIN shared_then t ON t.type = now.type AND t.unique_name = now.unique_name
    LEFT JOIN missing_came ON missing_came.entity = now.guid
    LEFT JOIN missing_now ON missing_now.entity = now.guid
    LEFT JOIN illegal_came ON illegal_came.entity = now.guid
    LEFT JOIN illegal_now ON illegal_now.entity = now.guid"""


def _wrong(latest: int) -> str:
    return f"greatest(now.updated, now.created) > {latest} OR now.updated < now.created"


def _several(source: str) -> str:
    """Return a question for the type and name that several active entities share."""
    return f"""SELECT coalesce(type, '') AS type, unique_name FROM {source}
                 WHERE state = 'ACTIVE' AND unique_name <> ''
                 GROUP BY coalesce(type, ''), unique_name HAVING count(*) > 1"""


def _owed(at: At, what: str) -> str:
    """Return who lacks an attribute, or holds one against its type; and what of that came to be since."""
    now, then = (
        f"SELECT DISTINCT coalesce(entity, '') AS entity, coalesce(attribute, '') AS attribute "
        f"FROM {side}_shortfalls WHERE what = '{what}'"
        for side in ("after", "before")
    )
    return f"""{what}_now AS (SELECT DISTINCT entity FROM ({now}) x),
    {what}_came AS (
        SELECT n.entity, {at.engine.listed("n.attribute")} AS attributes
        FROM ({now}) n LEFT JOIN ({then}) o ON o.entity = n.entity AND o.attribute = n.attribute
        WHERE o.entity IS NULL GROUP BY n.entity)"""


def _stands(what: str) -> str:
    """Return SQL for the attributes that came to be otherwise; or that none came, or none is."""
    stood = f"CASE WHEN {what}_now.entity IS NULL THEN '{SOUND}' ELSE '{ALREADY}' END"
    return f"coalesce({what}_came.attributes, {stood})"


def _updates(at: At) -> str:
    """Each entity of both sides: whether its time of update, and who made it, are what they were.

    A logical restore writes its own, which is later than any that it was given: `rewritten`, where one
    was made. The clocks of the two servers may differ by as much as a clock may be ahead of ours; what was
    in the future counts for nothing.
    """
    values = ("updated", "updated_by")
    rows = sql.outer(at.engine, ("before_entities", "after_entities"), ("guid",), values)
    other = SAME if at.rewrites else BY_ANOTHER
    told = f"SELECT coalesce(max(updated), -1) - {CLOCKS_APART} FROM before_entities"
    newest = f"({told} WHERE updated <= {at.latest})"
    rewritten = f"updated_o > updated_b AND {str(at.rewrites).lower()} AND updated_o > {newest}"
    by_another = "updated_b = updated_o AND coalesce(updated_by_b, '') <> coalesce(updated_by_o, '')"
    return f"""
    SELECT guid, updated_b, updated_o,
           CASE WHEN {by_another} THEN '{other}' WHEN updated_b = updated_o THEN '{SAME}'
                WHEN {rewritten} THEN '{REWRITTEN}' WHEN updated_o > updated_b THEN '{LATER}'
                ELSE '{EARLIER}' END AS updated
    FROM ({rows}) t WHERE side = '{sql.BOTH}'"""


def _newest(at: At) -> str:
    """The latest change on either side: one row. A restored cut that is older shows here.

    A logical restore writes times of update of its own, and keeps those of creation: then by these.
    """
    moment = "created" if at.rewrites else "updated"
    left, right = (
        f"(SELECT coalesce(max({moment}), -1) FROM {side}_entities)" for side in ("before", "after")
    )
    return f"SELECT 'the newest change' AS what, {left} AS newest_b, {right} AS newest_o"


FRAMES: Mapping[str, Frame] = {
    "entities_sound": Frame(_entities_sound, ("entities", "shortfalls")),
    "updates": Frame(_updates, ("entities",)),
    "newest": Frame(_newest, ("entities",)),
}
