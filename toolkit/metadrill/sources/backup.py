"""A backup set as a source: the sandbox is filled by restoring it."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.ports import Fillable, Record
from metadrill.ports.backing import Given


class BackupSource:
    """Port `Source`: one step, the restore of a set by the best way that it allows."""

    def __init__(self, given: Given, time: clock.Clock = clock.SYSTEM) -> None:
        self._given, self._time = given, time

    def fill(self, target: Fillable, record: Record) -> tuple[Mapping[str, Any], ...]:
        """Restore the set into an empty stack; return one row of facts. Raises RecoveryError, BackupError."""
        start = self._time.monotonic_ns()
        method = self._given.best()
        facts = self._given.put(target, method)
        row = {
            "kind": "backup", "name": self._given.name, "method": method.value, "result": "SUCCESS",
            "seconds": clock.seconds(start, self._time.monotonic_ns()), "facts": dict(facts),
        }  # fmt: skip
        return (row,)
