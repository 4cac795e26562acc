"""A live repository read as a backup reads it, and nothing of it kept.

Order: index caught up → what the index says (before) → types → export → index caught up → what the
index says (after). What differs between the two looks at the index was written meanwhile.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill.census import SCHEMAS, digests, stored
from metadrill.depot import examining, figures, taking
from metadrill.depot.listing import Listing
from metadrill.depot.reading import Reading
from metadrill.ports.backing import Audited, Dialect


@dataclass(frozen=True)
class Alive:
    """What was read: its tables, the guids of what was written meanwhile, and both counts.

    `graph` and `index` are how many entities either held at the second look. They are the same, or
    differed and moved no more. `doubts` say where the repository counted others than were read.
    """

    tables: Mapping[str, Path]
    moving: Path
    graph: int
    index: int
    doubts: tuple[str, ...]


def read(
    target: Any, dialect: Dialect, folder: Path, *, audit: bool = False, settle: timedelta = taking.SETTLE
) -> Alive:
    """Read a repository into a folder; with `audit`, what it tells of changes too, where it does.

    Raises DeadlineExceeded: its index does not catch up; EnvironmentNotReady: it cannot be reached, a
    full disk; ArchiveError: its export does not hold together.
    """
    target.settle(settle)
    before = stored.write(folder / "before.parquet", target.documents(), SCHEMAS["documents"])
    reading = Reading(dialect, folder / "census", Listing(None), target.schema())
    archive = folder / "export.zip"
    with archive.open("wb") as file:
        told = target.export(file, taking.EXPORT)
    reading.export(archive, None)
    archive.unlink()
    counts = target.settle(settle)
    reading.census.add("documents", target.documents())
    tables = reading.finish()
    moving = figures.moved(folder, before, tables["documents"])
    doubts = tuple(_doubts(tables, told, figures.count(folder, moving)))
    if audit and isinstance(target, Audited):
        guids = stored.guids(tables["entities"])
        changes = stored.write(folder / "changes.parquet", target.changes(guids), taking.CHANGES)
        tables |= stored.audit(folder / "audit", changes)
    return Alive(tables, moving, int(counts["graph"]), int(counts["index"]), doubts)


def _doubts(tables: Mapping[str, Path], told: Mapping[str, Any], moved: int) -> Iterator[str]:
    """Yield a sentence for each count of the export that is not what was read, but for what moved."""
    for problem in examining.counts(digests.types(stored.read(tables)), told, moved):
        yield f"{problem.place}: {problem.what}"
