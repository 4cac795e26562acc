"""A clock that moves only when told to, or when somebody sleeps on it."""

import threading
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class ManualClock:
    """Twin of `clock.Clock`: `sleep` returns at once and moves both readings on."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._start = start
        self._gone = timedelta()
        self._lock = threading.Lock()

    def utc(self) -> datetime:
        """Return the start plus all that was slept."""
        return self._start + self._gone

    def monotonic_ns(self) -> int:
        """Return what was slept, in nanoseconds."""
        return self._gone // timedelta(microseconds=1) * 1000

    def sleep(self, duration: timedelta) -> None:
        """Move on by `duration`, without waiting."""
        with self._lock:
            self._gone += duration
