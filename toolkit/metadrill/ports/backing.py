"""What a repository gives for a backup, and takes for a restore. Each is a Protocol of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol, runtime_checkable

from metadrill.census import Census
from metadrill.census.exempting import Exempt
from metadrill.census.tables import GRAPH
from metadrill.model.backup import Left, Method
from metadrill.model.scenario import Action

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row | tuple[Any, ...]]]
"""Rows by table, each by name of column, or in the order of the columns."""
Entry = tuple[str, bytes]


@dataclass(frozen=True)
class Self:
    """Who a repository says it is: the search engine's identity, the graph's, versions, plugins."""

    cluster: str
    fingerprint: str
    versions: Mapping[str, str]
    plugins: Mapping[str, str]


class Dialect(Protocol):
    """What the logical files of a kind of stack mean, without a server."""

    repository: str
    control: frozenset[str]
    """Names of the entries of an export that are no entities."""

    def whole(self, entries: Iterator[Entry], name: str) -> Iterator[Entry]:
        """Pass an export's entries through; at their end raise ArchiveError unless it is complete."""
        ...

    def entities(
        self, content: bytes, types: Any = None, tables: frozenset[str] = GRAPH
    ) -> Iterator[tuple[str, Rows]]:
        """Yield each entity of one entry: its guid, and its rows in some census tables. Raises ArchiveError.

        At most one is of `entities`. `types` is what `types` gave; without it the table of shortfalls is
        left out.
        """
        ...

    def types(self, schema: bytes) -> Any:
        """Given the definitions as `Backable.schema` gave them, return them as `entities` wants them."""
        ...

    def schema(self, schema: bytes) -> Rows:
        """Given the same, return the rows of the tables of the schema: `typedefs` and `rules`."""
        ...

    def single(self, schema: bytes) -> frozenset[str]:
        """Return the types of relationships that have an end which takes only one."""
        ...

    def excluded(self, methods: Iterable[Method]) -> tuple[Left, ...]:
        """Return what a backup by these methods never holds, and why."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """A dialect whose exports can be taken apart."""

    def held(self, content: bytes) -> tuple[frozenset[str], frozenset[str]]:
        """Return the entities of an entry, and those outside of it that they cannot be without."""
        ...

    def only(self, entries: Iterator[Entry], guids: frozenset[str]) -> Iterator[Entry]:
        """Pass on an export with some entities alone, in the form that is imported. Raises ArchiveError."""
        ...


@runtime_checkable
class Readable(Protocol):
    """A kind of stack whose backups can be read without a server."""

    dialect: Dialect


@runtime_checkable
class Backable(Protocol):
    """A repository that can be read whole by its own interfaces, and changes nothing by it."""

    def itself(self) -> Self: ...
    def fit(self) -> Mapping[str, str]:
        """Return what each component says of its health. Raises EnvironmentNotReady: not fit to be read."""
        ...

    def documents(self) -> Iterator[Row]:
        """Yield every document of the index as rows of the census table."""
        ...

    def schema(self) -> bytes:
        """Return all type definitions, as the server gives them."""
        ...

    def export(self, into: BinaryIO, deadline: timedelta) -> Mapping[str, Any]:
        """Write the repository's own export of everything, a zip, block by block; return facts."""
        ...


@runtime_checkable
class Audited(Protocol):
    """A repository that keeps who changed what."""

    def changes(self, guids: Iterable[str]) -> Iterator[Row]:
        """Yield the changes of some entities, those of each together and oldest first.

        Of each: guid, at (ms), user, action, details, key (of the event, once per entity), creates (the
        entity came to be by it), brought (an import wrote it).
        """
        ...


@runtime_checkable
class Copied(Protocol):
    """A repository whose stores can be copied as files. Both write a tar in zstd and return facts."""

    def copy_index(self, into: BinaryIO, scratch: Path) -> Mapping[str, Any]: ...
    def copy_graph(self, into: BinaryIO, scratch: Path) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class StoreFiles:
    """A physical copy: both archives, verified."""

    graph: Path
    index: Path


@runtime_checkable
class Importing(Protocol):
    """A repository that takes its own export, beside what it holds already.

    `import_makes` are the types of entities that an import itself leaves behind, whatever it brought.
    """

    import_makes: frozenset[str]

    def put_export(self, archive: Path, schema: bytes) -> Mapping[str, Any]:
        """Create the types that are missing, then import; return facts. Raises RecoveryError."""
        ...


@runtime_checkable
class Unlinking(Protocol):
    """A repository whose import brings relationships back that were deleted."""

    def unlink(self, relationships: Sequence[str]) -> Mapping[str, Any]:
        """Delete those of some relationships that are active; return how many were, and how many not."""
        ...


@runtime_checkable
class Restorable(Importing, Protocol):
    """A stack in a sandbox that a backup can be put into. Both take it offline where they must."""

    def put_files(self, files: StoreFiles) -> Mapping[str, Any]:
        """Replace both stores by a physical copy; return when it serves. Raises RecoveryError."""
        ...


@runtime_checkable
class AtRest(Backable, Protocol):
    """A stack in a sandbox that reads a physical copy without serving it."""

    def read_files(self, files: StoreFiles, export: Path) -> bytes:
        """Lay both stores down, write the graph's export into a file, and return the type definitions.

        The index is there as it was copied: `documents` reads it. Raises RecoveryError, ArchiveError.
        """
        ...


@runtime_checkable
class Destructible(Protocol):
    """A stack in a sandbox whose stores can be lost."""

    def destroy(self) -> Mapping[str, Any]:
        """Kill every component and delete its data; return the exact truth: what was lost.

        With `served_until_ns`: when the last one had ended, before anything was deleted.
        """
        ...

    def renew(self) -> Mapping[str, Any]:
        """Start anew with empty stores; return when it serves."""
        ...


@runtime_checkable
class Deletable(Protocol):
    """A repository whose entities a client can delete."""

    def delete(self, guids: Sequence[str]) -> None:
        """Delete entities by API, as a user would (soft, where the repository does so)."""
        ...


@runtime_checkable
class Purgeable(Deletable, Protocol):
    """One whose deleted entities a client can remove for good."""

    def purge(self, guids: Sequence[str]) -> Mapping[str, Any]:
        """Remove deleted entities; return facts, proved by reading. Raises MetadrillError: some are there."""
        ...


@dataclass(frozen=True)
class Expected:
    """What must be there after a restore: the census of the cut, and what is exempt from it and why."""

    census: Census
    exempt: Exempt
    facts: Mapping[str, Any]


class Given(Protocol):
    """A backup set, its files verified, as sources and recoveries see it."""

    @property
    def name(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...
    def check(self) -> Mapping[str, Any]:
        """Verify its files anew, and that it belongs where it would go; return facts.

        Nothing of the stack is touched. Raises BackupError (what is wrong with it), Refused (a gate).
        """
        ...

    def best(self) -> Method:
        """Return the way that brings back most: the stores' files where it has them, else the export."""
        ...

    def put(self, target: Any, method: Method) -> Mapping[str, Any]:
        """Restore it into a stack; return facts. Raises RecoveryError, BackupError."""
        ...

    def expected(self, method: Method) -> Expected:
        """Return what must be there after a restore by that method."""
        ...


@runtime_checkable
class Selective(Protocol):
    """A backup set of which some entities alone can be restored."""

    def closure(self, guids: frozenset[str]) -> frozenset[str]:
        """Return some entities with all that they own and cannot be without, and what those need."""
        ...

    def put_only(self, target: Any, guids: frozenset[str]) -> Mapping[str, Any]:
        """Restore these entities alone, into a stack that keeps all else; return facts."""
        ...


@runtime_checkable
class FromBackups(Protocol):
    """A kind of recovery, or fault, that deals with backup sets: it is made with where to get them."""

    def with_backups(self, action: Action, backups: "Backups") -> Any: ...


@runtime_checkable
class Exempting(Protocol):
    """A recovery that is known not to bring everything back as it was; asked after `prepare`."""

    def exempt(self) -> Exempt: ...


class Backups(Protocol):
    """Where a recovery gets what it restores: the run's given set, or one taken now."""

    def given(self) -> Given | None: ...
    def take(self, target: Any, methods: frozenset[Method]) -> Given:
        """Take a set of a stack as it is, for this run alone."""
        ...


@runtime_checkable
class Secluded(Protocol):
    """A recovery during which nobody may write: what was written meanwhile could be undone."""

    @property
    def secluded(self) -> str:
        """Return why."""
        ...
