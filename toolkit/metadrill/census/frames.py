"""Frames: two censuses joined into the tables that the suites name.

A row says what the baseline held, what is observed, and on which side it was found. Hashing
and joining happen here, in Arrow; a checker only judges the reduced result. What each frame
holds, and which check reads it, is in `toolkit/docs/checks.md`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from metadrill import clock
from metadrill.census import end_frames, exempting, index_frames, joins, shape_frames, sound_frames
from metadrill.census.exempting import NOTHING, Exempt
from metadrill.census.index_frames import UNDECODABLE, Pair
from metadrill.census.tables import Census, Tables

NEVER_EMPTY = frozenset(
    {
        "typedefs_joined", "typedefs_both", "types_by_category", "counts_by_type", "entities_joined",
        "entities_both", "entities_observed", "entities_sound", "updates", "newest", "shapes",
        "graph_index", "graph_index_both", "index_counts", "segments",
    }
)  # fmt: skip
"""Frames whose population cannot rightly be empty: without a row they prove nothing."""


@dataclass(frozen=True)
class Frames(Mapping[str, pa.Table]):
    """The frames that could be built; `missing` says of each other one why it could not."""

    tables: Tables
    missing: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pa.Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


def join(
    baseline: Census, observed: Census, exempt: Exempt = NOTHING, witness: Mapping[str, int] | None = None
) -> Frames:
    """Given two censuses, return every frame that their tables allow.

    `witness` are the counts of the observed side by other routes (`Repository.witness`); they
    stand beside ours in `index_counts`, -1 where nobody counted.
    """
    damage = observed.faults.get("documents", "")
    damage = damage if damage.startswith(UNDECODABLE) else ""
    before, after = exempting.apart(baseline, observed, exempt)
    pair = Pair(
        before,
        after,
        observed.tables,
        damage,
        witness or {},
        int(clock.SYSTEM.utc().timestamp() * 1000),
        exempt.rewrites,
    )
    built: dict[str, pa.Table] = {}
    missing: dict[str, str] = {}
    for name, frame in FRAMES.items():
        reason = _reason(frame, baseline, observed)
        if reason:
            missing[name] = reason
        else:
            built[name] = frame.build(pair)
    for name, source in MATCHED.items():
        if source in built:
            built[name] = joins.matched(built[source])
        else:
            missing[name] = missing[source]
    return Frames(built, missing)


def needs(names: Iterable[str]) -> frozenset[str]:
    """Given names of frames, return the census tables that they are built from.

    A name that is not known needs nothing: whoever judges it says that it is missing.
    """
    sources = (FRAMES.get(MATCHED.get(name, name)) for name in names)
    return frozenset(table for frame in sources if frame is not None for table in frame.needs)


@dataclass(frozen=True)
class Frame:
    """How one frame is built, and the tables it needs from the observed census, or from both."""

    build: Callable[[Pair], pa.Table]
    needs: tuple[str, ...]
    of: str = "both"


def _reason(frame: Frame, baseline: Census, observed: Census) -> str:
    sides = [("observed", observed)]
    if frame.of == "both":
        sides.insert(0, ("baseline", baseline))
    for side, census in sides:
        for table in frame.needs:
            fault = census.faults.get(table, "")
            damaged = side == "observed" and table == "documents" and fault.startswith(UNDECODABLE)
            if fault and not damaged:
                return f"{side} census, table {table}: {fault}"
            if table not in census.tables and not damaged:
                return f"{side} census has no table {table}"
    return ""


def _joined(table: str, keys: tuple[str, ...], values: tuple[str, ...] = ()) -> Callable[[Pair], pa.Table]:
    return lambda pair: joins.outer(pair.before[table], pair.after[table], keys, values)


def _counted(table: str, keys: tuple[str, ...], unit: tuple[str, ...]) -> Callable[[Pair], pa.Table]:
    """Count distinct units per key on both sides, as `count_b` and `count_o`."""

    def build(pair: Pair) -> pa.Table:
        left, right = (
            joins.count(joins.distinct(tables[table], (*keys, *unit)), keys, name)
            for tables, name in ((pair.before, "count_b"), (pair.after, "count_o"))
        )
        return joins.beside(left, right, keys)

    return build


def _counts_by_type(pair: Pair) -> pa.Table:
    result: pa.Table | None = None
    for tables, suffix in ((pair.before, "b"), (pair.after, "o")):
        entities = tables["entities"]
        state = pc.fill_null(entities["state"], "")
        kinds = {
            "active": pc.equal(state, "ACTIVE"),
            "deleted": pc.equal(state, "DELETED"),
            "shell": pc.fill_null(entities["shell"], False),
        }
        every = joins.count(entities, ("type",), f"all_{suffix}")
        result = every if result is None else joins.beside(result, every, ("type",))
        for kind, mask in kinds.items():
            part = joins.count(entities.filter(mask), ("type",), f"{kind}_{suffix}")
            result = joins.beside(result, part, ("type",))
    return result


def _names_joined(pair: Pair) -> pa.Table:
    """Active entities with a unique name that exists on both sides: the guid of each."""
    left, right = (_active(tables["entities"]) for tables in (pair.before, pair.after))
    return joins.matched(joins.outer(left, right, ("type", "unique_name"), ("guid",)))


def _active(entities: pa.Table) -> pa.Table:
    named = pc.not_equal(pc.fill_null(entities["unique_name"], ""), "")
    return entities.filter(pc.and_(pc.equal(pc.fill_null(entities["state"], ""), "ACTIVE"), named))


def _plain(table: str, *columns: str) -> Callable[[Pair], pa.Table]:
    """The observed rows as they are, the drill's own included, with null as empty text."""

    def build(pair: Pair) -> pa.Table:
        result = pair.whole[table].select(list(columns))
        for column in columns:
            result = joins.fill(result, column, "")
        return result

    return build


def _classified(kind: str) -> Callable[[Pair], pa.Table]:
    """Classifications that are `direct`, or that were `propagated` from another entity."""

    def build(pair: Pair) -> pa.Table:
        left, right = (
            found.filter(pc.equal(pc.fill_null(found["direct"], True), kind == "direct"))
            for found in (pair.before["classifications"], pair.after["classifications"])
        )
        return joins.outer(left, right, ("entity", "name", "source"), ("digest",))

    return build


def _annotated(*, owners: bool) -> Callable[[Pair], pa.Table]:
    """Labels, business metadata and custom attributes; or who owns an entity."""

    def build(pair: Pair) -> pa.Table:
        left, right = (
            found.filter(pc.equal(pc.equal(pc.fill_null(found["kind"], ""), "owner"), owners))
            for found in (pair.before["annotations"], pair.after["annotations"])
        )
        return joins.outer(left, right, ("entity", "kind", "name"), ("digest",))

    return build


def _ends(pair: Pair) -> pa.Table:
    """Each end of each observed relationship, and whether that entity exists."""
    seen = pair.whole["relationships"]
    ends = pa.concat_tables(
        seen.select(["guid", "type", column]).rename_columns(["relationship", "type", "end"])
        for column in ("seen_from", "other")
    )
    ends = joins.distinct(ends, ("relationship", "type", "end"))
    known = pc.is_in(ends["end"], value_set=pc.unique(pair.whole["entities"]["guid"]))
    return ends.append_column("side", pc.if_else(known, joins.BOTH, "dangling"))


def _ends_agree(pair: Pair) -> pa.Table:
    """What each end sees of the relationships that exist on both sides."""
    keys = ("guid", "seen_from", "other")
    before, after = pair.before["relationships"], pair.after["relationships"]
    left = joins.within(before, "guid", pc.unique(after["guid"]))
    right = joins.within(after, "guid", pc.unique(before["guid"]))
    return joins.outer(left, right, keys)


def _assignments_sides(pair: Pair) -> pa.Table:
    assignments = pair.whole["assignments"]
    left, right = (
        assignments.filter(pc.equal(pc.fill_null(assignments["seen_from"], ""), end))
        for end in ("term", "entity")
    )
    return joins.outer(left, right, ("term", "entity"), (), joins.Sides("from_term", "from_entity"))


_TYPEDEF = ("category", "name")
_SEEN = ("guid", "seen_from", "other")
_ENTITY = ("type", "unique_name", "state", "digest", "created", "created_by")
_EDGE = ("type", "status", "digest")

FRAMES: Mapping[str, Frame] = {
    "typedefs_joined": Frame(_joined("typedefs", _TYPEDEF, ("digest",)), ("typedefs",)),
    "types_by_category": Frame(_counted("typedefs", ("category",), ("name",)), ("typedefs",)),
    "counts_by_type": Frame(_counts_by_type, ("entities",)),
    "entities_joined": Frame(_joined("entities", ("guid",), _ENTITY), ("entities",)),
    "entities_observed": Frame(_plain("entities", "guid", "type", "unique_name"), ("entities",), "observed"),
    "entities_sound": Frame(sound_frames.entities_sound, ("entities", "shortfalls")),
    "updates": Frame(sound_frames.updates, ("entities",)),
    "newest": Frame(sound_frames.newest, ("entities",)),
    "names_joined": Frame(_names_joined, ("entities",)),
    "relationship_counts": Frame(
        _counted("relationships", ("type", "status"), ("guid",)), ("relationships",)
    ),
    "relationships_joined": Frame(_joined("relationships", _SEEN, _EDGE), ("relationships",)),
    "ends": Frame(_ends, ("relationships", "entities"), "observed"),
    "ends_agree": Frame(_ends_agree, ("relationships",)),
    "lineage_joined": Frame(_joined("lineage", ("process", "direction", "entity")), ("lineage",)),
    "single_ends": Frame(end_frames.single_ends, ("relationships", "entities", "rules")),
    "owned": Frame(end_frames.owned, ("relationships", "entities", "rules")),
    "annotations_joined": Frame(_annotated(owners=False), ("annotations",)),
    "owners_joined": Frame(_annotated(owners=True), ("annotations",)),
    "reachability": Frame(shape_frames.reachability, ("lineage",)),
    "shapes": Frame(shape_frames.shapes, ("entities", "relationships", "lineage")),
    "classifications_joined": Frame(_classified("direct"), ("classifications",)),
    "propagated_joined": Frame(_classified("propagated"), ("classifications",)),
    "glossary_joined": Frame(
        _joined("glossary", ("guid", "kind"), ("name", "parent", "digest")), ("glossary",)
    ),
    "assignments_joined": Frame(_joined("assignments", ("term", "entity", "seen_from")), ("assignments",)),
    "assignments_sides": Frame(_assignments_sides, ("assignments",), "observed"),
    "graph_index": Frame(index_frames.graph_index, ("entities", "documents"), "observed"),
    "index_counts": Frame(index_frames.index_counts, ("entities", "documents"), "observed"),
    "segments": Frame(index_frames.segments, ("segments",), "observed"),
}

MATCHED: Mapping[str, str] = {
    "typedefs_both": "typedefs_joined",
    "entities_both": "entities_joined",
    "relationships_both": "relationships_joined",
    "graph_index_both": "graph_index",
}
"""Frames that hold only the rows of another that were found on both sides: a lost row is one
check's finding, a changed value another's."""
