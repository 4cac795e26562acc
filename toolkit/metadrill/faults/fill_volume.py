"""Fault: the volume fills up, and both stores are lost with it: there is no room to restore them."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.faults import params
from metadrill.model.scenario import Action
from metadrill.ports.backing import Destructible
from metadrill.ports.volumes import OnVolume

_MEGABYTE = 1_000_000


class FillVolume:
    """Loses both stores, leaves `leave_mb` megabytes of the volume free (4): less than a restore takes."""

    on_volume = True

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        leave = params.merged(action, {"leave_mb": 4})["leave_mb"]
        if type(leave) is not int or leave < 1:
            raise UsageError(f"{action.name}: leave_mb {leave!r}", "megabytes that stay free, at least 1")
        self._leave, self._time = leave * _MEGABYTE, time

    def prepare(self, target: Any) -> None:
        """See that there is a volume to fill. Raises EnvironmentNotReady."""
        if not isinstance(target, OnVolume) or not isinstance(target, Destructible):
            raise EnvironmentNotReady(
                "fill_volume: this stack has no volume of its own", "use a sandbox of metadrill's own"
            )
        if target.volume().free() <= self._leave:
            raise EnvironmentNotReady("fill_volume: the volume is full already", "leave less of it")

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Lose and fill; return what was lost, and how much of the volume is left."""
        invoked = self._time.monotonic_ns()
        lost = target.destroy()
        return {"form": "loud", "invoked_ns": invoked, **lost, "volume": target.volume().fill(self._leave)}
