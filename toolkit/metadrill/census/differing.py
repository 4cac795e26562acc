"""Two censuses compared table by table, on disk: what one lacks, what came, what is not the same.

The differences are one Parquet file, however many they are; whoever shows them reads as many as
they need of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from metadrill import progress
from metadrill.census import asking, stored
from metadrill.census.exempting import NAMES_ENTITIES
from metadrill.census.tables import NAMES

# table → what names a row, what else of it is compared; `copies`: how often the row is there. Times of update
# are not compared: an import writes its own. Nor is an event's `place`: one lost event moves the rest
_SHAPES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "typedefs": (("category", "name"), ("digest",)),
    "entities": (
        ("guid",),
        ("type", "unique_name", "state", "shell", "created", "created_by", "digest", "copies"),
    ),
    "relationships": (("guid", "seen_from", "other"), ("type", "status", "attribute", "digest", "copies")),
    "classifications": (("entity", "name", "source"), ("direct", "digest")),
    "annotations": (("entity", "kind", "name"), ("digest",)),
    "glossary": (("guid", "kind"), ("name", "parent", "digest")),
    "assignments": (("term", "entity", "seen_from"), ()),
    "lineage": (("process", "direction", "entity"), ()),
    "documents": (("guid",), ("type", "state", "copies")),
    "audit": (("entity", "event"), ("action", "moment", "actor", "creates", "brought", "digest")),
}  # fmt: skip
_A_STUB = "CASE WHEN coalesce(guid, '') = '' THEN 'document ' || document ELSE guid END AS guid"
"""A document that names no entity is named by its own id, which every index gives anew."""
_ENDS = {**NAMES_ENTITIES, "documents": ("guid",), "assignments": ("entity", "term")}
"""The columns of a row that name entities; it is told as one of the first."""
_BESIDE = {
    "entities": {"updated": "max(updated)", "updated_by": "arg_max(updated_by, updated)"},
    "documents": {"modified": "max(modified)"},
}  # fmt: skip
"""What is shown of both where a row is not the same, and compared nowhere: when, and by whom."""
_GROWS = frozenset({"audit"})
"""The tables that grow by themselves: that the second has more is no difference."""
_TIMES = frozenset({"created", "updated", "modified", "moment"})
_DIGEST = 12
"""Hexadecimal digits of a digest that are shown."""
_LAST = 253_402_300_799_999
"""The last millisecond that is written as a date (of the year 9999)."""
_NTH = "nth"
FIRST, SECOND, BOTH = "only in the first", "only in the second", "not the same"
_TEXTS = ("table", "side", "type", "row", "entity_type", "entity_name", "what", "first", "second")
_FORM = pa.schema([*((name, pa.string()) for name in _TEXTS), ("moved", pa.bool_())])


@dataclass(frozen=True)
class Difference:
    """One row that differs.

    `row` names it within its table; `type` is its own, where it has one, `entity_type` and
    `entity_name` are those of the entity that it is of. A row that both have says in `what` it is not
    the same, and those values of either in `first` and `second`, of digests the beginning.
    `moved`: an entity that it names was written while it was read.
    """

    table: str
    side: str
    type: str
    row: str
    entity_type: str = ""
    entity_name: str = ""
    what: str = ""
    first: str = ""
    second: str = ""
    moved: bool = False


def alike(ours: Mapping[str, Path], theirs: Mapping[str, Path]) -> tuple[str, ...]:
    """Return the tables that both have, and that are compared."""
    return tuple(table for table in _SHAPES if table in ours and table in theirs)


def compare(
    folder: Path, ours: Mapping[str, Path], theirs: Mapping[str, Path], moving: Sequence[Path] = ()
) -> Path:
    """Given the tables of two censuses, write every row that differs as one Parquet file; return it.

    `moving` are files that list the guids of what was written while one of the two was read. Rows
    that name none of those come first. Raises as `asking.query`.
    """
    target = folder / "differences.parquet"
    found, numbered = [], _numbered(folder, ours, theirs)
    with progress.stage("comparing", len(alike(ours, theirs)), "tables") as advance:
        for table in alike(ours, theirs):
            found.append(folder / f"differences-{table}.parquet")
            asking.copy(_question(table, numbered), found[-1], ours[table], theirs[table])
            advance(1)
    if not found:
        return stored.write(target, (), _FORM)
    named = [(table, side[table]) for side in (ours, theirs) for table in NAMES if table in side]
    asking.copy(
        _together(len(found), [table for table, _ in named], len(moving)), target,
        *found, *(path for _, path in named), *moving,
    )  # fmt: skip
    for path in found:
        path.unlink()
    return target


def counts(differences: Path) -> list[tuple[str, str, str, int]]:
    """Return how many rows differ, by table, type and side, without what was written meanwhile."""
    text = """SELECT "table", type, side, count(*) FROM read_parquet($1) WHERE NOT moved
              GROUP BY ALL ORDER BY ALL"""
    return [tuple(row) for row in asking.query(differences.parent, text, differences)]


def moved(differences: Path) -> int:
    """Return how many rows differ of what was written while it was read."""
    text = "SELECT count(*) FROM read_parquet($1) WHERE moved"
    return int(asking.query(differences.parent, text, differences)[0][0])


def read(differences: Path) -> Iterator[Difference]:
    """Yield the rows that differ, batch by batch."""
    for row in stored.rows(differences):
        yield Difference(**row)


def as_csv(differences: Path, target: Path) -> None:
    """Write the rows that differ as comma-separated values with a header."""
    asking.copy("SELECT * FROM read_parquet($1)", target, differences, form="FORMAT csv, HEADER")


def _numbered(folder: Path, *sides: Mapping[str, Path]) -> tuple[str, ...]:
    """Return what rows of one name are numbered by where entities share a guid; else nothing: it is slow."""
    text = "SELECT count(*) FROM (SELECT guid FROM read_parquet($1) GROUP BY guid HAVING count(*) > 1)"
    files = [side["entities"] for side in sides if "entities" in side]
    return (_NTH,) if any(asking.query(folder, text, file)[0][0] for file in files) else ()


def _question(table: str, numbered: tuple[str, ...]) -> str:
    """Return the question for the rows of a table that differ between $1 and $2."""
    keys, values = _SHAPES[table]
    on = " AND ".join(f"a.{key} IS NOT DISTINCT FROM b.{key}" for key in (*keys, *numbered))
    changed = " OR ".join(f"a.{value} IS DISTINCT FROM b.{value}" for value in values) or "false"
    named = ", ".join(f"coalesce(a.{key}, b.{key})" for key in keys)
    kind = next((name for name in ("type", "kind", "name", "category") if name in (*keys, *values)), "")
    kinds = f"coalesce(a.{kind}, b.{kind}, '')" if kind else "''"
    ends = [f"coalesce(a.{end}, b.{end}, '')" for end in _ENDS.get(table, ())]
    entity, other = (*ends, "''", "''")[:2]
    side = f"CASE WHEN b.there IS NULL THEN '{FIRST}' WHEN a.there IS NULL THEN '{SECOND}' ELSE '{BOTH}' END"
    lacking = "b.there IS NULL" if table in _GROWS else "a.there IS NULL OR b.there IS NULL"
    both = "a.there AND b.there"
    ours, theirs = (_rows(table, file, numbered) for file in ("$1", "$2"))
    return f"""
    SELECT '{table}' AS "table", {side} AS side, {kinds} AS type, concat_ws(' ', {named}) AS "row",
           {entity} AS entity, {other} AS other, {_told(table, " ", "'{0}'", both)} AS what,
           {_told(table, ", ", "'{0}=' || {1}", both, "a")} AS "first",
           {_told(table, ", ", "'{0}=' || {1}", both, "b")} AS "second"
    FROM ({ours}) a FULL OUTER JOIN ({theirs}) b ON {on}
    WHERE {lacking} OR ({both} AND ({changed}))
    """


def _rows(table: str, file: str, numbered: tuple[str, ...]) -> str:
    """Return the question for the rows of a table as they are compared."""
    keys, values = _SHAPES[table]
    columns = ", ".join((*keys, *values)).replace("copies", "count(*) AS copies")
    if table == "documents":
        columns = columns.replace("guid", _A_STUB)
    beside = "".join(f", {taken} AS {name}" for name, taken in _BESIDE.get(table, {}).items())
    rows = f"SELECT {columns}{beside}, true AS there FROM read_parquet({file}) GROUP BY ALL"
    order = f"PARTITION BY {', '.join(keys)} ORDER BY {', '.join((*keys, *values))}"
    numbers = "".join(f", row_number() OVER ({order}) AS {name}" for name in numbered)
    return f"SELECT *{numbers} FROM ({rows})" if numbers else rows


def _told(table: str, between: str, form: str, both: str, side: str = "") -> str:
    """Return SQL for what is not the same in a row that both have; of one side with what is beside it."""
    told = [
        f"CASE WHEN a.{name} IS DISTINCT FROM b.{name} THEN {form.format(name, _shown(side, name))} END"
        for name in _SHAPES[table][1]
    ]
    if side:
        told += [form.format(name, _shown(side, name)) for name in _BESIDE.get(table, {})]
    return f"CASE WHEN {both} THEN concat_ws('{between}', {', '.join(told)}) ELSE '' END" if told else "''"


def _shown(side: str, name: str) -> str:
    """Return SQL for a value as it is shown."""
    value = f"{side}.{name}"
    if name == "digest":
        value = f"left({value}, {_DIGEST})"
    if name in _TIMES:
        date = f"strftime(epoch_ms({value}), '%Y-%m-%dT%H:%M:%S.%gZ')"
        value = f"CASE WHEN {value} BETWEEN 0 AND {_LAST} THEN {date} ELSE CAST({value} AS VARCHAR) END"
    return f"coalesce(CAST({value} AS VARCHAR), 'null')"


def _together(parts: int, names: Sequence[str], moving: int) -> str:
    """Return the question for all rows that differ, each with its entity's type and name, $1 and on.

    Behind the parts come the files that name entities, of the first reading first, then those of what
    was written meanwhile.
    """
    places = iter(f"${place}" for place in range(1, parts + len(names) + moving + 1))
    rows = ", ".join(next(places) for _ in range(parts))
    named = ["SELECT '' AS guid, '' AS type, '' AS name, 0 AS turn WHERE false"]
    for turn, table in enumerate(names):
        kind, name = NAMES[table]
        named.append(f"SELECT guid, {kind}, {name}, {turn} FROM read_parquet({next(places)})")
    written = ["SELECT '' AS guid WHERE false"]
    written += [f"SELECT guid FROM read_parquet({place})" for place in places]
    return f"""
    WITH differing AS (SELECT * FROM read_parquet([{rows}])),
    written AS ({" UNION ALL ".join(written)}),
    named AS (
        SELECT guid, arg_min(type, turn) AS type, arg_min(name, turn) AS name
        FROM ({" UNION ALL ".join(named)}) WHERE guid IN (SELECT entity FROM differing) GROUP BY guid)
    SELECT "table", side, differing.type AS type, "row", coalesce(named.type, '') AS entity_type,
           coalesce(named.name, '') AS entity_name, what, "first", "second",
           entity IN (SELECT guid FROM written) OR other IN (SELECT guid FROM written) AS moved
    FROM differing LEFT JOIN named ON entity = guid ORDER BY moved, 1, 2, 3, 4, 5, 6, 7, 8, 9
    """
