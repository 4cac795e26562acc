"""Fault: the region that serves is cut off and destroyed, its depot with it, while writes go on."""

from collections.abc import Mapping
from typing import Any

from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.faults import params
from metadrill.model import units
from metadrill.model.scenario import Action
from metadrill.ports.regions import Regional


class LoseRegion:
    """Waits for the worst moment: a replica of the next set is on its way. `patience`: how long at most."""

    def __init__(self, action: Action) -> None:
        patience = params.merged(action, {"patience": "5m"})["patience"]
        try:
            self._patience = units.duration(str(patience))
        except ValueError:
            raise UsageError(f"{action.name}: patience {patience!r}", "a length of time: 5m") from None

    def prepare(self, target: Any) -> None:
        """See that there are two regions. Raises EnvironmentNotReady."""
        if not isinstance(target, Regional):
            raise EnvironmentNotReady(
                "lose_region: the stack stands in one region", "pick a recovery across regions: failover"
            )

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Lose it; return what was lost, and which replicas had come until then."""
        target.regions.at_worst(self._patience)
        return {"form": "loud", **target.regions.lose(target)}
