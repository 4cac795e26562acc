"""The backup set that would be restored, as it was looked at before the fault and after it."""

from metadrill.judging.facts import Entry, Log
from metadrill.judging.ruling import Ruling, missing, unproved

LATE = "late"
"""The code of a replica that is too old: nothing is wrong with it but its age."""


def damaged(log: Log) -> bool:
    """Whether a set that was sound before the fault was not so after it: that shows the damage."""
    return bool(log.phase("set.examined", "baseline")) and any(
        problems(entry) for entry in log.phase("set.examined", "outage")
    )


def codes(log: Log) -> tuple[str, ...]:
    """Given the log, return the codes of what was wrong with the set after the fault."""
    found = [code for entry in log.phase("set.examined", "outage") for code in problems(entry)]
    return tuple(dict.fromkeys(found))


def problems(entry: Entry) -> list[str]:
    """Given one look at a set, return the codes of what was wrong with it."""
    return [row.text("code") for row in entry.facts.rows("problems")]


def rulings(log: Log) -> list[Ruling]:
    """Given the log, return what the looks at the set leave unproved."""
    before, after = log.phase("set.examined", "baseline"), log.phase("set.examined", "outage")
    if not before and not after:
        return []
    if not before or not after:
        when = "before" if after else "after"
        return [missing("backup set", f"nothing says what the set was like {when} the fault")]
    wrong = [code for entry in before for code in problems(entry)]
    if wrong:
        return [unproved("backup set", f"the set was not sound before the fault: {', '.join(wrong)}")]
    return []
