"""What a fault says it did to a region: lost it, and then nothing of it may be left, or slowed its link."""

from metadrill.judging.facts import Facts, Log
from metadrill.judging.ruling import Ruling, missing, unproved


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
    """A link that carries as much as before was not slowed, whatever rang."""
    before, during = (truth.below("link").below(key) for key in ("before", "during"))
    if not before.has("bytes_s") or not during.has("bytes_s"):
        return [missing("slow link", "nothing says what the link carried before it was slowed, and then")]
    first, then = before.number("bytes_s"), during.number("bytes_s")
    if then < first:
        return []
    because = f"the link carried {first:,.0f} bytes a second before it was slowed, and {then:,.0f} then"
    return [unproved("slow link", because)]


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
