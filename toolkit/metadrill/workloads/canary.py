"""Numbered writes during a drill, each with what became of it.

An outcome is acknowledged, refused, or unknown (`write.acked`, `write.failed`, `write.unknown`),
as in Jepsen's histories: unknown counts neither way.
"""

import contextlib
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.errors import DeadlineExceeded, JournalError
from metadrill.ports import Record, Writable, WriteRefused, WriteUnknown

PREFIX = "metadrill-canary"
INTERVAL = timedelta(milliseconds=500)
_GONE = 20  # beats without a further write read by guid: ten seconds
_AGAIN = timedelta(milliseconds=200)


class Canary:
    """Writes `metadrill-canary/<run>/<n>` at every interval, from a thread of its own.

    `start` after `stop` goes on with the next number. When the journal cannot be written the
    canary writes no more, and every call from then on raises JournalError.
    """

    def __init__(
        self,
        target: Writable,
        record: Record,
        run: str,
        interval: timedelta | None = None,
        time: clock.Clock = clock.SYSTEM,
    ) -> None:
        self._target, self._record, self._run = target, record, run
        self._interval, self._time = interval or INTERVAL, time
        self._next = 1
        self._acked: dict[int, Mapping[str, Any]] = {}
        self._unknown: list[int] = []
        self._broken: Exception | None = None
        self._ticker: clock.Ticker | None = None
        self._stopping = threading.Event()

    def name(self, number: int) -> str:
        """Return the name of a write by its number."""
        return f"{PREFIX}/{self._run}/{number}"

    def start(self) -> None:
        """Begin, or go on."""
        self._sound()
        self._stopping.clear()
        self._ticker = clock.Ticker(self._beat, self._interval)
        self._ticker.start()

    def stop(self) -> None:
        """Stop after the write under way. Raises JournalError when the thread has broken down."""
        self._stopping.set()
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.stop()
        self._sound()

    def acknowledged(self) -> int:
        """Return how many writes were acknowledged so far."""
        self._sound()
        return len(self._acked)

    def read_back(self, deadline: timedelta) -> Mapping[str, Any]:
        """Look for every acknowledged write by guid and by search, until all are found or time is up.

        One that the graph does not have is not waited for longer than twenty intervals (ten seconds):
        reading by guid has no delay, and search cannot find what is not there.
        """
        self._sound()
        acked = dict(self._acked)
        guids = {self.name(number): str(facts["guid"]) for number, facts in acked.items()}
        absent = _Absent(self._target, guids, _GONE * self._interval, self._time)
        with contextlib.suppress(DeadlineExceeded):  # what is still absent then is the answer
            clock.wait_until(absent.look, deadline, "every write found", self._time, _AGAIN)
        unknown = {self.name(number): number for number in self._unknown}
        found = self._target.found(tuple(unknown)) if unknown else set()
        return {
            "acked": len(acked),
            "unknown": len(unknown),
            "guid": {"absent": self._numbers(acked, absent.by_guid)},
            "search": {"absent": self._numbers(acked, absent.by_search)},
            "unknown_found": sorted(unknown[name] for name in found),
            "writes": [{"n": number, **facts} for number, facts in sorted(acked.items())],
        }

    def _numbers(self, acked: Mapping[int, Any], names: set[str]) -> list[int]:
        return [number for number in sorted(acked) if self.name(number) in names]

    def _sound(self) -> None:
        if self._broken is not None:
            raise self._broken

    def _beat(self) -> None:
        if self._stopping.is_set() or self._broken is not None:
            return
        number, self._next = self._next, self._next + 1
        try:
            self._write(number)
        except OSError as error:
            self._broken = JournalError(
                f"write {number}: its outcome could not be journalled: {error.strerror or error}",
                "is the disk full?",
            )
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to: kept for the next call
            self._broken = error

    def _write(self, number: int) -> None:
        name = self.name(number)
        invoked = self._time.monotonic_ns()
        self._record("write.invoked", n=number, name=name)
        try:
            guid = self._target.write(name)
        except WriteRefused as error:
            self._record("write.failed", n=number, because=str(error))
        except WriteUnknown as error:
            self._unknown.append(number)
            self._record("write.unknown", n=number, because=str(error))
        else:
            acked = self._time.monotonic_ns()
            self._acked[number] = {"guid": guid, "invoked_ns": invoked, "acked_ns": acked}
            self._record("write.acked", n=number, guid=guid, invoked_ns=invoked)


class _Absent:
    """The names not read by guid, and not found by search, at the latest look."""

    def __init__(
        self, target: Writable, guids: Mapping[str, str], patience: timedelta, time: clock.Clock
    ) -> None:
        self._target, self._guids, self._time = target, guids, time
        self._patience = patience.total_seconds()
        self.by_guid, self.by_search = set(guids), set(guids)
        self._since = time.monotonic_ns()

    def look(self) -> bool:
        """Look again for what was absent; return whether all is found, or what is not is gone."""
        before = len(self.by_guid)
        if self.by_guid:
            self.by_guid -= self._target.present({name: self._guids[name] for name in self.by_guid})
        if self.by_search:
            self.by_search -= self._target.found(sorted(self.by_search))
        if len(self.by_guid) != before:
            self._since = self._time.monotonic_ns()
        gone = clock.seconds(self._since, self._time.monotonic_ns()) >= self._patience
        return self.by_search == self.by_guid and (not self.by_guid or gone)
