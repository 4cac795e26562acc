"""An export read once: its entries packed, listed, and laid into the tables of a census."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from metadrill import progress
from metadrill.archives import solid, zips
from metadrill.census import stored
from metadrill.census.tables import GRAPH, SCHEMAS
from metadrill.depot.counting import Counting, Job
from metadrill.depot.listing import ENTRIES, Listing
from metadrill.ports.backing import Dialect, Entry


class Reading:
    """Reads entries, fills a census, and keeps what is not known yet.

    `known` is the list of the entries that the parent holds; `all` and `kept` count them. Without
    a schema neither types nor what entities owe to them is known: those tables are left out. Of the
    graph only `tables` are laid down; every entry is read and proved all the same. `census` takes
    what is not in an export.
    """

    def __init__(
        self, dialect: Dialect, folder: Path, known: Listing, schema: bytes | None = None,
        tables: frozenset[str] = GRAPH,
    ) -> None:  # fmt: skip
        self.census = stored.Writer(folder, SCHEMAS)
        self._list = stored.Writer(folder / "list", {"entries": ENTRIES})
        self._dialect, self._known = dialect, known
        self._counting = Counting(Job(dialect, folder, schema, tables))
        self._counted: Mapping[str, Path] = {}
        for table, rows in () if schema is None else dialect.schema(schema).items():
            self.census.add(table, rows)
        self.all = self.kept = 0

    def export(self, archive: Path, into: solid.Writer | None) -> None:
        """Read the repository's own zip. Raises ArchiveError."""
        size = archive.stat().st_size
        with archive.open("rb") as file, progress.stage("reading the export", size) as advance:
            raw = ((entry.name, entry.content) for entry in zips.told(file, "export", advance))
            keep: Callable[[str, bytes], None] = into.add if into else lambda name, content: None
            self.entries_of(raw, keep)

    def entries_of(self, raw: Iterator[Entry], keep: Callable[[str, bytes], None]) -> None:
        """Read entries to their end; `keep` gets those that the parent does not hold."""
        try:
            for name, content in self._dialect.whole(raw, "export"):
                digest = hashlib.sha256(content)
                self._list.add("entries", ((name, digest.hexdigest()),))
                self.all += 1
                if self._known.digest(name) != digest.digest():
                    keep(name, content)
                    self.kept += 1
                if name not in self._dialect.control:
                    self._counting.add(content)
            self._counted = self._counting.finish()
        except BaseException:
            self._counting.stop()
            raise

    def finish(self) -> dict[str, Path]:
        """Return the file of each table, in order. Raises EnvironmentNotReady: a full disk."""
        return {**self.census.finish(), **self._counted}

    def entries(self) -> Path:
        """Return the file that lists every entry with its digest, in the order of their names."""
        return self._list.finish()["entries"]
