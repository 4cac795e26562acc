"""The twin of a volume: numbers alone."""

from collections.abc import Mapping
from typing import Any

SIZE, TAKES = 8_000_000_000, 10_000_000
"""Bytes: how large it is at first, and what servers need to hold anything at all."""


class MemoryVolume:
    """Port `Volume`."""

    def __init__(self) -> None:
        self._size, self._filled = SIZE, 0

    def free(self) -> int:
        """Return what was not filled."""
        return self._size - self._filled

    def fill(self, leave: int) -> Mapping[str, Any]:
        """Leave so much of it."""
        self._filled = self._size - leave
        return {"size": {"before": self._size, "after": self._size}, "free": leave}

    def extend(self, more: int) -> Mapping[str, Any]:
        """Make it larger."""
        before = self._size
        self._size += more
        return {"size": {"before": before, "after": self._size}, "free": self.free()}
