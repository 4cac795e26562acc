"""Frames: two censuses joined into the tables that the suites name.

A row says what the baseline held, what is observed, and on which side it was found. Hashing
and joining happen in an engine, in SQL, when a frame is asked for, and it comes piece by piece; a
checker only judges. What each frame holds, and which check reads it, is in `toolkit/docs/checks.md`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from metadrill import clock
from metadrill.census import (
    asking,
    audit_frames,
    digests,
    edge_frames,
    end_frames,
    entity_frames,
    exempting,
    index_frames,
    shape_frames,
    sound_frames,
    standing_frames,
    vouching,
)
from metadrill.census.asking import PIECE, Engine
from metadrill.census.exempting import HELD, NOTHING, WHOLE, Exempt
from metadrill.census.framing import OBSERVED, At, Frame
from metadrill.census.index_frames import INDEX, UNDECODABLE
from metadrill.census.sql import BOTH
from metadrill.census.tables import NAMES, SCHEMAS, Census

FRAMES: Mapping[str, Frame] = {
    **entity_frames.FRAMES,
    **sound_frames.FRAMES,
    **edge_frames.FRAMES,
    **end_frames.FRAMES,
    **shape_frames.FRAMES,
    **index_frames.FRAMES,
    **standing_frames.FRAMES,
    **audit_frames.FRAMES,
}

MATCHED: Mapping[str, str] = {
    "typedefs_both": "typedefs_joined",
    "entities_both": "entities_joined",
    "relationships_both": "relationships_joined",
    "graph_index_both": "graph_index",
}
"""Frames that hold only the rows of another that were found on both sides: a lost row is one
check's finding, a changed value another's."""

NEVER_EMPTY = frozenset(
    {
        "typedefs_joined", "typedefs_both", "types_by_category", "counts_by_type", "entities_joined",
        "entities_both", "entities_observed", "entities_sound", "updates", "newest", "shapes",
        "graph_index", "graph_index_both", "index_counts", "segments", "consistency", "answers",
        "audit_kept", "definitions",
    }
)  # fmt: skip
"""Frames whose population cannot rightly be empty: without a row they prove nothing."""


SAMPLED: Mapping[str, str] = {"answers": "one question of each kind"}
"""Frames whose rows never are all that there could be."""


class Frames(Mapping[str, pa.Table]):
    """The frames that can be built, each when it is asked for; `missing` says of each other one why not."""

    def __init__(self, at: At, missing: Mapping[str, str], of: tuple[Census, Census]) -> None:
        """`of`: the two censuses, held so that their files stay where they are."""
        self.missing = missing
        self._of = of
        self._at = at
        self._names = tuple(name for name in (*FRAMES, *MATCHED) if name not in missing)
        self._columns: dict[str, tuple[str, ...]] = {}

    def __getitem__(self, name: str) -> pa.Table:
        """Return a whole frame. Raises KeyError for one that is missing, errors as `Engine.pieces`."""
        columns = self.columns(name)
        pieces = list(self.pieces(name, columns))
        return pa.concat_tables(pieces) if pieces else pa.table({column: [] for column in columns})

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def columns(self, name: str) -> tuple[str, ...]:
        """Return the columns of a frame. Raises KeyError for one that is missing."""
        self._view(name)
        return self._columns[name]

    def scope(self, name: str) -> str:
        """Return which rows a frame has of those that there are, once it was asked for."""
        part = self._at.partial.get(name) or SAMPLED.get(name)
        return f"sampled: {part}" if part else "complete"

    def witness(self, name: str) -> str:
        """Return which tables of a frame somebody else counted too, and by which route; empty: none."""
        return vouching.witness(FRAMES[MATCHED.get(name, name)].needs, self._at.witness)

    def names(self, guids: Iterable[str]) -> Mapping[str, tuple[str, str]]:
        """Given guids, return type and unique name of each that either census knows, the baseline first.

        That is one question, whatever their number. Raises as `Engine.pieces`.
        """
        sides = zip((HELD, WHOLE), self._of, strict=True)
        there = [(raw, table) for raw, census in sides for table in NAMES if table in census.tables]
        if not there:
            return {}
        self._at.engine.give("sought", pa.table({"guid": pa.array(sorted(set(guids)), pa.string())}))
        text = " UNION ALL ".join(_named(turn, raw, table) for turn, (raw, table) in enumerate(there))
        rows = sorted(
            tuple(row.values()) for piece in self._at.engine.pieces(text) for row in piece.to_pylist()
        )
        return {guid: (kind, name) for _, guid, kind, name in reversed(rows)}

    def about(self, name: str) -> int:
        """Return how many rows a frame has at most, about: those of the larger side of its first table."""
        table = FRAMES[MATCHED.get(name, name)].needs[0]
        return max(digests.rows(side, table) for side in self._of)

    def pieces(self, name: str, columns: Sequence[str], rows: int = PIECE) -> Iterator[pa.Table]:
        """Yield some columns of a frame, at most so many rows at a time."""
        return self._at.engine.pieces(self._text(name, columns), rows)

    def native(self, name: str, columns: Sequence[str]) -> Any:
        """Return some columns of a frame where it lies, or None where it comes in pieces."""
        return self._at.engine.native(self._text(name, columns))

    def _text(self, name: str, columns: Sequence[str]) -> str:
        named = ", ".join(f'"{column}"' for column in columns)
        return f"SELECT {named} FROM {self._view(name)}"

    def _view(self, name: str) -> str:
        if name not in self._names:
            raise KeyError(name)
        view = f"frame_{name}"
        if name not in self._columns:
            source = MATCHED.get(name)
            text = f"SELECT * FROM {self._view(source)} WHERE side = '{BOTH}'" if source else ""
            self._at.engine.define(view, text or FRAMES[name].text(self._at))
            self._columns[name] = self._at.engine.columns(f"SELECT * FROM {view}")
        return view


def join(
    baseline: Census,
    observed: Census,
    exempt: Exempt = NOTHING,
    witness: Mapping[str, int] | None = None,
    engine: Engine | None = None,
) -> Frames:
    """Given two censuses, return every frame that their tables allow; `engine` is `Local` unless given.

    `witness` are the counts of the observed side by other routes (`Repository.witness`); they
    stand beside ours in `index_counts`, -1 where nobody counted.
    """
    asked = engine or asking.Local()
    for prefix, census in ((HELD, baseline), (WHOLE, observed)):
        asking.given(asked, prefix, census.tables)
    exempting.apart(asked, baseline, observed, exempt)
    damage = {table: fault for table, fault in observed.faults.items() if _damaged(table, fault)}
    for table in damage.keys() - set(observed.tables):
        asked.give(f"{WHOLE}_{table}", SCHEMAS[table].empty_table())
    now = int(clock.SYSTEM.utc().timestamp() * 1000)
    at = At(asked, now, exempt.rewrites, damage, witness or {})
    missing = {name: _reason(frame, baseline, observed) for name, frame in FRAMES.items()}
    missing.update({name: missing[source] for name, source in MATCHED.items()})
    told = {name: reason for name, reason in missing.items() if reason}
    return Frames(at, told, (baseline, observed))


def needs(names: Iterable[str]) -> frozenset[str]:
    """Given names of frames, return the census tables that they are built from.

    A name that is not known needs nothing: whoever judges it says that it is missing.
    """
    sources = (FRAMES.get(MATCHED.get(name, name)) for name in names)
    return frozenset(table for frame in sources if frame is not None for table in frame.needs)


def _named(turn: int, raw: str, table: str) -> str:
    """Return the question for what a table says of the guids that are sought, and its turn to say so."""
    kind, name = NAMES[table]
    return f"""
    SELECT DISTINCT {turn} AS turn, guid, coalesce({kind}, '') AS type, {name} AS name
    FROM {raw}_{table} WHERE {name} <> '' AND guid IN (SELECT guid FROM sought)"""


def _damaged(table: str, fault: str) -> bool:
    """Return whether a table of the index is at fault because what it answers cannot be decoded."""
    return table in INDEX and fault.startswith(UNDECODABLE)


def _reason(frame: Frame, baseline: Census, observed: Census) -> str:
    sides = {"baseline": baseline, "observed": observed}
    for side, census in sides.items():
        if side == "baseline" and frame.of == OBSERVED:
            continue
        for table in frame.needs:
            fault = census.faults.get(table, "")
            damaged = side == "observed" and _damaged(table, fault)
            if fault and not damaged:
                return f"{side} census, table {table}: {fault}"
            if table not in census.tables and not damaged:
                return f"{side} census has no table {table}"
    return ""
