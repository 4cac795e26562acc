"""A value that must not be printed, logged or journalled."""

from dataclasses import dataclass, field
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Secret:
    """Holds a secret under a name; has no `str`, and its repr shows the name alone."""

    name: str
    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the value; call it only where it goes over the wire or into an owner-only file."""
        return self._value

    def __str__(self) -> NoReturn:
        raise TypeError(f"secret {self.name} has no text form")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError(f"secret {self.name} has no text form")

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"secret {self.name} cannot be pickled")
