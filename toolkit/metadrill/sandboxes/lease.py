"""Leases: who holds which sandbox, so that `gc` can remove what a killed run left behind.

One JSON file per sandbox, or other folder, written before anything else of it exists. A lease is
orphaned when the process that wrote it is gone (its id and its start time, as ids are used again).
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from metadrill import clock
from metadrill.clients import volume
from metadrill.errors import DeadlineExceeded, EnvironmentNotReady
from metadrill.model.sandboxed import Removal
from metadrill.sandboxes import machine, proc

_FIRST, _LAST = 20000, 32000  # below Linux' ephemeral ports (ip(7), ip_local_port_range)


@dataclass(frozen=True)
class Lease:
    """What one sandbox holds."""

    id: str
    label: str
    pid: int
    pid_started: int
    created: str
    ports: tuple[int, ...]
    kept: bool = False
    kind: str = "process"

    @property
    def orphaned(self) -> bool:
        """Whether its owner is gone; one that is kept (`sandbox up`) has none to be gone."""
        return not self.kept and proc.started(self.pid) != self.pid_started


def folder(cache: Path) -> Path:
    """Return where sandboxes lie in a cache."""
    return cache / "sandboxes"


def write(cache: Path, lease: Lease) -> None:
    """Put a lease on disk, whole or not at all."""
    path = folder(cache) / f"{lease.id}.lease"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    try:
        draft.write_text(json.dumps(asdict(lease)))
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def read(cache: Path) -> list[Lease]:
    """Return every lease of a cache; one that cannot be read belongs to nobody and is orphaned."""
    return [found for path in sorted(folder(cache).glob("?*.lease")) if (found := _one(path)) is not None]


def _one(path: Path) -> Lease | None:
    """Return the lease in a file; None where it was removed meanwhile."""
    try:
        body = json.loads(path.read_text())
        found = Lease(**{**body, "ports": tuple(body["ports"])})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        found = Lease("", "unreadable", 0, 0, "", ())
    numbers = (found.pid, found.pid_started, *found.ports)
    if found.id != path.stem or not all(type(number) is int for number in numbers):
        # never a name out of the file: what is removed is the folder beside it
        return Lease(path.stem, "unreadable", 0, 0, "", ())
    return found


@contextmanager
def alone(cache: Path, what: str = "ports") -> Iterator[None]:
    """Hold a lock of the cache: two runs that look at once must not find the same port free."""
    descriptor = os.open(cache / f"{what}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def leased(cache: Path, label: str) -> Iterator[Path]:
    """Hold a folder of this user's alone, with a lease, until this ends; `gc` removes it where it never did.

    Raises EnvironmentNotReady where it cannot be made.
    """
    name = f"{label}-{secrets.token_hex(4)}"
    held = Lease(name, label, *proc.owner(os.getpid()), proc.now(), (), kind=label)
    place = folder(cache) / name
    try:
        try:
            write(cache, held)
            place.mkdir(mode=0o700)
        except OSError as error:
            raise machine.unwritable(cache, error) from None
        yield place
    finally:
        with contextlib.suppress(OSError):  # what stays keeps its lease, and goes with the next `gc`
            remove(cache, held)


def pick_port(cache: Path, mine: tuple[int, ...]) -> int:
    """Return a loopback port that nobody listens on and no lease holds.

    Own ports matter: Atlas 2.1 kills whoever holds its Kafka port. Raises EnvironmentNotReady.
    """
    held = {port for lease in read(cache) for port in lease.ports} | set(mine)
    offset = os.getpid() * 7 % (_LAST - _FIRST)
    for step in range(_LAST - _FIRST):
        port = _FIRST + (offset + step) % (_LAST - _FIRST)
        if port not in held and proc.free_port(port):
            return port
    raise EnvironmentNotReady("no free loopback port", f"all of {_FIRST} to {_LAST} are in use")


def remove(cache: Path, lease: Lease, engine: tuple[str, ...] | None = None) -> Removal:
    """Kill every process of a sandbox, delete its folder, and say what is left (nothing, or why).

    `engine` is what a container engine still holds of it, where one took part. Processes and files
    that are left are removed once more: a process that a signal caught between its fork and its
    program bears the sandbox's mark only a moment later.
    """
    left = _removed(cache, lease, engine)
    if left.processes or left.files:  # a port held by somebody else is waited for once
        left = _removed(cache, lease, engine)
    if left.clean:
        (folder(cache) / f"{lease.id}.lease").unlink(missing_ok=True)
    return left


def _removed(cache: Path, lease: Lease, engine: tuple[str, ...] | None) -> Removal:
    _kill_all(lease.id)
    _await_freed(lease.ports)
    place = folder(cache) / lease.id
    with contextlib.suppress(EnvironmentNotReady):  # one that stays is told: its folder is there still
        volume.unmount(place)
    shutil.rmtree(place, ignore_errors=True)
    return Removal(
        processes=tuple(str(pid) for pid in proc.marked(lease.id)),
        files=(place.name,) if place.exists() else (),
        ports=tuple(str(port) for port in lease.ports if not proc.free_port(port)),
        engine=engine,
    )


def _await_freed(ports: tuple[int, ...]) -> None:
    """Wait until ports are free: a large process that was killed holds its sockets for a while longer."""
    with contextlib.suppress(DeadlineExceeded):  # one that stays is told
        clock.wait_until(
            lambda: all(map(proc.free_port, ports)) or None,
            timedelta(seconds=3),
            "ports of the sandbox free",
        )


def _kill_all(sandbox: str) -> None:
    """End all marked processes: nothing of a sandbox is worth a graceful end once it is removed."""

    def gone() -> bool:
        pids = proc.marked(sandbox)
        proc.kill(pids, signal.SIGKILL)
        for pid in pids:
            proc.reap(pid)
        return not pids

    try:
        clock.wait_until(lambda: gone() or None, timedelta(seconds=5), "processes of the sandbox gone")
    except DeadlineExceeded:
        return
