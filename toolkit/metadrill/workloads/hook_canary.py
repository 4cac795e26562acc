"""Numbered writes that go through the queue of the hooks, as most changes of a catalogue do."""

from collections.abc import Mapping, Sequence
from typing import Any

from metadrill.errors import EnvironmentNotReady
from metadrill.ports import Record
from metadrill.ports.queues import Queued
from metadrill.workloads.canary import Canary


class HookCanary(Canary):
    """A write is acknowledged when the queue has it: from then on it may not be lost.

    It has no guid yet, so that its unique name stands for it.
    """

    def __init__(self, target: Any, record: Record, run: str, *more: Any) -> None:
        if not isinstance(target, Queued):
            raise EnvironmentNotReady(
                "hook_canary: this stack has no queue to write to", "pick another scenario"
            )
        self._queue: Any = target
        self._opened = False
        super().__init__(_ByName(target), record, run, *more)

    def start(self) -> None:
        """Make the queue ready the first time; then as any canary."""
        if not self._opened:
            self._queue.open_queue()
            self._opened = True
        super().start()


class _ByName:
    """Port `Writable`, by way of the queue."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def write(self, name: str) -> str:
        """Send it; return its name."""
        self._target.send(name)
        return name

    def present(self, names: Mapping[str, str]) -> set[str]:
        """Return the names that the graph has."""
        return set(self._target.arrived(list(names)))

    def found(self, names: Sequence[str]) -> set[str]:
        """Return the names that a search finds."""
        return set(self._target.found(names))
