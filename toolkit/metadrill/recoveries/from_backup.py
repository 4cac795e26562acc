"""Recoveries out of a backup set: the one given to the run, or one taken before the fault."""

from collections.abc import Mapping
from typing import Any

from metadrill import clock
from metadrill.census.exempting import NOTHING, Exempt
from metadrill.errors import RecoveryError
from metadrill.model.backup import Method
from metadrill.model.scenario import Action
from metadrill.ports import Record
from metadrill.ports.backing import Backups, Destructible, Given, Restorable
from metadrill.recoveries import steps


class BackupRestore:
    """Both stores anew out of a set, by the best way that it allows: its files, else its export."""

    wanted: Method | None = None

    def __init__(self, action: Action, backups: Backups, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._backups, self._time = steps.plain(action), backups, time
        self._set: Given | None = None
        self._touched = self._restored = False

    @classmethod
    def with_backups(cls, action: Action, backups: Backups) -> "BackupRestore":
        """Make it for a run."""
        return cls(action, backups)

    def prepare(self, target: Any) -> Mapping[str, Any] | None:
        """Take a set where none is given; return the facts of `backup.taken`."""
        steps.needs(target, self._name, Restorable, Destructible)
        self._set = self._backups.given()
        if self._set is not None:
            return None
        methods = frozenset({self.wanted}) if self.wanted else frozenset(Method)
        started = self._time.monotonic_ns()
        self._set = self._backups.take(target, methods)
        return steps.taken(self._set, self._name, started, self._time)

    def exempt(self) -> Exempt:
        """Return what this way does not bring back as it was, as the set foretells it."""
        return self._set.expected(self._method).exempt if self._set and self._restored else NOTHING

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Verify, then restore; an export needs servers to be imported into: these are started empty first.

        A set that is not what it was, or does not belong here, is refused with nothing touched.
        """
        if self._set is None:
            raise RecoveryError(f"{self._name}: no set to restore")
        steps.step(record, self._name, "verify_backup", self._set.check, self._time)
        self._touched = True
        if self._method is Method.LOGICAL:
            steps.step(record, self._name, "renew", target.renew, self._time)
        given, method = self._set, self._method
        facts = steps.step(
            record, self._name, f"restore_{method.value}", lambda: given.put(target, method), self._time
        )
        self._restored = True
        return {"set": given.name, "method": method.value, **facts}

    @property
    def _method(self) -> Method:
        assert self._set is not None  # noqa: S101 - for the type checker: asked after prepare
        return self._set.best() if self.wanted is None else self.wanted


class PhysicalRestore(BackupRestore):
    """Both stores' files put back; what the index lacks of the graph is re-indexed."""

    wanted = Method.PHYSICAL


class LogicalImport(BackupRestore):
    """A new, empty stack, and the export imported into it."""

    wanted = Method.LOGICAL
