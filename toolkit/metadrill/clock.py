"""Time: the only module that reads a clock or sleeps.

Durations come from the monotonic clock in nanoseconds; UTC is for readers.
"""

import ctypes
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from metadrill.errors import DeadlineExceeded


class Clock(Protocol):
    """What a room needs of time; `testing.ManualClock` is its twin."""

    def utc(self) -> datetime: ...
    def monotonic_ns(self) -> int: ...
    def sleep(self, duration: timedelta) -> None: ...


class SystemClock:
    """The machine's clock."""

    def utc(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    def sleep(self, duration: timedelta) -> None:
        time.sleep(duration.total_seconds())


T = TypeVar("T")

SYSTEM: Clock = SystemClock()
Pulse = Callable[[], None]


def stamp(moment: datetime) -> str:
    """Given a moment, return it as UTC text with milliseconds, as the journal writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Given UTC text as `stamp` writes it, return the moment. Raises ValueError: no moment with a zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return found


def seconds(start_ns: int, end_ns: int) -> float:
    """Given two monotonic readings, return the seconds between them, to the millisecond."""
    return round((end_ns - start_ns) / 1e9, 3)


class _Timex(ctypes.Structure):
    """The head of `struct timex` (adjtimex(2)); what follows is room for the kernel's own fields."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


_UNSYNCHRONISED, _NANOSECONDS = 0x40, 0x2000  # STA_UNSYNC, STA_NANO: linux/timex.h


def discipline() -> Mapping[str, bool | float | None]:
    """Return what the kernel says of its clock: `synchronised`, `offset_ms`, `error_ms`.

    `error_ms` is the most it may be wrong by its own estimate. All are None where it cannot be asked.
    """
    try:
        told = _Timex()
        failed = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told)) < 0
    except (OSError, AttributeError):
        failed = True
    if failed:
        return {"synchronised": None, "offset_ms": None, "error_ms": None}
    unit = 1e-6 if told.status & _NANOSECONDS else 1e-3
    return {
        "synchronised": not told.status & _UNSYNCHRONISED,
        "offset_ms": round(told.offset * unit, 3),
        "error_ms": round(told.maxerror * 1e-3, 3),
    }


def wait_until(
    probe: Callable[[], T | None],
    deadline: timedelta,
    what: str,
    clock: Clock = SYSTEM,
    interval: timedelta = timedelta(milliseconds=100),
) -> T:
    """Given a probe, call it until it answers something and return that.

    Raises DeadlineExceeded, naming `what`, when the deadline passes first. What the probe
    raises is not caught: a probe says "not yet" with None.
    """
    end = clock.monotonic_ns() + int(deadline.total_seconds() * 1e9)
    while True:
        answer = probe()
        if answer is not None and answer is not False:
            return answer
        if clock.monotonic_ns() >= end:
            limit = f"{deadline.total_seconds():.0f} s"
            raise DeadlineExceeded(f"{what}: not within {limit}", "see the logs of the run")
        clock.sleep(interval)


class Ticker:
    """A loop in a thread: calls `beat` every `interval` until stopped."""

    def __init__(self, beat: Pulse, interval: timedelta) -> None:
        self._beat, self._interval = beat, interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop after the beat under way, and wait for it."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _loop(self) -> None:
        while not self._stop.is_set():
            self._beat()
            self._stop.wait(self._interval.total_seconds())
