"""Pieces of SQL that every engine understands: one row a key, two sides beside each other.

Nothing here knows what the tables mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from metadrill.census.asking import Engine
from metadrill.census.tables import FLAG, SCHEMAS, WHOLE

BOTH = "both"
NULL = "(null)"
_WHOLE = frozenset(
    name for schema in SCHEMAS.values() for name in schema.names if schema.field(name).type == WHOLE
) | {"copies"}
_FLAGS = frozenset(
    name for schema in SCHEMAS.values() for name in schema.names if schema.field(name).type == FLAG
)


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


def text(value: str) -> str:
    """Return a text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def columns(names: Sequence[str]) -> str:
    """Return columns with null as empty text."""
    return ", ".join(f"coalesce({name}, '') AS {name}" for name in names)


def distinct(engine: Engine, source: str, keys: Sequence[str], values: Sequence[str] = ()) -> str:
    """Return a question for one row per key, with the least of its values; a null key is empty text.

    A number that is missing is -1 and another value `(null)`; a digest stays null: it equals nothing.
    The value `copies` is the number of rows that have the key.
    """
    if engine.unique(source, keys):
        only = {name: "1" if name == "copies" else name for name in values}
        named = [columns(keys), *(f"{_filled(name, value)} AS {name}" for name, value in only.items())]
        return f"SELECT {', '.join(named)} FROM {source}"
    least = {name: "count(*)" if name == "copies" else f"min({name})" for name in values}
    named = [columns(keys), *(f"{_filled(name, value)} AS {name}" for name, value in least.items())]
    by = ", ".join(f"coalesce({name}, '')" for name in keys)
    return f"SELECT {', '.join(named)} FROM {source} GROUP BY {by}"


def outer(
    engine: Engine, sources: tuple[str, str], keys: Sequence[str], values: Sequence[str] = (),
    sides: Sides = Sides(),
) -> str:  # fmt: skip
    """Return a question for one row per key of either source: the keys, `side`, and each value twice.

    No null is left: a missing number is -1, a missing text, and a digest that is null, says on which
    side it is missing and so equals nothing.
    """
    left, right = (distinct(engine, source, keys, values) for source in sources)
    first = keys[0]
    named = [f"coalesce(l.{key}, r.{key}) AS {key}" for key in keys]
    named.append(
        f"CASE WHEN r.{first} IS NULL THEN {text(sides.left)} WHEN l.{first} IS NULL THEN "
        f"{text(sides.right)} ELSE '{BOTH}' END AS side"
    )
    for value in values:
        for row, side, suffix in (
            ("l", sides.left, sides.left_suffix),
            ("r", sides.right, sides.right_suffix),
        ):
            gap = "-1" if value in _WHOLE else text(absent(side))
            named.append(f"coalesce({row}.{value}, {gap}) AS {value}{suffix}")
    on = " AND ".join(f"l.{key} = r.{key}" for key in keys)
    return f"SELECT {', '.join(named)} FROM ({left}) l FULL OUTER JOIN ({right}) r ON {on}"


def beside(left: str, right: str, keys: Sequence[str], counts: Sequence[str]) -> str:
    """Return a question for two sides' counts beside each other, as `_b` and `_o`; 0 where one has no row."""
    named = [f"coalesce(l.{key}, r.{key}) AS {key}" for key in keys]
    named += [
        f"coalesce({row}.{count}, 0) AS {count}{suffix}"
        for count in counts
        for row, suffix in (("l", "_b"), ("r", "_o"))
    ]
    on = " AND ".join(f"l.{key} = r.{key}" for key in keys)
    return f"SELECT {', '.join(named)} FROM ({left}) l FULL OUTER JOIN ({right}) r ON {on}"


def _filled(name: str, value: str) -> str:
    if name == "digest":
        return value
    if name in _FLAGS:
        return f"CASE WHEN {value} THEN 'yes' WHEN NOT {value} THEN 'no' ELSE '{NULL}' END"
    return f"coalesce({value}, -1)" if name in _WHOLE else f"coalesce({value}, '{NULL}')"
