"""An Atlas export archive, read entry by entry: the graph's side of the census."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from metadrill import progress
from metadrill.archives import exports, zips
from metadrill.census.laying import Laying
from metadrill.errors import ArchiveError, CheckerError
from metadrill.stacks.atlas_elasticsearch import rows
from metadrill.stacks.atlas_elasticsearch.types import Types

_NAME = "export archive"


def lay(path: Path, types: Types, into: Laying) -> None:
    """Lay the entities of an archive into a census. Raises as `entities`, for one that is none, too."""
    try:
        with progress.stage("reading the graph", path.stat().st_size) as advance:
            for entity in entities(path, advance):
                into.add(entity["guid"], rows.of(entity, types, into.needs))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        told = f"{type(error).__name__}: {error}"
        raise CheckerError(f"export: an entity is not as it should be: {told}") from None


def entities(path: Path, advance: Callable[[int], None]) -> Iterator[Mapping[str, Any]]:
    """Given an archive, yield its entities, children too, each as often as it is listed.

    `advance` is told how many bytes further it was read. Raises CheckerError when the export did not
    succeed, an entry is unreadable, or the control entries do not agree with the entities there are: at
    the end, so what came before is then void.
    """
    try:
        with path.open("rb") as file:
            yield from exports.entities(exports.entries(zips.told(file, _NAME, advance), _NAME), _NAME)
    except ArchiveError as error:
        raise CheckerError(error.message, error.hint) from None
    except OSError as error:
        raise CheckerError(f"{_NAME}: cannot be read: {error.strerror}") from None
