"""Recovery: the other region takes over, out of the newest backup set that had come there whole."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.census import Census
from metadrill.census.exempting import NOTHING, Exempt
from metadrill.errors import RecoveryError
from metadrill.model.scenario import Action
from metadrill.ports import Record
from metadrill.ports.backing import Destructible, Given, Restorable
from metadrill.ports.regions import Regional
from metadrill.recoveries import steps

_WRITES = "metadrill-canary/"


class Failover:
    """Restores the replica into the standby stack, then lets clients be served there.

    What it finds in the set of the drill's own writes is in its facts: what may be lost is known to
    the write, before anybody looks.
    """

    across_regions = True

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._time = steps.plain(action), time
        self._set: Given | None = None

    def prepare(self, target: Any) -> Mapping[str, Any]:
        """Take the first set, and bring it to the other region; return the facts of `backup.taken`."""
        steps.needs(target, self._name, Regional, Restorable, Destructible)
        started = self._time.monotonic_ns()
        taken = target.regions.begin(target)
        return steps.taken(taken, self._name, started, self._time)

    def exempt(self) -> Exempt:
        """Return what need not be as it was: what was changed while the set was read."""
        return self._set.expected(self._set.best()).exempt if self._set else NOTHING

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Choose and verify the replica, restore it over there, let clients go there."""
        regions = target.regions
        given = regions.newest()
        steps.step(record, self._name, "verify_replica", given.check, self._time)
        method = given.best()
        steps.step(
            record, self._name, f"restore_{method.value}",
            lambda: given.put(regions.standby, method), self._time,
        )  # fmt: skip
        moved = steps.step(record, self._name, "fail_over", lambda: regions.fail_over(target), self._time)
        self._set = given
        told = {"set": given.name, "method": method.value, "cut": dict(given.facts["cut"]), **moved}
        return {**told, "moving": moved_in(given), "replicas": regions.replicas(), "writes": writes(given)}


def writes(given: Given) -> Mapping[str, list[str]]:
    """Return the drill's own writes that a set holds, by guid; those apart that came while it was read."""
    moving = given.expected(given.best()).exempt.moving
    own = {guid for guid, name in _named(given) if name.startswith(_WRITES)}
    return {"held": sorted(own - moving), "moving": sorted(moving)}


def moved_in(given: Given) -> Mapping[str, Any]:
    """Return how much of a set moved while it was read, without the drill's own writes, and the cap."""
    moving, named = given.expected(given.best()).exempt.moving, _named(given)
    others = sum(guid in moving and not name.startswith(_WRITES) for guid, name in named)
    share = round(others / max(len(named), 1), 6)
    return {"entities": others, "share": share, "cap": given.facts["moving"]["cap"]}


def _named(given: Given) -> list[tuple[str, str]]:
    """Return the guid and unique name of every entity of a set."""
    census: Census = given.expected(given.best()).census
    if "entities" not in census.tables:
        raise RecoveryError(f"{given.name}: its census has no entities")
    table = census.tables["entities"]
    columns = (table[name].to_pylist() for name in ("guid", "unique_name"))
    return [(str(guid), str(name)) for guid, name in zip(*columns, strict=True)]
