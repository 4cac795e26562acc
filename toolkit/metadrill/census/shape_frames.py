"""The frames of what hangs together: what each root of lineage reaches, and the shape of the graph."""

import hashlib
from collections.abc import Mapping

import pyarrow as pa

from metadrill.census import asking, sql
from metadrill.census.framing import At, Frame
from metadrill.census.lineage import Steps, steps

REACH = 9000
"""As many nodes are followed from a root, nearest first, and no more: the rest is check 25's to miss."""
NAMED = 5
"""As many entities of a shape are named that more have on one side."""
_ROUNDS = 3


def _reachability(at: At) -> str:
    """Each root of lineage, on either side: how much it reaches downstream, and a digest of what.

    The edges of a side are followed in memory; they are as many as processes have inputs and outputs.
    """
    sides = [_reached(at, side) for side in ("before", "after")]
    if cut := {root for side in sides for root, found in side.items() if found[2]}:
        at.partial["reachability"] = f"of {len(cut):,} roots the nearest {REACH - 1:,} that each reaches"
    roots = sorted(sides[0].keys() | sides[1].keys())
    gaps = (sql.absent("baseline"), sql.absent("observed"))
    reach = [
        [side.get(root, (-1, gap, False)) for root in roots] for side, gap in zip(sides, gaps, strict=True)
    ]
    at.engine.give(
        "reached",
        pa.table(
            {
                "root": pa.array(roots, pa.string()),
                "reach_b": pa.array([found[0] for found in reach[0]], pa.int64()),
                "reach_o": pa.array([found[0] for found in reach[1]], pa.int64()),
                "digest_b": pa.array([found[1] for found in reach[0]], pa.string()),
                "digest_o": pa.array([found[1] for found in reach[1]], pa.string()),
            }
        ),
    )
    return "SELECT * FROM reached"


def _reached(at: At, side: str) -> dict[str, tuple[int, str, bool]]:
    pieces = at.engine.pieces(f"SELECT process, direction, entity FROM {side}_lineage")
    down = steps(row for piece in pieces for row in zip(*(c.to_pylist() for c in piece.columns), strict=True))
    reached = {target for targets in down.values() for target in targets}
    return {root: _closure(down, root) for root in down if root not in reached}


def _closure(down: Steps, root: str) -> tuple[int, str, bool]:
    """Return how many nodes are reached from a root, the digest of their names, and whether some are left."""
    found, front, left = {root}, [root], False
    while front and not left:
        ahead = sorted({target for node in front for target in down.get(node, ())} - found)
        front, left = ahead[: REACH - len(found)], len(found) + len(ahead) > REACH
        found.update(front)
    return len(found) - 1, hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest(), left


def _shapes(at: At) -> str:
    """How many entities there are of each shape, on both sides; guids and names play no part.

    A shape is a type and state, with what it is tied to, and what that is tied to, three steps wide
    (colour refinement after Weisfeiler and Lehman, 1968). A colour means the same on both sides of
    one comparison, and nothing beyond it. Of a shape that more have on one side, `guids` are some
    that have it on that side alone.
    """
    before, after = (_coloured(at, side) for side in ("before", "after"))
    left, right = (
        f"""SELECT type, CAST(colour AS STRING) AS shape, count(*) AS count FROM ({side}) t
            GROUP BY type, colour"""
        for side in (before, after)
    )
    at.engine.keep("shape_counts", sql.beside(left, right, ("type", "shape"), ("count",)))
    if asking.one(at.engine, "SELECT count(*) AS n FROM shape_counts WHERE count_b <> count_o") == (0,):
        return "SELECT *, '' AS guids FROM shape_counts"
    return f"""
    SELECT c.*, coalesce(t.guids, '') AS guids FROM shape_counts c LEFT JOIN (
        SELECT type, shape, {at.engine.listed("guid")} AS guids FROM (
            SELECT type, shape, guid, row_number() OVER (PARTITION BY type, shape ORDER BY guid) AS place
            FROM ({_alone(before, after, "count_b > count_o")}
                  UNION ALL {_alone(after, before, "count_o > count_b")}) d) n
        WHERE place <= {NAMED} GROUP BY type, shape) t ON t.type = c.type AND t.shape = c.shape"""


def _alone(side: str, other: str, more: str) -> str:
    """Return a question for the entities of a side that have a shape there alone which it has more of."""
    return f"""
    SELECT c.type, c.shape, a.guid FROM ({side}) a
    JOIN shape_counts c ON c.type = a.type AND c.shape = CAST(a.colour AS STRING) AND c.{more}
    LEFT JOIN ({other}) b ON b.guid = a.guid AND b.type = a.type AND b.colour = a.colour
    WHERE a.guid <> '' AND b.guid IS NULL"""


def _coloured(at: At, side: str) -> str:
    """Ask for the rounds, one after the other, and return the last: each `guid` with its `colour`."""
    at.engine.keep(
        f"{side}_ties",
        f"""
        SELECT DISTINCT guid, seen_from AS one, other,
                        coalesce(type, '') || ' ' || coalesce(status, '') AS kind
        FROM {side}_relationships
        UNION ALL SELECT DISTINCT '', process, entity, direction FROM {side}_lineage
        UNION ALL SELECT DISTINCT '', entity, process, direction || ' of' FROM {side}_lineage""",
    )
    first = at.engine.number("coalesce(type, '') || ' ' || coalesce(state, '')")
    last = f"""SELECT guid, min(coalesce(type, '')) AS type, min({first}) AS colour
               FROM {side}_entities GROUP BY guid"""
    for number in range(1, _ROUNDS + 1):
        at.engine.keep(f"{side}_c{number - 1}", last)
        last = _round(at, side, f"{side}_c{number - 1}")
    return last


def _round(at: At, side: str, last: str) -> str:
    """Return a round: a colour becomes its own with those of all that it is tied to, in no order."""
    tied = at.engine.number("t.kind || ' ' || CAST(b.colour AS STRING)")
    mixed = at.engine.number("CAST(a.colour AS STRING) || ' ' || CAST(coalesce(n.total, 0) AS STRING)")
    return f"""
    SELECT a.guid, a.type, {mixed} AS colour FROM {last} a LEFT JOIN (
        SELECT t.one, sum(CAST({tied} AS DECIMAL(38, 0))) AS total
        FROM {side}_ties t JOIN {last} b ON b.guid = t.other GROUP BY t.one) n ON n.one = a.guid"""


FRAMES: Mapping[str, Frame] = {
    "reachability": Frame(_reachability, ("lineage",)),
    "shapes": Frame(_shapes, ("entities", "relationships", "lineage")),
}
