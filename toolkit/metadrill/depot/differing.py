"""Two censuses compared table by table, on disk: what one lacks, what came, what is not the same.

For a backup against a live repository, or against what a restore made of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from metadrill.census import stored

# table → what names a row, what else of it is compared (stamps are not: every restore may move them)
_SHAPES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "typedefs": (("category", "name"), ("digest",)),
    "entities": (("guid",), ("type", "unique_name", "state", "digest")),
    "relationships": (("guid", "seen_from", "other"), ("type", "status", "digest")),
    "classifications": (("entity", "name", "source"), ("direct", "digest")),
    "glossary": (("guid", "kind"), ("name", "parent", "digest")),
    "assignments": (("term", "entity", "seen_from"), ()),
    "lineage": (("process", "direction", "entity"), ()),
}
SET, LIVE, BOTH = "only in the set", "only live", "not the same"


@dataclass(frozen=True)
class Difference:
    """One row that differs: its table, on which side it is, its type where it has one, and its name."""

    table: str
    side: str
    kind: str
    row: str
    what: str = ""


def compare(scratch: Path, ours: Mapping[str, Path], theirs: Mapping[str, Path]) -> Iterator[Difference]:
    """Given the tables of a set and of something else, yield every row that differs, table by table."""
    for table, (keys, values) in _SHAPES.items():
        if table in ours and table in theirs:
            yield from _table(scratch, table, (ours[table], theirs[table]), (keys, values))


def _table(
    scratch: Path, table: str, files: tuple[Path, Path], shape: tuple[tuple[str, ...], tuple[str, ...]]
) -> Iterator[Difference]:
    keys, values = shape
    on = " AND ".join(f"a.{key} IS NOT DISTINCT FROM b.{key}" for key in keys)
    changed = " OR ".join(f"a.{value} IS DISTINCT FROM b.{value}" for value in values) or "false"
    named = ", ".join(f"coalesce(a.{key}, b.{key})" for key in keys)
    what = " || ".join(
        f"CASE WHEN a.{value} IS DISTINCT FROM b.{value} THEN '{value} ' ELSE '' END" for value in values
    )
    kind = next((name for name in ("type", "kind", "name", "category") if name in (*keys, *values)), "")
    kinds = f"coalesce(a.{kind}, b.{kind})" if kind else "''"
    side = f"CASE WHEN b.there IS NULL THEN '{SET}' WHEN a.there IS NULL THEN '{LIVE}' ELSE '{BOTH}' END"
    text = f"""
    SELECT {side} AS side,
           {kinds} AS kind, concat_ws(' ', {named}) AS name, {what or "''"} AS what
    FROM (SELECT DISTINCT *, true AS there FROM read_parquet($1)) a
    FULL OUTER JOIN (SELECT DISTINCT *, true AS there FROM read_parquet($2)) b ON {on}
    WHERE a.there IS NULL OR b.there IS NULL OR {changed}
    ORDER BY 1, 2, 3
    """  # noqa: S608 - names of our own columns
    target = scratch / f"difference-{table}.parquet"
    stored.copy(text, target, *files)
    for row in stored.rows(target):
        told = str(row["what"]).strip() if row["side"] == BOTH else ""
        yield Difference(table, str(row["side"]), str(row["kind"] or ""), str(row["name"]), told)


def counted(found: Mapping[tuple[str, str, str], int]) -> Iterator[tuple[str, ...]]:
    """Given differences counted by table, side and kind, yield rows for a reader."""
    for (table, side, kind), count in sorted(found.items()):
        yield table, kind, side, f"{count:,}"
