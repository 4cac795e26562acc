"""What a reader is told beside the verdict: views, truth, start, isolation, clean-up."""

from collections.abc import Mapping
from typing import Any

from metadrill.judging import course, sets
from metadrill.judging.checks import Checked
from metadrill.judging.facts import Log

Aside = Mapping[str, Any]


def views(log: Log, checked: Checked) -> Mapping[str, str]:
    """What each component said of itself in the outage, and what the checks say of it."""
    entry = log.last("outage.observed")
    said = {name: str(word) for name, word in entry.facts.mapping("views").items()} if entry else {}
    wrong = sets.codes(log) if entry else ()
    if wrong == (sets.LATE,) and not checked.damage_seen:
        return {**said, "replica": sets.LATE, "metadrill": "BEHIND"}
    said |= {"backup set": ", ".join(wrong)} if wrong else {}
    if checked.damage_seen or wrong:
        return {**said, "metadrill": "DAMAGED"}
    return {**said, "metadrill": "NOTHING LEFT"} if course.nothing_left(log) else said


def truth(log: Log) -> Aside:
    """What exactly was broken, as the fault recorded it."""
    entry = log.last("fault.injected")
    if entry is None:
        return {}
    named = {key: entry.facts.text(key) for key in ("fault", "form") if entry.facts.has(key)}
    return {**named, **entry.facts.mapping("truth")}


def start(log: Log) -> Aside:
    """Whether the stack came up cold or warm, in which time, and the last cold one."""
    entry = log.last("stack.served")
    if entry is None:
        return {}
    last = entry.facts.number("last_cold_s") if entry.facts.has("last_cold_s") else None
    return {
        "start": entry.facts.text("start"),
        "seconds": entry.facts.number("seconds"),
        "last_cold_s": last,
        "components": entry.facts.mapping("components"),
    }


def isolation(log: Log) -> Aside:
    """Whether the sandbox was proved isolated, and by which probes."""
    entry = log.last("isolation.proved", "isolation.unproved")
    if entry is None:
        return {"proved": False, "because": "not recorded", "probes": []}
    because = entry.facts.text("because") if entry.facts.has("because") else ""
    probes = [dict(row.data) for row in entry.facts.rows("probes")]
    return {"proved": entry.kind == "isolation.proved", "because": because, "probes": probes}


def cleanup(log: Log) -> Aside:
    """Whether everything was removed, what remained, and which steps failed."""
    removed = log.last("sandbox.removed")
    failures = [dict(entry.facts.data) for entry in log.all("teardown.failed")]
    if removed is None:
        return {"complete": False, "seconds": None, "remaining": {}, "failures": failures}
    left = removed.facts.below("remaining")
    remaining = {name: list(left.items(name)) for name in left.data}
    clean = not failures and not any(remaining.values())
    seconds = removed.facts.number("seconds") if removed.facts.has("seconds") else None
    return {"complete": clean, "seconds": seconds, "remaining": remaining, "failures": failures}


def journal(log: Log, head: str) -> Aside:
    """How many events, the digest of the last, and whether and how the journal was closed."""
    closed = log.last("drill.closed")
    outcome = closed.facts.text("outcome") if closed else None
    return {"events": len(log.entries), "head": head, "closed": closed is not None, "outcome": outcome}
