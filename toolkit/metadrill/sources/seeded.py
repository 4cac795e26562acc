"""Numbers and guids that follow from a seed and a label alone, in any order, on any machine.

Nothing is drawn in sequence, so an entity can be written without those before it in memory.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Seed:
    """A seed; equal labels give equal answers."""

    value: int

    def guid(self, *label: str | int) -> str:
        """Given a label, return a guid in the form of a random (version 4) UUID."""
        return str(uuid.UUID(bytes=self._digest(label)[:16], version=4))

    def below(self, limit: int, *label: str | int) -> int:
        """Given a limit of one or more, return a number from 0 up to it, exclusive."""
        return int.from_bytes(self._digest(label)[16:24], "big") % limit

    def pick(self, choices: Sequence[T], *label: str | int) -> T:
        """Given choices, return one of them."""
        return choices[self.below(len(choices), *label)]

    def _digest(self, label: tuple[str | int, ...]) -> bytes:
        text = "\x1f".join(str(part) for part in (self.value, *label))
        return hashlib.sha256(text.encode()).digest()
