"""The export of a set out of its chain: what an incremental one lacks is taken from those before it.

Every set lists all entries of the export at its cut with their digests. So what is composed is,
entry by entry and byte by byte, the export that the repository gave at that cut, and that is
checked, not assumed.
"""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import zstandard

from metadrill.archives import solid, zip_writing
from metadrill.depot.examining import Problem, Unsound, Wrong
from metadrill.depot.listing import Listing
from metadrill.depot.shelf import Held
from metadrill.errors import BackupError
from metadrill.ports.backing import Entry

_LARGEST = 1 << 30


def entries(chain: Sequence[Held]) -> Iterator[Entry]:
    """Given a set and those that it goes with, newest first, yield the entries of its export.

    Raises BackupError where one is missing, is not what it was, or is in the set's own archive and not
    in its list; ArchiveError for a damaged part.
    """
    name, wanted = chain[0].manifest.name, _listed(chain[0])
    for held in chain:
        with held.path("export").open("rb") as file:
            for member in solid.members(file, held.manifest.name):
                content = member.content() if wanted.digest(member.name) is not None else None
                if content is not None and wanted.take(member.name, hashlib.sha256(content).digest()):
                    yield member.name, content
                elif held is chain[0]:
                    told = f"{member.name[:80]!r} is in its archive, and not so in its list"
                    raise Unsound(Problem(Wrong.ENTRIES, name, told))
    if wanted.left:
        some = ", ".join(itertools.islice(wanted.remaining(), 3))
        told = f"{wanted.left:,} entries are in none of its sets: {some}"
        raise Unsound(Problem(Wrong.ENTRIES, name, told), "the chain is broken")


def _listed(held: Held) -> Listing:
    """Return the list of all entries of the export at a set's cut."""
    try:
        return Listing(held.path("entries"))
    except (KeyError, TypeError, ValueError, pa.ArrowException):
        told = "its list of entries is not of the form"
        raise Unsound(Problem(Wrong.ENTRIES, held.manifest.name, told)) from None


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
