"""The recorded journals, and how whoever forges one would write it again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from metadrill import journal, judging
from metadrill.errors import JournalError
from metadrill.model.event import Event
from metadrill.model.verdict import Verdict

GOLDEN = Path(__file__).parents[1] / "golden" / "journals"
PASSING = journal.read(GOLDEN / "pass-loud.jsonl").events
AIMS = ("refused", "rolled-back", "detected")
OTHERS = ("region-loss", "slow-region", "tiers")
RUNS = {name: journal.read(GOLDEN / f"{name}.jsonl").events for name in (*AIMS, *OTHERS)}

# Kinds whose absence leaves the proof whole: each with the reason.
NO_PROOF = {
    "sandbox.created": "that it was removed is proved by sandbox.removed",
    "isolation.proved": "a line under 'does not show' and a condition of class",
    "stack.served": "the census of the start state proves that it served",
    "data.placed": "the census of the start state counts what was there",
    "backup.taken": "the age of a cut is judged only where no canary ran",
    "write.unknown": "unknown writes count neither way; an invocation without an end is unknown",
    "probe.answered": "outage.observed is the one that saw it",
    "decision.made": "t2 is shown; it is required where the drill measures from it",
    "recovery.step": "a breakdown of recovery.finished",
    "logs.collected": "nothing is derived from logs",
}

_READINGS = ("invoked_ns", "started_ns", "served_until_ns")


def numbered(events: Sequence[Event]) -> list[Event]:
    """Numbered anew, the clocks rising, the closing count right: so it would be chained again.

    An event that was moved takes what it says of its own time along.
    """
    rising = zip(sorted(event.mono_ns for event in events), sorted(event.at for event in events), strict=True)
    told = []
    for seq, (event, (mono_ns, at)) in enumerate(zip(events, rising, strict=True)):
        data = dict(event.data)
        for key in set(_READINGS) & data.keys():
            if isinstance(data[key], int):
                data[key] += mono_ns - event.mono_ns
        if event.kind == "drill.closed":
            data["events"] = len(events)
        told.append(replace(event, seq=seq, at=at, mono_ns=mono_ns, data=data))
    return told


def verdict(events: Sequence[Event]) -> Verdict | None:
    """The verdict; None where the journal is refused."""
    try:
        return judging.assess(numbered(events), "0" * 64).verdict
    except JournalError:
        return None
