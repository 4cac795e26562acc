"""The search index of the in-memory stack: documents in real files with a checksum at their end.

The footer is Lucene's (`CodecUtil.writeFooter`): magic, algorithm 0, then the CRC32 of all that
precedes the last 8 bytes, as a big-endian integer in those 8. So a flipped byte really damages a
document, and is really named by the checksum.
"""

import json
import shutil
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from metadrill.census.index_frames import INDEX as INDEX_TABLES
from metadrill.census.index_frames import UNDECODABLE
from metadrill.model.sandboxed import Segment

INDEX = "janusgraph_vertex_index"
HEADER = bytes.fromhex("3fd76c17") + b"memorysegment"
FOOTER = struct.Struct(">IIQ")
MAGIC = 0xC02893E8
Document = Mapping[str, Any]
OF_INDEX = (*INDEX_TABLES, "definitions")
"""The tables that nobody can fill where the index is not served."""


class MemoryIndex:
    """Documents by guid: the settled ones in files, the latest in memory until `flush`.

    `guessed`: it was deleted, and nobody has defined it since.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._fresh: dict[str, Document | None] = {}
        self.guessed = False
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, documents: Iterable[Document]) -> None:
        """Add documents, or replace those of the same guid."""
        self._fresh.update({str(document["guid"]): document for document in documents})

    def drop(self, guids: Iterable[str]) -> None:
        """Take documents out."""
        self._fresh.update(dict.fromkeys(guids))

    def read(self) -> tuple[dict[str, Document], tuple[str, ...]]:
        """Read the files, and return the documents by guid, and the faults met on the way."""
        held: dict[str, Document | None] = {}
        faults: list[str] = []
        for segment in self.segments():
            for line in stored(segment.path.read_bytes()).splitlines():
                try:
                    document = json.loads(line)
                    held[str(document["guid"])] = None if "gone" in document else document
                except (ValueError, KeyError, TypeError):
                    faults.append(f"{segment.name}: a document cannot be decoded")
        held.update(self._fresh)
        return {guid: body for guid, body in held.items() if body is not None}, tuple(faults)

    def flush(self) -> None:
        """Write what is in memory into one more file."""
        if self._fresh:
            number = 1 + max((int(path.stem[1:]) for path in self.folder.glob("_*.cfs")), default=-1)
            rows = [body or {"guid": guid, "gone": 1} for guid, body in self._fresh.items()]
            (self.folder / f"_{number}.cfs").write_bytes(encode(rows))
            self._fresh = {}

    def merge(self) -> None:
        """Write everything into one file. What cannot be decoded is lost, as in a real merge."""
        documents, _ = self.read()
        self.replace(documents.values())
        self.flush()

    def replace(self, documents: Iterable[Document]) -> None:
        """Delete every file and hold these documents instead."""
        shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        self._fresh = {}
        self.put(documents)

    def segments(self) -> tuple[Segment, ...]:
        """Return the files, with the range of their stored documents."""
        found = []
        for path in sorted(self.folder.glob("_*.cfs"), key=lambda path: int(path.stem[1:])):
            size = path.stat().st_size
            found.append(Segment(path, path.name, size, (len(HEADER), size - FOOTER.size)))
        return tuple(found)

    def sums(self) -> list[dict[str, Any]]:
        """Return the checksum in each file beside the one of its bytes."""
        rows = []
        for segment in self.segments():
            raw = segment.path.read_bytes()
            rows.append(
                {
                    "file": segment.name,
                    "size": segment.size,
                    "stored": f"{int.from_bytes(raw[-8:], 'big'):08x}",
                    "computed": f"{zlib.crc32(raw[:-8]):08x}",
                }
            )
        return rows


def encode(documents: Iterable[Document]) -> bytes:
    """Given documents, return a segment file: header, one JSON line each, footer."""
    body = HEADER + b"".join(json.dumps(document).encode() + b"\n" for document in documents)
    head = FOOTER.pack(MAGIC, 0, 0)[:-8]
    return body + head + zlib.crc32(body + head).to_bytes(8, "big")


def stored(raw: bytes) -> bytes:
    """Given a segment file, return its stored documents."""
    return raw[len(HEADER) : -FOOTER.size]


def documents(index: MemoryIndex) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """Read the documents as rows of the tables of an index; what does not fit the columns is a fault.

    A document of the twin holds what a real index keeps in documents beside: of its entity's own
    classifications, of the relationships that it refers by, of its words.
    """
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in INDEX_TABLES}
    held, faults = index.read()
    for guid, body in held.items():
        row = {name: body.get(name) for name in ("guid", "type", "state", "modified")}
        if isinstance(row["modified"], int) and isinstance(row["type"], str):
            rows["documents"].append({"document": guid, **row})
        else:
            faults += (f"document {guid}: fields are missing or of another kind",)
        rows["text_documents"].append({"document": guid})
        rows["trait_documents"] += [
            {"document": f"{guid} {name}", "type": name} for name in body.get("tags", ())
        ]
        rows["edge_documents"] += [{"document": edge, "relationship": edge} for edge in body.get("edges", ())]
    defined = "guessed" if index.guessed else "yes"
    rows["definitions"] = [{"what": f"index {INDEX}", "defined": defined}]
    return rows, {"documents": f"{UNDECODABLE}: {'; '.join(faults)}"} if faults else {}
