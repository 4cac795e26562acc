"""What a fault says it did to a region: lost it, and then nothing of it may be left, or slowed its link.

And how long the way back took, where the region was made anew.
"""

from metadrill.judging.facts import Facts, Log
from metadrill.judging.ruling import Ruling, missing, unproved
from metadrill.model import units

_ABOUT = 2.0
"""How far what a moment measures may be from what was asked for, as a factor."""


def lost(log: Log) -> bool:
    """Return whether the fault says that a region was lost."""
    return _truth(log).has("network")


def slowed(log: Log) -> bool:
    """Return whether the fault says that the link between two regions was slowed."""
    return _truth(log).has("link")


def rulings(log: Log) -> list[Ruling]:
    """Given the log, return what of the lost region was left: servers that ran, sets that lay there."""
    truth = _truth(log)
    region = truth.data.get("region")
    if isinstance(region, str) and not lost(log) and not slowed(log):
        return [missing("region", f"nothing says what became of region {region}")]
    if not lost(log):
        return _unslowed(truth) if slowed(log) else []
    if not truth.has("running") or not truth.below("depot").has("left"):
        return [missing("lost region", "nothing says whether its servers still ran, and its depot was there")]
    found = []
    if running := truth.texts("running"):
        found.append(f"{', '.join(running)} still ran in the region that was to be lost")
    if left := truth.below("depot").whole("left"):
        found.append(f"{left:,} folders of its depot were still there")
    return [unproved("lost region", because) for because in found]


def _unslowed(truth: Facts) -> list[Ruling]:
    """A link that does not do what was asked of it was not slowed, whatever rang."""
    link = truth.below("link")
    asked, during = link.below("asked"), link.below("during")
    if not during.has("bytes_s"):
        return [missing("slow link", "nothing says what the link carried once it was slowed")]
    found, carried = [], during.number("bytes_s")
    if asked.has("bytes_s") and carried > _ABOUT * asked.number("bytes_s"):
        found.append(
            f"{asked.number('bytes_s'):,.0f} bytes a second were asked for, it carried {carried:,.0f}"
        )
    if asked.has("latency_s") and asked.number("latency_s"):
        late = during.number("first_byte_s") if during.has("first_byte_s") else 0.0
        if late < asked.number("latency_s") / _ABOUT:
            found.append(f"{asked.number('latency_s'):.3f} s of latency were asked for, it had {late:.3f}")
    return [unproved("slow link", because) for because in found]


def shows(log: Log) -> list[str]:
    """Given the log, say how long the way back to the first region took, and writes were held on it."""
    entry = log.last("recovery.finished")
    back = entry.facts.below("facts").below("back") if entry else Facts("", {})
    if not back.has("return_s") or not back.has("held_s"):
        return []
    took, held = (units.short(back.number(key)) for key in ("return_s", "held_s"))
    return [f"the way back, with the region made anew, took {took} of the RTA; for {held} writes were held"]


def limits(log: Log) -> list[str]:
    """Given the log, say what stood ready, what was not cut, and how much closer sets followed each other."""
    truth = _truth(log)
    if not lost(log):
        return []
    found = [
        "making the region that took over: its empty stack stood ready, and the RTA holds no start of it",
        "the cadence of backups: the next set was begun as soon as the last one was across",
    ]
    if truth.data.get("cut") is False:
        cut = f"that its network was cut too: {truth.text('network')}"
        found.append(f"{cut}; its servers and its depot were destroyed")
    return found


def _truth(log: Log) -> Facts:
    """Return what the fault says that it broke; nothing where none was injected."""
    entry = log.last("fault.injected")
    return entry.facts.below("truth") if entry else Facts("", {})
