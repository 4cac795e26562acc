"""The twin behind its own back: documents of its index, a file that its graph is opened from."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from metadrill.errors import EnvironmentNotReady
from metadrill.ports import Sandbox
from metadrill.ports.breaking import Columns
from metadrill.testing.graph import Graph
from metadrill.testing.index import INDEX, MemoryIndex
from metadrill.testing.volume import MemoryVolume


class Breaking:
    """Ports `IndexDocuments`, `GraphFiles`, `OnVolume` of the twin; what `IndexRepair` asks of an index."""

    graph_server = "atlas"
    sandbox: Sandbox
    _lock: Any
    _up: set[str]
    graph: Graph
    index: MemoryIndex
    _volume: MemoryVolume | None = None
    _in_file = False

    def volume(self) -> MemoryVolume:
        """Return it, made when it is first asked for."""
        self._volume = self._volume or MemoryVolume()
        return self._volume

    def alter_documents(self, changes: Mapping[str, Columns | None]) -> None:
        """Change documents, or delete them; a document's name is the guid that it was made for."""
        held = self.index.read()[0]
        for document, columns in changes.items():
            if columns is None:
                self.index.drop([document])
            else:
                self.index.put([{**held.get(document, {}), "guid": document, **columns}])

    def drop_index(self) -> Mapping[str, Any]:
        """Delete all documents; the definition is lost with them."""
        documents = len(self.index.read()[0])
        self._replaced([])
        self.index.guessed = True
        return {"documents": documents, "indices": [INDEX]}

    def index_definition(self) -> Mapping[str, Any]:
        """Return that it is found by guid: all that the twin's index is made with; or how it was guessed."""
        kind = "text" if self.index.guessed else "keyword"
        return {INDEX: {"mappings": {"guid": {"type": kind}}}}

    def graph_files(self) -> tuple[Path, ...]:
        """Return one file, written when it is asked for."""
        if not self._graph_file.exists():
            self._graph_file.write_text(json.dumps(self.graph.dump()))
            self._in_file = True
        return (self._graph_file,)

    def open_graph(self) -> None:
        """See that the graph can be read from its file, where it was put into one."""
        try:
            json.loads(self._graph_file.read_bytes())
        except FileNotFoundError:
            if self._in_file:
                told = "atlas: gave up while starting: the graph's file is gone"
                raise EnvironmentNotReady(told, "see its log") from None
        except ValueError as error:
            raise EnvironmentNotReady(f"atlas: gave up while starting: {error}", "see its log") from None

    def _discard_files(self) -> None:
        """Delete the file: the graph is in none then."""
        self._graph_file.unlink(missing_ok=True)
        self._in_file = False

    def _cut_off(self) -> None:
        """Reach nobody any more, and be reached by nobody."""
        with self._lock:
            self._up.clear()

    @property
    def _graph_file(self) -> Path:
        return self.sandbox.root / "00000000.jdb"

    def _replaced(self, documents: Iterable[Mapping[str, Any]]) -> None:
        raise NotImplementedError
