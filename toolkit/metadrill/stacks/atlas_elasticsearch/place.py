"""A sandbox as this stack uses it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from metadrill.model.secret import Secret


@dataclass(frozen=True)
class Place:
    """Its folder, its ports, its one account.

    Servers listen on `listen`, and are reached from outside at `address`; those that stand already
    at `urls`.
    """

    root: Path
    ports: dict[str, int]
    user: str
    password: Secret
    listen: str = "127.0.0.1"
    address: str = "127.0.0.1"
    urls: Mapping[str, str] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """Return where a server is reached from outside."""
        return self.urls.get(name) or f"http://{self.address}:{self.ports[name]}"

    @property
    def password_file(self) -> Path:
        """An owner-only file with the password, for programs that must be given it."""
        return self.root / "password"

    @property
    def hosts(self) -> Path:
        """The only names there are: JanusGraph asks for the machine's own, which may not resolve."""
        return self.root / "hosts"
