"""The `process` sandbox: a stack's parts as child processes, without any engine, no root needed.

As root the children run as an unprivileged user, since Elasticsearch refuses root. Everything
they write lies under one folder; every child carries the sandbox's mark in its environment, so
that all of them can be found and ended whoever started them.
"""

import contextlib
import os
import secrets
import signal
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from metadrill.errors import DeadlineExceeded, EnvironmentNotReady
from metadrill.model.sandboxed import Isolation, Program, Removal
from metadrill.sandboxes import lease, machine, network, proc

_SHARED = "it shares the host's network: what listens on the host, or is reached from it, can be reached"


@dataclass
class ProcessSandbox:
    """One sandbox; made by `ProcessSandboxes.create`."""

    id: str
    root: Path
    _cache: Path
    _lease: lease.Lease
    _network: network.Network | None = None
    _open_because: str = _SHARED
    _ports: dict[str, int] = field(default_factory=dict)
    _children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def port(self, name: str) -> int:
        """Return the loopback port of `name`, the same each time."""
        if name not in self._ports:
            with lease.alone(self._cache):
                self._ports[name] = lease.pick_port(self._cache, tuple(self._ports.values()))
                self._lease = replace(self._lease, ports=tuple(self._ports.values()))
                lease.write(self._cache, self._lease)
        return self._ports[name]

    def spawn(self, program: Program) -> int:
        """Start a program, unprivileged, in a session of its own; return its process id.

        Raises EnvironmentNotReady when it cannot be started.
        """
        machine.own(self.root)
        environment = {**program.env, proc.MARK: self.id}
        try:
            with program.log.open("ab") as log, self.inside():
                child = subprocess.Popen(
                    list(program.argv),
                    cwd=program.folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    **machine.as_unprivileged(),
                )
        except OSError as error:
            raise EnvironmentNotReady(
                f"{program.name}: cannot be started: {error.strerror}", "see `metadrill doctor`"
            ) from None
        self._children[program.name] = child
        self._prove_inside(program.name, child.pid)
        return child.pid

    def inside(self) -> AbstractContextManager[None]:
        """Let this thread into the sandbox's own network, where it has one."""
        return self._network.inside() if self._network else contextlib.nullcontext()

    def _prove_inside(self, name: str, pid: int) -> None:
        """Raise EnvironmentNotReady, and end it, for a child that is not in the sandbox's network."""
        there = proc.network_of(pid)
        if self._network and there and there != self._network.identity:
            self.stop(name, timedelta(0))
            raise EnvironmentNotReady(f"{name}: it did not start inside the sandbox's network")

    def run(self, program: Program, deadline: timedelta) -> int:
        """Run a program to its end and return its exit code. Raises DeadlineExceeded, and kills it."""
        self.spawn(program)
        child = self._children[program.name]
        try:
            return child.wait(deadline.total_seconds())
        except subprocess.TimeoutExpired:
            raise DeadlineExceeded(
                f"{program.name}: not done within {deadline.total_seconds():.0f} s", "see its log"
            ) from None
        finally:
            self.stop(program.name, timedelta(0))

    def running(self, name: str) -> bool:
        """Return whether a program that was spawned still runs."""
        child = self._children.get(name)
        return child is not None and child.poll() is None

    def stop(self, name: str, deadline: timedelta) -> None:
        """End a program: SIGTERM, and SIGKILL after the deadline. Not running: no error."""
        child = self._children.pop(name, None)
        if child is None:
            return
        for sign, limit in ((signal.SIGTERM, deadline), (signal.SIGKILL, timedelta(seconds=10))):
            if child.poll() is None:
                child.send_signal(sign)
            try:
                child.wait(limit.total_seconds())
                return
            except subprocess.TimeoutExpired:
                continue
        raise DeadlineExceeded(f"{name}: did not end, even when killed")

    def isolation(self) -> Isolation:
        """Say what keeps it in: a network of its own, probed from inside, or nothing but loopback."""
        as_user = {"target": "user of the programs", "outcome": f"{machine.user()}, unprivileged"}
        if self._network is None:
            shared = {"target": "network", "outcome": "the host's own"}
            return Isolation(False, (shared, as_user), self._open_because)
        shut, probes = self._network.probes()
        because = "" if shut else "a probe from inside found a way out"
        return Isolation(shut, (*probes, as_user), because)

    def detach(self) -> None:
        """Let it stand when this process ends: `sandbox down` removes it then."""
        self._lease = replace(self._lease, kept=True)
        lease.write(self._cache, self._lease)

    def cut(self) -> str:
        """Take its network down, for good, where it has one of its own; return how."""
        if self._network is None:
            return ""
        self._network.shut()
        return "every interface of its network is down"

    def remove(self) -> Removal:
        """Kill what runs, delete the folder and the lease; say what is left."""
        left = lease.remove(self._cache, self._lease)
        if self._network is not None:
            self._network.close()
        for child in self._children.values():
            child.poll()
        return left


@dataclass(frozen=True)
class ProcessSandboxes:
    """Makes process sandboxes below a cache folder. `needs`: `disk_mb` and `memory_mb`.

    `enclosed` ones get a network of their own where the kernel lets us make one; otherwise, and
    where a person wants to reach what stands in them, they share the host's.
    """

    cache: Path
    needs: Mapping[str, int] = field(default_factory=dict)
    enclosed: bool = True
    kind: str = "process"

    def create(self, label: str) -> ProcessSandbox:
        """Make an empty sandbox with its lease. Raises EnvironmentNotReady (disk, memory, rights)."""
        self.check_machine()
        name = f"{label}-{secrets.token_hex(4)}"
        pid, began = proc.owner(os.getpid())
        held = lease.Lease(name, label, pid, began, proc.now(), ())
        root = lease.folder(self.cache) / name
        try:
            lease.write(self.cache, held)
            root.mkdir(mode=0o700)
            sandbox = ProcessSandbox(name, root, self.cache, held, *self._made_network())
            machine.own(root)
        except OSError as error:
            with contextlib.suppress(OSError):  # the first error counts
                lease.remove(self.cache, held)
            raise machine.unwritable(self.cache, error) from None
        return sandbox

    def _made_network(self) -> tuple[network.Network | None, str]:
        """Make a network where one is wanted and can be had; else say why there is none."""
        if not self.enclosed:
            return None, f"asked for: {_SHARED}"
        try:
            return network.create(), ""
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            return None, f"no network of its own ({reason}; it needs root): {_SHARED}"

    def check_machine(self) -> None:
        """Raise EnvironmentNotReady where the cache, the disk or the memory will not do."""
        machine.check(self.cache, self.needs)
