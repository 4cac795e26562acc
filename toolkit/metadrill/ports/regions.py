"""Two regions of one repository: clients are served from one, the other holds replicas of its backup sets."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

from metadrill.clients.link import Shape
from metadrill.ports.backing import Given


@runtime_checkable
class Partitionable(Protocol):
    """A sandbox whose network can be cut, while what runs in it runs on."""

    def cut(self) -> str:
        """Cut it for good; return how, nothing where it has no network of its own."""
        ...


@runtime_checkable
class Paired(Protocol):
    """A sandbox that is two: `regions` says the name of each by that of its region."""

    @property
    def regions(self) -> Mapping[str, str]: ...


class Regions(Protocol):
    """What a drill across regions is played with. `standby` is the other region's stack, booted and empty."""

    standby: Any

    def begin(self, target: Any) -> Given:
        """Take a set of what serves, replicate it; return it. Go on with both, until the region is lost."""
        ...

    def at_worst(self, deadline: timedelta) -> None:
        """Wait until a set taken under writes is in the other region, and the next one is on its way."""
        ...

    def lose(self, target: Any) -> Mapping[str, Any]:
        """Cut off the region that serves, destroy servers, data and depot of it; return what was lost.

        With `invoked_ns`: when nobody was served any more.
        """
        ...

    def slow(self, shape: Shape) -> Mapping[str, Any]:
        """Let the link between the regions be so; return how it was and is, with `invoked_ns`."""
        ...

    def mend(self) -> Mapping[str, Any]:
        """Let the link be as it was; return how it is."""
        ...

    def catch_up(self, deadline: timedelta) -> Mapping[str, Any]:
        """Wait until a set whose cut begins from now on is in the other region; then replicate no more.

        Return what is said of it. Raises DeadlineExceeded.
        """
        ...

    def whole(self) -> Sequence[Given]:
        """Return the sets that are whole in the other region, oldest cut first."""
        ...

    def newest(self) -> Given:
        """Return the newest set that is whole in the other region. Raises RecoveryError for none."""
        ...

    def fail_over(self, target: Any) -> Mapping[str, Any]:
        """Let whoever holds the target be served from the other region."""
        ...

    def served(self, writes: int, deadline: timedelta) -> Mapping[str, Any]:
        """Wait until so many writes were acknowledged since the fail-over. Raises DeadlineExceeded."""
        ...

    def rebuild(self) -> Mapping[str, Any]:
        """Make the lost region anew, booted and empty: `standby` from now on. Raises RecoveryError."""
        ...

    def hand_over(self, target: Any) -> Given:
        """Hold all writes, take a set of what serves, return it as it is whole in the standby's region.

        Writes are held until the next `fail_over`.
        """
        ...

    def replicas(self) -> list[dict[str, Any]]:
        """Return every set that was taken: its cut, when it was in the other region, its lag; or why not."""
        ...


@runtime_checkable
class Regional(Protocol):
    """A stack that clients hold, and that serves them from one of two regions."""

    regions: Regions
