"""What the loss of a region would have cost while its replicas were late: at the worst moment, to the write.

Before a replica comes, what would be left is the one before it. Exposed are the writes acknowledged by
then that it does not hold; those that came while it was read count neither way. How much work that is,
counts from the invocation of the earliest of them, as the RPA does.
"""

from dataclasses import dataclass
from itertools import pairwise

from metadrill import clock
from metadrill.judging import regions
from metadrill.judging.facts import Facts, Log
from metadrill.judging.opening import Opening
from metadrill.model import units


@dataclass(frozen=True)
class Exposure:
    """The worst moment: how much work, how many writes of how many acknowledged, which replica was there.

    `tries` and `broken`: how often the copies that came after t0 were begun, and how many were cut off.
    """

    seconds: float
    writes: int
    of: int
    replica: str
    tries: int
    broken: int


def lacking(log: Log, t0: int | None) -> str:
    """Given the log, return what is missing to tell the worst moment after t0; "" where nothing is.

    It is told of replicas that were followed, and must be told where the link between regions was slowed.
    """
    finished = log.last("recovery.finished")
    facts = finished.facts.below("facts") if finished else None
    if facts is None or t0 is None or not (facts.has("exposed") or regions.slowed(log)):
        return ""
    there = _there(facts)
    if not there or there[0].whole("there_ns") > t0:
        return "nothing says which writes a replica held that was there when the disruption began"
    late = [row for row in there if row.whole("there_ns") > t0]
    if facts.data.get("set") not in [row.text("set") for row in late]:
        return "nothing says which writes the replica held that came after the disruption and caught up"
    if all(entry.mono_ns >= late[-1].whole("there_ns") for entry in log.all("write.acked")):
        return "no write was acknowledged before the last replica came"
    return ""


def worst(log: Log, t0: int | None) -> Exposure | None:
    """Given the log, return the worst moment after t0; None where no replicas were followed, or not whole."""
    finished = log.last("recovery.finished")
    if finished is None or t0 is None or lacking(log, t0):
        return None
    facts = finished.facts.below("facts")
    if not facts.has("exposed"):
        return None
    late = [row for row in facts.rows("replicas") if row.has("there_ns") and row.whole("there_ns") > t0]
    tries = sum(row.whole("tries") for row in late)
    found = [
        _at(log, before, after.whole("there_ns"))
        for before, after in pairwise(_there(facts))
        if after.whole("there_ns") > t0
    ]
    seconds, writes, of, replica = max(found, key=lambda one: one[0])
    return Exposure(seconds, writes, of, replica, tries, tries - len(late))


def _there(facts: Facts) -> list[Facts]:
    """Return the replicas whose writes are known, in the order in which they came."""
    return sorted(facts.rows("exposed"), key=lambda row: row.whole("there_ns"))


def _at(log: Log, replica: Facts, moment: int) -> tuple[float, int, int, str]:
    """Return how much work, and how many writes of how many, a replica lacked at a moment; its set."""
    aside = {*replica.texts("held"), *replica.texts("moving")}
    acked = [entry for entry in log.all("write.acked") if entry.mono_ns < moment]
    lacking = [entry.facts.whole("invoked_ns") for entry in acked if entry.facts.text("guid") not in aside]
    seconds = clock.seconds(min(lacking), moment) if lacking else 0.0
    return seconds, len(lacking), len(acked), replica.text("set")


def because(exposed: Exposure) -> str:
    """Return in words what would have been lost."""
    return (
        f"{exposed.writes:,} of {exposed.of:,} acknowledged writes were in no replica, of the last "
        f"{units.short(exposed.seconds)} of work"
    )


def sentences(exposed: Exposure | None, opening: Opening) -> list[str]:
    """Return what was shown of it."""
    if exposed is None:
        return []
    allowed = units.short(opening.rpo)
    told = f"had the region been lost at the worst moment: {because(exposed)}, {allowed} allowed"
    return [
        told,
        f"{exposed.tries:,} tries to bring replicas over after t0, {exposed.broken:,} of them cut off",
    ]
