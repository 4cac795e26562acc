"""Text of programs that know a secret, copied without it."""

import re
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Protocol, runtime_checkable

from metadrill.model.secret import Secret

_ACCOUNT = re.compile(rb"(?i)(authorization['\"]?\s*[:=]\s*['\"]?(?:basic|bearer)\s+)[^\s'\"]+")
"""As `curl -v` shows it: for Basic it is name and password in base64."""


@runtime_checkable
class Confided(Protocol):
    """Who knows secrets that must not stand in a copy of what it prints."""

    def secrets(self) -> Sequence[Secret]:
        """Return them."""
        ...


def copy(lines: Iterable[bytes], into: BinaryIO, secrets: Sequence[Secret]) -> None:
    """Copy line by line; in place of a secret stands its name, in place of an account's header nothing.

    Raises OSError.
    """
    hidden = [(secret.reveal().encode(), f"[{secret.name}]".encode()) for secret in secrets]
    for line in lines:
        for value, name in hidden:
            line = line.replace(value, name) if value else line
        into.write(_ACCOUNT.sub(rb"\1[redacted]", line))
