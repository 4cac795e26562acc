"""`drift A B`: two readings of a repository against each other, by type, with the rows.

A reading is a backup set, the files of its physical copy, a live repository behind a connection, or
an export archive: all become the same tables, so any two can be compared.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import plugins
from metadrill.app import at_rest, auditing, connecting, depots, filling, material
from metadrill.app.settings import Settings
from metadrill.census import differing, stored
from metadrill.census.differing import Difference
from metadrill.depot.listing import Listing
from metadrill.depot.reading import Reading
from metadrill.errors import EnvironmentNotReady, Refused, UsageError
from metadrill.packs import drift_page

LIVE, FILES, ARCHIVE = "connection:", "files:", ".zip"
_LIMIT = timedelta(hours=6)


@dataclass(frozen=True)
class Asked:
    """What is compared, as it was written; `second` empty: the live repository of `connection`."""

    first: str
    second: str = ""
    connection: str | None = None
    depot: str | None = None
    stack: str = "atlas-2.1"
    accept_unproved: bool = False


@dataclass(frozen=True)
class Side:
    """One reading: what it is called, of which environment it is, and its tables on disk."""

    name: str
    environment: str
    tables: Mapping[str, Path]


@dataclass(frozen=True)
class Drift:
    """What differs between two readings; the rows lie on disk, as many as there are."""

    first: Side
    second: Side
    differences: Path
    counts: tuple[tuple[str, str, str, int], ...]

    @property
    def total(self) -> int:
        """How many rows differ."""
        return sum(count for *_, count in self.counts)

    @property
    def compared(self) -> tuple[str, ...]:
        """The tables that both have."""
        return differing.alike(self.first.tables, self.second.tables)

    def rows(self) -> Iterator[Difference]:
        """Yield every row that differs."""
        return differing.read(self.differences)

    def sizes(self) -> list[tuple[str, int, int]]:
        """Return how many rows each compared table has on either side."""
        sides = [stored.figures(side.tables).counts for side in (self.first, self.second)]
        return [(table, sides[0][table], sides[1][table]) for table in self.compared]


@contextmanager
def drift(settings: Settings, asked: Asked) -> Iterator[Drift]:
    """Give what differs; nothing of it is kept.

    Raises Refused: a set against a live repository of another environment; UsageError: nothing of
    that name, or twice the same; ArchiveError, BackupError: what cannot be read.
    """
    second = asked.second or f"{LIVE}{settings.connection(asked.connection).name}"
    if asked.first == second:
        raise UsageError(f"drift: '{second}' against itself", "name two readings")
    with tempfile.TemporaryDirectory(prefix="metadrill-") as folder, auditing.noted(
        settings, "drift", asked.first, against=second
    ) as act:  # fmt: skip
        scratch = Path(folder)
        sides = [
            _side(settings, asked, each, scratch / str(place))
            for place, each in enumerate((asked.first, second))
        ]
        _expect_one_environment((asked.first, sides[0]), (second, sides[1]))
        found = differing.compare(scratch, sides[0].tables, sides[1].tables)
        counts = tuple(differing.counts(found))
        act.tell(differences=sum(count for *_, count in counts))
        yield Drift(sides[0], sides[1], found, counts)


def as_csv(target: Path, found: Drift) -> None:
    """Write every row that differs as comma-separated values."""
    made = found.differences.with_suffix(".csv")
    differing.as_csv(found.differences, made)
    with _written(target):
        shutil.copyfile(made, target)


def as_parquet(target: Path, found: Drift) -> None:
    """Write every row that differs as one Parquet file."""
    with _written(target):
        shutil.copyfile(found.differences, target)


def as_html(target: Path, found: Drift) -> None:
    """Write one page: what was compared, the counts, and the first rows."""
    names = (found.first.name, found.second.name)
    with _written(target):
        target.write_text(drift_page.render(names, found.counts, found.sizes(), found.rows()), "utf-8")


@contextmanager
def _written(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EnvironmentNotReady(
            f"{target}: {(error.strerror or str(error)).lower()}", "can it be written, is the disk full?"
        ) from None


def _side(settings: Settings, asked: Asked, text: str, folder: Path) -> Side:
    folder.mkdir()
    if text.startswith(LIVE):
        return _live(settings, text.removeprefix(LIVE), folder)
    if text.endswith(ARCHIVE):
        return _archive(settings, asked.stack, Path(text), folder)
    if text.startswith(FILES):
        _, held = depots.sound(settings, text.removeprefix(FILES), asked.depot)
        tables = at_rest.tables(settings, held, asked.stack, folder, unproved=asked.accept_unproved)
        return Side(f"files of {held.manifest.name}", held.manifest.identity.environment, tables)
    _, held = depots.named(settings, text, asked.depot)
    return Side(held.manifest.name, held.manifest.identity.environment, held.tables())


def _live(settings: Settings, name: str, folder: Path) -> Side:
    """Read a live repository as a backup does: its types, its index, its export."""
    target = settings.connection(name)
    with connecting.connected(settings, target, filling.nobody) as (live, _, dialect):
        reading = Reading(dialect, folder / "census", Listing(None), live.schema())
        reading.census.add("documents", live.documents())
        archive = folder / "export.zip"
        with archive.open("wb") as file:
            live.export(file, _LIMIT)
        reading.export(archive, None)
        archive.unlink()
    return Side(target.name, target.environment, reading.finish())


def _archive(settings: Settings, stack: str, path: Path, folder: Path) -> Side:
    """Read an export archive. It holds but the types that its entities use, so these are not compared."""
    if not path.is_file():
        raise UsageError(
            f"{path}: no such file", "name an export archive, a set, files:SET, or connection:NAME"
        )
    kind = material.project(settings).stack(stack).kind
    dialect: Any = plugins.pick("stacks", kind).load().dialect
    reading = Reading(dialect, folder / "census", Listing(None))
    reading.export(path, None)
    return Side(path.name, "", reading.finish())


def _expect_one_environment(*sides: tuple[str, Side]) -> None:
    """Raise Refused for a live repository against a set of another environment."""
    (_, first), (_, second) = sides
    live = any(text.startswith(LIVE) for text, _ in sides)
    if live and first.environment and second.environment not in ("", first.environment):
        raise Refused(
            f"{first.name}: is of environment {first.environment}, {second.name} is {second.environment}",
            "compare a set with the repository that it was taken from",
        )
