"""A repository that takes changes from a queue, and keeps there how far it has read it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Queued(Protocol):
    """Hooks put changes into the queue; the repository reads them when it can."""

    def open_queue(self) -> None:
        """Make ready to send. Raises EnvironmentNotReady, DeadlineExceeded."""
        ...

    def send(self, name: str) -> None:
        """Put the creation of a canary into the queue; return when it is there. Raises WriteUnknown."""
        ...

    def arrived(self, names: Sequence[str]) -> set[str]:
        """Return which of some canaries the graph has."""
        ...

    def position(self) -> Mapping[str, int]:
        """Return how far the queue was read (`read`), and how far it goes (`end`). Raises RecoveryError."""
        ...


@runtime_checkable
class Rewindable(Queued, Protocol):
    """One in a sandbox, whose stores may be lost while the queue goes on."""

    def lose_graph(self) -> Mapping[str, Any]:
        """Lose both stores, and not the queue; return what was lost. With `served_until_ns`."""
        ...

    def keep_queue(self) -> None:
        """Let a restore leave the queue, and how far it was read, as they are."""
        ...

    def rewind(self, position: int) -> Mapping[str, Any]:
        """Take the repository offline, and set back how far it read the queue; return what was, and is."""
        ...

    def caught_up(self, deadline: timedelta) -> Mapping[str, int]:
        """Wait until all of it was read. Raises DeadlineExceeded."""
        ...
