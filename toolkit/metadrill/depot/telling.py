"""What a set tells of the changes of one entity, up to a moment: the audit that was kept beside it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from metadrill.census import stored
from metadrill.depot.shelf import Held
from metadrill.errors import UsageError


def events(held: Held, entity: str, until: datetime | None = None) -> list[Mapping[str, Any]]:
    """Return what is told of an entity (its guid, or its unique name), oldest first, up to a moment.

    Raises UsageError: the set keeps no audit, holds no such entity, or several of that name.
    """
    name = held.manifest.name
    if held.manifest.part("changes") is None:
        raise UsageError(
            f"{name}: keeps nothing that was told of changes",
            "its repository keeps none that lasts, or none was asked for (entity_audit)",
        )
    entities = stored.rows(held.tables()["entities"])
    guids = {row["guid"] for row in entities if entity in (row["guid"], row["unique_name"])}
    if len(guids) != 1:
        told = "several entities are" if guids else "no entity is"
        raise UsageError(f"{name}: {told} named {entity[:100]!r}", "name one by its guid")
    changes = (row for row in stored.rows(held.path("changes")) if row["guid"] in guids)
    latest = None if until is None else until.timestamp() * 1000
    return [row for row in changes if latest is None or row["at"] <= latest]
