"""The frames of what hangs together: what each root of lineage reaches, and the shape of the graph."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping

import pyarrow as pa

from metadrill.census import joins, stored
from metadrill.census.index_frames import Pair
from metadrill.census.tables import Tables

REACH = 9000
"""As many nodes are followed from a root, nearest first, and no more: the rest is check 25's to miss."""
_ROUNDS = 3

Steps = Mapping[str, list[str]]


def reachability(pair: Pair) -> pa.Table:
    """Each root of lineage, on either side: how much it reaches downstream, and a digest of what."""
    sides = [_reached(tables["lineage"]) for tables in (pair.before, pair.after)]
    roots = sorted(sides[0].keys() | sides[1].keys())
    gaps = (joins.absent("baseline"), joins.absent("observed"))
    reach = [[side.get(root, (-1, gap)) for root in roots] for side, gap in zip(sides, gaps, strict=True)]
    return pa.table(
        {
            "root": pa.array(roots, pa.string()),
            "reach_b": pa.array([found[0] for found in reach[0]], pa.int64()),
            "reach_o": pa.array([found[0] for found in reach[1]], pa.int64()),
            "digest_b": pa.array([found[1] for found in reach[0]], pa.string()),
            "digest_o": pa.array([found[1] for found in reach[1]], pa.string()),
        }
    )


def _reached(lineage: pa.Table) -> dict[str, tuple[int, str]]:
    steps, reached = defaultdict(list), set()
    columns = [lineage[name].to_pylist() for name in ("process", "direction", "entity")]
    for process, direction, entity in zip(*columns, strict=True):
        into = str(direction or "").startswith("input")
        source, target = (entity, process) if into else (process, entity)
        steps[source or ""].append(target or "")
        reached.add(target or "")
    return {root: _closure(steps, root) for root in steps if root not in reached}


def _closure(steps: Steps, root: str) -> tuple[int, str]:
    """Return how many nodes are reached from a root, and the digest of their names."""
    found, front = {root}, [root]
    while front and len(found) < REACH:
        ahead = sorted({target for node in front for target in steps.get(node, ())} - found)
        front = ahead[: REACH - len(found)]
        found.update(front)
    return len(found) - 1, hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()


def shapes(pair: Pair) -> pa.Table:
    """How many entities there are of each shape, on both sides; guids and names play no part.

    A shape is a type and state, with what it is tied to, and what that is tied to, three steps wide
    (colour refinement after Weisfeiler and Lehman, 1968). A colour means the same on both sides of
    one comparison, and nothing beyond it.
    """
    keys = ("type", "shape")
    left, right = (
        _coloured(tables).rename_columns([*keys, name])
        for tables, name in ((pair.before, "count_b"), (pair.after, "count_o"))
    )
    return joins.beside(left, right, keys)


def _coloured(tables: Tables) -> pa.Table:
    rounds = ",\n".join(_round(number) for number in range(1, _ROUNDS + 1))
    return stored.ask(
        f"""
        WITH ties AS (
            SELECT DISTINCT guid, seen_from AS one, other, type || ' ' || status AS kind FROM relationships
            UNION ALL SELECT DISTINCT '', process, entity, direction FROM lineage
            UNION ALL SELECT DISTINCT '', entity, process, direction || ' of' FROM lineage),
        c0 AS (SELECT DISTINCT guid, type, hash(type, state) AS colour FROM entities),
        {rounds}
        SELECT coalesce(type, '') AS type, printf('%016x', colour) AS shape, count(*) AS n
        FROM c{_ROUNDS} GROUP BY 1, 2 ORDER BY 1, 2
        """,  # noqa: S608 - our own text
        {name: tables[name] for name in ("entities", "relationships", "lineage")},
    )


def _round(number: int) -> str:
    """Return a round: a colour becomes its own with those of all that it is tied to, in no order."""
    last = f"c{number - 1}"
    return f"""c{number} AS (
            SELECT a.guid, any_value(a.type) AS type,
                   hash(any_value(a.colour), coalesce(sum(hash(t.kind, b.colour)::HUGEINT), 0)) AS colour
            FROM {last} a LEFT JOIN ties t ON t.one = a.guid LEFT JOIN {last} b ON b.guid = t.other
            GROUP BY a.guid)"""  # noqa: S608 - our own text
