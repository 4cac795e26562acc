"""The stack in an environment that already stands: what can be asked and written over the network.

It starts and stops nothing, reaches no file, and keeps no state: a fault or a recovery that needs
more is refused by name. How such an environment comes back is its owner's procedure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from metadrill import census
from metadrill.census import Census
from metadrill.model.sandboxed import Answer, Boot
from metadrill.ports.backing import Row, Self
from metadrill.stacks.atlas_elasticsearch import images
from metadrill.stacks.atlas_elasticsearch.copying import Copying
from metadrill.stacks.atlas_elasticsearch.restoring import Restoring

_FILES = frozenset({"segments"})


class Attached:
    """Ports `Stack`, `Repository`, `Writable`, `Backable` and `Audited`."""

    components = images.COMPONENTS

    def __init__(self, whole: Restoring) -> None:
        self._whole = whole
        self.cold = False
        self.progress: Any = None

    def boot(self, deadline: timedelta) -> Boot:
        """Return when both servers answer, as the stack's versions do."""
        return self._whole.found_standing(deadline)

    def stop(self, component: str) -> None:
        """Raise EnvironmentNotReady: it is not ours to stop."""
        self._whole.stop(component)

    def start(self, component: str) -> None:
        """Raise EnvironmentNotReady: it is not ours to start."""
        self._whole.sandbox.stop(component, timedelta())

    def views(self) -> Mapping[str, str]:
        """Return what each server says of itself."""
        return self._whole.views()

    def settle(self, deadline: timedelta) -> Mapping[str, int]:
        """Wait until the index has caught up; return both counts."""
        return self._whole.settle(deadline)

    def census(self, tables: frozenset[str] | None = None) -> Census:
        """Read the named tables (all by default) but for the files of the index, which are out of reach."""
        return self._whole.census((tables or frozenset(census.SCHEMAS)) - _FILES)

    def witness(self) -> Mapping[str, int]:
        """Count by other routes."""
        return self._whole.witness()

    def search(self, type_name: str, deadline: timedelta) -> Answer:
        """Ask for entities of a type, as a user would."""
        return self._whole.search(type_name, deadline)

    def write(self, name: str) -> str:
        """Create one small entity."""
        return self._whole.write(name)

    def present(self, names: Mapping[str, str]) -> set[str]:
        """Return the names whose entity is read by guid."""
        return self._whole.present(names)

    def found(self, names: Sequence[str]) -> set[str]:
        """Return the names found by search."""
        return self._whole.found(names)

    def coordinates(self) -> Mapping[str, str]:
        """Return what a user's own procedure needs to reach it, secrets by file."""
        return self._whole.coordinates()

    def itself(self) -> Self:
        """Return who it says it is."""
        return self._whole.itself()

    def fit(self) -> Mapping[str, str]:
        """Return what each server says of its health. Raises EnvironmentNotReady."""
        return self._whole.fit()

    def documents(self) -> Iterator[Row]:
        """Yield every document of the index."""
        return self._whole.documents()

    def schema(self) -> bytes:
        """Return all type definitions."""
        return self._whole.schema()

    def export(self, into: BinaryIO, deadline: timedelta) -> Mapping[str, Any]:
        """Write the export of everything."""
        return self._whole.export(into, deadline)

    def changes(self, guids: Iterable[str]) -> Iterator[Row]:
        """Yield the audit of entities."""
        return self._whole.changes(guids)

    def inside(self) -> AbstractContextManager[None]:
        """Change nothing: it is reached over the network that we are in."""
        return nullcontext()

    @property
    def elastic(self) -> Any:
        """Elasticsearch's REST interface, for faults that are calls."""
        return self._whole.elastic

    @property
    def atlas(self) -> Any:
        """Atlas' REST interface, for faults that are calls."""
        return self._whole.atlas


class Reached(Attached):
    """One whose stores' files can be reached on this machine: port `Copied` too."""

    def __init__(self, whole: Copying) -> None:
        super().__init__(whole)
        self._copied = whole

    def copy_index(self, into: BinaryIO, scratch: Path) -> Mapping[str, Any]:
        """Pack a snapshot of the index."""
        return self._copied.copy_index(into, scratch)

    def copy_graph(self, into: BinaryIO, scratch: Path) -> Mapping[str, Any]:
        """Pack the graph's files."""
        return self._copied.copy_graph(into, scratch)


class Mended(Attached):
    """One of metadrill's own that was left standing: port `Importing` too."""

    import_makes = Restoring.import_makes

    def put_export(self, archive: Path, schema: bytes) -> Mapping[str, Any]:
        """Create the types that are missing, import the archive."""
        return self._whole.put_export(archive, schema)

    def unlink(self, relationships: Sequence[str]) -> Mapping[str, Any]:
        """Delete those of some relationships that are active."""
        return self._whole.unlink(relationships)
