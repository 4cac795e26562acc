"""Intents: each run is noted, with the digest of its criteria, before its sandbox starts.

So gaps and repeated attempts show: reruns until green cannot hide (evidence-pack.md).
One JSON line each, chained by SHA-256, appended under a lock and synced to disk.
"""

import fcntl
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from metadrill import clock
from metadrill.errors import EnvironmentNotReady, JournalError

FILE = "intents.jsonl"
_GENESIS = "0" * 64


@dataclass(frozen=True)
class Intent:
    """One run that was about to start; `attempt` counts runs of the same drill and criteria."""

    at: str
    run: str
    drill: str
    recovery: str
    criteria: str
    attempt: int
    prev: str


def note(ledger: Path, run: str, drill: str, recovery: str, criteria: str) -> Intent:
    """Append the intent of a run and return it; it is on disk when this returns.

    Raises EnvironmentNotReady when the ledger cannot be written, JournalError when its chain
    does not verify.
    """
    try:
        ledger.mkdir(parents=True, exist_ok=True)
        with (ledger / FILE).open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            lines, whole = _whole(file.read())
            file.truncate(whole)
            known = _verified(lines, ledger / FILE)
            attempt = 1 + sum(1 for item in known if (item.drill, item.criteria) == (drill, criteria))
            prev = hashlib.sha256(lines[-1]).hexdigest() if lines else _GENESIS
            moment = clock.stamp(clock.SYSTEM.utc())
            intent = Intent(moment, run, drill, recovery, criteria, attempt, prev)
            line = json.dumps(asdict(intent), separators=(",", ":")).encode() + b"\n"
            _append(file.fileno(), line, whole)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EnvironmentNotReady(
            f"{ledger}: cannot be written: {reason}", "give another folder with --ledger"
        ) from None
    return intent


def _append(descriptor: int, line: bytes, before: int) -> None:
    """Put a line on disk; where that fails the file is as it was."""
    try:
        view = memoryview(line)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, before)
        raise


def read(ledger: Path) -> tuple[Intent, ...]:
    """Return every intent, oldest first. Raises JournalError where the chain does not verify."""
    path = ledger / FILE
    return _verified(_whole(path.read_bytes())[0], path) if path.exists() else ()


def _whole(raw: bytes) -> tuple[list[bytes], int]:
    """Return the lines that are whole, and how many bytes they take.

    A last line without its newline was being written when the power, or the run, was cut: no run
    had started by it yet.
    """
    *lines, torn = raw.split(b"\n")
    return lines, len(raw) - len(torn)


def _verified(lines: list[bytes], path: Path) -> tuple[Intent, ...]:
    intents, prev = [], _GENESIS
    for number, line in enumerate(lines, start=1):
        try:
            intent = Intent(**json.loads(line))
        except (ValueError, TypeError):
            raise JournalError(f"{path}:{number}: not an intent", "the line was changed") from None
        if intent.prev != prev:
            raise JournalError(f"{path}:{number}: the chain is broken here", "a line was changed or removed")
        intents.append(intent)
        prev = hashlib.sha256(line).hexdigest()
    return tuple(intents)
