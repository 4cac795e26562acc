"""Fault: the index is restored from an older snapshot than the graph, as if each store had its own latest."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.errors import EnvironmentNotReady
from metadrill.faults import params
from metadrill.model.scenario import Action
from metadrill.ports import IndexSnapshots


class StaleIndex:
    """Takes no parameters: what the canary writes meanwhile is what the older index lacks."""

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        params.none(action)
        self._time, self._ref, self._documents = time, "", 0

    def prepare(self, target: Any) -> None:
        """Take the snapshot that will be too old. Raises EnvironmentNotReady."""
        if not isinstance(target, IndexSnapshots):
            raise EnvironmentNotReady("stale_index: this stack has no index snapshots", "use another fault")
        taken = target.snapshot()
        self._ref, self._documents = str(taken["ref"]), taken["documents"]

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Restore the index alone; return of when it is, and how many documents it has."""
        invoked = self._time.monotonic_ns()
        target.restore_snapshot(self._ref)
        return {
            "form": "silent", "invoked_ns": invoked, "snapshot": self._ref, "documents": self._documents,
        }  # fmt: skip
