"""The journal of a run: created, recorded, closed, read, verified.

JSON Lines, one event a line; `prev` is the SHA-256 of the previous line's bytes on disk.
Opened exclusively, append-only, fsync per event, so a killed run leaves what it did.
The chain cannot guard its own end: `drill.closed` is required for a pass.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.errors import JournalError
from metadrill.model.event import KINDS, Event

GENESIS = "0" * 64
Listener = Callable[[Event], None]
_CLOSING = frozenset(
    {"run.failed", "run.aborted", "teardown.failed", "logs.collected", "sandbox.removed", "drill.closed"}
)


def _refuse(value: object) -> object:
    raise TypeError(f"a journal holds plain values, not {type(value).__name__}")


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_refuse)


class Journal:
    """A journal being written. Thread-safe: the canary writes beside the straight line."""

    def __init__(self, path: Path, time: clock.Clock = clock.SYSTEM) -> None:
        self.path = path
        self._time = time
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._seq, self._end = 0, 0
        self._prev = GENESIS
        self._inside = False
        self._pending: BaseException | None = None
        self._raised: BaseException | None = None
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        try:
            self._file = os.open(path, flags, 0o600)
        except FileExistsError:
            raise JournalError(f"{path}: a journal is there already", "each run has its own") from None

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each event after it is on disk (the live screen, `--json`)."""
        self._listeners.append(listener)

    def record(self, kind: str, /, **data: Any) -> Event:
        """Append one event and return it; it is on disk when this returns.

        Raises KeyError for an unknown kind, TypeError for what is not plain JSON (a Secret),
        OSError when the disk is full: the torn line is cut off again.
        """
        if kind not in KINDS:
            raise KeyError(f"unknown event kind {kind}")
        main = _main()
        self._inside = self._inside or main
        try:
            event = self._written(kind, data)
        finally:
            self._inside = self._inside and not main
        if main:
            self._raise_again(kind)
        for listener in self._listeners:
            listener(event)
        return event

    def interrupt(self, error: BaseException) -> None:
        """Raise `error` (from a signal handler) now, or as soon as the event under way is whole.

        Whoever swallows it on its way (libraries catch everything) only puts it off: the next event
        raises it again, until `run.aborted` says that it has arrived.
        """
        if self._inside:
            self._pending = error
            return
        self._raised = error
        raise error

    @property
    def stopped(self) -> BaseException | None:
        """What was raised and has not arrived yet: whatever else ends the run meanwhile comes of it."""
        return self._raised

    def _raise_again(self, kind: str) -> None:
        if kind == "run.aborted":
            self._raised = None
        if self._pending is not None:
            self._raised, self._pending = self._pending, None
            raise self._raised
        if self._raised is not None and kind not in _CLOSING:
            raise self._raised

    def _written(self, kind: str, data: Mapping[str, Any]) -> Event:
        with self._lock:
            event = Event(
                self._seq, clock.stamp(self._time.utc()), self._time.monotonic_ns(), kind, data, self._prev
            )
            line = encode(event)
            self._append(line)
            self._seq += 1
            self._prev = hashlib.sha256(line).hexdigest()
        return event

    def _append(self, line: bytes) -> None:
        try:
            view = memoryview(line)
            while view:
                view = view[os.write(self._file, view) :]
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self._end)
            raise
        self._end += len(line)

    @property
    def count(self) -> int:
        """How many events stand in it."""
        return self._seq

    def close(self, outcome: str) -> None:
        """Record `drill.closed` and let go of the file: who records later gets an OSError."""
        self.record("drill.closed", events=self._seq + 1, outcome=outcome)
        with self._lock:
            closed, self._file = self._file, -1  # its number may be another file's from now on
            os.close(closed)


def _main() -> bool:
    """Whether this is the thread that signal handlers run in."""
    return threading.current_thread() is threading.main_thread()


def encode(event: Event) -> bytes:
    """Given an event, return its line: JSON without spaces, keys in order, a newline."""
    body = {
        "seq": event.seq,
        "at": event.at,
        "mono_ns": event.mono_ns,
        "kind": event.kind,
        "data": event.data,
        "prev": event.prev,
    }
    return _ENCODER.encode(body).encode() + b"\n"


@dataclass(frozen=True)
class Reading:
    """A journal read back: its events, the digest of its last line, whether it is torn, its bytes."""

    events: tuple[Event, ...]
    head: str
    torn: bool
    raw: bytes = field(default=b"", repr=False)


def read(path: Path) -> Reading:
    """Given a journal's path, verify the chain and return it. Keeps unknown kinds.

    A last line without newline is a torn tail: left out, and said. Raises JournalError with
    the line number for anything else that does not verify.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}", "is this the folder of a run?") from None
    lines = raw.split(b"\n")
    torn = bool(lines.pop())
    events: list[Event] = []
    prev = GENESIS
    for number, (line, body) in enumerate(_parsed(path, lines), start=1):
        if body.get("prev") != prev or body.get("seq") != number - 1:
            raise JournalError(
                f"{path}:{number}: the chain is broken here",
                "this line or the one before it was changed, moved or removed",
            )
        events.append(Event(**body))
        prev = hashlib.sha256(line + b"\n").hexdigest()
    return Reading(tuple(events), prev, torn, b"".join(line + b"\n" for line in lines))


def _parsed(path: Path, lines: list[bytes]) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    fields = set(Event.__dataclass_fields__)
    for number, line in enumerate(lines, start=1):
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            raise JournalError(f"{path}:{number}: not a JSON object", "the line was changed") from None
        if not isinstance(body, dict) or set(body) != fields or not isinstance(body["data"], dict):
            raise JournalError(f"{path}:{number}: not an event", "the line was changed")
        yield line, body
