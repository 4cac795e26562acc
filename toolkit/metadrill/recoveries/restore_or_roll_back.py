"""Recovery: a set restored, compared, and undone where it is not what it should be.

The present state is copied first, as both stores' files. A restore that says SUCCESS proves little:
what is there afterwards is compared with the census that the set says it holds.
"""

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.census import Census, digests, frames, sql
from metadrill.census.exempting import NOTHING, Exempt
from metadrill.census.tables import STATE
from metadrill.errors import Interrupted, JournalError, MetadrillError, RecoveryError, RolledBack
from metadrill.model.backup import Method
from metadrill.model.scenario import Action
from metadrill.ports import Record
from metadrill.ports.backing import Backups, Copied, Destructible, Given, Restorable, StoreFiles
from metadrill.recoveries import steps

_SETTLED = timedelta(minutes=5)


class RestoreOrRollBack:
    """By the export of a set; what stood before comes back whole where that falls short."""

    secluded = "what is written before the restore is compared would be undone with it"

    def __init__(self, action: Action, backups: Backups, time: clock.Clock = clock.SYSTEM) -> None:
        self._name, self._backups, self._time = steps.plain(action), backups, time
        self._set: Given | None = None
        self._restored = False

    @classmethod
    def with_backups(cls, action: Action, backups: Backups) -> "RestoreOrRollBack":
        """Make it for a run."""
        return cls(action, backups)

    def prepare(self, target: Any) -> Mapping[str, Any] | None:
        """Take a set where none is given; return the facts of `backup.taken`."""
        steps.needs(target, self._name, Copied, Restorable, Destructible)
        methods = frozenset({Method.LOGICAL})
        self._set, taken = steps.given_or_taken(self._backups, target, methods, self._name, self._time)
        return taken

    def exempt(self) -> Exempt:
        """Return what an import does not bring back as it was; nothing where it was undone."""
        return self._set.expected(Method.LOGICAL).exempt if self._set and self._restored else NOTHING

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Keep, restore, compare. Raises RolledBack with the proof, or RecoveryError: not even that."""
        given = self._set
        if given is None:
            raise RecoveryError(f"{self._name}: no set to restore")
        self._step(record, "verify_backup", given.check)
        before = digests.tables(_census(target))
        with tempfile.TemporaryDirectory(prefix="metadrill-kept-") as folder:
            kept = StoreFiles(Path(folder) / "graph.tar.zst", Path(folder) / "index.tar.zst")
            self._step(record, "keep_state", lambda: _keep(target, kept, Path(folder)))
            because = self._tried(target, record, given)
            if not because:
                self._restored = True
                return {"set": given.name, "method": Method.LOGICAL.value}
            self._step(record, "roll_back", lambda: target.put_files(kept))
        after = digests.tables(_census(target))
        tables = {name: {"before": before.get(name), "after": after.get(name)} for name in sorted(before)}
        if before != after:
            raise RecoveryError(f"{because}; and what stood before it did not come back the same")
        raise RolledBack(because, facts={"set": given.name, "tables": tables})

    def _tried(self, target: Any, record: Record, given: Given) -> str:
        """Restore and compare; return why it will not do, or nothing."""
        try:
            self._step(record, "clear", target.destroy)
            self._step(record, "renew", target.renew)
            self._step(record, "restore_logical", lambda: given.put(target, Method.LOGICAL))
            found = self._step(record, "compare", lambda: _compared(target, given))
        except (Interrupted, JournalError):
            raise
        except MetadrillError as error:  # a deadline or a server that is gone leaves no less to be undone
            return error.message
        told = [f"{count:,} {what}" for what, count in found.items() if count]
        return f"the restore ended well and is not what the set holds: {', '.join(told)}" if told else ""

    def _step(self, record: Record, name: str, act: Any) -> Mapping[str, Any]:
        return steps.step(record, self._name, name, act, self._time)


def _census(target: Any) -> Census:
    """Read everything; raises RecoveryError where something cannot be read."""
    target.settle(_SETTLED)
    census: Census = target.census(STATE)
    if census.faults:
        told = "; ".join(f"{name}: {fault}" for name, fault in sorted(census.faults.items()))
        raise RecoveryError(f"the census is not complete: {told}")
    return census


def _keep(target: Any, kept: StoreFiles, folder: Path) -> Mapping[str, Any]:
    """Copy both stores, the index first; return how large the copies are."""
    with kept.index.open("wb") as file:
        target.copy_index(file, folder)
    with kept.graph.open("wb") as file:
        target.copy_graph(file, folder)
    return {"graph_bytes": kept.graph.stat().st_size, "index_bytes": kept.index.stat().st_size}


def _compared(target: Any, given: Given) -> Mapping[str, int]:
    """Return how many entities and relationships of the set are missing, and how many are not the same."""
    expected = given.expected(Method.LOGICAL)
    joined = frames.join(expected.census, _census(target), expected.exempt)
    lost = {f"{name} missing": _missing(joined, f"{name}_joined") for name in ("entities", "relationships")}
    both = joined["entities_both"].select(["digest_b", "digest_o"]).to_pylist()
    return {**lost, "entities not the same": sum(row["digest_b"] != row["digest_o"] for row in both)}


def _missing(joined: frames.Frames, name: str) -> int:
    side = sql.Sides().left
    return sum(value == side for value in joined[name]["side"].to_pylist())
