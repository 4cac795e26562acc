"""Fault: every component is killed and its data deleted. Nothing of the repository is left."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.errors import EnvironmentNotReady
from metadrill.faults import params
from metadrill.model.scenario import Action
from metadrill.ports.backing import Destructible


class LoseStores:
    """Loses both stores at once. Takes no parameters."""

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        params.none(action)
        self._time = time

    def prepare(self, target: Any) -> None:
        """See that the target can be lost. Raises EnvironmentNotReady."""
        if not isinstance(target, Destructible):
            raise EnvironmentNotReady(
                "lose_stores: this stack's stores cannot be lost", "use a sandbox of metadrill's own"
            )

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Kill, then delete; return how many files and bytes of each store were lost."""
        invoked = self._time.monotonic_ns()
        return {"form": "loud", "invoked_ns": invoked, **target.destroy()}
