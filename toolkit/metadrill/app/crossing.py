"""How sets come from one region to the other: served there, fetched here, through a link of its own."""

from typing import Any

from metadrill.clients.link import SOUND, Link, Shape
from metadrill.depot import replicating
from metadrill.depot.fetching import Fetching
from metadrill.depot.replicating import Pace, Replica
from metadrill.depot.serving import Serving
from metadrill.depot.shelf import Depot, Held

_MEASURED = 256_000
"""Bytes that the link is measured with."""


class Crossing:
    """From a depot, whose region serves it, over a link. What crosses is what a network carries."""

    def __init__(self, depot: Depot) -> None:
        self._depot = depot
        self._serving = Serving(depot)
        self._link = Link(self._serving.address)

    def _fetching(self) -> Fetching:
        return Fetching(self._link.address, self._serving.word)

    def replicate(self, target: Depot, name: str, pace: Pace) -> Replica:
        """Bring a full set over. Raises Unreachable where the link was cut: what came stays there."""
        (made,) = replicating.replicate(self._depot, target, name, pace, way=self._fetching().open)
        return made

    def measured(self, held: Held) -> dict[str, float]:
        """Return what the link does with a set now: seconds to the first byte, bytes a second."""
        return self._fetching().measured(held, _MEASURED)

    def reshape(self, shape: Shape = SOUND) -> None:
        """Change how the link is from now on."""
        self._link.reshape(shape)

    @property
    def resets(self) -> int:
        """How many connections the link has reset."""
        return self._link.resets

    def cut(self) -> None:
        """Cut the link for good; again: no error."""
        self._link.cut()

    def close(self) -> None:
        """End both; again: no error."""
        self._link.close()
        self._serving.close()


def told(shape: Shape) -> dict[str, Any]:
    """Return a shape as a journal says it."""
    return {"latency_s": shape.latency_s, "bytes_s": shape.bandwidth, "cut_after": shape.cut_after}
