"""Time: the only module that reads a clock or sleeps.

Durations come from the monotonic clock in nanoseconds; UTC is for readers.
"""

import threading
import time
from collections.abc import Callable
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


def seconds(start_ns: int, end_ns: int) -> float:
    """Given two monotonic readings, return the seconds between them, to the millisecond."""
    return round((end_ns - start_ns) / 1e9, 3)


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
