"""A sandbox that was left standing: how to reach it again, and what it holds, noted in its own folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from metadrill import placing
from metadrill.app.settings import Settings
from metadrill.errors import EnvironmentNotReady, Refused
from metadrill.model.secret import Secret
from metadrill.sandboxes import lease

_FILE = "standing.json"
_OWNER_ALONE = 0o600


@dataclass(frozen=True)
class Note:
    """The stack that stands, where its servers are reached, its account, and what was put into it.

    `environment` is that of the set it was restored from; empty where it holds made-up data.
    """

    stack: str
    holds: str
    environment: str
    urls: Mapping[str, str]
    user: str
    password_file: str


@dataclass(frozen=True)
class Own:
    """What the adapter of a stack needs of a standing sandbox of our own: port `stacks.places.Owned`."""

    lease: str
    root: Path
    urls: Mapping[str, str]
    user: str
    password: Secret

    @property
    def id(self) -> str:
        """The sandbox's own."""
        return self.lease


def note(sandbox: Any, coordinates: Mapping[str, str], stack: str, holds: tuple[str, str]) -> None:
    """Note how a sandbox is reached; `holds` is a dataset or a set, and the environment of that."""
    urls = {name: coordinates[f"METADRILL_{name.upper()}_URL"] for name in ("elasticsearch", "atlas")}
    told = Note(
        stack, *holds, urls, coordinates.get("METADRILL_USER", ""), coordinates["METADRILL_PASSWORD_FILE"]
    )
    placing.put(sandbox.root / _FILE, json.dumps(asdict(told)), _OWNER_ALONE)


def find(settings: Settings, name: str) -> tuple[str, Note]:
    """Given an id, or a unique beginning of one, return the id and the note of what stands.

    Raises Refused for anything but a sandbox of ours that was left standing.
    """
    standing = [
        item for item in lease.read(settings.cache) if item.kept and name and item.id.startswith(name)
    ]
    if len(standing) != 1:
        raise Refused(
            f"sandbox '{name}': {len(standing)} of ours stand whose id begins so",
            "only into a sandbox that was left standing is anything restored: metadrill sandbox status",
        )
    path = lease.folder(settings.cache) / standing[0].id / _FILE
    try:
        return standing[0].id, Note(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise Refused(
            f"sandbox {standing[0].id}: nothing says what it holds ({type(error).__name__})",
            "bring up another: metadrill sandbox up",
        ) from None


def reached(name: str, told: Note, scratch: Path) -> Own:
    """Return the place of what stands. Raises EnvironmentNotReady: its password cannot be read."""
    try:
        word = Path(told.password_file).read_text().strip()
    except OSError as error:
        raise EnvironmentNotReady(
            f"sandbox {name}: its password cannot be read: {(error.strerror or '').lower()}", "does it stand?"
        ) from None
    return Own(name, scratch, told.urls, told.user, Secret("atlas password", word))
