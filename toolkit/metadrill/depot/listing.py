"""The list of an export's entries with their digests, in forty bytes an entry: a million of them are 40 MB.

The only module of the room that imports numpy, and late.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from metadrill.census import stored

ENTRIES = pa.schema([("name", pa.string()), ("sha256", pa.string())])
_BATCH = 50_000


class Listing:
    """Names and digests of entries; each can be taken off once. Raises ValueError: not of the form."""

    def __init__(self, path: Path | None) -> None:
        import numpy

        self._path = path
        names, digests = _columns(path) if path else ([], b"")
        marks = numpy.array(names, dtype=numpy.int64)
        order = numpy.argsort(marks, kind="stable")
        self._marks: Any = marks[order]
        self._digests: Any = numpy.frombuffer(digests, dtype=numpy.uint8).reshape(-1, 32)[order]
        self._taken: Any = numpy.zeros(len(order), dtype=bool)
        self._search = numpy.searchsorted

    def digest(self, name: str) -> bytes | None:
        """Return the digest of an entry, None where it is not on the list."""
        place = self._place(name)
        return None if place is None else bytes(self._digests[place])

    def take(self, name: str, digest: bytes) -> bool:
        """Take an entry of that content off the list; return whether it was on it, and not taken yet."""
        place = self._place(name)
        if place is None or self._taken[place] or bytes(self._digests[place]) != digest:
            return False
        self._taken[place] = True
        return True

    @property
    def left(self) -> int:
        """How many were not taken."""
        return int(len(self._taken) - self._taken.sum())

    def remaining(self) -> Iterator[str]:
        """Yield the names that were not taken."""
        for row in stored.rows(self._path) if self._path else ():
            place = self._place(str(row["name"]))
            if place is not None and not self._taken[place]:
                yield str(row["name"])

    def _place(self, name: str) -> int | None:
        if not len(self._marks):
            return None
        mark = hash(name)
        place = int(self._search(self._marks, mark))
        return place if place < len(self._marks) and self._marks[place] == mark else None


def _columns(path: Path) -> tuple[list[int], bytes]:
    """Return a mark of 64 bits for each name, and the digests one after the other."""
    import pyarrow.parquet as pq

    marks: list[int] = []
    digests = bytearray()
    for batch in pq.ParquetFile(path).iter_batches(_BATCH):
        for name, text in zip(batch["name"].to_pylist(), batch["sha256"].to_pylist(), strict=True):
            digest = bytes.fromhex(text)
            if not isinstance(name, str) or len(digest) != 32:
                raise ValueError(f"{name!r} has no SHA-256")
            marks.append(hash(name))
            digests += digest
    return marks, bytes(digests)
