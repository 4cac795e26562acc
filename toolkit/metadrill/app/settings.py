"""Where things lie: the cache of parts and states, the ledger of runs, the user's project."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from metadrill import __version__
from metadrill.errors import UsageError
from metadrill.model.configuration import EnginePlace
from metadrill.model.signing import KeyPlace

if TYPE_CHECKING:
    from metadrill.model.configuration import Connection, DepotPlace, Role

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """The places one call works with; `depots` are those that are configured, `qualifiers` keys trusted."""

    project: Path = field(default_factory=Path.cwd)
    ledger: Path = Path(".metadrill")
    cache: Path = field(default_factory=lambda: default_cache())
    sandbox: str = "auto"
    engine: EnginePlace = field(default_factory=EnginePlace)
    erasures: Path | None = None
    signer: str = "file_key"
    key: KeyPlace = field(default_factory=KeyPlace)
    connections: "Mapping[str, Connection]" = field(default_factory=dict)
    depots: "Mapping[str, DepotPlace]" = field(default_factory=dict)
    qualifiers: tuple[str, ...] = ()
    roles: "tuple[Role, ...]" = ()

    @property
    def runs(self) -> Path:
        """The ledger store: one folder per run, nothing else."""
        return self.ledger / "runs"

    @property
    def every_depot(self) -> "Mapping[str, DepotPlace]":
        """The depots by name; where none is configured one, `main`, in the ledger."""
        from metadrill.model.configuration import DepotPlace

        return self.depots or {"main": DepotPlace("main", self.ledger / "depot")}

    def depot(self, name: str | None = None) -> "DepotPlace":
        """Return the depot of a name; without one the only one there is. Raises UsageError."""
        return _one("depot", self.every_depot, name)

    def connection(self, name: str | None = None) -> "Connection":
        """Return the connection of a name; without one the only one there is. Raises UsageError."""
        return _one("connection", self.connections, name)

    def run_folder(self, run: str) -> Path:
        """Given a run's id, a unique beginning of it, or `last`, return its folder's path.

        An existing folder is taken as it is; otherwise the id is looked for in the ledger.
        Raises UsageError where that is no run, or several.
        """
        given = Path(run)
        if run and given.is_dir():
            return given
        known = sorted(path for path in self.runs.glob("*") if path.is_dir())
        if not known:
            raise UsageError(f"{self.runs}: no run there", "run a drill, or give its place with --ledger")
        if run == "last":
            return known[-1]
        matching = [path for path in known if run and path.name.startswith(run)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise UsageError(
                f"run '{run}': {len(matching)} begin so", f"the last of them is {matching[-1].name}"
            )
        raise UsageError(f"unknown run '{run}'", f"the last one is {known[-1].name}")


def _one(kind: str, known: Mapping[str, T], name: str | None) -> T:
    if name is not None and name in known:
        return known[name]
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    from metadrill.loading import problems  # of use only where something is wrong

    if not known:
        raise UsageError(f"no {kind} is configured", f"name it under `{kind}s` in metadrill.yaml")
    if name is not None:
        raise UsageError(f"unknown {kind} {problems.brief(name)}", problems.nearest(name, known))
    raise UsageError(f"which {kind}? there are {len(known)}", f"known: {', '.join(sorted(known))}")


def default_cache() -> Path:
    """Return `METADRILL_CACHE`, or `$XDG_CACHE_HOME/metadrill`, or the user's cache folder.

    As root the default is `/var/cache/metadrill`: root's home is closed to the unprivileged
    user that the stack's programs run as.
    """
    if told := os.environ.get("METADRILL_CACHE"):
        return Path(told).absolute()
    if told := os.environ.get("XDG_CACHE_HOME"):
        return Path(told).absolute() / "metadrill"
    if os.geteuid() == 0:
        return Path("/var/cache/metadrill")
    return Path.home() / ".cache" / "metadrill"


VERSION = __version__
