"""Faults of a backup set: damaged, exchanged, or thinned out. The repository itself may stay sound.

What is spoilt is a copy of the run's own: no depot that somebody configured is touched.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from metadrill import clock
from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.model.scenario import Action
from metadrill.ports.backing import Backups, Destructible
from metadrill.ports.tampering import Tampering

TAMPERED = ("byte", "file", "manifest", "relabelled")
SWAPPED = ("environment", "cluster", "jurisdiction", "version", "mixed_cut")
_SEED = 40


class _Spoiling:
    """What the three have in common: parameters that are known, and a set of the run's own."""

    usual: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, action: Action, backups: Backups, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._time = action.name, time
        unknown = sorted(set(action.params) - set(self.usual) - {"seed"})
        if unknown:
            raise UsageError(
                f"{action.name}: no parameter {unknown[0]!r}", f"there are {', '.join(self.usual)}"
            )
        self._params = {"seed": _SEED, **self.usual, **action.params}
        if not isinstance(backups, Tampering):
            raise UsageError(f"{action.name}: there is no set of the run's own to spoil")
        self._backups: Tampering = backups

    @classmethod
    def with_backups(cls, action: Action, backups: Backups) -> "_Spoiling":
        """Make it for a run."""
        return cls(action, backups)

    def prepare(self, target: Any) -> None:
        """Copy the set into the run's own place."""
        self._backups.own()

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Spoil it; return the exact truth."""
        invoked = self._time.monotonic_ns()
        return {"form": "silent", "invoked_ns": invoked, **self._spoil()}

    def _spoil(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def _word(self, key: str, known: tuple[str, ...]) -> str:
        word = str(self._params[key])
        if word not in known:
            raise UsageError(f"{self._name}: {key} {word!r} is not known", f"there are {', '.join(known)}")
        return word

    def _whole(self, key: str, least: int) -> int:
        value = self._params[key]
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise UsageError(f"{self._name}: {key} is not a whole number of {least} or more")
        return value


class TamperBackup(_Spoiling):
    """A byte, a file, the manifest, or what lies under its name; with `stores: lost`, both stores go too."""

    usual: ClassVar[Mapping[str, Any]] = {"what": "byte", "stores": "kept"}

    def __init__(self, action: Action, backups: Backups, time: clock.Clock = clock.SYSTEM) -> None:
        super().__init__(action, backups, time)
        self._what, self._seed = self._word("what", TAMPERED), self._whole("seed", 0)
        self._lost = self._word("stores", ("kept", "lost")) == "lost"

    def prepare(self, target: Any) -> None:
        """See that the stores can be lost, where they are to be; copy the set."""
        if self._lost and not isinstance(target, Destructible):
            raise EnvironmentNotReady(
                f"{self._name}: this stack's stores cannot be lost", "use `stores: kept`"
            )
        super().prepare(target)

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Tamper with the set, then lose the stores where that is asked for."""
        truth = super().inject(target)
        return {**truth, "form": "loud", **target.destroy()} if self._lost else truth

    def _spoil(self) -> Mapping[str, Any]:
        return self._backups.tamper(self._what, self._seed)


class SwapBackup(_Spoiling):
    """A genuine set of another environment, cluster, jurisdiction or version, or of two cuts."""

    usual: ClassVar[Mapping[str, Any]] = {"of": "environment"}

    def __init__(self, action: Action, backups: Backups, time: clock.Clock = clock.SYSTEM) -> None:
        super().__init__(action, backups, time)
        self._of = self._word("of", SWAPPED)

    def _spoil(self) -> Mapping[str, Any]:
        return self._backups.swap(self._of)


class LossyBackup(_Spoiling):
    """A genuine set whose export lacks entities that its own census lists, and others refer to."""

    usual: ClassVar[Mapping[str, Any]] = {"entities": 5}

    def __init__(self, action: Action, backups: Backups, time: clock.Clock = clock.SYSTEM) -> None:
        super().__init__(action, backups, time)
        self._pick = self._whole("entities", 1), self._whole("seed", 0)

    def _spoil(self) -> Mapping[str, Any]:
        return self._backups.thin(*self._pick)
