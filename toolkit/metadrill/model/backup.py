"""A backup set as its manifest says it (house.md, "A backup set"). Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = "backup/v1"


class Mode(StrEnum):
    """What a set holds: everything; what changed since its parent; what changed since the last full one."""

    FULL = "full"
    INCREMENTAL = "incr"
    DIFFERENTIAL = "diff"


class Method(StrEnum):
    """How it was read: through the repository's own export, or as its stores' own files."""

    LOGICAL = "logical"
    PHYSICAL = "physical"


@dataclass(frozen=True)
class Identity:
    """Which repository a set was taken from; all of it is compared before a restore.

    `cluster` is the search engine's own identity, `fingerprint` the graph's; `schema` the digest of
    the type definitions' names and forms at the time.
    """

    environment: str
    repository: str
    version: str
    cluster: str
    fingerprint: str
    versions: Mapping[str, str] = field(default_factory=dict)
    jurisdiction: str = ""


@dataclass(frozen=True)
class PartFile:
    """A file of a set: its name (which carries its digest), what it holds, its size in bytes."""

    name: str
    holds: str
    method: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Cut:
    """When it was read, in UTC. `skew_s`: from the first store's begin to the last one's end.

    `stores` says begin and end of each; `graph` and `index` how many entities each held when the
    index had caught up, after the reading.
    """

    started: str
    ended: str
    skew_s: float
    stores: Mapping[str, Mapping[str, str]]
    graph: int
    index: int


@dataclass(frozen=True)
class Moving:
    """What was changed while it was read: how many entities, and their share of all."""

    entities: int
    share: float
    cap: float

    @property
    def steady(self) -> bool:
        """Whether it moved little enough for the set to prove anything."""
        return self.share <= self.cap


@dataclass(frozen=True)
class Left:
    """What a set does not hold, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class CensusFigures:
    """Digest and row count of every census table, and entities per type, at the cut."""

    digests: Mapping[str, str]
    counts: Mapping[str, int]
    types: Mapping[str, int]


@dataclass(frozen=True)
class Manifest:
    """Everything that a set says of itself; signed, and published last.

    `parent` is the set that an incremental or differential one goes with, `parent_manifest` the
    SHA-256 of that set's manifest; `certificate` that of the file of the key that signs.
    """

    name: str
    mode: Mode
    methods: tuple[Method, ...]
    parent: str
    parent_manifest: str
    identity: Identity
    cut: Cut
    moving: Moving
    parts: tuple[PartFile, ...]
    census: CensusFigures
    excluded: tuple[Left, ...]
    tool: Mapping[str, str]
    facts: Mapping[str, Any] = field(default_factory=dict)
    plugins: Mapping[str, str] = field(default_factory=dict)
    retention: str = ""
    holds: tuple[str, ...] = ()
    masking: str = ""
    encryption: str = ""
    certificate: str = ""

    def part(self, holds: str) -> PartFile | None:
        """Return the part that holds something, where there is one."""
        return next((item for item in self.parts if item.holds == holds), None)

    @property
    def bytes(self) -> int:
        """The size of all parts together."""
        return sum(item.bytes for item in self.parts)
