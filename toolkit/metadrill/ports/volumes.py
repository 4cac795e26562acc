"""The volume that a stack's files lie on, where it is of its own."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


class Volume(Protocol):
    """A disk that can run out of room, and be made larger."""

    def free(self) -> int:
        """Return how many bytes are free."""
        ...

    def fill(self, leave: int) -> Mapping[str, Any]:
        """Leave only so many bytes of it free; return facts."""
        ...

    def extend(self, more: int) -> Mapping[str, Any]:
        """Make it larger by so many bytes, with all that is in it; return facts."""
        ...


@runtime_checkable
class OnVolume(Protocol):
    """A stack whose files lie on a volume."""

    def volume(self) -> Volume:
        """Return it. Raises EnvironmentNotReady: it shares that of the machine."""
        ...
