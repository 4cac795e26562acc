"""The roles a drill is played by. Read this page second, after `runner`.

Each role is a Protocol of one to four methods with its contract in prose. What only some
stacks can do is a Protocol of its own, never a flag: `isinstance(stack, IndexFiles)`.
Every port has an in-memory twin and one contract suite in `metadrill.testing`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from metadrill.census import Census, Tables
from metadrill.model.sandboxed import Answer, Boot, Isolation, Program, Removal, Segment
from metadrill.model.scenario import Action
from metadrill.model.suite import Suite, SuiteResult

Record = Callable[..., Any]
"""`journal.record`: how an adapter reports a mutating call (`call.made`) or a step."""


class Host(Protocol):
    """Where a stack's programs run: ports, child processes, and their ends."""

    root: Path

    def port(self, name: str) -> int:
        """Return a port held for `name` in the sandbox's network: the same one each time."""
        ...

    def spawn(self, program: Program) -> int:
        """Start a program as an unprivileged child and return its process id."""
        ...

    def run(self, program: Program, deadline: timedelta) -> int:
        """Run a program to its end and return its exit code; DeadlineExceeded kills it."""
        ...

    def running(self, name: str) -> bool:
        """Return whether a program that was spawned still runs."""
        ...

    def stop(self, name: str, deadline: timedelta) -> None:
        """Ask a program to end, then make it; return when it is gone. Not running: no error."""
        ...


@runtime_checkable
class Enclosed(Protocol):
    """A sandbox, or a stack in one, whose network a thread can step into: it reaches nothing else."""

    def inside(self) -> AbstractContextManager[None]: ...


def inside(place: object) -> AbstractContextManager[None]:
    """Return the way inside of what is enclosed; of anything else, one that changes nothing."""
    return place.inside() if isinstance(place, Enclosed) else nullcontext()


class Sandbox(Host, Protocol):
    """An isolated place for one stack. Holds a lease on disk from its first moment.

    `remove` kills every process it spawned, deletes its folder, and proves both; it may be
    called at any time, and any number of times.
    """

    id: str

    def isolation(self) -> Isolation:
        """Probe from inside for ways out."""
        ...

    def remove(self) -> Removal:
        """Leave nothing behind, and say what was."""
        ...


class Sandboxes(Protocol):
    """A kind of sandbox: `process`, `docker`, `memory`."""

    kind: str

    def create(self, label: str) -> Sandbox:
        """Make an empty sandbox. Raises EnvironmentNotReady (disk, memory, ports)."""
        ...


class Stack(Protocol):
    """A repository and its parts in one sandbox.

    `boot` returns when it serves: every component up *and* answering a search. `stop` and `start`
    return when one is down, or its process answers (a damaged one may, and serve nothing).
    """

    components: tuple[str, ...]

    def boot(self, deadline: timedelta) -> Boot: ...
    def stop(self, component: str) -> None: ...
    def start(self, component: str) -> None: ...
    def views(self) -> Mapping[str, str]:
        """Return what each component says of its own health: `{elasticsearch: green, ...}`."""
        ...


@runtime_checkable
class StateKeeper(Protocol):
    """A stack whose booted and seeded state can be kept for the next run."""

    def keep(self, cold_seconds: float) -> float:
        """Stop, copy the state, start again; return the seconds. A warm boot says `cold_seconds` again."""
        ...


class Repository(Protocol):
    """The metadata itself, read from its two sides.

    `census` reads the whole graph and the whole index, complete, never a sample. `witness`
    counts the same populations by other routes than the census code; a disagreement makes
    the run inconclusive.
    """

    def settle(self, deadline: timedelta) -> Mapping[str, int]:
        """Wait until the index has caught up with the graph; return both counts."""
        ...

    def census(self, tables: frozenset[str] | None = None) -> Census:
        """Read the named tables (all by default). What cannot be read is a fault, not an error."""
        ...

    def witness(self) -> Mapping[str, int]:
        """Return counts by name: `graph:<type>`, `index:documents`, ..."""
        ...

    def search(self, type_name: str, deadline: timedelta) -> Answer:
        """Ask for entities of a type. What cannot be decoded is not ok; nothing is: facts say the `rows`."""
        ...


class Writable(Protocol):
    """Where the canary writes, one small entity at a time, under a name of its own."""

    def write(self, name: str) -> str:
        """Create an entity and return its guid. Raises WriteRefused (it took no effect), WriteUnknown."""
        ...

    def present(self, names: Mapping[str, str]) -> set[str]:
        """Given name → guid, return the names whose entity is read by guid."""
        ...

    def found(self, names: Sequence[str]) -> set[str]:
        """Given names, return those found by search."""
        ...


class WriteRefused(Exception):
    """The write certainly did not take effect."""


class WriteUnknown(Exception):
    """Neither acknowledged nor refused: a time-out, a broken connection, a server error."""


@runtime_checkable
class IndexFiles(Protocol):
    """A stack whose index files can be reached on disk."""

    def consolidate(self, index: str) -> None:
        """Flush and merge, so that the next look sees settled files."""
        ...

    def segments(self, index: str) -> tuple[Segment, ...]:
        """Return the data files of the index's one shard."""
        ...

    def verify_on_start(self, index: str) -> None:
        """Make the engine check every file's checksum when the index is next opened."""
        ...


@runtime_checkable
class IndexSnapshots(Protocol):
    """A stack whose index can be snapshotted and restored by its own means."""

    def snapshot(self) -> Mapping[str, Any]:
        """Take one; return `ref`, `documents` and facts."""
        ...

    def restore_snapshot(self, ref: str) -> Mapping[str, Any]:
        """Delete the index, restore the snapshot, return when the engine serves it."""
        ...


@runtime_checkable
class IndexRepair(Protocol):
    """A stack whose index can be made from its graph. Both take the repository offline."""

    def repair_tail(self) -> Mapping[str, Any]:
        """Re-index what differs, drop ghosts; return `examined`, `repaired`, `guids` (≤ 50), `ghosts`."""
        ...

    def rebuild_index(self, definition: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Empty the index, keep its mapping, re-index the whole graph; return `documents`.

        `definition` is for an index that is lost. Raises RecoveryError where neither is there.
        """
        ...

    def index_definition(self) -> Mapping[str, Any]:
        """Return what the index must be made with, so that it could be rebuilt if it were lost."""
        ...


class Fillable(Protocol):
    """A stack that data can be placed in. Each returns facts: counts, result, seconds."""

    def import_archive(self, archive: Path, deadline: timedelta) -> Mapping[str, Any]:
        """Bring in an export archive, keeping guids. Raises UsageError when it is refused."""
        ...

    def sample_data(self, deadline: timedelta) -> Mapping[str, Any]:
        """Run the repository's own sample (Atlas: QuickStartV2)."""
        ...

    def create(self, typedefs: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> list[str]:
        """Create types, then entities, by API; return the guids of the entities, in order."""
        ...

    def delete(self, guids: Sequence[str]) -> None:
        """Delete entities by API, as a user would (soft, where the repository does so)."""
        ...


class Source(Protocol):
    """What a sandbox is filled with."""

    def fill(self, target: Fillable, record: Record) -> tuple[Mapping[str, Any], ...]:
        """Place the data; return one row of facts per step (kind, seconds, entities)."""
        ...


class Workload(Protocol):
    """Writes during the whole drill, each acknowledged or not, each numbered."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def acknowledged(self) -> int: ...
    def read_back(self, deadline: timedelta) -> Mapping[str, Any]:
        """Read every write by guid and by search; return the data of `writes.read`."""
        ...


class Fault(Protocol):
    """What breaks. `prepare` puts everything in place so that `inject` is the disruption only."""

    def prepare(self, target: Any) -> None: ...
    def inject(self, target: Any) -> Mapping[str, Any]:
        """Break it, and return the exact ground truth, with `invoked_ns`."""
        ...


class Probe(Protocol):
    """Looks whether an outage is visible. `disrupted` is true, false, or None: could not look."""

    name: str

    def look(self, target: Any) -> tuple[bool | None, str]: ...


class Recovery(Protocol):
    """A way back. `prepare` runs before the fault (taking the backup), `recover` after."""

    def prepare(self, target: Any) -> Mapping[str, Any] | None: ...
    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Bring it back; record `recovery.step` events. Raises RecoveryError."""
        ...


class Checker(Protocol):
    """Judges census frames by a suite: bad data is a finding, what cannot be evaluated inconclusive."""

    def check(self, suite: Suite, frames: Tables, abilities: frozenset[str]) -> SuiteResult: ...


class Signer(Protocol):
    """A key that vouches for evidence: `certificate` in PEM; `self_signed`, nobody else vouches for it.

    Neither key nor passphrase leaves it, by repr, pickle or error. Raises KeyRefused when it is made.
    """

    certificate: bytes
    self_signed: bool

    def sign(self, payload: bytes) -> bytes:
        """Return a signature over the payload: ECDSA, P-256, SHA-256, in DER."""
        ...


Factory = Callable[[Action], Any]
