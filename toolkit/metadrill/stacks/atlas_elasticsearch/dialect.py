"""What the logical files of a backup of Atlas mean: its export's entries, its type definitions."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from metadrill.archives import dividing as divided
from metadrill.archives import exports
from metadrill.census.tables import GRAPH
from metadrill.errors import ArchiveError
from metadrill.model.backup import Left, Method
from metadrill.ports.backing import Entry, Rows
from metadrill.stacks.atlas_elasticsearch import dividing, rows
from metadrill.stacks.atlas_elasticsearch.types import Types

_WRONG = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
_NEVER = (
    Left("messages of hooks that were not read yet, and the offsets of readers", "they lie in the queue"),
    Left("policies of an outside authorizer, accounts of LDAP", "they lie in other systems"),
    Left("configuration and secrets of the servers", "it belongs to their installation"),
    Left("sessions, caches, logs, metrics", "they are transient"),
    Left("stored scripts and settings of the search cluster", "Atlas makes its scripts anew when it starts"),
)
_LOGICAL = (
    Left("update time and updating user of entities", "an import writes its own"),
    Left("times, users and versions of relationships", "an import makes new edges"),
    Left("Atlas' own entities (names that begin with `__`): audits of exports, metrics, profiles, searches",
         "no interface brings them back"),
    Left("tasks, patches, the marker of index recovery", "they are no entities"),
    Left("purged entities", "nothing of them is left but an audit entry"),
)  # fmt: skip


@contextmanager
def _sound_types() -> Iterator[None]:
    try:
        yield
    except _WRONG as error:
        raise ArchiveError(f"the type definitions are not as they should be: {error}") from None


@dataclass(frozen=True)
class AtlasDialect:
    """Ports `Dialect` and `Divisible`."""

    repository: str = "atlas"
    control: frozenset[str] = exports.CONTROL

    def whole(self, entries: Iterator[Entry], name: str) -> Iterator[Entry]:
        """Pass entries through; raise ArchiveError at the end unless the export is complete."""
        return exports.entries(entries, name)

    def entities(
        self, content: bytes, types: Types | None = None, tables: frozenset[str] = GRAPH
    ) -> Iterator[tuple[str, Rows]]:
        """Yield the entity of an entry and those that it owns, each with its rows."""
        try:
            for entity in exports.parse(content):
                yield str(entity["guid"]), rows.of(entity, types, tables)
        except _WRONG as error:
            raise ArchiveError(f"an entry of the export is not as it should be: {error}") from None

    def types(self, schema: bytes) -> Types:
        """Return the type definitions, resolved."""
        with _sound_types():
            return Types(json.loads(schema))

    def schema(self, schema: bytes) -> Rows:
        """Return a row per type, and per end of each type of relationship."""
        with _sound_types():
            answer = json.loads(schema)
            return rows.schema(answer, Types(answer))

    def single(self, schema: bytes) -> frozenset[str]:
        """Return the relationship types with an end of cardinality SINGLE."""
        with _sound_types():
            ends = Types(json.loads(schema)).ends()
            return frozenset(row["type"] for row in ends if row["cardinality"] == "SINGLE")

    def held(self, content: bytes) -> tuple[frozenset[str], frozenset[str]]:
        """Return the entities of an entry, and those outside of it that they cannot be without."""
        try:
            return dividing.held(content)
        except _WRONG as error:
            raise ArchiveError(f"an entry of the export is not as it should be: {error}") from None

    def only(self, entries: Iterator[Entry], guids: frozenset[str]) -> Iterator[Entry]:
        """Pass on an export with some entities alone."""
        return divided.only(entries, lambda content: dividing.pieces(content, guids))

    def excluded(self, methods: Iterable[Method]) -> tuple[Left, ...]:
        """Return what such a backup never holds."""
        return _NEVER if Method.PHYSICAL in set(methods) else (*_NEVER, *_LOGICAL)
