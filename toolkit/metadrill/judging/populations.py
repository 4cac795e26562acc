"""Censuses, their witnesses, and that the index had caught up, in the phases that compare."""

from collections.abc import Mapping

from metadrill.judging.facts import Entry, Log
from metadrill.judging.ruling import Ruling, missing, unproved

COMPARED = ("baseline", "verified")


def counts(log: Log) -> Mapping[str, int]:
    """Given the log, return the rows by table of the last census; none: empty."""
    entry = log.last("census.taken")
    return _counts(entry) if entry else {}


def drilled(log: Log) -> int | None:
    """Given the log, return how many entities stood there before the fault."""
    taken = log.phase("census.taken", "baseline")
    return _counts(taken[-1]).get("entities") if taken else None


def examined(log: Log) -> tuple[int, int] | None:
    """Given the log, return the entities the last census holds, and what its witness counted."""
    heard = log.phase("witness.heard", "verified")
    rows = heard[-1].facts.rows("counts") if heard else ()
    named = {row.text("what"): (row.whole("census"), row.whole("witness")) for row in rows}
    own = [named[what] for what in ("graph:entities", "entities") if what in named][:1]
    own = own or [pair for what, pair in named.items() if what.startswith("graph:")]
    return (sum(pair[0] for pair in own), sum(pair[1] for pair in own)) if own else None


def rulings(log: Log, *phases: str) -> list[Ruling]:
    """Given the log and phases, return what the populations leave unproved in them."""
    return [ruling for phase in phases for ruling in _phase(log, phase)]


def _phase(log: Log, phase: str) -> list[Ruling]:
    found = []
    if not log.phase("index.settled", phase):
        found.append(missing("index settled", f"nothing says that the index had caught up ({phase})"))
    taken = log.phase("census.taken", phase)
    if not taken:
        found.append(missing("census", f"no census was taken ({phase})"))
    elif not _counts(taken[-1]).get("entities"):
        found.append(unproved("census", f"the census holds no entities ({phase})"))
    for entry in taken:
        for table in entry.facts.mapping("faults"):
            found.append(unproved("census", f"the census could not read {table} ({phase})"))
    rows = [row for entry in log.phase("witness.heard", phase) for row in entry.facts.rows("counts")]
    if not rows:
        found.append(missing("witness", f"no witness was heard ({phase})"))
    for row in rows:
        census, witness = row.whole("census"), row.whole("witness")
        if census != witness:
            by = row.text("by") if row.has("by") else "the witness"
            because = f"{row.text('what')} ({phase}): the census counts {census:,}, {by} {witness:,}"
            found.append(unproved("witness", because))
    return found


def _counts(entry: Entry) -> Mapping[str, int]:
    tables = entry.facts.below("counts")
    return {name: tables.whole(name) for name in tables.data}
