"""The audit log of a ledger: every action that metadrill took on behalf of a person.

`audit.jsonl` holds one entry a line, chained by SHA-256 and synced to disk before the action goes
on (`chain`). The chain finds what was changed inside it; a cut-off end, or another log in its place,
is found by a checkpoint that somebody keeps elsewhere (`proof`). toolkit/docs/audit.md has the format.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.errors import JournalError
from metadrill.governance import actors, chain, checkpoints

FILE = "audit.jsonl"
CREATED, REPAIRED = "audit.create", "audit.repair"
_FIELDS = {"seq": int, "at": str, "actor": dict, "action": str, "object": str, "outcome": str,
           "facts": dict, "prev": str}  # fmt: skip


@dataclass(frozen=True)
class Deed:
    """What is to be noted: an action (`sandbox.up`) on an object, and its outcome.

    That is `begun`, then `done` or `failed`; or `refused` alone, where no role allows it.
    """

    action: str
    object: str
    outcome: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One line of the log; `prev` is the SHA-256 of the line before it, without its newline."""

    seq: int
    at: str
    actor: Mapping[str, Any]
    action: str
    object: str
    outcome: str
    facts: Mapping[str, Any]
    prev: str


class Log:
    """A ledger's audit log, to be written. Made with its first entry; verified whole before that."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._actor = asdict(actors.current())
        self._chain = chain.Chain(ledger / FILE, parsed)

    def record(self, deed: Deed) -> Entry:
        """Append what is to be noted and return its entry; it is on disk when this returns.

        A tail torn by a power failure is repaired first, and that is noted too. Raises
        EnvironmentNotReady when the ledger cannot be written, JournalError when the log does not
        verify, KeyRefused when it is to be made and its key cannot be used, TypeError for what is
        not plain JSON (a Secret).
        """
        if not self._chain.count:
            chain.encode(deed.facts)  # what is refused must not have begun a log
        with chain.writable(self._ledger):
            kept = () if self._chain.count else self._kept()
            with self._chain.held() as found:
                if kept and kept[-1] > self._chain.count:
                    raise JournalError(
                        f"{self._chain.path}: {self._chain.count} entries, and a checkpoint of {kept[-1]}",
                        "its end was cut off: metadrill audit verify",
                    )
                lost = _lost(found.torn)
                if not self._chain.count:
                    origin, key = checkpoints.begin(self._ledger)
                    self._append(Deed(CREATED, origin, "done", {"key": str(key), **lost}))
                elif lost:
                    self._append(Deed(REPAIRED, FILE, "done", lost))
                return self._append(deed)

    def _kept(self) -> tuple[int, ...]:
        kept = checkpoints.kept(self._ledger)
        if kept and not self._chain.path.exists():
            raise JournalError(
                f"{self._chain.path}: is gone, and its checkpoints are there", "bring it back from a copy"
            )
        return kept

    def _append(self, deed: Deed) -> Entry:
        moment = clock.stamp(clock.SYSTEM.utc())
        entry = Entry(self._chain.count, moment, self._actor, **vars(deed), prev=self._chain.head)
        self._chain.append(vars(entry))
        return entry


def _lost(torn: bytes) -> dict[str, Any]:
    """What is noted of a line that was cut: it was never acknowledged, and is taken out of the log."""
    return {"torn_bytes": len(torn), "torn_sha256": hashlib.sha256(torn).hexdigest()} if torn else {}


def read(ledger: Path) -> tuple[Entry, ...]:
    """Return every entry, oldest first. Raises JournalError where the chain does not verify."""
    return found(ledger).items


def found(ledger: Path) -> chain.Found[Entry]:
    """Return what stands in the log, bytes and entries; nothing where there is none. Raises JournalError."""
    path = ledger / FILE
    try:
        return chain.read(path, parsed)
    except OSError as error:
        raise JournalError(
            f"{path}: {(error.strerror or str(error)).lower()}", "see who may read it"
        ) from None


def parsed(number: int, line: bytes) -> Entry:
    """Given a line and its place, counted from 0, return its entry. Raises ValueError."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or {name: type(value) for name, value in body.items()} != _FIELDS:
        raise ValueError("not an entry of an audit log")
    if body["seq"] != number:
        raise ValueError(f"the entry here is number {body['seq']}, not {number}")
    return Entry(**body)
