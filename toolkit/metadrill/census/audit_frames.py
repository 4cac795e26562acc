"""The frames of the audit that a repository keeps of its entities: what it told before, it tells still.

Events are compared with those of the baseline, and with the entities that they are of. A trail that had
holes before has them still: that is `already so`, and no restore's doing.
"""

from collections.abc import Mapping

from metadrill.census.framing import At, Frame

_EVENTS = """
    SELECT coalesce(entity, '') AS entity, coalesce(event, '') AS event, place, moment,
        coalesce(actor, '') AS actor, coalesce(action, '') AS action, coalesce(creates, false) AS creates,
        coalesce(brought, false) AS brought, digest
    FROM """
_SIDES = f"WITH b AS ({_EVENTS}before_audit), o AS ({_EVENTS}after_audit)"
"""The events of both sides, without a null in what names them."""
_KEPT = f"""
{_SIDES}
SELECT b.entity, b.event, b.action, coalesce(b.moment, -1) AS moment,
    CASE
        WHEN o.entity IS NULL THEN 'lost'
        WHEN coalesce(b.moment, -1) <> coalesce(o.moment, -1) THEN 'at another time'
        WHEN b.actor <> o.actor THEN 'by another user'
        WHEN b.action <> o.action THEN 'another action'
        WHEN b.digest = o.digest THEN 'yes'
        ELSE 'with other details'
    END AS kept
FROM b LEFT JOIN o ON b.entity = o.entity AND b.event = o.event
"""
"""Each event of the baseline: whether it is there as it was."""
_UNBROKEN = f"""
{_SIDES},
moved AS (
    SELECT o.entity, count(*) AS n FROM o JOIN b ON o.entity = b.entity AND o.event = b.event
    WHERE o.place <> b.place GROUP BY o.entity),
steps AS (
    SELECT entity, event, place, moment,
        lag(moment) OVER (PARTITION BY entity ORDER BY place, event) AS earlier
    FROM o),
counted AS (
    SELECT entity, count(*) AS n, count(DISTINCT event) AS events, count(DISTINCT place) AS places,
        min(place) AS lowest, max(place) AS highest,
        bool_or(moment < earlier) AS back
    FROM steps GROUP BY entity)
SELECT c.entity, c.n AS events,
    CASE
        WHEN c.events < c.n THEN 'an event is there twice'
        WHEN c.places < c.n OR c.lowest <> 1 OR c.highest <> c.n THEN 'an event is missing'
        WHEN c.back THEN 'its times go back'
        WHEN m.n IS NOT NULL THEN 'an event came between older ones'
        ELSE 'unbroken'
    END AS trail
FROM counted c LEFT JOIN moved m ON c.entity = m.entity
"""
"""Each entity with events: whether they follow each other without a gap, as they did before."""
_RANK = "row_number() OVER (PARTITION BY entity ORDER BY place, event) AS n"
_BEGINS = f"""
{_SIDES},
rank_b AS (SELECT entity, creates, {_RANK} FROM b),
rank_o AS (SELECT entity, action, creates, {_RANK} FROM o),
first_b AS (SELECT entity, creates FROM rank_b WHERE n = 1),
first_o AS (SELECT entity, action, creates FROM rank_o WHERE n = 1),
known AS (SELECT DISTINCT guid FROM before_entities)
SELECT o.entity, o.action,
    CASE
        WHEN o.creates THEN 'with its creation'
        WHEN b.creates THEN 'without its creation'
        WHEN b.entity IS NOT NULL OR k.guid IS NOT NULL THEN 'already so'
        ELSE 'without its creation'
    END AS begins
FROM first_o o LEFT JOIN first_b b ON o.entity = b.entity LEFT JOIN known k ON o.entity = k.guid
"""
"""Each entity with events: whether the first is its creation, or was another one before too."""
_SINCE = f"""
{_SIDES},
newest AS (SELECT max(moment) AS moment FROM b),
known AS (SELECT DISTINCT entity, event FROM b),
imports AS (
    SELECT o.actor, min(o.moment) AS began FROM o CROSS JOIN newest n
    WHERE o.brought AND {{rewrites}} AND o.moment > coalesce(n.moment, -1) GROUP BY o.actor)
SELECT o.entity, o.event, o.action, o.actor, coalesce(o.moment, -1) AS moment,
    CASE
        WHEN k.entity IS NOT NULL THEN 'as it was'
        WHEN o.moment IS NULL THEN 'at no time'
        WHEN o.moment > {{latest}} THEN 'in the future'
        WHEN o.moment <= coalesce(n.moment, -1) THEN 'put among older ones'
        WHEN i.actor IS NOT NULL AND o.moment >= i.began THEN 'by the restore'
        ELSE 'after the restore'
    END AS since
FROM o CROSS JOIN newest n
LEFT JOIN known k ON o.entity = k.entity AND o.event = k.event
LEFT JOIN imports i ON o.actor = i.actor
"""
_TOLD = f"""
{_SIDES},
told_b AS (SELECT DISTINCT entity FROM b), told_o AS (SELECT DISTINCT entity FROM o)
SELECT coalesce(e.guid, '') AS entity, coalesce(e.type, '') AS type,
    coalesce(e.unique_name, '') AS unique_name,
    CASE
        WHEN seen.entity IS NOT NULL THEN 'yes'
        WHEN held.entity IS NOT NULL THEN 'lost'
        ELSE 'none before'
    END AS told
FROM after_entities e
LEFT JOIN told_o seen ON e.guid = seen.entity LEFT JOIN told_b held ON e.guid = held.entity
"""
"""Each observed entity: whether anything is told of it, now or before."""


def _since(at: At) -> str:
    """Each observed event: whether it was there before, or who made it since.

    A logical restore is known by the events that only an import makes. It makes others too, which look
    like anybody's (propagated classifications): so what its user did since it began counts as its own.
    """
    return _SINCE.format(rewrites=str(at.rewrites).lower(), latest=at.latest)


FRAMES: Mapping[str, Frame] = {
    "audit_kept": Frame(lambda at: _KEPT, ("audit",)),
    "audit_unbroken": Frame(lambda at: _UNBROKEN, ("audit",)),
    "audit_begins": Frame(lambda at: _BEGINS, ("audit", "entities")),
    "audit_since": Frame(_since, ("audit",)),
    "audit_told": Frame(lambda at: _TOLD, ("audit", "entities")),
}
