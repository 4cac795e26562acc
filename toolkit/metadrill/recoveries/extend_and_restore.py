"""Recovery: a restore that has no room is refused whole; the volume is extended, and it is done again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from metadrill.errors import Interrupted, MetadrillError, NoRoom, RecoveryError
from metadrill.ports import Record
from metadrill.ports.volumes import OnVolume
from metadrill.recoveries import steps
from metadrill.recoveries.from_backup import BackupRestore

_LOOK = timedelta(seconds=5)
_LEAST, _TIMES = 6_000_000_000, 20
"""Bytes that are made room for at least: a store may want 5 GB free before it writes (BerkeleyDB's
je.freeDisk); and how many times the set's: stores are larger than packed ones."""


class ExtendAndRestore(BackupRestore):
    """Tries in spite of the full volume, and sees that half of it is not taken for good.

    A try that ended well would have proved nothing: it fails, as does one that something else ended. Where
    there was room all the time it only restores, and says so (`had_room`, in bytes): for the judge.
    """

    def prepare(self, target: Any) -> Mapping[str, Any] | None:
        """Take a set where none is given; return the facts of `backup.taken`."""
        steps.needs(target, self._name, OnVolume)
        return super().prepare(target)

    def _make_ready(self, target: Any, record: Record, verified: Mapping[str, Any]) -> Mapping[str, Any]:
        """Where there is no room: try, look, extend. Raises RecoveryError."""
        room = max(_LEAST, _TIMES * int(verified["bytes"]))
        free = target.volume().free()
        if free >= room:
            return {"had_room": free, **super()._make_ready(target, record, verified)}
        refused = self._step(record, "restore_without_room", lambda: self._refused(target))
        self._step(record, "nothing_half_serves", lambda: _silent(target))
        extended = self._step(record, "extend_volume", lambda: target.volume().extend(room))
        return {"refused": refused, "extended": extended, **super()._make_ready(target, record, verified)}

    def _refused(self, target: Any) -> Mapping[str, Any]:
        """Try, and return with what it was refused. Raises RecoveryError where it was not."""
        assert self._set is not None  # noqa: S101 - for the type checker: it was verified
        try:
            self._set.put(target, self._method)
        except NoRoom as error:
            return {"refused": error.message, "code": int(error.code), "free": target.volume().free()}
        raise RecoveryError("the restore ended well though the volume was full: nothing was proved")


def _silent(target: Any) -> Mapping[str, Any]:
    """Return that no search is answered. Raises RecoveryError: half of what was lost is served."""
    try:
        answer = target.search("Asset", _LOOK)
    except Interrupted:
        raise
    except MetadrillError as error:
        return {"search": error.message}
    if answer.ok:
        raise RecoveryError(f"what was restored in half is served: {answer.text}")
    return {"search": answer.text}
