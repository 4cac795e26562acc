"""Recovery: the newest set, and where that is refused, the one before it."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.errors import BackupError, MetadrillError, RecoveryError, Refused
from metadrill.model.backup import Method
from metadrill.ports import Record
from metadrill.ports.backing import Given
from metadrill.recoveries import steps
from metadrill.recoveries.from_backup import BackupRestore


class NextGoodBackup(BackupRestore):
    """Two sets are there before the fault; a newer one that is refused is recorded, and passed over."""

    _older: Given | None = None

    def prepare(self, target: Any) -> Mapping[str, Any] | None:
        """Take the older set, then the newer one, or have that given; return the facts of `backup.taken`."""
        started = self._time.monotonic_ns()
        self._older = self._backups.take(target, frozenset(Method))
        newer = super().prepare(target) or {}
        # the cut that may come back is the older one: its start makes the figure worse
        return {**steps.taken(self._older, self._name, started, self._time), **newer,
                "older": self._older.name, "started_ns": started}  # fmt: skip

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Restore the newest set that verifies. Raises what was wrong with the last one where none does."""
        if self._older is None:
            raise RecoveryError(f"{self._name}: no set to restore")
        started = self._time.monotonic_ns()
        try:
            return super().recover(target, record)
        except (BackupError, Refused) as error:
            if self._touched:
                raise
            self._pass_over(record, started, error)
        self._set = self._older
        return super().recover(target, record)

    def _pass_over(self, record: Record, started: int, error: MetadrillError) -> None:
        assert self._set is not None  # noqa: S101 - for the type checker: recover was tried with it
        facts = {"set": self._set.name, "because": error.message, "code": int(error.code)}
        seconds = clock.seconds(started, self._time.monotonic_ns())
        record("recovery.step", recovery=self._name, step="pass_over", seconds=seconds, facts=facts)
