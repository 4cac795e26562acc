"""Every seeded damage at once: many small repositories beside each other, each with one of them."""

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from metadrill.census import SCHEMAS, Census, frames
from metadrill.census.asking import Engine
from metadrill.census.exempting import Exempt
from metadrill.census.tables import SELF_TOLD
from metadrill.checkers.great_expectations import GreatExpectations

from .conftest import SUITES, load, small_census
from .damages import ABLE, DAMAGES
from .seeded import Rows
from .seeded_standing import ERASED

NAMES = {
    "guid", "document", "unique_name", "seen_from", "other", "entity", "source", "process", "term", "parent",
    "file", "root", "probe", "event", "relationship",
}  # fmt: skip


def _apart(rows: Rows, number: int) -> Rows:
    """Give everything of one copy names of its own."""
    return {
        table: [
            {
                name: f"{number}|{value}" if value and (name in NAMES or _typed(table, name)) else value
                for name, value in row.items()
            }
            for row in found
        ]
        for table, found in rows.items()
    }


def _typed(table: str, name: str) -> bool:
    return (table, name) in {("typedefs", "name"), ("consistency", "what"), ("definitions", "what")}


def census(copies: int, damaged: bool, twice: bool = False) -> Census:
    """Return many small repositories beside each other; each damage is done to one of them.

    With one more, if `twice`, in which every row stands twice.
    """
    rows: Rows = {name: [] for name in SCHEMAS}
    for number, (mutate, _) in enumerate(DAMAGES.values()):
        one = small_census()
        if damaged:
            mutate(one)
        for table, found in _apart(one, number).items():
            rows[table] += found
    for table, found in _apart(small_census(), len(DAMAGES)).items() if twice else ():
        rows[table] += [*found, *found]
    rows["rules"] = small_census()["rules"]
    tables = {name: pa.Table.from_pylist(rows[name], SCHEMAS[name]) for name in SCHEMAS}
    if copies > len(DAMAGES):
        clean = {name: pa.Table.from_pylist(small_census()[name], SCHEMAS[name]) for name in SCHEMAS}
        for name in SCHEMAS.keys() - {"rules", "typedefs"} - SELF_TOLD:
            tables[name] = pa.concat_tables([tables[name], _many(clean[name], range(len(DAMAGES), copies))])
    return Census(tables, {})


def large(copies: int, damage: str = "") -> Census:
    """Return many small repositories beside each other; a damage, if any, is done to the last of them."""
    sound, last = (
        {name: pa.Table.from_pylist(rows.get(name, []), SCHEMAS[name]) for name in SCHEMAS}
        for rows in (small_census(), _apart(_damaged(damage), copies - 1))
    )
    once = {"rules", "typedefs"} | SELF_TOLD
    tables = {
        name: sound[name]
        if name in once
        else pa.concat_tables([_many(sound[name], range(copies - 1)), last[name]])
        for name in SCHEMAS
    }
    return Census(tables, {})


def _damaged(damage: str) -> Rows:
    rows = small_census()
    if damage:
        DAMAGES[damage][0](rows)
    return rows


def _many(table: pa.Table, copies: range) -> pa.Table:
    named = ", ".join(
        f"CASE WHEN {name} = '' THEN '' ELSE n || '|' || {name} END AS {name}" if name in NAMES else name
        for name in table.schema.names
    )
    with duckdb.connect() as connection:
        connection.register("small", table)
        text = f"SELECT {named} FROM small, range({copies.start}, {copies.stop}) AS r(n)"
        return connection.sql(text).to_arrow_table().cast(table.schema)


def joined(baseline: Census, observed: Census, engine: Engine) -> frames.Frames:
    """Return the frames of both, with what was erased in each small repository."""
    erased = frozenset(f"{number}|{ERASED}" for number in range(len(DAMAGES)))
    return frames.join(baseline, observed, Exempt(erased=erased), engine=engine)


def found(built: frames.Frames) -> Mapping[tuple[str, str], Any]:
    """Return what each check says of frames, by suite and title."""
    return {
        (suite, row.title): (
            row.number, row.verdict, row.examined, row.unexpected, row.deviations, row.because
        )
        for suite in sorted(path.stem for path in SUITES.glob("*.yaml"))
        for row in GreatExpectations().check(load(suite), built, ABLE).results
    }  # fmt: skip
