"""Intents: each run is noted, with the digest of its criteria, before its sandbox starts.

So gaps and repeated attempts show: reruns until green cannot hide (evidence-pack.md).
One JSON line each, chained by SHA-256, appended under a lock and synced to disk: `chain`.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from metadrill import clock
from metadrill.governance import audit, chain

FILE = "intents.jsonl"


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
    with chain.writable(ledger):
        file = chain.Chain(ledger / FILE, _parsed)
        with file.held() as found:  # of a torn line no run had started yet
            same = sum(1 for item in found.items if (item.drill, item.criteria) == (drill, criteria))
            attempt = max(1 + same, _begun(ledger, drill, criteria))
            moment = clock.stamp(clock.SYSTEM.utc())
            intent = Intent(moment, run, drill, recovery, criteria, attempt, file.head)
            file.append(asdict(intent))
    return intent


def _begun(ledger: Path, drill: str, criteria: str) -> int:
    """Return how many such runs the audit log saw begin, this one among them: no cut-off intent hides one."""
    wanted = ("run", "begun", drill, criteria)
    return sum(
        (entry.action, entry.outcome, entry.facts.get("drill"), entry.facts.get("criteria")) == wanted
        for entry in audit.read(ledger)
    )


def read(ledger: Path) -> tuple[Intent, ...]:
    """Return every intent, oldest first. Raises JournalError where the chain does not verify."""
    return chain.read(ledger / FILE, _parsed).items


def _parsed(number: int, line: bytes) -> Intent:
    try:
        return Intent(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        raise ValueError("not an intent") from None
