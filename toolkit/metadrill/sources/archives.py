"""What an Atlas export archive holds, counted without asking a server.

Layout: `impexp/ZipExportFileNames.java` and `ZipSink.java` of Atlas 2.1.0. A failed export is
an HTTP 200 whose archive may lack control entries, so they are looked for.
"""

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metadrill.errors import UsageError

ORDER = "atlas-export-order.json"
TYPES = "atlas-typesdef.json"
INFO = "atlas-export-info.json"
CONTROL = frozenset({ORDER, TYPES, INFO})

UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError,
    ValueError, KeyError, TypeError, AttributeError,
)  # fmt: skip
"""What reading a damaged archive raises: a bad entry, or JSON of another form."""


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
    try:
        with zipfile.ZipFile(path) as archive:
            _expect_whole(path, archive)
            seen = dict(_entities(archive))
    except UNREADABLE as error:
        raise UsageError(f"{path.name}: not an export archive: {error}") from error
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Holding(len(seen), dict(sorted(Counter(seen.values()).items())), digest)


def _expect_whole(path: Path, archive: zipfile.ZipFile) -> None:
    missing = CONTROL - set(archive.namelist())
    if missing:
        raise UsageError(f"{path.name}: no {', '.join(sorted(missing))} in it", "was the export complete?")
    status = json.loads(archive.read(INFO)).get("operationStatus")
    if status != "SUCCESS":
        raise UsageError(f"{path.name}: its export ended as {status}")
    order = set(json.loads(archive.read(ORDER)))
    held = {name.removesuffix(".json") for name in archive.namelist() if name not in CONTROL}
    if order != held:
        raise UsageError(f"{path.name}: {len(order ^ held)} entries differ from the order list")


def _entities(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for name in archive.namelist():
        if name not in CONTROL:
            entry: dict[str, Any] = json.loads(archive.read(name))
            yield entry["entity"]["guid"], entry["entity"]["typeName"]
            for guid, owned in (entry.get("referredEntities") or {}).items():
                yield guid, owned["typeName"]
