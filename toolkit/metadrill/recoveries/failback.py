"""Recovery: the other region takes over, and once the lost one was made anew, hands back what it served."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.census.exempting import Exempt
from metadrill.ports import Record
from metadrill.ports.backing import Given
from metadrill.recoveries import steps
from metadrill.recoveries.failover import Failover, moved_in

_WRITES, _PATIENCE = 3, timedelta(minutes=2)
"""Writes that the other region must have taken before it hands back: what is not lost on the way back."""


class Failback(Failover):
    """Fails over, lets clients work over there, then brings them home. Nothing may be lost on that way.

    Writes are held from the moment that the last set is taken until the first region serves again: they
    are refused, and none that was acknowledged is in doubt. How long, and how long the way back took from
    the begin of making the region anew, is in its facts: the RTA is of the whole way.
    """

    _last: Given | None = None

    def exempt(self) -> Exempt:
        """Return what was exempt in the fail-over, and what changed while the last set was read."""
        last = self._last.expected(self._last.best()).exempt if self._last else Exempt()
        return super().exempt() | last

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Fail over, wait for work to be done there, and come back."""
        told = super().recover(target, record)
        regions = target.regions

        def step(name: str, act: Any) -> Mapping[str, Any]:
            return steps.step(record, self._name, name, act, self._time)

        step("serve_there", lambda: regions.served(_WRITES, _PATIENCE))
        begun = self._time.monotonic_ns()
        step("rebuild_region", regions.rebuild)
        held = self._time.monotonic_ns()
        step("hand_over", lambda: self._handed_over(target))
        given = self._last
        assert given is not None  # noqa: S101 - hand_over raised, or it is there
        step("verify_replica", given.check)
        method = given.best()
        step(f"restore_{method.value}", lambda: given.put(regions.standby, method))
        moved = step("fail_back", lambda: regions.fail_over(target))
        ended = self._time.monotonic_ns()
        took = {"held_s": clock.seconds(held, ended), "return_s": clock.seconds(begun, ended)}
        back = {"set": given.name, "method": method.value, "moving": moved_in(given), **moved, **took}
        return {**told, "back": back}

    def _handed_over(self, target: Any) -> Mapping[str, Any]:
        self._last = target.regions.hand_over(target)
        return {"set": self._last.name, "moving": self._last.facts["moving"]["entities"]}
