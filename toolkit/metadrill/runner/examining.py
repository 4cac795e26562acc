"""What is looked at before the fault by the probes that need it: the backup set, how it was found then."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from metadrill.runner.stage import Stage


@runtime_checkable
class Examines(Protocol):
    """A probe that looks at the set, and not at the repository."""

    def examine(self, target: Any) -> Mapping[str, Any]:
        """Return the set's name and what is wrong with it: `set`, `problems`."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """A probe that compares with how it was before the fault."""

    def remember(self, target: Any) -> str:
        """Look at the sound repository; return in words how it is."""
        ...


def remember(stage: Stage) -> None:
    """Let each probe that compares look at the sound repository, and record what it saw."""
    for probe in stage.rig.probes:
        if isinstance(probe, Remembers):
            answer = probe.remember(stage.stack)
            stage.record("probe.answered", probe=probe.name, answer=answer, disrupted=False)


def examine(stage: Stage, phase: str) -> None:
    """Record what is wrong with the set, by each probe that looks at one."""
    for probe in stage.rig.probes:
        if isinstance(probe, Examines):
            found = probe.examine(stage.stack)
            stage.record("set.examined", phase=phase, **found)
