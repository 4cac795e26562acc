"""An export read once: its entries packed, counted, and laid into the tables of a census."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from metadrill.archives import solid, zips
from metadrill.census import stored
from metadrill.census.tables import GRAPH, SCHEMAS
from metadrill.depot.listing import ENTRIES, Listing
from metadrill.ports.backing import Dialect, Entry


class Reading:
    """Reads entries, fills a census, and keeps what is not known yet.

    `known` is the list of the entries that the parent holds; `all` and `kept` count them. Without
    a schema neither types nor what entities owe to them is known: those tables are left out.
    """

    def __init__(self, dialect: Dialect, folder: Path, known: Listing, schema: bytes | None = None) -> None:
        self.census = stored.Writer(folder, SCHEMAS)
        self._list = stored.Writer(folder / "list", {"entries": ENTRIES})
        self._dialect, self._known = dialect, known
        self._seen: set[int] = set()
        self._types = None if schema is None else dialect.types(schema)
        for table, rows in () if schema is None else dialect.schema(schema).items():
            self.census.add(table, rows)
        self.all = self.kept = 0

    def export(self, archive: Path, into: solid.Writer | None) -> None:
        """Read the repository's own zip. Raises ArchiveError."""
        with archive.open("rb") as file:
            raw = ((entry.name, entry.content) for entry in zips.entries(file, "export"))
            keep: Callable[[str, bytes], None] = into.add if into else lambda name, content: None
            self.entries_of(raw, keep)

    def entries_of(self, raw: Iterator[Entry], keep: Callable[[str, bytes], None]) -> None:
        """Read entries to their end; `keep` gets those that the parent does not hold."""
        for table in GRAPH - (frozenset() if self._types else {"shortfalls"}):
            self.census.add(table, ())
        for name, content in self._dialect.whole(raw, "export"):
            digest = hashlib.sha256(content)
            self._list.add("entries", ({"name": name, "sha256": digest.hexdigest()},))
            self.all += 1
            if self._known.digest(name) != digest.digest():
                keep(name, content)
                self.kept += 1
            if name not in self._dialect.control:
                self._count(content)

    def _count(self, content: bytes) -> None:
        """Lay an entry's entities into the census, each once: an export may name one twice."""
        for guid, rows in self._dialect.entities(content, self._types):
            mark = hash(guid)
            if mark in self._seen:
                continue
            self._seen.add(mark)
            for table, found in rows.items():
                self.census.add(table, found)

    def entries(self) -> Path:
        """Return the file that lists every entry with its digest, in the order of their names."""
        return self._list.finish()["entries"]
