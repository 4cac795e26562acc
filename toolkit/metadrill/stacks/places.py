"""What only some kinds of sandbox give a stack, each a Protocol of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from metadrill.model.secret import Secret


@runtime_checkable
class Addressed(Protocol):
    """A sandbox whose servers listen on every address of its network; from outside they are reached here."""

    address: str


@runtime_checkable
class Imaged(Protocol):
    """A sandbox whose programs run from images (`Program.image`). Both raise EnvironmentNotReady."""

    def image(self, name: str, key: str, content: Mapping[str, Path]) -> str:
        """Return the image of that name and key, else one made with the folders at `/opt/metadrill`."""
        ...

    def users(self, reference: str) -> str:
        """Return a user's own image, fetched where it is not there."""
        ...


@runtime_checkable
class Standing(Protocol):
    """A sandbox that stands already: where its servers are, and the account to use."""

    urls: Mapping[str, str]
    user: str
    password: Secret


@runtime_checkable
class Owned(Standing, Protocol):
    """A sandbox of metadrill's own that was left standing: entities may be put into it.

    `lease` is the id under which it is leased.
    """

    lease: str
