"""The audit log: written around each action, shown, proved."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from metadrill import clock
from metadrill.app.settings import Settings
from metadrill.errors import Code, MetadrillError, UsageError
from metadrill.governance import audit, coverage, notes, proof, tallies
from metadrill.governance.audit import Deed, Entry
from metadrill.governance.notes import VerifierKey
from metadrill.model import units

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Act:
    """An action under way: noted as begun when it is made, and as done or failed when its block ends.

    What is wrong with the second entry never hides what the action came to: it is in `unnoted`.
    """

    def __init__(self, settings: Settings, action: str, name: str, facts: dict[str, Any]) -> None:
        self._log, self._action, self._name = audit.Log(settings.ledger), action, name
        self._told: dict[str, Any] = {}
        self.unnoted: MetadrillError | None = None
        self._log.record(Deed(action, name, "begun", facts))

    def tell(self, **facts: Any) -> None:
        """Say what the action came to, for its last entry: plain values."""
        self._told |= facts

    def __enter__(self) -> "Act":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            code = error.code if isinstance(error, MetadrillError) else Code.INTERNAL
            self._told |= {"error": str(error), "code": int(code)}
        outcome = "failed" if error is not None else "done"
        try:
            self._log.record(Deed(self._action, self._name, outcome, self._told))
        except MetadrillError as failure:
            told = f"{self._action} {self._name} is {outcome}, and that could not be noted: {failure.message}"
            self.unnoted = MetadrillError(told, failure.hint, failure.code)


@contextmanager
def noted(settings: Settings, action: str, name: str, **facts: Any) -> Iterator[Act]:
    """Note an action before it starts and when it has ended, failed or not.

    Raises, with nothing started, EnvironmentNotReady when the log cannot be written and JournalError
    when its chain is broken; at the end MetadrillError when the end could not be noted.
    """
    with Act(settings, action, name, facts) as act:
        yield act
    if act.unnoted is not None:
        raise act.unnoted


def refused(settings: Settings, action: str, name: str, facts: dict[str, Any]) -> None:
    """Note an action that was refused before it began. Raises what `noted` raises at the beginning."""
    audit.Log(settings.ledger).record(Deed(action, name, "refused", facts))


def show(settings: Settings, actions: tuple[str, ...], since: str | None) -> list[Entry]:
    """Return the entries of these actions (all by default; `sandbox` is every `sandbox.…`), newest last.

    `since` is a day, a moment, or an age such as `24h`. Raises JournalError, UsageError.
    """
    begin = _moment(since) if since else ""
    return [
        entry
        for entry in audit.read(settings.ledger)
        if entry.at >= begin
        and (not actions or any(f"{entry.action}.".startswith(f"{name}.") for name in actions))
    ]


def _moment(text: str) -> str:
    try:
        if _DAY.match(text):
            moment = datetime.fromisoformat(text)
        else:
            moment = clock.SYSTEM.utc() - units.duration(text)
    except (ValueError, OverflowError):
        raise UsageError(f"'{text}' is no time", "write 2026-01-31, 2026-01-31T12:00:00Z, or 24h") from None
    return clock.stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Issued:
    """A checkpoint that was made: its note, and the key to verify it with."""

    note: str
    key: str


def checkpoint(settings: Settings) -> Issued:
    """Make a checkpoint of the log and keep it. Raises JournalError, KeyRefused, EnvironmentNotReady."""
    note, key = proof.checkpoint(settings.ledger)
    return Issued(note.decode(), str(key))


def verify(settings: Settings, given: Path | None, keys: tuple[str, ...]) -> proof.Proved:
    """Verify the log, its kept checkpoints, and one kept elsewhere, with keys as text or in files.

    Raises JournalError, KeyRefused, UsageError.
    """
    if given is not None and not given.is_file():
        raise UsageError(f"{given}: no such file", "give the checkpoint that you kept elsewhere")
    return proof.verify(settings.ledger, [key for text in keys for key in _keys(text)], given)


def covered(settings: Settings) -> tallies.Coverage:
    """Return what the random picks have covered so far, their ledger verified. Raises JournalError."""
    return tallies.coverage(coverage.verify(settings.ledger), clock.SYSTEM.utc())


def told(found: tallies.Coverage) -> dict[str, Any]:
    """Return a coverage in plain values, as `assessment.json` has it."""
    return tallies.told(found)


def _keys(text: str) -> Iterator[VerifierKey]:
    path = Path(text)
    try:
        lines = path.read_text().split() if "+" not in text else [text]
        yield from map(notes.verifier_key, lines)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{text}: {str(reason).lower()}", "write NAME+HASH+BASE64, or the file of it"
        ) from None
