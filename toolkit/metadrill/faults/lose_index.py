"""Fault: the search index is deleted. The repository serves on, and finds nothing."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.errors import EnvironmentNotReady
from metadrill.faults import params
from metadrill.model.scenario import Action
from metadrill.ports.breaking import IndexDocuments


class LoseIndex:
    """Deletes every index of the repository. Takes no parameters."""

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        params.none(action)
        self._time = time

    def prepare(self, target: Any) -> None:
        """See that the index can be deleted. Raises EnvironmentNotReady."""
        if not isinstance(target, IndexDocuments):
            raise EnvironmentNotReady(
                "lose_index: this stack's index cannot be deleted", "use a sandbox of metadrill's own"
            )

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Delete; return which indices, and how many documents they had."""
        invoked = self._time.monotonic_ns()
        return {"form": "silent", "invoked_ns": invoked, **target.drop_index()}
