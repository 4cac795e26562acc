"""Fault: a byte of the search index goes bad, on disk, under the engine.

Two forms. `startup_check: checksum` is loud: the engine is stopped, the byte is flipped, and at
its start the engine verifies every file. `none` is silent: the byte is flipped in place under
the running engine, which does not notice (check 40 does).
"""

import os
import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.errors import EnvironmentNotReady, MetadrillError, UsageError
from metadrill.model.sandboxed import Segment
from metadrill.model.scenario import Action
from metadrill.ports import IndexFiles

DEFAULT_SEED = 40
ENGINE = "elasticsearch"
_FORMS = {"checksum": "loud", "none": "silent"}
_DRAWS = 200
_LOOK = timedelta(seconds=5)
_FOOTER = 16  # Lucene's CodecUtil.footerLength(): magic, algorithm, checksum


@dataclass(frozen=True)
class Flip:
    """One byte to be changed: where, from what, to what."""

    offset: int
    old: int
    new: int


class CorruptIndexFile:
    """Flips `bytes` bytes in the stored fields of `index`, picked by `seed`.

    `hurts` names a type: the silent form then takes the first draw of the seed that makes a
    search for that type fail. Two runs hit the same byte where their files are the same.

    Raises UsageError for parameters that it does not know.
    """

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        params = {"bytes": 1, "startup_check": "checksum", "seed": None, "hurts": None, **action.params}
        unknown = sorted(set(params) - {"index", "bytes", "startup_check", "seed", "hurts"})
        if unknown or not params.get("index"):
            wrong = f"unknown parameter {unknown[0]!r}" if unknown else "no index named"
            raise UsageError(f"{action.name}: {wrong}", "it takes index, bytes, startup_check, seed, hurts")
        self._check = str(params["startup_check"])
        if self._check not in _FORMS:
            raise UsageError(f"{action.name}: startup_check {self._check!r}", "it is checksum or none")
        count = params["bytes"]
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 4096:
            raise UsageError(f"{action.name}: bytes {count!r}", "a number from 1 to 4096")
        self._index, self._count = str(params["index"]), count
        self._seed = DEFAULT_SEED if params["seed"] is None else int(params["seed"])
        self._hurts = None if params["hurts"] is None else str(params["hurts"])
        self._draw = 0
        self._time = time

    @property
    def form(self) -> str:
        """Return `loud` or `silent`."""
        return _FORMS[self._check]

    def prepare(self, target: Any) -> None:
        """Settle the files; in the loud form make the engine verify them at its next start."""
        if not isinstance(target, IndexFiles):
            raise EnvironmentNotReady(
                "corrupt_index_file: the files of this stack's index cannot be reached",
                "pick a stack whose abilities include index_files",
            )
        target.consolidate(self._index)
        if self._check == "checksum":
            target.verify_on_start(self._index)
        elif self._hurts:
            self._draw = self._hurting_draw(target, self._hurts)

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Break it, and return the ground truth. Raises MetadrillError when nothing could be hit.

        `invoked_ns` is read before the first destructive act: in the loud form the stop of the
        engine, which is an outage already.
        """
        invoked = self._time.monotonic_ns()
        loud = self._check == "checksum"
        if loud:
            target.stop(ENGINE)
        try:
            truth = self._hit(target.segments(self._index))
        except OSError as error:
            raise MetadrillError(
                f"{self._index}: {error.filename}: {error.strerror}", "may this user write the index's files?"
            ) from None
        if loud:
            target.start(ENGINE)
        return {"form": self.form, "index": self._index, **truth, "seed": self._seed, "invoked_ns": invoked}

    def _hurting_draw(self, target: Any, type_name: str) -> int:
        """Return which draw of the seed makes a search for a type fail: most flips show in no answer.

        Each draw is tried for the moment of one search and taken back. None of them: the first.
        """
        segment, span = self._pick(target.segments(self._index))
        for draw in range(_DRAWS):
            flips = self._flips(segment, span, draw)
            _write(segment.path, flips)
            try:
                if not target.search(type_name, _LOOK).ok:
                    return draw
            finally:
                _write(segment.path, tuple(Flip(flip.offset, flip.new, flip.old) for flip in flips))
        return 0

    def _hit(self, segments: tuple[Segment, ...]) -> Mapping[str, Any]:
        segment, span = self._pick(segments)
        before = _sums(segment.path)
        flips = self._flips(segment, span, self._draw)
        _write(segment.path, flips)
        return {
            "draw": self._draw,
            "file": segment.name,
            "size": segment.size,
            "offset": flips[0].offset,
            "old": f"{flips[0].old:02x}",
            "new": f"{flips[0].new:02x}",
            "flips": [[flip.offset, f"{flip.old:02x}", f"{flip.new:02x}"] for flip in flips],
            "crc32": {"before": before, "after": _sums(segment.path)},
            "region": {"stored_fields": list(span)},
        }

    def _pick(self, segments: tuple[Segment, ...]) -> tuple[Segment, tuple[int, int]]:
        """Return the file with the largest range of stored fields, and that range."""
        ranges = [(item, item.stored_fields) for item in segments if item.stored_fields]
        found = [(item, span) for item, span in ranges if self._room(item, span) >= self._count]
        if not found:
            raise MetadrillError(
                f"{self._index}: no file with stored fields to hit",
                "was the index filled and flushed before the fault?",
                EnvironmentNotReady.code,
            )
        return max(found, key=lambda pair: (pair[1][1] - pair[1][0], pair[0].name))

    def _room(self, segment: Segment, span: tuple[int, int]) -> int:
        low, high = self._reach(segment, span)
        return high - low

    def _reach(self, segment: Segment, span: tuple[int, int]) -> tuple[int, int]:
        """Return where a byte may be hit: never the footer; in the silent form the middle half,
        where compressed documents lie, so that searches are hurt as well."""
        start, end = span[0], min(span[1], segment.size - _FOOTER)
        if self._check == "none":
            quarter = (end - start) // 4
            return start + quarter, end - quarter
        return start, end

    def _flips(self, segment: Segment, span: tuple[int, int], draw: int) -> tuple[Flip, ...]:
        chance = random.Random(f"{self._seed}/{draw}")  # noqa: S311 - repeatable on purpose, guards nothing
        offsets = sorted(chance.sample(range(*self._reach(segment, span)), self._count))
        with segment.path.open("rb") as file:
            old = [os.pread(file.fileno(), 1, offset)[0] for offset in offsets]
        return tuple(
            Flip(offset, byte, byte ^ chance.randint(1, 255))
            for offset, byte in zip(offsets, old, strict=True)
        )


def _write(path: Path, flips: tuple[Flip, ...]) -> None:
    """Write in place, keeping the inode that the engine has open, and read back what was written."""
    file = os.open(path, os.O_RDWR)
    try:
        for flip in flips:
            os.pwrite(file, bytes([flip.new]), flip.offset)
        os.fsync(file)
        wrong = [flip.offset for flip in flips if os.pread(file, 1, flip.offset) != bytes([flip.new])]
    finally:
        os.close(file)
    if wrong:
        raise MetadrillError(
            f"{path.name}:{wrong[0]}: the byte written is not the byte read", "is it a copy?"
        )


def _sums(path: Path) -> Mapping[str, str]:
    """Return the checksum in the footer beside the one of the bytes (Lucene, `CodecUtil`)."""
    raw = path.read_bytes()
    return {"stored": f"{int.from_bytes(raw[-8:], 'big'):08x}", "computed": f"{zlib.crc32(raw[:-8]):08x}"}
