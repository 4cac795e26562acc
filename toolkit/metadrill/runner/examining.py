"""The backup set that would be restored, looked at where a scenario says that its loss shows in it."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from metadrill.runner.stage import Stage


@runtime_checkable
class Examines(Protocol):
    """A probe that looks at the set, and not at the repository."""

    def examine(self, target: Any) -> Mapping[str, Any]:
        """Return the set's name and what is wrong with it: `set`, `problems`."""
        ...


def examine(stage: Stage, phase: str) -> None:
    """Record what is wrong with the set, by each probe that looks at one."""
    for probe in stage.rig.probes:
        if isinstance(probe, Examines):
            found = probe.examine(stage.stack)
            stage.record("set.examined", phase=phase, **found)
