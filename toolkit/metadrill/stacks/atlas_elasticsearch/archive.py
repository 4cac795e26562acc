"""An Atlas export archive, read entry by entry: the graph's side of the census."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from metadrill.archives import exports, zips
from metadrill.errors import ArchiveError, CheckerError

_NAME = "export archive"


def entities(path: Path) -> Iterator[Mapping[str, Any]]:
    """Given an archive, yield each of its entities once, children too.

    Raises CheckerError when the export did not succeed, an entry is unreadable, or the control
    entries do not agree with the entities there are: at the end, so what came before is then void.
    """
    try:
        with path.open("rb") as file:
            yield from exports.entities(exports.entries(zips.entries(file, _NAME), _NAME), _NAME)
    except ArchiveError as error:
        raise CheckerError(error.message, error.hint) from None
    except OSError as error:
        raise CheckerError(f"{_NAME}: cannot be read: {error.strerror}") from None
