"""Fault: the link between two regions becomes late, narrow and lossy, while everybody is served as before."""

from collections.abc import Mapping
from typing import Any

from metadrill.clients.link import Shape
from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.faults import params
from metadrill.model import units
from metadrill.model.scenario import Action
from metadrill.ports.regions import Regional

_DEFAULTS = {"latency": "200ms", "bandwidth": "100kB/s", "cut_after": "2MB"}
_LEAST = 1_000_000


class SlowLink:
    """`latency` of each way, `bandwidth` of each direction, `cut_after`: a connection carries no more."""

    def __init__(self, action: Action) -> None:
        given = params.merged(action, _DEFAULTS)
        self._shape = Shape(
            _read(action, given, "latency", units.duration).total_seconds(),
            _read(action, given, "bandwidth", units.rate),
            _read(action, given, "cut_after", units.amount),
        )
        if (self._shape.cut_after or 0) < _LEAST:
            raise UsageError(f"{action.name}: cut_after {given['cut_after']!r}", "at least 1MB")

    def prepare(self, target: Any) -> None:
        """See that there are two regions. Raises EnvironmentNotReady."""
        if not isinstance(target, Regional):
            raise EnvironmentNotReady(
                "slow_link: the stack stands in one region",
                "pick a recovery across regions: resume_replication",
            )

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Slow it; return what it did before and does now, as measured through it."""
        return {"form": "silent", **target.regions.slow(self._shape)}


def _read(action: Action, given: Mapping[str, Any], name: str, unit: Any) -> Any:
    try:
        return unit(str(given[name]))
    except ValueError as error:
        raise UsageError(f"{action.name}: {name}: {error}", f"as in {_DEFAULTS[name]}") from None
