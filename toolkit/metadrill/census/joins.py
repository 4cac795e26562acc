"""Joining two Arrow tables on a key, saying of each row on which side it was found.

Nothing here knows what the tables mean. Every join is Arrow's own hash join: memory grows
with the two tables, not with their product, because keys are made distinct first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

BOTH = "both"
NULL = "(null)"


@dataclass(frozen=True)
class Sides:
    """What the two sides are called: in the `side` column, and as suffixes of value columns."""

    left: str = "baseline"
    right: str = "observed"
    left_suffix: str = "_b"
    right_suffix: str = "_o"


def absent(side: str) -> str:
    """Return what stands for "no value" on a side; it differs per side, so two never are equal."""
    return f"(none in {side})"


def rows(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Given plain columns, return the table."""
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def label(table: pa.Table, name: str, value: str) -> pa.Table:
    """Add a column that holds one text in every row."""
    return table.append_column(name, pa.repeat(pa.scalar(value, pa.string()), table.num_rows))


def fill(table: pa.Table, name: str, value: str | int) -> pa.Table:
    """Replace null in a column."""
    place = table.schema.get_field_index(name)
    return table.set_column(place, name, pc.fill_null(table[name], value))


def distinct(table: pa.Table, keys: Sequence[str], values: Sequence[str] = ()) -> pa.Table:
    """Keep one row per key, with the first of its values; a null in a key becomes empty text."""
    table = table.select([*keys, *values])
    for key in keys:
        table = fill(table, key, "")
    grouped = table.group_by(list(keys), use_threads=False).aggregate([(name, "first") for name in values])
    return grouped.rename_columns(
        [name.removesuffix("_first") if name.endswith("_first") else name for name in grouped.schema.names]
    ).select([*keys, *values])


def outer(
    left: pa.Table, right: pa.Table, keys: Sequence[str], values: Sequence[str] = (), sides: Sides = Sides()
) -> pa.Table:
    """Return one row per key of either table: the keys, `side`, and each value twice.

    No null is left: a missing number is -1, a missing text, and a digest that is null, says on
    which side it is missing and so equals nothing. Another value may be null on both sides.
    """
    joined = _marked(left, keys, values, sides.left_suffix).join(
        _marked(right, keys, values, sides.right_suffix),
        list(keys),
        join_type="full outer",
        use_threads=False,
    )
    here, there = (pc.is_valid(joined[f"in{end}"]) for end in (sides.left_suffix, sides.right_suffix))
    side = pc.if_else(pc.and_(here, there), BOTH, pc.if_else(here, sides.left, sides.right))
    result = joined.select(list(keys)).append_column("side", side)
    for value in values:
        for suffix, name in ((sides.left_suffix, sides.left), (sides.right_suffix, sides.right)):
            column = joined[value + suffix]
            gap = absent(name) if pa.types.is_string(column.type) else -1
            result = result.append_column(value + suffix, pc.fill_null(column, gap))
    return result


def matched(table: pa.Table) -> pa.Table:
    """Keep the rows found on both sides."""
    return table.filter(pc.equal(table["side"], BOTH))


def count(table: pa.Table, keys: Sequence[str], name: str) -> pa.Table:
    """Return the number of rows per key, as a column of that name."""
    for key in keys:
        table = fill(table, key, "")
    grouped = table.select(list(keys)).group_by(list(keys), use_threads=False).aggregate([([], "count_all")])
    return grouped.select([*keys, "count_all"]).rename_columns([*keys, name])


def beside(left: pa.Table, right: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Join two tables of counts; a key that one lacks counts 0 there."""
    joined = left.join(right, list(keys), join_type="full outer", use_threads=False)
    for name in joined.schema.names:
        if pa.types.is_integer(joined[name].type):
            joined = fill(joined, name, 0)
    return joined


def without(table: pa.Table, columns: Sequence[str], values: pa.Array) -> pa.Table:
    """Drop the rows in which one of the columns holds one of the values."""
    for column in columns if len(values) else ():
        table = table.filter(pc.invert(pc.is_in(table[column], value_set=values)))
    return table


def within(table: pa.Table, column: str, values: pa.Array) -> pa.Table:
    """Keep the rows in which the column holds one of the values."""
    return table.filter(pc.is_in(table[column], value_set=values))


def _marked(table: pa.Table, keys: Sequence[str], values: Sequence[str], suffix: str) -> pa.Table:
    """A digest that is null stays null, so that it will equal nothing; other nulls are values."""
    single = distinct(table, keys, values)
    for value in values:
        if value != "digest":
            single = fill(single, value, NULL if pa.types.is_string(single[value].type) else -1)
    renamed = single.rename_columns([*keys, *(value + suffix for value in values)])
    return label(renamed, f"in{suffix}", "yes")
