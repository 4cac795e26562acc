"""Sets of one region taken under writes, set after set, and brought to the other over a link."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.app import crossing
from metadrill.app.crossing import Crossing
from metadrill.app.handing import RunBackups
from metadrill.clients.http import HttpError
from metadrill.clients.link import SOUND, Shape
from metadrill.depot.given import GivenSet
from metadrill.depot.replicating import Pace
from metadrill.depot.shelf import Depot
from metadrill.errors import RecoveryError, Unreachable
from metadrill.model.backup import Method
from metadrill.ports.backing import Given

_ENDS = timedelta(minutes=2)
_AGAIN_S = 1.0
"""Seconds after which a copy that the link broke is gone on with."""
_MOST = 1_000
_HELD_S = 30.0
"""Seconds that a copy waits, half way, for the region to be lost; the blow follows in far less."""


@dataclass
class _Cut:
    """A set, and what became of its replica."""

    set: GivenSet
    facts: dict[str, Any]
    began: int
    whole: bool = False


class Replication:
    """Between the depots of two regions, from `begin` until the first is lost, or it is told to end."""

    def __init__(self, backups: RunBackups, far: Depot) -> None:
        self._backups, self._far = backups, far
        self._cuts: list[_Cut] = []
        self._over = threading.Event()
        self._link: Crossing | None = None
        self._ended = self.under_way = ""
        self.arriving: dict[str, Any] = {}
        self._worst_from: int | None = None
        self._half_way = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, target: Any) -> Given:
        """Take the first set, and bring it over; return it."""
        given = self._taken(target)
        self._link = Crossing(self._cuts[-1].set.depot)
        self._backups.stack.callback(self._link.close)
        self._replicated()
        return given

    def go_on(self, target: Any) -> None:
        """Take and bring over one set after the other, in a thread of its own; it ends with the run."""
        self._thread = threading.Thread(
            target=self._going_on, args=(target,), name="replication", daemon=True
        )
        self._thread.start()
        self._backups.stack.callback(self.stop)  # before the depots go that it writes into

    def stop(self) -> None:
        """End it; a copy on its way is cut off."""
        self.cut()
        if self._thread is not None:
            self._thread.join(_ENDS.total_seconds())

    def cut(self) -> None:
        """Cut the link for good, and take no further set."""
        if self._link is not None:
            self._link.cut()
        self._over.set()

    def _taken(self, target: Any) -> Given:
        began = clock.SYSTEM.monotonic_ns()
        given = self._backups.take(target, frozenset(Method))
        told = given.now.held.manifest
        facts = {"set": given.name, "cut": told.cut.ended, "bytes": told.bytes, "there": "", "lag_s": None}
        self._cuts.append(_Cut(given.now, facts, began))
        return given

    def _replicated(self) -> None:
        """Bring the newest set to the other region; where the link breaks, go on, until all is over."""
        newest = self._cuts[-1]
        newest.facts["tries"] = 0
        while not newest.whole:
            newest.facts["tries"] += 1
            try:
                made = self._across().replicate(self._far, newest.set.name, Pace(told=self._arrived))
            except HttpError:
                raise  # the depot itself said no: that does not pass
            except Unreachable:
                if self._over.wait(_AGAIN_S) or newest.facts["tries"] >= _MOST:
                    raise
                continue
            newest.facts |= {
                "there": clock.stamp(clock.SYSTEM.utc()), "there_ns": clock.SYSTEM.monotonic_ns(),
                "lag_s": made.lag_s, "copied": made.copied, "resumed": made.resumed,
            }  # fmt: skip
            newest.whole = True

    def _arrived(self, name: str, done: int, of: int) -> None:
        """Part of a set is over there. Where the worst moment is waited for, this may be it."""
        self.arriving = {"set": name, "bytes": done, "of": of}
        since = self._worst_from
        if since is None or self._half_way.is_set() or not done < of:
            return
        if any(cut.whole and cut.began > since for cut in self._cuts):
            self._half_way.set()
            self._over.wait(_HELD_S)

    def _going_on(self, target: Any) -> None:
        """Why it ended is a fact."""
        try:
            while not self._over.is_set():
                self.under_way = "taken"
                self._taken(target)
                self.under_way = "replicated"
                if self._over.is_set():
                    return
                self._replicated()
        except Exception as error:  # noqa: BLE001 - whatever ends it: the region is gone, or it will be missed
            self._ended = f"{type(error).__name__}: {error}"
        finally:
            self.under_way = ""

    def _across(self) -> Crossing:
        if self._link is None:
            raise RecoveryError("no set was replicated yet: there is no link between the regions")
        return self._link

    def _awaited(self, found: Any, deadline: timedelta, what: str) -> Any:
        """Wait for something. Raises RecoveryError where replication ended, DeadlineExceeded."""

        def look() -> Any:
            if self._ended:
                raise RecoveryError(f"replication between the regions ended: {self._ended}")
            return found()

        return clock.wait_until(look, deadline, what)

    def at_worst(self, deadline: timedelta) -> None:
        """See `Regions`. Raises RecoveryError where replication ended, DeadlineExceeded."""
        self._worst_from = clock.SYSTEM.monotonic_ns()
        what = "a set taken under writes is in the other region, and the next one half way"
        self._awaited(lambda: self._half_way.is_set() or None, deadline, what)

    def slow(self, shape: Shape) -> Mapping[str, Any]:
        """Let the link be so; return how it was and is."""
        link, held = self._across(), self._cuts[0].set.held
        before, invoked = link.measured(held), clock.SYSTEM.monotonic_ns()
        link.reshape(shape)
        told = {"asked": crossing.told(shape), "before": before, "during": link.measured(held)}
        return {"invoked_ns": invoked, "link": told}

    def mend(self) -> Mapping[str, Any]:
        """Let the link be sound; return how it is, and how many connections it had broken."""
        link = self._across()
        link.reshape(SOUND)
        return {"resets": link.resets, "after": link.measured(self._cuts[0].set.held)}

    def catch_up(self, deadline: timedelta) -> Mapping[str, Any]:
        """See `Regions`. Raises RecoveryError where replication ended, DeadlineExceeded."""
        asked = clock.SYSTEM.monotonic_ns()

        def caught() -> _Cut | None:
            return next((cut for cut in self._cuts if cut.whole and cut.began >= asked), None)

        found: _Cut = self._awaited(caught, deadline, "a set taken from now on is in the other region")
        self.stop()
        return dict(found.facts)

    def near(self) -> tuple[set[Path], int]:
        """Return the folders that the sets were taken into, and how many of these are there."""
        depots = {one.set.depot.path for one in self._cuts}
        return depots, sum(one.set.held.folder.exists() for one in self._cuts)

    def facts(self) -> list[dict[str, Any]]:
        """Return what is known of every set: its cut, when it was over there, its lag."""
        return [dict(cut.facts) for cut in self._cuts]
