"""Fault: both stores are lost, the queue goes on, and how far it was read stays as it is."""

from collections.abc import Mapping
from typing import Any

from metadrill.errors import EnvironmentNotReady
from metadrill.faults import params
from metadrill.model.scenario import Action
from metadrill.ports.queues import Rewindable


class LoseGraph:
    """What was read since the backup is in no store any more, and will not be read again. No parameters."""

    by_queue = True

    def __init__(self, action: Action) -> None:
        params.none(action)

    def prepare(self, target: Any) -> None:
        """See that there is a queue. Raises EnvironmentNotReady."""
        if not isinstance(target, Rewindable):
            raise EnvironmentNotReady(
                "lose_graph: this stack has no queue of its own", "use a sandbox of metadrill's own"
            )

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Lose them; return what was lost, and how far the queue was read just before."""
        return {"form": "loud", **target.lose_graph()}
