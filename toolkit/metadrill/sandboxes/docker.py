"""The `docker` sandbox: a stack's programs in containers of the engine on this machine.

One container holds the sandbox's network; each program runs in a container of its own in that
network, so that they meet on loopback as child processes would. From this machine they are reached
at the holder's address on the bridge: no port is published, so that a server that is down refuses
a connection as it should (the engine's proxy would accept it first). The sandbox's folder is
mounted at its own path, so that configuration, index files and logs lie where a stack expects
them, and belong to the same unprivileged user.
"""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill.clients import engine
from metadrill.clients.engine import Box, Engine
from metadrill.model.sandboxed import Isolation, Program, Removal
from metadrill.sandboxes import lease, leftovers, machine, proc, walls
from metadrill.sandboxes.images import Images

_FIRST_PORT = 20000  # of a network of its own, where nobody else listens
_LEAST_MB = 64  # the engine refuses limits in which nothing starts
_LOGGED = 'exec "$@" >> "$0" 2>&1'  # a program's output goes into the log file that its stack reads
_SAFE: Mapping[str, Any] = {
    "cap_drop": ["ALL"], "security_opt": ["no-new-privileges"], "init": True,
    "use_config_proxy": False,  # a user's proxy, and its password, are not for a sandbox
}  # fmt: skip
_OPEN = "asked for: no rule keeps what runs in it from the host and what is reached from it"


@dataclass
class DockerSandbox:
    """One sandbox; made by `DockerSandboxes.create`. Fulfils `Imaged` and `Addressed` as well."""

    id: str
    root: Path
    images: Images
    _lease: lease.Lease
    _limits: Mapping[str, int]
    address: str = ""
    _host: str = ""
    _holder: Any = None
    _open_because: str = _OPEN
    _ports: dict[str, int] = field(default_factory=dict)
    _boxes: dict[str, Any] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        """The engine that it runs in."""
        return self.images.engine

    @property
    def labels(self) -> dict[str, str]:
        """What everything of this sandbox is found by."""
        return {leftovers.SANDBOX: self.id, leftovers.CACHE: str(self.images.cache)}

    def image(self, name: str, key: str, content: Mapping[str, Path]) -> str:
        """Return the image of that name and key, built where there is none."""
        return self.images.image(name, key, content)

    def users(self, reference: str) -> str:
        """Return the id of a user's own image, fetched where the engine lacks it."""
        return self.images.users(reference)

    def port(self, name: str) -> int:
        """Return the port of `name`, the same each time."""
        return self._ports.setdefault(name, _FIRST_PORT + len(self._ports))

    def spawn(self, program: Program) -> int:
        """Start a program in a container of its own; return its process id on the host.

        Raises EnvironmentNotReady when it cannot be started.
        """
        self._end(program.name, timedelta(0))
        program.log.touch()
        machine.own(self.root)
        how = {
            **_SAFE,
            "entrypoint": ["/bin/sh"],
            "network_mode": f"container:{self._holder.id}",
            "user": _user(),
            "volumes": {str(self.root): {"bind": str(self.root), "mode": "rw"}},
            "working_dir": str(program.folder),
            **_limited(self._limits),
        }
        argv = ("-c", _LOGGED, str(program.log), *program.argv)
        image = program.image or self.images.base()
        marked = {**program.env, proc.MARK: self.id}
        name = self._name(program.name)
        box = self.engine.start(Box(name, image, argv, self.labels, env=marked, how=how))
        self._boxes[program.name] = box
        return int(self.engine.inspect(box).get("Pid", 0))

    def run(self, program: Program, deadline: timedelta) -> int:
        """Run a program to its end and return its exit code. Raises DeadlineExceeded, and kills it."""
        self.spawn(program)
        try:
            return self.engine.result(self._boxes[program.name], deadline)
        finally:
            self._end(program.name, timedelta(0))

    def running(self, name: str) -> bool:
        """Return whether a program that was spawned still runs."""
        box = self._boxes.get(name)
        return box is not None and bool(self.engine.inspect(box).get("Running"))

    def stop(self, name: str, deadline: timedelta) -> None:
        """End a program: SIGTERM, and SIGKILL after the deadline. Not running: no error."""
        self._end(name, deadline)

    def isolation(self) -> Isolation:
        """Say whether the rule was set, and what probes from inside found."""
        as_user = {"target": "user of the programs", "outcome": f"{machine.user()}, unprivileged"}
        if self._open_because == _OPEN:
            shared = {"target": "network", "outcome": "a bridge without a rule"}
            return Isolation(False, (shared, as_user), _OPEN)
        shut, found = walls.probes(self.engine, self._holder, self._host, self.address)
        because = self._open_because or ("" if shut else "a probe from inside found a way out")
        return Isolation(not because, (*found, as_user), because)

    def detach(self) -> None:
        """Let it stand when this process ends: `sandbox down` removes it then."""
        self._lease = replace(self._lease, kept=True)
        lease.write(self.images.cache, self._lease)

    def cut(self) -> str:
        """Take its network away from every program in it, for good; return how."""
        for name in self._holder.attrs["NetworkSettings"]["Networks"]:
            self.engine.client.networks.get(name).disconnect(self._holder, force=True)
        return "disconnected from its network"

    def remove(self) -> Removal:
        """Remove its containers and its network, delete the folder and the lease; say what is left."""
        self._boxes.clear()
        return leftovers.remove(self.images.cache, self._lease, self.engine)

    def open(self, *, enclosed: bool) -> None:
        """Make its network and the container that holds it, and set the rule where it is wanted."""
        self._host = self.engine.network(self._name(), _bridge(self.id), self.labels)
        how = {
            **_SAFE,
            "dns": ["127.0.0.1"],  # the engine's resolver asks nobody: Docker before 23.0.11, CVE-2024-29018
            "hostname": "localhost",
            "mem_limit": "128m",
            "pids_limit": 64,
            "user": _user(),
            **({"sysctls": {"net.ipv6.conf.all.disable_ipv6": "1"}} if _VERSION_6.exists() else {}),
        }
        box = Box(self._name("network"), self.images.base(), ("sleep", "infinity"), self.labels,
                  env={proc.MARK: self.id}, how=how)  # fmt: skip
        self._holder, self.address = self.engine.hold(box, self._name())
        if enclosed:
            helper = replace(box, name=self._name("rule"))
            self._open_because = walls.close(self.engine, self._holder, helper)

    def _name(self, part: str = "") -> str:
        return "-".join(filter(None, ("metadrill", self.id, part)))

    def _end(self, name: str, deadline: timedelta) -> None:
        box = self._boxes.pop(name, None)
        if box is not None:
            self.engine.end(box, deadline)


@dataclass(frozen=True)
class DockerSandboxes:
    """Makes docker sandboxes; their folders lie below a cache folder, as those of processes do.

    `needs`: `disk_mb` and `memory_mb` of the machine; `memory_mb` and `cpus` are also the limits of
    each program's container. `enclosed` ones get the rule that lets nothing out.
    """

    cache: Path
    needs: Mapping[str, int] = field(default_factory=dict)
    enclosed: bool = True
    address: str | None = None
    kind: str = "docker"

    def create(self, label: str) -> DockerSandbox:
        """Make an empty sandbox with its lease. Raises EnvironmentNotReady, EngineError."""
        machine.check(self.cache, self.needs)
        images = Images(engine.connect(self.address), self.cache)
        images.base()
        name = f"{label}-{secrets.token_hex(4)}"
        root = lease.folder(self.cache) / name
        held = lease.Lease(name, label, *proc.owner(os.getpid()), proc.now(), (), kind="docker")
        try:
            lease.write(self.cache, held)
            root.mkdir(mode=0o700)
            machine.own(root)
            sandbox = DockerSandbox(name, root, images, held, self.needs)
            sandbox.open(enclosed=self.enclosed)
        except BaseException as error:
            with contextlib.suppress(OSError):  # the first error counts
                leftovers.remove(self.cache, held, images.engine)
            if isinstance(error, OSError):
                raise machine.unwritable(self.cache, error) from None
            raise
        return sandbox


_VERSION_6 = Path("/proc/sys/net/ipv6")


def _bridge(sandbox: str) -> dict[str, str]:
    """Return the options of a bridge that hides nobody behind the host's address."""
    interface = f"mdr-{sandbox.rpartition('-')[2]}"
    return {"com.docker.network.bridge.enable_ip_masquerade": "false",
            "com.docker.network.bridge.name": interface}  # fmt: skip


def _user() -> str:
    return ":".join(str(number) for number in machine.ids())


def _limited(limits: Mapping[str, int]) -> dict[str, Any]:
    """Return a container's limits of memory (no swap beside it), processors and processes."""
    cores = limits.get("cpus") or len(os.sched_getaffinity(0))
    memory = limits.get("memory_mb", 0) and max(limits["memory_mb"], _LEAST_MB) * 1_000_000
    told = {"nano_cpus": cores * 10**9, "pids_limit": 4096}
    return {**told, "mem_limit": memory, "memswap_limit": memory} if memory else told
