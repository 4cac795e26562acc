"""The frames of what an entity says of itself: its name, stamps, values; judged against how it stood before.

A repository may hold what no rule allows and be as it always was: that is `already so`, and no
restore's doing. What came to be so since is the finding.
"""

import pyarrow as pa
import pyarrow.compute as pc

from metadrill.census import joins
from metadrill.census.index_frames import Pair
from metadrill.census.tables import Tables

ALREADY, SOUND = "already so", "yes"
NAMED, SHARED = "unique", "shared"
SAME, REWRITTEN, LATER, EARLIER = "same", "rewritten", "later", "earlier"
IN_ORDER, REVERSED, AHEAD = "in order", "updated before it was created", "in the future"
_APART = 300_000
"""Milliseconds that the clock of a server may be ahead of ours."""
_NAME = ("type", "unique_name")


def entities_sound(pair: Pair) -> pa.Table:
    """Each observed entity: whether its name is its own among active ones, its stamps are in order,
    every attribute that it must have is filled, and every value is one that its type allows."""
    now, then = pair.whole["entities"], pair.before["entities"]
    known = joins.distinct(then, ("guid",), ("created", "updated")).rename_columns(
        ["guid", "created_then", "updated_then"]
    )
    columns = ["guid", *_NAME, "state", "created", "updated"]
    result = now.select(columns)
    for name in ("guid", *_NAME, "state"):
        result = joins.fill(result, name, "")
    for column, what in (("filled", "missing"), ("legal", "illegal")):
        result = _owed(result, column, _shortfalls(pair.before, what), _shortfalls(pair.after, what))
    result = result.join(known, ["guid"], join_type="left outer", use_threads=False)
    for name in ("created", "updated", "created_then", "updated_then"):
        result = joins.fill(result, name, -1)
    return pa.table(
        {
            "guid": result["guid"],
            "type": result["type"],
            "unique_name": result["unique_name"],
            "named": _named(result, then),
            "timed": _timed(result, pair.now),
            "filled": result["filled"],
            "legal": result["legal"],
        }
    )


def _shortfalls(tables: Tables, what: str) -> pa.Table:
    """Return the attributes that entities lack, or hold against their type: a row each."""
    found = tables["shortfalls"]
    return joins.distinct(found.filter(pc.equal(found["what"], what)), ("entity", "attribute"))


def _owed(rows: pa.Table, column: str, then: pa.Table, now: pa.Table) -> pa.Table:
    """Add a column: `yes`, or the attributes that came to be otherwise, or that none came."""
    keep = rows.schema.names
    known = joins.label(then, "known", "yes")
    joined = now.join(known, ["entity", "attribute"], join_type="left outer", use_threads=False)
    came = joined.filter(pc.is_null(joined["known"])).sort_by(
        [("entity", "ascending"), ("attribute", "ascending")]
    )
    named = came.group_by(["entity"], use_threads=False).aggregate([("attribute", "list")])
    texts = pa.table({"guid": named["entity"], "came": pc.binary_join(named["attribute_list"], ", ")})
    rows = joins.fill(rows.join(texts, ["guid"], join_type="left outer", use_threads=False), "came", "")
    stands = pc.if_else(pc.is_in(rows["guid"], value_set=pc.unique(now["entity"])), ALREADY, SOUND)
    return rows.select(keep).append_column(
        column, pc.if_else(pc.equal(rows["came"], ""), stands, rows["came"])
    )


def _named(now: pa.Table, then: pa.Table) -> pa.Array:
    """Say of each whether another active entity of its type has its name, and had it before."""
    active = pc.and_(pc.equal(now["state"], "ACTIVE"), pc.not_equal(now["unique_name"], ""))
    keys = pc.binary_join_element_wise(now["type"], now["unique_name"], "\n")
    shared = pc.and_(active, pc.is_in(keys, value_set=_several(now)))
    before = pc.is_in(keys, value_set=_several(then))
    return pc.if_else(shared, pc.if_else(before, ALREADY, SHARED), NAMED)


def _several(entities: pa.Table) -> pa.Array:
    """Return type and name, as one text, of what several active entities share."""
    state, name = (pc.fill_null(entities[column], "") for column in ("state", "unique_name"))
    held = entities.filter(pc.and_(pc.equal(state, "ACTIVE"), pc.not_equal(name, "")))
    counted = joins.count(held, _NAME, "copies")
    several = counted.filter(pc.greater(counted["copies"], 1))
    return pc.binary_join_element_wise(several["type"], several["unique_name"], "\n").combine_chunks()


def _timed(rows: pa.Table, now: int) -> pa.Array:
    """Say of each whether it was updated after it was created, and neither lies ahead of the clock."""
    reversed_ = pc.less(rows["updated"], rows["created"])
    ahead = pc.greater(pc.max_element_wise(rows["updated"], rows["created"]), now + _APART)
    wrong = pc.if_else(ahead, AHEAD, pc.if_else(reversed_, REVERSED, IN_ORDER))
    stood = pc.and_(
        pc.equal(rows["created"], rows["created_then"]), pc.equal(rows["updated"], rows["updated_then"])
    )
    return pc.if_else(pc.and_(stood, pc.not_equal(wrong, IN_ORDER)), ALREADY, wrong)


def updates(pair: Pair) -> pa.Table:
    """Each entity of both sides: whether its time of update is what it was.

    A logical restore writes its own, which is later: `rewritten`, where one was made.
    """
    found = joins.matched(
        joins.outer(pair.before["entities"], pair.after["entities"], ("guid",), ("updated",))
    )
    later = REWRITTEN if pair.rewrites else LATER
    moved = pc.if_else(pc.greater(found["updated_o"], found["updated_b"]), later, EARLIER)
    stands = pc.if_else(pc.equal(found["updated_b"], found["updated_o"]), SAME, moved)
    return found.drop_columns(["side"]).append_column("updated", stands)


def newest(pair: Pair) -> pa.Table:
    """The latest time of update on either side: one row. A restored cut that is older shows here."""
    sides = [pc.max(tables["entities"]["updated"]).as_py() for tables in (pair.before, pair.after)]
    columns = {"what": ["the newest change"]}
    schema = pa.schema([("what", pa.string()), ("newest_b", pa.int64()), ("newest_o", pa.int64())])
    newest_b, newest_o = (-1 if value is None else value for value in sides)
    return joins.rows({**columns, "newest_b": [newest_b], "newest_o": [newest_o]}, schema)
