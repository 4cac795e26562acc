"""What a stack gives to be broken behind its own back: documents of its index, the graph's files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

Columns = Mapping[str, Any]


@runtime_checkable
class IndexDocuments(Protocol):
    """A stack whose index can be changed past the repository, which hears nothing of it."""

    def alter_documents(self, changes: Mapping[str, Columns | None]) -> None:
        """Given columns of the table `documents` by document, set them; None deletes the document.

        One that is not there is made. What was changed is served when this returns.
        """
        ...

    def drop_index(self) -> Mapping[str, Any]:
        """Delete the indices; return how many `documents` they had. Who writes then may make new ones."""
        ...


@runtime_checkable
class GraphFiles(Protocol):
    """A stack whose graph lies in files that one of its servers holds open, `graph_server`."""

    graph_server: str

    def graph_files(self) -> tuple[Path, ...]:
        """Return the files that hold the graph, oldest first. The server is stopped."""
        ...
