"""Small twins of the roles that act on a stack: source, fault, recovery, probe."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.ports import Fillable, Record

MINUTE = timedelta(minutes=1)


class SampleSource:
    """Twin of Source: fills with the repository's own sample."""

    def fill(self, target: Fillable, record: Record) -> tuple[Mapping[str, Any], ...]:
        """Place the sample; one row."""
        facts = target.sample_data(MINUTE)
        return ({"kind": "quickstart", "seconds": 0.0, **facts},)


class EngineStop:
    """Twin of Fault: takes the search engine down, which every probe sees."""

    def prepare(self, target: Any) -> None:
        """Prepare nothing."""

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Stop the engine."""
        invoked = clock.SYSTEM.monotonic_ns()
        target.stop("elasticsearch")
        return {"form": "loud", "component": "elasticsearch", "invoked_ns": invoked}


class EngineStart:
    """Twin of Recovery: brings the search engine up again."""

    def prepare(self, target: Any) -> None:
        """Take no backup."""

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Start the engine; one step."""
        target.start("elasticsearch")
        record("recovery.step", recovery="engine_start", step="start", seconds=0.0, facts={})
        return {"started": "elasticsearch"}


class ViewProbe:
    """Twin of Probe: believes what a component says of itself."""

    name = "view"

    def __init__(self, component: str, well: str) -> None:
        self._component, self._well = component, well

    def look(self, target: Any) -> tuple[bool | None, str]:
        """Ask the component."""
        view = target.views()[self._component]
        return view != self._well, view
