"""Names in any number and little memory: whether one repeats, and by how many two lists differ.

They are kept as keyed hashes of 8 bytes (Python's own, behind a prefix that is random in each
process), so that nobody can make two names meet. Those met of late are in memory, the others in
sorted runs in a temporary file.
"""

import os
import secrets
import tempfile
from array import array
from collections.abc import Iterator
from heapq import merge
from itertools import groupby, pairwise
from types import TracebackType
from typing import IO

_KEY = secrets.token_bytes(16)
_WIDTH = 8  # bytes of array's `q`
_IN_MEMORY = 1 << 17
_PIECE = _WIDTH << 12


class Names:
    """A growing collection of names, held by `with`: its end removes what is on disk."""

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._most = in_memory
        self._recent: set[int] = set()
        self._file: IO[bytes] | None = None
        self._runs: list[tuple[int, int]] = []

    def add(self, name: bytes) -> bool:
        """Add a name; false where it was met of late. Whether it was met before, `repeated` knows."""
        recent = self._recent
        before = len(recent)
        recent.add(hash(_KEY + name))
        new = len(recent) != before
        if len(recent) >= self._most:
            self._put_aside()
        return new

    def repeated(self) -> bool:
        """Return whether any name was added twice, by what `add` could not see."""
        return bool(self._runs) and any(one == next_ for one, next_ in pairwise(self._sorted()))

    def differing(self, other: "Names") -> int:
        """Return how many names are in one of the two and not in the other."""
        both = merge(self._distinct(), other._distinct())
        return sum(1 for _, same in groupby(both) if len(list(same)) == 1)

    def _distinct(self) -> Iterator[int]:
        return (digest for digest, _ in groupby(self._sorted()))

    def _sorted(self) -> Iterator[int]:
        return merge(sorted(self._recent), *(self._read(begin, end) for begin, end in self._runs))

    def _put_aside(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `__exit__`
        begin = self._file.tell()
        self._file.write(array("q", sorted(self._recent)))
        self._file.flush()
        self._runs.append((begin, self._file.tell()))
        self._recent.clear()

    def _read(self, begin: int, end: int) -> Iterator[int]:
        assert self._file is not None  # noqa: S101 - runs lie in it
        for place in range(begin, end, _PIECE):
            piece = os.pread(self._file.fileno(), min(_PIECE, end - place), place)
            yield from array("q", piece)

    def __enter__(self) -> "Names":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
