"""The export of a set out of its chain: what an incremental one lacks is taken from those before it.

Every set lists all entries of the export at its cut with their digests. So what is composed is,
entry by entry and byte by byte, the export that the repository gave at that cut, and that is
checked, not assumed.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import zstandard

from metadrill.archives import solid, zip_writing
from metadrill.census import stored
from metadrill.depot.shelf import Held
from metadrill.errors import BackupError
from metadrill.ports.backing import Entry

_LARGEST = 1 << 30


def entries(chain: Sequence[Held]) -> Iterator[Entry]:
    """Given a set and those that it goes with, newest first, yield the entries of its export.

    Raises BackupError where one is missing or is not what it was; ArchiveError for a damaged part.
    """
    name = chain[0].manifest.name
    wanted = {str(row["name"]): bytes.fromhex(row["sha256"]) for row in stored.rows(chain[0].path("entries"))}
    for held in chain:
        with held.path("export").open("rb") as file:
            for member in solid.members(file, held.manifest.name):
                if member.name not in wanted:
                    continue
                content = member.content()
                if hashlib.sha256(content).digest() == wanted[member.name]:
                    del wanted[member.name]
                    yield member.name, content
    if wanted:
        some = ", ".join(sorted(wanted)[:3])
        raise BackupError(
            f"{name}: {len(wanted):,} entries are in none of its sets: {some}", "the chain is broken"
        )


def archive(chain: Sequence[Held], target: Path) -> Path:
    """Write the export of a set as the zip that the repository imports; return its path."""
    with target.open("wb") as file:
        zip_writing.write(entries(chain), file)
    return target


def schema(held: Held) -> bytes:
    """Return the type definitions of a set, as the server wrote them. Raises BackupError."""
    try:
        return zstandard.ZstdDecompressor().decompress(held.path("types").read_bytes(), _LARGEST)
    except zstandard.ZstdError as error:
        raise BackupError(f"{held.manifest.name}: its type definitions cannot be read: {error}") from None
