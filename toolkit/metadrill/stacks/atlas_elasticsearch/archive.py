"""An Atlas export archive, read entry by entry: the graph's side of the census.

Layout (ZipSink.java, ZipExportFileNames.java): `<guid>.json` per top-level entity with its owned
children inline, and three control entries. A failed export is HTTP 200: the verdict is inside.
"""

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from metadrill.errors import CheckerError

INFO = "atlas-export-info.json"
ORDER = "atlas-export-order.json"
TYPES = "atlas-typesdef.json"
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError,  # the archive
    NotImplementedError, RuntimeError,  # a method or an encryption that zipfile does not know; too deep JSON
    ValueError, LookupError, TypeError, AttributeError,  # not the JSON that an export holds
)  # fmt: skip


def entities(path: Path) -> Iterator[Mapping[str, Any]]:
    """Given an archive, yield each of its entities once, children too.

    Raises CheckerError when the export did not succeed, an entry is unreadable, or the control
    entries do not agree with the entities there are.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _entities(archive)
    except _UNREADABLE as error:
        raise CheckerError(f"export archive: cannot be read: {type(error).__name__}: {error}") from None


def _entities(archive: zipfile.ZipFile) -> Iterator[Mapping[str, Any]]:
    names = set(archive.namelist())
    if not {INFO, ORDER, TYPES} <= names:
        raise CheckerError("export archive: its control entries are missing, so the export failed")
    status = json.loads(archive.read(INFO))["operationStatus"]
    if status != "SUCCESS":
        raise CheckerError(f"export archive: the export ended with {status}")
    order = set(json.loads(archive.read(ORDER)))
    there = {name.removesuffix(".json") for name in names - {INFO, ORDER, TYPES}}
    if order != there:
        raise CheckerError(f"export archive: {len(order ^ there)} entities differ from its own list")
    seen: set[str] = set()
    for guid in sorted(there):
        body = json.loads(archive.read(f"{guid}.json"))
        for entity in (body["entity"], *body.get("referredEntities", {}).values()):
            if entity["guid"] not in seen:
                seen.add(entity["guid"])
                yield entity
