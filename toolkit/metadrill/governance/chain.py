"""A file of JSON lines, each with the digest of the one before it, and safe against a power failure.

Intents and the audit log are such files. A line is on disk, whole, when `append` returns; where it
cannot be, the file is as it was. Writers take turns by a lock on the file, across processes.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from metadrill.errors import EnvironmentNotReady, JournalError

GENESIS = "0" * 64


class Linked(Protocol):
    """What a line is read as; `prev` is the digest of the line before, without its newline."""

    @property
    def prev(self) -> str: ...


T = TypeVar("T", bound=Linked)
Parse = Callable[[int, bytes], T]
"""Given a line's place, counted from 0, and its bytes, return what it says. Raises ValueError, TypeError."""


@dataclass(frozen=True)
class Found(Generic[T]):
    """What stood in a file: its lines, what each says, and the bytes of a last one that is not whole."""

    lines: tuple[bytes, ...]
    items: tuple[T, ...]
    torn: bytes


class Chain(Generic[T]):
    """One file, verified whole when it is first held, afterwards only what others have added.

    For one thread; several processes, or objects, may write to the same file.
    """

    def __init__(self, path: Path, parse: Parse[T]) -> None:
        self.path, self._parse = path, parse
        self.count, self.head = 0, GENESIS
        self._last, self._end, self._torn, self._file = b"", 0, b"", -1

    @contextmanager
    def held(self) -> Iterator[Found[T]]:
        """Lock the file, made where there is none, and say what is new in it; append while it is held.

        A last line without its newline was being written when the power was cut: the next line
        takes its place. Raises JournalError where the chain is broken, OSError.
        """
        new = not self.count and not self.path.exists()
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if new:
                sync_folder(self.path.parent)
            yield self._caught_up()
        finally:
            os.close(self._file)

    def _caught_up(self) -> Found[T]:
        start = self._end - len(self._last)
        raw = _read(self._file, start)
        if not raw.startswith(self._last):
            raise JournalError(
                f"{self.path}:{self.count}: was changed while it was in use", "a line was changed or removed"
            )
        *lines, self._torn = raw[len(self._last) :].split(b"\n")
        items = verified(self.path, lines, self._parse, (self.count, self.head))
        for line in lines:
            self._count_in(line)
        return Found(tuple(lines), items, self._torn)

    def append(self, body: Mapping[str, Any]) -> None:
        """Put a line at the end; it is on disk when this returns.

        Raises TypeError or ValueError for what is not plain JSON, OSError: then the file is as it was.
        """
        line = encode(body)
        data, done = line + b"\n", 0
        try:
            while done < len(data):
                done += os.pwrite(self._file, data[done:], self._end + done)
            os.fdatasync(self._file)  # its size too, as it is needed to read the line
            if len(self._torn) > len(data):
                os.ftruncate(self._file, self._end + len(data))
                os.fsync(self._file)
        except OSError:
            os.pwrite(self._file, self._torn[:done], self._end)
            os.ftruncate(self._file, self._end + len(self._torn))
            raise
        self._torn = b""
        self._count_in(line)

    def _count_in(self, line: bytes) -> None:
        self.count += 1
        self.head = digest(line)
        self._last = line + b"\n"
        self._end += len(self._last)


def read(path: Path, parse: Parse[T]) -> Found[T]:
    """Return what stands in a file, verified; one that is not there is empty. Waits for a writer.

    Raises JournalError with the line where the chain is broken, OSError.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return Found((), (), b"")
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
        *lines, torn = _read(file, 0).split(b"\n")
    finally:
        os.close(file)
    return Found(tuple(lines), verified(path, lines, parse), torn)


def verified(
    path: Path, lines: list[bytes], parse: Parse[T], after: tuple[int, str] = (0, GENESIS)
) -> tuple[T, ...]:
    """Given lines, and the count and digest of those before them, return what each says.

    Raises JournalError with the number of the line that does not follow.
    """
    items = []
    count, head = after
    for number, line in enumerate(lines, start=count):
        try:
            item = parse(number, line)
        except (ValueError, TypeError, RecursionError) as error:
            raise JournalError(f"{path}:{number + 1}: {error}", "the line was changed") from None
        if item.prev != head:
            raise JournalError(
                f"{path}:{number + 1}: the chain is broken here", "a line was changed, moved or removed"
            )
        items.append(item)
        head = digest(line)
    return tuple(items)


def digest(line: bytes) -> str:
    """Return the SHA-256 of a line's bytes, without its newline, in hexadecimal digits."""
    return hashlib.sha256(line).hexdigest()


def encode(body: Mapping[str, Any]) -> bytes:
    """Return a mapping as a line: JSON in ASCII, without spaces. Raises TypeError, ValueError."""
    return _ENCODER.encode(body).encode()


def _refuse(value: object) -> object:
    raise TypeError(f"a line holds plain values, not {type(value).__name__}")


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_refuse)


def _read(file: int, start: int) -> bytes:
    """Read to the end; a file that is shorter than `start` is empty there."""
    pieces = []
    while piece := os.pread(file, 1 << 20, start):
        pieces.append(piece)
        start += len(piece)
    return b"".join(pieces)


def sync_folder(folder: Path) -> None:
    """Put on disk which files a folder holds: a file whose name is lost is lost."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def writable(ledger: Path) -> Iterator[None]:
    """Make the ledger, and say an OSError in the block as the ledger that it is about."""
    try:
        if not ledger.is_dir():
            ledger.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EnvironmentNotReady(
            f"{ledger}: cannot be written: {reason}", "give another folder with --ledger"
        ) from None
