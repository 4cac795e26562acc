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
        return []
    if not truth.has("running") or not truth.below("depot").has("left"):
        return [missing("lost region", "nothing says whether its servers still ran, and its depot was there")]
    found = []
    if running := truth.texts("running"):
        found.append(f"{', '.join(running)} still ran in the region that was to be lost")
    if left := truth.below("depot").whole("left"):
        found.append(f"{left:,} folders of its depot were still there")
    return [unproved("lost region", because) for because in found]


def limits(log: Log) -> list[str]:
    """Given the log, say that its network was not cut, where its servers were destroyed alone."""
    truth = _truth(log)
    if not lost(log) or truth.data.get("cut") is not False:
        return []
    return [
        f"that its network was cut too: {truth.text('network')}; its servers and its depot were destroyed"
    ]


def _truth(log: Log) -> Facts:
    """Return what the fault says that it broke; nothing where none was injected."""
    entry = log.last("fault.injected")
    return entry.facts.below("truth") if entry else Facts("", {})
