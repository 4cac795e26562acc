"""Recoveries out of a backup set: the one given to the run, or one taken before the fault."""

from collections.abc import Callable, Mapping
from typing import Any

from metadrill import clock
from metadrill.census.exempting import NOTHING, Exempt
from metadrill.errors import RecoveryError
from metadrill.model.backup import Method
from metadrill.model.scenario import Action
from metadrill.ports import Record
from metadrill.ports.backing import Backups, Destructible, Given, Importing, Restorable
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
        able = Importing if self.wanted is Method.LOGICAL else Restorable
        steps.needs(target, self._name, able, Destructible)
        methods = frozenset({self.wanted}) if self.wanted else frozenset(Method)
        self._set, taken = steps.given_or_taken(self._backups, target, methods, self._name, self._time)
        return taken

    def exempt(self) -> Exempt:
        """Return what this way does not bring back as it was, as the set foretells it."""
        return self._set.expected(self._method).exempt if self._set and self._restored else NOTHING

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Verify, make ready, then restore.

        A set that is not what it was, or does not belong here, is refused with nothing touched.
        """
        given = self._set
        if given is None:
            raise RecoveryError(f"{self._name}: no set to restore")
        method = self._method
        verified = self._step(record, "verify_backup", given.check)
        self._touched = True
        ready = self._make_ready(target, record, verified)
        facts = self._step(record, f"restore_{method.value}", lambda: given.put(target, method))
        self._restored = True
        return {"set": given.name, "method": method.value, **ready, **facts}

    def _make_ready(self, target: Any, record: Record, verified: Mapping[str, Any]) -> Mapping[str, Any]:
        """Start empty servers where an export is imported, and give up what was left of the stores.

        `verified` is what the verification said. Returns what the recovery tells of it.
        """
        if self._method is Method.LOGICAL:
            self._step(record, "clear", target.destroy)
            self._step(record, "renew", target.renew)
        return {}

    def _step(self, record: Record, name: str, act: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        return steps.step(record, self._name, name, act, self._time)

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
