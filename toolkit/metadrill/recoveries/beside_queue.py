"""Recoveries of the stores beside a queue that went on: left as it is, or read again from the backup."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from metadrill.errors import RecoveryError
from metadrill.ports import Record
from metadrill.ports.queues import Rewindable
from metadrill.recoveries import steps
from metadrill.recoveries.from_backup import PhysicalRestore

_READ = timedelta(minutes=10)


class RestoreBesideQueue(PhysicalRestore):
    """The stores out of a set, the queue as it is: what was read between the set and the loss stays lost."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._position = 0

    def prepare(self, target: Any) -> Mapping[str, Any] | None:
        """Note how far the queue was read, then take a set: what is read meanwhile is read twice at worst."""
        steps.needs(target, self._name, Rewindable)
        target.keep_queue()
        self._position = int(target.position()["read"])
        taken = super().prepare(target)
        if taken is None:
            raise RecoveryError(
                f"{self._name}: a given set does not say how far its queue was read", "let the drill take one"
            )
        return {**taken, "queue": self._position}

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Restore the files; the queue is read on from where it was."""
        told = super().recover(target, record)
        read = self._step(record, "read_queue", lambda: target.caught_up(_READ))
        return {**told, "queue": self._position, "read": dict(read)}


class HookRewind(RestoreBesideQueue):
    """And the queue read again from where it was when the set was taken. A change that comes twice is one.

    It is set back before anything runs: a server that has just begun to read it does not end well.
    """

    def _make_ready(self, target: Any, record: Record, verified: Mapping[str, Any]) -> Mapping[str, Any]:
        rewound = self._step(record, "rewind_queue", lambda: target.rewind(self._position))
        return {"rewound": dict(rewound)}
