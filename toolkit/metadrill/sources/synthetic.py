"""A seeded generator of Atlas export archives: same shape, same bytes.

The layout is that of `ZipSink` (Atlas 2.1.0): one `<guid>.json` per top-level entity with what
it owns inside, then order, type definitions and export information. Entries are written one
by one; what stays in memory is the list of entries that every zip file needs. The bytes also
depend on the compressor: another zlib may pack the same entries differently.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metadrill.archives import exports
from metadrill.sources import catalog, glossary, lineage, typedefs
from metadrill.sources.shape import Shape, counts, parse, size
from metadrill.sources.world import World

__all__ = ["Shape", "Written", "counts", "parse", "size", "write"]

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: the earliest a zip file can say."""


@dataclass(frozen=True)
class Written:
    """An archive that was written: entities (owned ones too), bytes, SHA-256 of the file."""

    entities: int
    size: int
    sha256: str


def write(shape: Shape, path: Path) -> Written:
    """Given a shape, write its archive to `path` and return what was written."""
    world = World(shape)
    order: list[str] = []
    with zipfile.ZipFile(path, "w") as archive:
        for entry in entries(world):
            order.append(entry["entity"]["guid"])
            _add(archive, f"{order[-1]}.json", entry)
        _add(archive, exports.ORDER, order)
        _add(archive, exports.TYPES, typedefs.own())
        _add(archive, exports.INFO, _information(shape, len(order)))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(size(shape), path.stat().st_size, digest)


def entries(world: World) -> Iterator[dict[str, Any]]:
    """Given a world, return its top-level entries in the order of import."""
    shape = world.shape
    for number in range(shape.databases):
        yield {"referredEntities": {}, "entity": catalog.database(world, number)}
    for number in range(shape.tables):
        yield {"referredEntities": catalog.owned(world, number), "entity": catalog.table(world, number)}
    for number in range(shape.processes):
        yield {"referredEntities": lineage.owned(world, number), "entity": lineage.process(world, number)}
    if shape.has_glossary:
        yield {"referredEntities": {}, "entity": glossary.glossary(world)}
    for number in range(shape.categories):
        yield {"referredEntities": {}, "entity": glossary.category(world, number)}
    for number in range(shape.terms):
        yield {"referredEntities": {}, "entity": glossary.term(world, number)}


def _add(archive: zipfile.ZipFile, name: str, content: Any) -> None:
    info = zipfile.ZipInfo(name, EARLIEST)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    archive.writestr(info, text.encode(), compresslevel=6)


def _information(shape: Shape, top_level: int) -> Mapping[str, Any]:
    metrics = {f"entity:{name}": number for name, number in counts(shape).items()}
    options = {"fetchType": "full", "matchType": "forType"}
    return {
        "request": {"itemsToExport": [{"typeName": "hive_db", "uniqueAttributes": {}}], "options": options},
        "userName": "synthetic",
        "clientIpAddress": "127.0.0.1",
        "hostName": "localhost",
        "timeStamp": World(shape).moment(0),
        "metrics": {"duration": 0, "entity:withExtInfo": top_level, **metrics},
        "operationStatus": "SUCCESS",
        "sourceClusterName": "synthetic",
        "changeMarker": 0,
    }
