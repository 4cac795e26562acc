"""The backup set of a run's recovery, as something to damage and to look at."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Tampering(Protocol):
    """The set that a run's recovery would restore, as something that can be damaged.

    What is damaged is a copy of the run's own: a depot that somebody configured is never touched.
    Each returns the exact truth. Raises UsageError where there is no such set, or no such damage.
    """

    def own(self) -> None:
        """Copy the set into the run's own place, where it is not there already."""
        ...

    def tamper(self, what: str, seed: int) -> Mapping[str, Any]:
        """Damage it: `byte`, `file`, `manifest`, `relabelled`."""
        ...

    def swap(self, of: str) -> Mapping[str, Any]:
        """Put a genuine set of something else in its place."""
        ...

    def thin(self, entities: int, seed: int) -> Mapping[str, Any]:
        """Put a genuine set in its place whose export lacks some entities."""
        ...


@runtime_checkable
class Examined(Protocol):
    """The set that a run's recovery would restore, as something that can be looked at."""

    def examine(self, *, content: bool) -> Mapping[str, Any]:
        """Return `set`, and `problems`: each {code, what}. With `content`, all that is in it is read."""
        ...
