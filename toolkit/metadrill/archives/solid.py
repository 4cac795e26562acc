"""Many small files in one: a POSIX tar in zstd, so that `tar --zstd -xf` opens it.

Solid: entries are compressed together, which makes an export some ten times smaller than its zip.
Reading goes forward once, in bounded memory, and takes plain files with plain names alone.
"""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO

import zstandard

from metadrill.errors import ArchiveError

LEVEL = 3
_BLOCK = 1 << 17
_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError)


@dataclass(frozen=True)
class Budget:
    """The most that an archive may hold: entries, bytes of one, bytes of all."""

    entries: int = 20_000_000
    entry_bytes: int = 1 << 30
    total_bytes: int = 1 << 40


class Writer:
    """Writes entries into an open file, which stays open; `close` ends the archive."""

    def __init__(self, file: BinaryIO) -> None:
        self._zstd: Any = zstandard.ZstdCompressor(LEVEL, write_checksum=True).stream_writer(
            file, closefd=False
        )
        self._tar: Any = tarfile.open(  # noqa: SIM115 - closed by `close`
            fileobj=self._zstd, mode="w|", format=tarfile.PAX_FORMAT
        )
        self.entries = 0

    def add(self, name: str, content: bytes) -> None:
        """Add an entry, with nothing of it but name and content."""
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        self._tar.addfile(entry, io.BytesIO(content))
        self._count()

    def add_file(self, name: str, file: BinaryIO, size: int) -> None:
        """Add `size` bytes of an open file as an entry, block by block."""
        entry = tarfile.TarInfo(name)
        entry.size = size
        self._tar.addfile(entry, file)
        self._count()

    def _count(self) -> None:
        self.entries += 1
        self._tar.members.clear()  # tarfile keeps every entry it has written: a million of them

    def close(self) -> None:
        """End the archive."""
        self._tar.close()
        self._zstd.close()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()


@dataclass(frozen=True)
class Member:
    """An entry that is being read: its content must be taken before the next one is."""

    name: str
    size: int
    file: BinaryIO

    def content(self) -> bytes:
        """Return all of it. Raises ArchiveError where it is cut short."""
        raw = self.file.read()
        if len(raw) != self.size:
            raise ArchiveError(f"{self.name}: {len(raw)} bytes of {self.size}", "the archive was cut short")
        return raw


class _Plain(io.RawIOBase):
    """What one frame of zstd holds, to its end: a frame that is cut short or followed by more is refused."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and not self._frame.eof:
            self._rest = self._next()
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        if not taken and (self._frame.unused_data or self._file.read(1)):
            raise ArchiveError(f"{self._name}: something follows its end", "the archive was changed")
        return len(taken)

    def _next(self) -> bytes:
        block = self._file.read(_BLOCK)
        if not block:
            raise ArchiveError(f"{self._name}: ends before its end", "the archive was cut short")
        try:
            return bytes(self._frame.decompress(block))
        except zstandard.ZstdError as error:
            raise ArchiveError(f"{self._name}: cannot be read: {error}", "the archive was changed") from None


def members(file: BinaryIO, name: str, budget: Budget = Budget()) -> Iterator[Member]:
    """Given an open archive, yield its entries in order; `name` is how an error names it.

    Raises ArchiveError for what is damaged, over its budget, no plain file, or leads elsewhere.
    """
    seen = total = 0
    plain = io.BufferedReader(_Plain(file, name), _BLOCK)
    try:
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            for entry in _forgetful(tar):
                seen, total = seen + 1, total + entry.size
                if seen > budget.entries or total > budget.total_bytes or entry.size > budget.entry_bytes:
                    raise ArchiveError(f"{name}: holds more than it may")
                _expect_plain(entry, name)
                content: Any = tar.extractfile(entry)
                yield Member(entry.name, entry.size, content)
        while plain.read(_BLOCK):  # only at its end zstd knows that the whole is as it was written
            pass
    except _BROKEN as error:
        raise ArchiveError(f"{name}: cannot be read: {error}", "the archive was changed") from None


def _forgetful(tar: Any) -> Iterator[tarfile.TarInfo]:
    """Yield entries; tarfile would keep every one that it has seen."""
    for entry in tar:
        tar.members.clear()
        yield entry


def _expect_plain(entry: tarfile.TarInfo, name: str) -> None:
    parts = entry.name.split("/")
    if not entry.isreg() or entry.name.startswith("/") or not all(parts) or {".", ".."} & set(parts):
        raise ArchiveError(f"{name}: {entry.name[:80]!r} is no plain file in it", "who made this archive?")
