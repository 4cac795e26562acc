"""A set copied into another depot: each file proved, resumed where it was cut off, as slowly as asked.

What is under way lies in `.replica-NAME` of the depot it goes to, and is published by one rename; so a
set is there whole, under the same signature, or it is not there. A copy that was cut off is no waste:
the next one goes on where it ended.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from io import FileIO
from pathlib import Path
from typing import Protocol

from metadrill import clock, placing
from metadrill.depot import examining, verifying
from metadrill.depot.manifest import CERTIFICATE, FILE, LARGEST
from metadrill.depot.shelf import OWNER_FILE, OWNER_FOLDER, Depot, Held, disk, locked, sha256
from metadrill.errors import BackupError, EnvironmentNotReady, Locked, Refused
from metadrill.model.backup import PartFile

_UNDER_WAY, _LOCK = ".replica-", ".lock"
_BLOCK = 1 << 18
KEPT = timedelta(days=7)
"""How long a copy that was cut off is kept for a call that goes on with it."""


@dataclass(frozen=True)
class Window:
    """A time of the day, in UTC, within which there may be copied; it may go past midnight."""

    begin: time
    end: time

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        now = moment.time()
        if self.begin <= self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end


@dataclass(frozen=True)
class Pace:
    """How fast, in bytes a second (None: as it comes), and when; `time` is the clock it goes by."""

    limit: int | None = None
    window: Window | None = None
    time: clock.Clock = clock.SYSTEM
    told: Callable[[str, int, int], None] = field(default=lambda name, done, of: None)
    """Called with the set's name, the bytes that are there, and how many there will be."""


@dataclass(frozen=True)
class Replica:
    """What came of one set: `copied` and `resumed` are bytes, `lag_s` counts from the end of its cut.

    `there`: it was there already, and is sound; since when is not known, so there is no lag.
    """

    held: Held
    copied: int = 0
    resumed: int = 0
    seconds: float = 0.0
    lag_s: float | None = None
    there: bool = False


class Readable(Protocol):
    """What a file of a set holds, block by block."""

    def read(self, size: int) -> bytes:
        """Return at most so many bytes, none at its end. Raises OSError, Unreachable."""
        ...


Way = Callable[[Held, str, int], AbstractContextManager[Readable]]
"""How a file of a set is read from an offset on."""


@contextmanager
def here(held: Held, file: str, offset: int) -> Iterator[Readable]:
    """The way to what lies on this machine. What cannot be read of it is BackupError: that set's own."""
    path = held.folder / file
    with _read(path):
        found = _Source(path)
    with found:
        with _read(path):
            found.seek(offset)
        yield found


class _Source(FileIO):
    """A file of a set on this machine."""

    def read(self, size: int | None = -1) -> bytes:
        """See `Readable`. Raises BackupError."""
        with _read(Path(str(self.name))):
            return super().read(size) or b""


@contextmanager
def _read(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise BackupError(
            f"{path.parent.name}/{path.name}: {told}", "verify the set: it is damaged"
        ) from None


def replicate(
    source: Depot, target: Depot, name: str, pace: Pace = Pace(), way: Way = here
) -> tuple[Replica, ...]:
    """Copy a set, and those that it goes with, into another depot; return what came of each, oldest first.

    `way` is how its files are reached. Raises what `copy` raises.
    """
    chain = source.chain(source.open(name))
    return tuple(copy(held, target, pace, way) for held in reversed(chain))


def copy(held: Held, target: Depot, pace: Pace = Pace(), way: Way = here) -> Replica:
    """Copy a set into another depot, where those that it goes with are there; return what came of it.

    Raises BackupError (the set, or what came of it, is not what it says), Refused (outside the window, or
    it ended: what is there stays), Locked, EnvironmentNotReady: a disk that is full or gone, a network
    that broke (Unreachable: what is there stays).
    """
    name = held.manifest.name
    with disk(target.path):
        there = name in target.names()
    if there:
        return Replica(_sound(target, name, f"depot {target.path}"), there=True)
    began = pace.time.monotonic_ns()
    folder = target.path / f"{_UNDER_WAY}{name}"
    with disk(target.path), _alone(folder):
        placing.sweep(folder)  # what a copy that was killed had half put there
        copying = _Copying(held, folder, (pace, way))
        for part in held.manifest.parts:
            copying.part(part)
        for file in (CERTIFICATE, FILE):
            with way(held, file, 0) as found:
                placing.put(folder / file, found.read(LARGEST), OWNER_FILE)
        (folder / _LOCK).unlink()
        placing.sync(folder)
        folder.rename(target.path / name)
        placing.sync(target.path)
    made = _sound(target, name, "just replicated")
    lag = pace.time.utc() - clock.moment(held.manifest.cut.ended)
    return Replica(
        made, copying.copied, copying.resumed,
        clock.seconds(began, pace.time.monotonic_ns()), round(lag.total_seconds(), 3),
    )  # fmt: skip


def _sound(target: Depot, name: str, place: str) -> Held:
    """Return a set whose files were verified where it is now.

    Raises BackupError; with the code of an EnvironmentNotReady where they cannot be read: that, too,
    is of this set alone.
    """
    try:
        held, problems = verifying.files(target, name)
    except EnvironmentNotReady as error:
        raise BackupError(error.message, error.hint, error.code) from None
    examining.refuse(problems, place)
    return held or target.open(name)


class _Copying:
    """The parts of one set on their way."""

    def __init__(self, held: Held, folder: Path, how: tuple[Pace, Way]) -> None:
        self._held, self._folder, (self._pace, self._way) = held, folder, how
        self._name, self._bytes = held.manifest.name, held.manifest.bytes
        self._began = self._pace.time.monotonic_ns()
        self.copied = self.resumed = 0

    def part(self, part: PartFile) -> None:
        """Copy one; what is there of it is kept, unless the whole then is not what it should be."""
        path = self._folder / part.name
        there = path.stat().st_size if path.exists() else 0
        if there > part.bytes:
            path.unlink()
            there = 0
        sound = self._copied(part, path, there)
        if there and not sound:
            path.unlink()
            there = 0
            sound = self._copied(part, path, there)
        self.resumed += there
        if not sound:
            path.unlink()
            raise BackupError(
                f"{self._name}/{part.name}: is not what it was", "verify the set: it is damaged"
            )

    def _copied(self, part: PartFile, path: Path, there: int) -> bool:
        """Copy what is not there; return whether the whole is what it should be."""
        self._wait()
        with self._way(self._held, part.name, there) as source, _appended(path) as target:
            while block := source.read(_BLOCK):
                self._wait()
                target.write(block)
                self.copied += len(block)
                self._pace.told(self._name, self.copied + self.resumed, self._bytes)
            os.fsync(target.fileno())
        return sha256(path) == part.sha256

    def _wait(self) -> None:
        """Wait until the next block may go. Raises Refused outside of the window."""
        window, now = self._pace.window, self._pace.time
        if window is not None and not window.holds(now.utc()):
            raise Refused(
                f"{self._name}: it is not between {window.begin:%H:%M} and {window.end:%H:%M} UTC",
                "what has been copied stays: the next call within the window goes on from there",
            )
        if self._pace.limit:
            due = self.copied / self._pace.limit
            early = due - clock.seconds(self._began, now.monotonic_ns())
            if early > 0:
                now.sleep(timedelta(seconds=early))


@contextmanager
def _appended(path: Path) -> Iterator[FileIO]:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, OWNER_FILE)
    with FileIO(descriptor, "ab") as file:
        yield file


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the copy that is under way. Raises Locked where somebody else does, or is removing it."""
    folder.mkdir(parents=True, exist_ok=True, mode=OWNER_FOLDER)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locked(folder / _LOCK))
            (folder / _LOCK).stat()  # what was removed before it was held is held by nobody
        except (BlockingIOError, FileNotFoundError):
            told = f"{folder.name}: somebody else is copying or removing it"
            raise Locked(told, "wait until that is done") from None
        yield


def discard(target: Depot, before: datetime) -> list[str]:
    """Remove copies that nobody holds and nobody went on with since a moment; return their folders' names.

    A copy that waits for its window is held by nobody either, and is no waste: hence the moment.
    Raises OSError.
    """
    removed = []
    for folder in sorted(target.path.glob(f"{_UNDER_WAY}*")) if target.path.is_dir() else ():
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            if _touched(folder) < before:
                with locked(folder / _LOCK):
                    shutil.rmtree(folder, ignore_errors=True)
                    removed += [] if folder.exists() else [folder.name]
    return removed


def _touched(folder: Path) -> datetime:
    """Return when a copy was last written to. Raises FileNotFoundError."""
    last = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    return datetime.fromtimestamp(last, UTC)
