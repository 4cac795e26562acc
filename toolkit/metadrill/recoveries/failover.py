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
    moving, own = given.expected(given.best()).exempt.moving, _own(given)
    return {"held": sorted(own - moving), "moving": sorted(moving)}


def moved_in(given: Given) -> Mapping[str, Any]:
    """Return how much moved while a set was read, but for the drill's own writes, and what is allowed."""
    expected = given.expected(given.best())
    others = len(expected.exempt.moving - _own(given))
    count = expected.census.tables["entities"].num_rows
    share = round(others / max(count, 1), 6)
    return {"entities": others, "share": share, "cap": given.facts["moving"]["cap"]}


def _own(given: Given) -> set[str]:
    """Return the guids of the drill's own writes that a set holds."""
    census: Census = given.expected(given.best()).census
    if "entities" not in census.tables:
        raise RecoveryError(f"{given.name}: its census has no entities")
    table = census.tables["entities"]
    named = zip(table["guid"].to_pylist(), table["unique_name"].to_pylist(), strict=True)
    return {str(guid) for guid, name in named if str(name).startswith(_WRITES)}
