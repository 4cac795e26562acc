"""Two regions of one run: a sandbox, a stack and a depot each; sets go from the one that serves to the other.

Clients hold one stack object. It serves from the first region until `fail_over` points it to the second:
what an alias of a name service would do. The regions are simulated: both stand on this machine.
"""

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.app.alias import Alias
from metadrill.app.filling import PATIENCE
from metadrill.app.handing import RunBackups
from metadrill.app.pairs import FIRST, SECOND, RegionSandbox, RegionSandboxes
from metadrill.app.replication import Replication
from metadrill.clients.link import Shape
from metadrill.depot import replicating
from metadrill.errors import RecoveryError
from metadrill.model.backup import Method
from metadrill.ports import Sandbox, StateKeeper
from metadrill.ports.backing import Destructible, Given
from metadrill.ports.regions import Partitionable


@dataclass(frozen=True)
class RegionStacks:
    """Makes the stack that clients hold in the first region, and starts the one of the second beside it."""

    first: Callable[[Sandbox], Any]
    second: Callable[[Sandbox], Any]
    backups: RunBackups

    def __call__(self, sandbox: Any) -> Any:
        """Return the first; what goes with it hangs on it as `regions`."""
        front = self.first(sandbox.first)
        front.keeps = Path(sandbox.second.root) / "censuses"  # what was read of a region outlives it
        front.keeps.mkdir(exist_ok=True)
        front.regions = RunRegions(sandbox, self.second, self.backups)
        return front


def pair(sandboxes: Any, first: Any, second: Any, backups: RunBackups) -> tuple[Any, Any]:
    """Given what makes sandboxes and the stack of each region, return what makes them in pairs."""
    return RegionSandboxes(sandboxes), RegionStacks(first, second, backups)


class RunRegions:
    """Port `Regions`, for one run."""

    def __init__(self, sandbox: RegionSandbox, empty: Callable[[Any], Any], backups: RunBackups) -> None:
        self._sandbox, self._empty, self._backups = sandbox, empty, backups
        self.standby, self._standing = empty(sandbox.second), SECOND
        self._far = backups.new_depot()
        self._sets = Replication(backups, self._far)
        self._failed: BaseException | None = None
        self._booting = threading.Thread(target=self._boot, name="standby", daemon=True)
        sandbox.beside = self._booting
        self._booting.start()

    def _boot(self) -> None:
        """Boot the standby stack, empty; kept for the next time."""
        try:
            boot = self.standby.boot(PATIENCE)
            keeper = self.standby if isinstance(self.standby, StateKeeper) else None
            if boot.start == "cold" and keeper:
                self.standby.settle(PATIENCE)
                keeper.keep(boot.seconds)
        except BaseException as error:  # noqa: BLE001 - told by whoever waits for it
            self._failed = error

    def begin(self, target: Any) -> Given:
        """See `Regions`. Raises what kept the standby stack from serving."""
        self._booting.join()
        if self._failed is not None:
            raise self._failed
        given = self._sets.begin(target)
        self._alias = Alias(target)
        self._sets.go_on(target)
        return given

    def lose(self, target: Any) -> Mapping[str, Any]:
        """See `Regions`: the network first, then the servers, then the depot.

        The sandbox itself stays to the end: once its network were gone, what clients still send to its
        addresses, a password among it, would go wherever the machine's routes lead.
        """
        first = self._sandbox.first
        under_way, arriving = self._sets.under_way, self._sets.arriving
        gone = clock.SYSTEM.monotonic_ns()
        cut = ""
        if isinstance(first, Partitionable):
            cut, gone = first.cut(), clock.SYSTEM.monotonic_ns()  # until now clients were served
        self._sets.cut()
        lost = dict(target.destroy()) if isinstance(target, Destructible) else {}
        running = [name for name in target.components if first.running(name)]
        near, sets = self._sets.near()
        for _ in range(2):  # what was being written while it was deleted, goes the second time
            for folder in near:
                shutil.rmtree(folder, ignore_errors=True)
            self._sets.stop()
        return {
            "invoked_ns": gone, "region": FIRST, "simulated": True, **lost, "running": running,
            "cut": bool(cut), "network": cut or "this sandbox has no network of its own",
            "depot": {"sets": sets, "left": sum(folder.exists() for folder in near)},
            "under_way": under_way, "arriving": arriving, "replicas": self.replicas(),
        }  # fmt: skip

    def slow(self, shape: Shape) -> Mapping[str, Any]:
        """See `Regions`."""
        return {**self._sets.slow(shape), "region": FIRST, "simulated": True}

    def mend(self) -> Mapping[str, Any]:
        """See `Regions`."""
        return self._sets.mend()

    def at_worst(self, deadline: timedelta) -> None:
        """See `Regions`."""
        self._sets.at_worst(deadline)

    def catch_up(self, deadline: timedelta) -> Mapping[str, Any]:
        """See `Regions`."""
        return self._sets.catch_up(deadline)

    def whole(self) -> Sequence[Given]:
        """See `Regions`: what lies there is asked, not what was told here."""
        there = sorted(self._far.readable(), key=lambda held: clock.moment(held.manifest.cut.started))
        return [self._backups.handed(self._far, held) for held in there]

    def newest(self) -> Given:
        """See `Regions`."""
        there = self.whole()
        if not there:
            raise RecoveryError("no set had come to the other region", "shorten the cadence of the backups")
        return there[-1]

    def fail_over(self, target: Any) -> Mapping[str, Any]:
        """See `Regions`: the object that clients hold becomes the other region's."""
        target.__dict__.update(self.standby.__dict__, regions=self)
        self._written = self._alias.written
        self._alias.release()
        return {"region": self._standing}

    def served(self, writes: int, deadline: timedelta) -> Mapping[str, Any]:
        """See `Regions`. Raises DeadlineExceeded."""
        begun = clock.SYSTEM.monotonic_ns()

        def enough() -> bool | None:
            return self._alias.written - self._written >= writes or None

        clock.wait_until(enough, deadline, f"{writes} writes acknowledged in region {self._standing}")
        took = clock.seconds(begun, clock.SYSTEM.monotonic_ns())
        return {"writes": self._alias.written - self._written, "seconds": took}

    def rebuild(self) -> Mapping[str, Any]:
        """See `Regions`."""
        box = self._sandbox.renew()
        self.standby, self._standing = self._empty(box), FIRST
        boot = self.standby.boot(PATIENCE)
        return {"region": FIRST, "sandbox": str(box.id), "seconds": boot.seconds}

    def hand_over(self, target: Any) -> Given:
        """See `Regions`: the set goes into the depot of the region that serves, then into one over there."""
        self._alias.hold()
        taken = self._backups.take(target, frozenset(Method), self._far)
        there = self._backups.new_depot()
        replicating.replicate(self._far, there, taken.name)
        return self._backups.handed(there, there.open(taken.name))

    def replicas(self) -> list[dict[str, Any]]:
        """See `Regions`."""
        return self._sets.facts()
