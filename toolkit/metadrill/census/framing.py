"""What a frame is: a question, and the tables it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from metadrill.census import sql
from metadrill.census.asking import Engine
from metadrill.census.exempting import AFTER, BEFORE

OBSERVED = "observed"
CLOCKS_APART = 300_000
"""Milliseconds that the clock of a server may be ahead of ours."""
SEVERAL = "guids"
"""The column of a frame that holds more than one guid, with a comma between them."""
GUIDS = frozenset(
    {
        "guid", "guid_b", "guid_o", "entity", "other", "seen_from", "process", "root", "term", "end",
        "relationship", "source", "parent_b", "parent_o", SEVERAL,
    }
)  # fmt: skip
"""The columns of frames that hold guids."""


@dataclass(frozen=True)
class At:
    """What a frame is built with, beside the tables that the engine knows.

    `now` is the moment of the comparison (milliseconds UTC); `rewrites`: the restore wrote its own
    times of update; `damage`: why a table of the index could not be decoded; `witness`: what others counted.
    A frame that could not take in all that there is says so in `partial`.
    """

    engine: Engine
    now: int
    rewrites: bool
    damage: Mapping[str, str]
    witness: Mapping[str, int]
    partial: dict[str, str] = field(default_factory=dict)

    @property
    def latest(self) -> int:
        """The last moment that is not in the future: the clock of a server may be ahead of ours."""
        return self.now + CLOCKS_APART


@dataclass(frozen=True)
class Frame:
    """How one frame is asked for, and the tables it needs from the observed census, or from both."""

    text: Callable[[At], str]
    needs: tuple[str, ...]
    of: str = "both"


def joined(table: str, keys: tuple[str, ...], values: tuple[str, ...] = (), where: str = "") -> Frame:
    """Return the frame of a table's rows, or of some of them, on both sides."""
    left, right = (
        f"(SELECT * FROM {side}_{table} WHERE {where})" if where else f"{side}_{table}"
        for side in (BEFORE, AFTER)
    )
    return Frame(lambda at: sql.outer(at.engine, (left, right), keys, values), (table,))


def counted(table: str, keys: tuple[str, ...], unit: str) -> Frame:
    """Return the frame that counts distinct units per key on both sides, as `count_b` and `count_o`."""
    named, by = sql.columns(keys), ", ".join(f"coalesce({key}, '')" for key in keys)
    sides = [
        f"SELECT {named}, count(DISTINCT coalesce({unit}, '')) AS count FROM {side}_{table} GROUP BY {by}"
        for side in (BEFORE, AFTER)
    ]
    return Frame(lambda at: sql.beside(sides[0], sides[1], keys, ("count",)), (table,))
