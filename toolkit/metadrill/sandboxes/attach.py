"""The `attach` sandbox: a recovery environment that already stands, given by addresses and an account.

metadrill starts and removes nothing there. It breaks something only under a claim, in a target
that nobody else uses. What it keeps for itself lies in a folder of its own, with a lease, which is
also the lock: one run at a time for a cluster.
"""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from metadrill.clients.http import Server
from metadrill.errors import EnvironmentNotReady, Locked, UsageError
from metadrill.loading import addresses, scalars
from metadrill.model import units
from metadrill.model.sandboxed import Isolation, Program, Removal
from metadrill.model.secret import Secret
from metadrill.sandboxes import claims, lease, machine, proc

_KEYS = frozenset({"elasticsearch", "atlas", "user", "password_file", "watch"})
_NOT_OURS = "an environment that already stood: metadrill starts and stops nothing there"


@dataclass(frozen=True)
class Target:
    """Where the servers are, the account to use, and how long to watch before anything is broken."""

    urls: Mapping[str, str]
    user: str
    password: Secret
    watch: timedelta = claims.WATCH

    @property
    def elasticsearch(self) -> Server:
        """Return Elasticsearch's REST interface."""
        return Server("elasticsearch", self.urls["elasticsearch"])

    @property
    def atlas(self) -> Server:
        """Return Atlas' REST interface."""
        return Server("atlas", f"{self.urls['atlas']}/api/atlas", self.user, self.password)


def target(config: Mapping[str, Any], source: str) -> Target:
    """Given `config` of a stack file, return the target that its `attach` names. Raises UsageError."""
    told = config.get("attach")
    if not isinstance(told, Mapping) or not {"elasticsearch", "atlas", "user", "password_file"} <= set(told):
        raise UsageError(
            f"{source}: config.attach does not say where the servers are",
            "it takes elasticsearch, atlas (addresses), user, password_file, watch",
        )
    unknown = sorted(set(told) - _KEYS)
    if unknown:
        raise UsageError(f"{source}: config.attach: unknown key '{unknown[0]}'", ", ".join(sorted(_KEYS)))
    urls = {name: _address(told, name, source) for name in ("elasticsearch", "atlas")}
    file = Path(str(told["password_file"])).expanduser()
    try:
        word = file.read_text().strip()
    except OSError as error:
        raise EnvironmentNotReady(
            f"{file}: cannot be read: {(error.strerror or '').lower()}", "it holds Atlas' password, alone"
        ) from None
    try:
        length = units.duration(str(told["watch"])) if "watch" in told else claims.WATCH
    except ValueError:
        raise UsageError(f"{source}: config.attach.watch: {told['watch']!r} is not a time") from None
    return Target(urls, str(told["user"]), Secret("atlas password", word), length)


def _address(told: Mapping[str, Any], name: str, source: str) -> str:
    try:
        return addresses.server(str(told[name]))
    except scalars.Unfit as unfit:
        raise UsageError(
            f"{source}: config.attach.{name} is not an address: {unfit.what}",
            "such as https://recovery.example:9200, without user or password in it",
        ) from None


@dataclass
class AttachSandbox:
    """One environment that stands; made by `AttachSandboxes.create`."""

    id: str
    root: Path
    _cache: Path
    _lease: lease.Lease
    _target: Target
    _ports: dict[str, int] = field(default_factory=dict)

    @property
    def urls(self) -> Mapping[str, str]:
        """Where the servers are."""
        return self._target.urls

    @property
    def user(self) -> str:
        """Whom Atlas knows us as."""
        return self._target.user

    @property
    def password(self) -> Secret:
        """That account's password."""
        return self._target.password

    def prove(self) -> Mapping[str, Any]:
        """Read the claim and watch the target; return both as facts. Raises Refused."""
        claim = claims.read(self._target.elasticsearch, self._target.atlas)
        seen = claims.watch(self._target.elasticsearch, self._target.atlas, self._target.watch)
        return {**claim.facts(), **seen}

    def confirm(self) -> None:
        """Read the claim once more, just before something breaks. Raises Refused."""
        claims.read(self._target.elasticsearch, self._target.atlas)

    def port(self, name: str) -> int:
        """Return the port that a server is reached at."""
        parts = urlsplit(self.urls.get(name, ""))
        return parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)

    def spawn(self, program: Program) -> int:
        """Raise EnvironmentNotReady: nothing is started there."""
        raise EnvironmentNotReady(f"{program.name}: cannot be started: {_NOT_OURS}")

    def run(self, program: Program, deadline: timedelta) -> int:
        """Raise EnvironmentNotReady: nothing is run there."""
        raise EnvironmentNotReady(f"{program.name}: cannot be run: {_NOT_OURS}")

    def running(self, name: str) -> bool:
        """Return that none of ours does."""
        return False

    def stop(self, name: str, deadline: timedelta) -> None:
        """Raise EnvironmentNotReady: nothing is stopped there."""
        raise EnvironmentNotReady(f"{name}: cannot be stopped: {_NOT_OURS}")

    def isolation(self) -> Isolation:
        """Say that nobody looked: what reaches it, and what it reaches, is its owner's to know."""
        return Isolation(False, ({"target": "network", "outcome": "its owner's"},), "an attached environment")

    def remove(self) -> Removal:
        """Delete our own folder and lease; the environment stays as it is."""
        return lease.remove(self._cache, self._lease)


@dataclass(frozen=True)
class AttachSandboxes:
    """Attaches to the one environment that a stack names, under the lock of its cluster."""

    cache: Path
    needs: Mapping[str, int] = field(default_factory=dict)
    enclosed: bool = True
    target: Target | None = None
    kind: str = "attach"

    def create(self, label: str) -> AttachSandbox:
        """Attach. Raises Locked where another run is attached to that cluster, Unreachable, UsageError."""
        if self.target is None:
            raise UsageError("attach: no target", "name a stack with config.attach")
        machine.check(self.cache, {})
        cluster = claims.identity(self.target.elasticsearch)[1]
        name = f"{label}-{secrets.token_hex(4)}"
        held = lease.Lease(
            name, f"attached:{cluster}", *proc.owner(os.getpid()), proc.now(), (), kind="attach"
        )
        root = lease.folder(self.cache) / name
        try:
            with lease.alone(self.cache, "attach"):
                self._refuse_second(held.label)
                lease.write(self.cache, held)
            root.mkdir(mode=0o700)
        except OSError as error:
            with contextlib.suppress(OSError):  # the first error counts
                lease.remove(self.cache, held)
            raise machine.unwritable(self.cache, error) from None
        return AttachSandbox(name, root, self.cache, held, self.target)

    def _refuse_second(self, label: str) -> None:
        others = [item for item in lease.read(self.cache) if item.label == label and not item.orphaned]
        if others:
            raise Locked(
                f"sandbox {others[0].id} is attached to the same cluster", "wait for its run, or stop it"
            )
