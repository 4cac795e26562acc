"""Where the key that signs evidence lies."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KeyPlace:
    """Places, never values: the key's file, and the file or the environment variable of its passphrase."""

    key: Path | None = None
    passphrase_file: Path | None = None
    passphrase_env: str | None = None
