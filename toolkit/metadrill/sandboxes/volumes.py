"""Sandboxes that have a volume of their own: for drills that fill it."""

from dataclasses import dataclass
from typing import Any

from metadrill.clients import volume

MEGABYTES = 8_000
"""The size of the volume: BerkeleyDB does not write where less than 5 GB are free (je.freeDisk). It lies in
memory, and takes as much of that as is written into it."""


@dataclass(frozen=True)
class VolumeSandboxes:
    """Makes sandboxes of a kind, each with a volume over its folder. Removing one takes it away."""

    inner: Any

    @property
    def kind(self) -> str:
        """The kind of each."""
        return str(self.inner.kind)

    def create(self, label: str) -> Any:
        """Make one. Raises EnvironmentNotReady, and leaves nothing, where nothing can be mounted."""
        sandbox = self.inner.create(label)
        try:
            volume.mount(sandbox.root, MEGABYTES)
        except BaseException:
            sandbox.remove()
            raise
        return sandbox
