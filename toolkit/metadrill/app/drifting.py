"""`drift`: a backup set against the live repository, by type, with the rows."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill.app import auditing, connecting, depots, filling
from metadrill.app.settings import Settings
from metadrill.census import stored
from metadrill.depot import differing
from metadrill.depot.differing import Difference
from metadrill.depot.listing import Listing
from metadrill.depot.reading import Reading
from metadrill.errors import Refused
from metadrill.model.backup import Manifest

_LIMIT = timedelta(hours=6)


@dataclass(frozen=True)
class Drift:
    """What differs between a set and the live repository, and how much there is on either side."""

    manifest: Manifest
    connection: str
    rows: tuple[Difference, ...]
    live: Mapping[str, int]

    @property
    def counts(self) -> Mapping[tuple[str, str, str], int]:
        """How many rows differ, by table, side and type."""
        return Counter((row.table, row.side, row.kind) for row in self.rows)


def drift(settings: Settings, reference: str, connection: str | None, depot: str | None) -> Drift:
    """Compare a set with the live repository; nothing is kept. Raises Refused: of another environment."""
    _, held = depots.named(settings, reference, depot)
    target = settings.connection(connection)
    told = held.manifest.identity
    if target.environment != told.environment:
        name = held.manifest.name
        raise Refused(
            f"{name}: is of environment {told.environment}, {target.name} is {target.environment}",
            "compare a set with the repository that it was taken from",
        )
    noted = auditing.noted(settings, "drift", held.manifest.name, connection=target.name)
    with noted as act, connecting.connected(settings, target, filling.nobody) as (live, _, dialect):
        with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
            scratch = Path(folder)
            tables = _read(live, dialect, scratch)
            rows = tuple(differing.compare(scratch, held.tables(), tables))
            counts = stored.figures(tables).counts
        act.tell(differences=len(rows))
    return Drift(held.manifest, target.name, rows, counts)


def _read(live: Any, dialect: Any, scratch: Path) -> dict[str, Path]:
    """Read the live repository into tables, as a backup does."""
    reading = Reading(dialect, scratch / "census", Listing(None))
    reading.census.add("typedefs", dialect.typedefs(live.schema()))
    with (scratch / "export.zip").open("wb") as file:
        live.export(file, _LIMIT)
    reading.export(scratch / "export.zip", None)
    return reading.census.finish()
