"""`drift A B`: two readings of a repository against each other, by type, with the rows.

A reading is a backup set, the files of its physical copy, a live repository behind a connection, or
an export archive: all become the same tables, so any two can be compared. What was written while
one of the two was read may be in it as it was before or after: it is told apart.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from metadrill import plugins
from metadrill.app import at_rest, auditing, connecting, depots, filling, material
from metadrill.app.settings import Settings
from metadrill.census import differing, stored
from metadrill.census.differing import Difference
from metadrill.depot import alive
from metadrill.depot.listing import Listing
from metadrill.depot.reading import Reading
from metadrill.depot.shelf import Held
from metadrill.errors import EnvironmentNotReady, Refused, UsageError
from metadrill.model.stack import KEEPS_AUDIT
from metadrill.packs import drift_page

LIVE, FILES, ARCHIVE = "connection:", "files:", ".zip"
_AUDIT = "audit"


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
    """One reading: what it is called, of which environment it is, and its tables on disk.

    `moving` lists what was written while it was read (None: an archive does not tell). Of a live one
    `counts` are the entities of graph and index, `doubts` say where the repository counted others.
    """

    name: str
    environment: str
    tables: Mapping[str, Path]
    moving: Path | None = None
    counts: tuple[int, int] = (0, 0)
    doubts: tuple[str, ...] = ()

    @cached_property
    def written(self) -> int:
        """How many entities were written while it was read."""
        return 0 if self.moving is None else sum(1 for _ in stored.rows(self.moving))

    @property
    def limits(self) -> tuple[str, ...]:
        """What it cannot say for certain, a sentence each."""
        graph, index = self.counts
        found = []
        if written := self.written:
            noun = "entity was" if written == 1 else "entities were"
            found.append(f"{self.name}: {written:,} {noun} written while it was read")
        if graph != index:
            found.append(
                f"{self.name}: its graph holds {graph:,} entities, its index {index:,}, and neither moved:"
                " a document that differs may be one that its index lacks"
            )
        return (*found, *(f"{self.name}: {doubt}" for doubt in self.doubts))


@dataclass(frozen=True)
class Drift:
    """What differs between two readings; the rows lie on disk, as many as there are.

    `counts` and `total` are without the rows of what was written while it was read: these are `moved`.
    """

    first: Side
    second: Side
    differences: Path
    counts: tuple[tuple[str, str, str, int], ...]
    moved: int

    @property
    def total(self) -> int:
        """How many rows differ."""
        return sum(count for *_, count in self.counts)

    @property
    def limits(self) -> tuple[str, ...]:
        """What the two readings cannot say for certain, a sentence each."""
        return (*self.first.limits, *self.second.limits)

    @property
    def compared(self) -> tuple[str, ...]:
        """The tables that both have."""
        return differing.alike(self.first.tables, self.second.tables)

    def rows(self) -> Iterator[Difference]:
        """Yield every row that differs, those that moved last."""
        return differing.read(self.differences)

    def sizes(self) -> list[tuple[str, int, int]]:
        """Return how many rows each compared table has on either side."""
        sides = [stored.figures(side.tables).counts for side in (self.first, self.second)]
        return [(table, sides[0][table], sides[1][table]) for table in self.compared]


@contextmanager
def drift(settings: Settings, asked: Asked) -> Iterator[Drift]:
    """Give what differs; nothing of it is kept.

    Raises Refused: a set against a live repository of another environment; UsageError: nothing of
    that name, or twice the same; ArchiveError, BackupError: what cannot be read, a set that is not what
    it was; DeadlineExceeded: a live repository whose index does not catch up with its graph.
    """
    second = asked.second or f"{LIVE}{settings.connection(asked.connection).name}"
    if asked.first == second:
        raise UsageError(f"drift: '{second}' against itself", "name two readings")
    with tempfile.TemporaryDirectory(prefix="metadrill-") as folder, auditing.noted(
        settings, "drift", asked.first, against=second
    ) as act:  # fmt: skip
        scratch = Path(folder)
        first, other = _sides(settings, asked, (asked.first, second), scratch)
        _expect_one_environment((asked.first, first), (second, other))
        moving = [side.moving for side in (first, other) if side.moving is not None]
        found = differing.compare(scratch, first.tables, other.tables, moving)
        counts, moved = tuple(differing.counts(found)), differing.moved(found)
        act.tell(differences=sum(count for *_, count in counts), moved=moved)
        yield Drift(first, other, found, counts, moved)


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
        told = drift_page.Told(names, found.counts, found.sizes(), found.moved, found.limits)
        target.write_text(drift_page.render(told, found.rows()), "utf-8")


@contextmanager
def _written(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EnvironmentNotReady(
            f"{target}: {(error.strerror or str(error)).lower()}", "can it be written, is the disk full?"
        ) from None


def _sides(settings: Settings, asked: Asked, texts: tuple[str, str], scratch: Path) -> tuple[Side, Side]:
    """Read both, what is live last: its audit is asked for, entity by entity, only if the other has one."""
    sides: dict[str, Side] = {}
    for text in sorted(texts, key=lambda one: one.startswith(LIVE)):
        folder = scratch / str(len(sides))
        folder.mkdir()
        if text.startswith(LIVE):
            audit = all(_AUDIT in side.tables for side in sides.values())
            sides[text] = _live(settings, text.removeprefix(LIVE), folder, audit=audit)
        else:
            sides[text] = _at_rest(settings, asked, text, folder)
    return sides[texts[0]], sides[texts[1]]


def _at_rest(settings: Settings, asked: Asked, text: str, folder: Path) -> Side:
    if text.endswith(ARCHIVE):
        return _archive(settings, asked.stack, Path(text), folder)
    _, held = depots.sound(settings, text.removeprefix(FILES), asked.depot)
    if text.startswith(FILES):
        tables = at_rest.tables(settings, held, asked.stack, folder, unproved=asked.accept_unproved)
        return _of_set(held, f"files of {held.manifest.name}", tables)
    return _of_set(held, held.manifest.name, held.tables())


def _of_set(held: Held, name: str, tables: Mapping[str, Path]) -> Side:
    return Side(name, held.manifest.identity.environment, tables, held.path("moving"))


def _live(settings: Settings, name: str, folder: Path, *, audit: bool) -> Side:
    """Read a live repository as a backup does: its types, its index, its export, its audit if it lasts."""
    target = settings.connection(name)
    with connecting.connected(settings, target, filling.nobody) as (live, recipe, dialect):
        kept = target.entity_audit or KEEPS_AUDIT in recipe.abilities
        found = alive.read(live, dialect, folder, audit=audit and kept)
    counts = (found.graph, found.index)
    return Side(target.name, target.environment, found.tables, found.moving, counts, found.doubts)


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
