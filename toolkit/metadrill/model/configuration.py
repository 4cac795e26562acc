"""What `metadrill.yaml` configures: connections, depots, roles (issue 6). Secrets only by reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from metadrill.model.signing import KeyPlace


@dataclass(frozen=True)
class SecretPlace:
    """Where a secret is found: an environment variable or an owner-only file. Never the secret itself."""

    env: str = ""
    file: Path | None = None


@dataclass(frozen=True)
class SnapshotPlace:
    """A snapshot repository of the search engine that may be used: its name there, and its folder here."""

    repository: str
    location: Path


@dataclass(frozen=True)
class Connection:
    """A live repository: where its servers are, who we are there, and what of it can be reached as files.

    `stack` names the recipe whose kind and versions it is of. `graph_files` is the folder of the
    graph store on this machine, where it can be reached; `snapshots` the same for the search engine.
    `files` are what no interface gives (users, policy), by what they are.
    """

    name: str
    environment: str
    stack: str
    urls: Mapping[str, str]
    user: str
    password: SecretPlace
    jurisdiction: str = ""
    production: bool = True
    entity_audit: bool = False
    graph_files: Path | None = None
    snapshots: SnapshotPlace | None = None
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class DepotPlace:
    """A depot: a folder of backup sets. `trusted` are fingerprints of keys that may have signed them,
    beside our own; `jurisdictions` those whose sets may lie there, all where none is named."""

    name: str
    path: Path
    trusted: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()


class Permission(StrEnum):
    """What a role may do."""

    CREATE = "create"
    RESTORE = "restore"
    PRUNE = "prune"
    RELEASE = "release"


@dataclass(frozen=True)
class Role:
    """Who may do what: names of operating-system users, in some environments or (none named) in all."""

    name: str
    who: tuple[str, ...]
    may: tuple[Permission, ...]
    environments: tuple[str, ...] = ()


@dataclass(frozen=True)
class EnginePlace:
    """Who joins two censuses: `local`, or `spark` at a master, with a folder that its workers share."""

    name: str = "local"
    master: str = "local[2]"
    scratch: Path | None = None


@dataclass(frozen=True)
class Configuration:
    """A whole `metadrill.yaml`. What it leaves out is None or empty, and a default holds.

    `qualifiers` are fingerprints of keys whose qualifications count, beside our own.
    `ledger` and `cache` are as written: they begin at the current folder, all other paths at the file.
    """

    ledger: Path | None = None
    cache: Path | None = None
    sandbox: str = ""
    signer: str = ""
    key: KeyPlace = field(default_factory=KeyPlace)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    depots: Mapping[str, DepotPlace] = field(default_factory=dict)
    qualifiers: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    engine: EnginePlace = field(default_factory=EnginePlace)
    erasures: Path | None = None
