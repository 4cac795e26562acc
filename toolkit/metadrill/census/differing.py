"""Two censuses compared table by table, on disk: what one lacks, what came, what is not the same.

The differences are one Parquet file, however many they are; whoever shows them reads as many as
they need of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from metadrill.census import asking, stored

# table → what names a row, what else of it is compared (stamps are not: every restore may move them);
# `copies`: how often the row is there
_SHAPES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "typedefs": (("category", "name"), ("digest",)),
    "entities": (("guid",), ("type", "unique_name", "state", "shell", "created_by", "digest")),
    "relationships": (("guid", "seen_from", "other"), ("type", "status", "attribute", "digest", "copies")),
    "classifications": (("entity", "name", "source"), ("direct", "digest")),
    "annotations": (("entity", "kind", "name"), ("digest",)),
    "glossary": (("guid", "kind"), ("name", "parent", "digest")),
    "assignments": (("term", "entity", "seen_from"), ()),
    "lineage": (("process", "direction", "entity"), ()),
    "documents": (("guid",), ("type", "state", "copies")),
}  # fmt: skip
_A_STUB = "CASE WHEN coalesce(guid, '') = '' THEN 'document ' || document ELSE guid END AS guid"
"""A document that names no entity is named by its own id, which every index gives anew."""
FIRST, SECOND, BOTH = "only in the first", "only in the second", "not the same"
_FORM = pa.schema([(name, pa.string()) for name in ("table", "side", "type", "row", "what")])


@dataclass(frozen=True)
class Difference:
    """One row that differs: its table, on which side it is, its type where it has one, its name, in what."""

    table: str
    side: str
    type: str
    row: str
    what: str = ""


def alike(ours: Mapping[str, Path], theirs: Mapping[str, Path]) -> tuple[str, ...]:
    """Return the tables that both have, and that are compared."""
    return tuple(table for table in _SHAPES if table in ours and table in theirs)


def compare(folder: Path, ours: Mapping[str, Path], theirs: Mapping[str, Path]) -> Path:
    """Given the tables of two censuses, write every row that differs as one Parquet file; return it."""
    target = folder / "differences.parquet"
    found = []
    for table in alike(ours, theirs):
        found.append(folder / f"differences-{table}.parquet")
        asking.copy(_question(table), found[-1], ours[table], theirs[table])
    if not found:
        return stored.write(target, (), _FORM)
    places = ", ".join(f"${place}" for place in range(1, len(found) + 1))
    every = f"SELECT * FROM read_parquet([{places}]) ORDER BY ALL"
    asking.copy(every, target, *found)
    for path in found:
        path.unlink()
    return target


def counts(differences: Path) -> list[tuple[str, str, str, int]]:
    """Return how many rows differ, by table, type and side."""
    text = 'SELECT "table", type, side, count(*) FROM read_parquet($1) GROUP BY ALL ORDER BY ALL'
    return [tuple(row) for row in asking.query(differences.parent, text, differences)]


def read(differences: Path) -> Iterator[Difference]:
    """Yield the rows that differ, batch by batch."""
    for row in stored.rows(differences):
        yield Difference(**{name: str(row[name]) for name in _FORM.names})


def as_csv(differences: Path, target: Path) -> None:
    """Write the rows that differ as comma-separated values with a header."""
    asking.copy("SELECT * FROM read_parquet($1)", target, differences, form="FORMAT csv, HEADER")


def _question(table: str) -> str:
    """Return the question for the rows of a table that differ between $1 and $2."""
    keys, values = _SHAPES[table]
    on = " AND ".join(f"a.{key} IS NOT DISTINCT FROM b.{key}" for key in keys)
    changed = " OR ".join(f"a.{value} IS DISTINCT FROM b.{value}" for value in values) or "false"
    named = ", ".join(f"coalesce(a.{key}, b.{key})" for key in keys)
    told = " || ".join(
        f"CASE WHEN a.{value} IS DISTINCT FROM b.{value} THEN '{value} ' ELSE '' END" for value in values
    )
    kind = next((name for name in ("type", "kind", "name", "category") if name in (*keys, *values)), "")
    kinds = f"coalesce(a.{kind}, b.{kind}, '')" if kind else "''"
    side = f"CASE WHEN b.there IS NULL THEN '{FIRST}' WHEN a.there IS NULL THEN '{SECOND}' ELSE '{BOTH}' END"
    what = f"CASE WHEN a.there AND b.there THEN trim({told}) ELSE '' END" if told else "''"
    columns = ", ".join((*keys, *values)).replace("copies", "count(*) AS copies")
    if table == "documents":
        columns = columns.replace("guid", _A_STUB)
    rows = f"SELECT {columns}, true AS there FROM read_parquet"
    return f"""
    SELECT '{table}' AS "table", {side} AS side, {kinds} AS type, concat_ws(' ', {named}) AS "row",
           {what} AS what
    FROM ({rows}($1) GROUP BY ALL) a FULL OUTER JOIN ({rows}($2) GROUP BY ALL) b ON {on}
    WHERE a.there IS NULL OR b.there IS NULL OR {changed}
    """
