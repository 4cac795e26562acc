"""A live repository read as a backup reads it, and nothing of it kept.

Order: index caught up → what the index says (before) → types → export → index caught up → what the
index says (after). What differs between the two looks at the index was written meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill.census import SCHEMAS, stored
from metadrill.depot import figures, taking
from metadrill.depot.listing import Listing
from metadrill.depot.reading import Reading
from metadrill.ports.backing import Audited, Dialect


@dataclass(frozen=True)
class Alive:
    """What was read: its tables, the guids of what was written meanwhile, and both counts.

    `graph` and `index` are how many entities either held at the second look. They are the same, or
    differed and moved no more.
    """

    tables: Mapping[str, Path]
    moving: Path
    graph: int
    index: int


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
        target.export(file, taking.EXPORT)
    reading.export(archive, None)
    archive.unlink()
    counts = target.settle(settle)
    reading.census.add("documents", target.documents())
    tables = reading.finish()
    moving = figures.moved(folder, before, tables["documents"])
    if audit and isinstance(target, Audited):
        guids = (str(row["guid"]) for row in stored.rows(tables["entities"]))
        changes = stored.write(folder / "changes.parquet", target.changes(guids), taking.CHANGES)
        tables |= stored.audit(folder / "audit", changes)
    return Alive(tables, moving, int(counts["graph"]), int(counts["index"]))
