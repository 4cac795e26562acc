"""What an Atlas export archive holds, counted without asking a server."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from metadrill.archives import exports, zips
from metadrill.errors import ArchiveError, UsageError


@dataclass(frozen=True)
class Holding:
    """Distinct entities of an archive, by type, owned ones included; `sha256` of the file."""

    entities: int
    types: Mapping[str, int]
    sha256: str


def read(path: Path) -> Holding:
    """Given an archive, return what it holds. Every entry is read, so every CRC is checked.

    Raises UsageError: no archive, an entry that cannot be read or is missing, a failed export.
    """
    name = f"{path.name}: not an export archive"
    try:
        with path.open("rb") as file:
            whole = exports.entries(zips.entries(file, name), name)
            kinds = {entity["guid"]: entity["typeName"] for entity in exports.entities(whole, name)}
            types = Counter(kinds.values())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except ArchiveError as error:
        raise UsageError(error.message, error.hint) from None
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from None
    return Holding(types.total(), dict(sorted(types.items())), digest)
