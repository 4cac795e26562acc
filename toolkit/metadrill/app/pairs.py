"""The sandboxes of two regions, made and removed as one. A region that was lost gets another one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import chain
from threading import Thread
from typing import Any

from metadrill.errors import RecoveryError
from metadrill.model.sandboxed import Isolation, Removal

FIRST, SECOND = "a", "b"
_ENDS = timedelta(seconds=5)


@dataclass
class RegionSandbox:
    """The sandboxes of both regions, as one: isolated where both are, gone when both are.

    `beside` is what starts servers in the second while the run goes on.
    """

    first: Any
    second: Any
    another: Callable[[], Any]
    gone: list[Any] = field(default_factory=list)
    beside: Thread | None = None
    _proved: bool = False

    @property
    def id(self) -> str:
        """The first one's, which the run began with."""
        return str([*self.gone, self.first][0].id)

    def renew(self) -> Any:
        """Make a sandbox in place of the first, which was lost; that one is removed with the rest.

        Raises RecoveryError where it is less shut than the lost one was.
        """
        made = self.another()
        self.gone.append(self.first)
        self.first = made
        if self._proved and not (found := made.isolation()).proved:
            raise RecoveryError(f"sandbox {made.id}: isolation is not proved: {found.because}")
        return made

    @property
    def regions(self) -> Mapping[str, str]:
        """The sandbox of each region."""
        return {FIRST: str(self.first.id), SECOND: str(self.second.id)}

    def isolation(self) -> Isolation:
        """Probe both."""
        found = {FIRST: self.first.isolation(), SECOND: self.second.isolation()}
        probes = tuple(
            {**probe, "target": f"region {name}: {probe['target']}"}
            for name, one in found.items()
            for probe in one.probes
        )
        because = "; ".join(f"region {name}: {one.because}" for name, one in found.items() if one.because)
        self._proved = all(one.proved for one in found.values())
        return Isolation(self._proved, probes, because)

    def remove(self) -> Removal:
        """Remove all of them; what was destroyed already is looked for again.

        Once more where one was being started meanwhile: that ends with its servers, and what it was
        laying down while they were removed is there again.
        """
        starting = self.beside is not None and self.beside.is_alive()
        left = self._removed()
        if self.beside is not None and starting:
            self.beside.join(_ENDS.total_seconds())
            left = self._removed()
        return left

    def _removed(self) -> Removal:
        left = [one.remove() for one in (*self.gone, self.first, self.second)]
        engines = [one.engine for one in left if one.engine is not None]
        return Removal(
            tuple(chain.from_iterable(one.processes for one in left)),
            tuple(chain.from_iterable(one.files for one in left)),
            tuple(chain.from_iterable(one.ports for one in left)),
            tuple(chain.from_iterable(engines)) if engines else None,
        )


@dataclass(frozen=True)
class RegionSandboxes:
    """Makes sandboxes of a kind in pairs."""

    inner: Any

    @property
    def kind(self) -> str:
        """The kind of each."""
        return str(self.inner.kind)

    def create(self, label: str) -> Any:
        """Make both; where the second cannot be made the first is removed."""
        first = self.inner.create(f"{label}-{FIRST}")
        try:
            second = self.inner.create(f"{label}-{SECOND}")
            return RegionSandbox(first, second, partial(self.inner.create, f"{label}-{FIRST}"))
        except BaseException:
            first.remove()
            raise
