"""Zip files, read and written in one forward pass and in bounded memory.

The walk begins with the first local header, not with the directory at the end, so a file can be
read as it comes from a server, and an entry cannot hide from it: what the directory then says must
be what was read, entry by entry (docs/archives.md).
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from metadrill.archives import zip_directory
from metadrill.archives import zip_records as records
from metadrill.archives.forward import Forward
from metadrill.archives.names import Names
from metadrill.archives.zip_records import FULL, Header, Wrong
from metadrill.archives.zip_writing import write

__all__ = ["Budget", "Entry", "entries", "told", "write"]

_FIRST, _NEXT, _STEP = 1 << 12, 1 << 16, 1 << 20
"""Bytes that go in at first, then at a time, and that come out at a time."""
_RATIO_FROM = 1 << 20
"""Bytes below which the ratio says nothing: a small file of spaces is no bomb."""


@dataclass(frozen=True)
class Budget:
    """The most that a zip file may hold: entries, bytes of one entry, of all, of a name.

    `ratio` is how many bytes may come out of one, in an entry and in the whole, above a megabyte.
    """

    entries: int = 20_000_000
    entry_bytes: int = 1 << 27
    total_bytes: int = 1 << 40
    ratio: int = 200
    name_bytes: int = 1024


class Entry(NamedTuple):
    """An entry that was read, whose size and CRC are right."""

    name: str
    content: bytes


def entries(file: BinaryIO, name: str, budget: Budget = Budget()) -> Iterator[Entry]:
    """Given an open zip file, which need not seek, yield its entries in order; `name` is for errors.

    What was yielded is proved only when the iteration has ended. Raises ArchiveError for what is
    damaged, over its budget, said twice and differently, or made to do harm; what the file itself
    raises goes through. Holds one entry at a time.
    """
    source = Forward(file, name)
    tally = zip_directory.Tally()
    total = 0
    with Names() as names:
        try:
            while source.peek(4) == records.LOCAL_MARK:
                if tally.count == budget.entries:
                    raise Wrong(f"holds more than {budget.entries} entries")
                header, entry = _entry(source, budget, budget.total_bytes - total)
                total += header.size
                if total > _RATIO_FROM and total > budget.ratio * source.offset:
                    raise Wrong(f"{total} bytes out of {source.offset}")
                if not names.add(header.name):
                    raise Wrong(f"{records.shown(header.name)}: is there twice")
                tally.add(header)
                yield entry
            zip_directory.finish(source, tally)
            if names.repeated():
                raise Wrong("a name is there twice")
        except Wrong as error:
            raise source.refused(str(error)) from None


def told(file: BinaryIO, name: str, advance: Callable[[int], None]) -> Iterator[Entry]:
    """Yield the entries of an open zip file as `entries` does; say by how many bytes it was read further."""
    at = 0
    for entry in entries(file, name):
        now = file.tell()
        advance(now - at)
        at = now
        yield entry


def _entry(source: Forward, budget: Budget, left: int) -> tuple[Header, Entry]:
    """Read one entry: its header, its content, and what follows it."""
    offset = source.offset
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = records.LOCAL.unpack(
        source.take(records.LOCAL.size)
    )
    if name_length > budget.name_bytes:
        raise Wrong(f"a name of {name_length} bytes")
    name = source.take(name_length)
    text = records.text(name, flags)
    records.expect_known(flags, method, name)
    extra = source.take(extra_length) if extra_length else b""
    if extra or FULL in (packed, size):
        packed, size = _sizes(extra, packed, size)
    later = bool(flags & records.LATER)
    limit = min(budget.entry_bytes, left)
    if size > limit:
        raise Wrong(f"{records.shown(name)}: {size} bytes are more than it may hold")
    if method == records.STORED:
        content, taken = _stored(source, packed), packed
    else:
        content, taken = _Inflating(source, limit, budget.ratio, name).run(None if later else packed)
    header = Header(name, flags, method, zlib.crc32(content), taken, len(content), offset)
    said = (crc, packed, size)
    true = (header.crc, taken, header.size)
    if said != true and not (later and not any(said)):
        raise Wrong(f"{records.shown(name)}: size or CRC is not what its header says")
    if later:
        _expect_descriptor(source, true, name)
    return header, Entry(text, content)


def _sizes(extra: bytes, packed: int, size: int) -> tuple[int, int]:
    """Given extra fields and the sizes of a local header, return the true ones: both, or none, are wide."""
    if FULL not in (packed, size):
        records.wide(extra, 0)
        return packed, size
    if packed != size:
        raise Wrong("one of two sizes in a zip64 field")
    size, packed = records.wide(extra, 2)
    return packed, size


def _expect_descriptor(source: Forward, true: tuple[int, int, int], name: bytes) -> None:
    there = source.peek(24)
    for form in records.descriptors(*true):
        if there.startswith(form):
            source.take(len(form))
            return
    raise Wrong(f"{records.shown(name)}: size or CRC is not what stands behind it")


def _stored(source: Forward, size: int) -> bytes:
    pieces = []
    while size:
        pieces.append(source.some(min(size, _STEP)))
        size -= len(pieces[-1])
    return b"".join(pieces)


class _Inflating:
    """One deflated entry, read to the end of its stream and never further than it may grow."""

    def __init__(self, source: Forward, limit: int, ratio: int, name: bytes) -> None:
        self._source, self._limit, self._ratio, self._name = source, limit, ratio, name
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._pieces: list[bytes] = []
        self._taken = self._grown = 0

    def run(self, packed: int | None) -> tuple[bytes, int]:
        """Given the packed size, or None where the stream alone knows, return content and packed size."""
        inflate = self._inflate
        try:
            while not inflate.eof:
                piece = inflate.unconsumed_tail or self._more(packed)
                grown = inflate.decompress(piece, _STEP)
                if not piece and not grown:
                    raise Wrong(f"{records.shown(self._name)}: its content ends too soon")
                self._grow(grown)
        except zlib.error as error:
            raise Wrong(f"{records.shown(self._name)}: cannot be inflated: {error}") from None
        unused = len(inflate.unused_data)
        self._source.give_back(unused)
        self._taken -= unused
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces), self._taken

    def _more(self, packed: int | None) -> bytes:
        most = _NEXT if self._taken else _FIRST
        if packed is not None:
            most = min(most, packed - self._taken)
            if not most:
                return b""
        piece = self._source.some(most)
        self._taken += len(piece)
        return piece

    def _grow(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._grown += len(piece)
        if self._grown > self._limit:
            raise Wrong(f"{records.shown(self._name)}: more than {self._limit} bytes")
        if self._grown > _RATIO_FROM:
            eaten = self._taken - len(self._inflate.unconsumed_tail) - len(self._inflate.unused_data)
            if self._grown > self._ratio * eaten:
                raise Wrong(f"{records.shown(self._name)}: {self._grown} bytes out of {eaten}")
