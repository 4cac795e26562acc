"""A region that a fault says is lost: a run proves nothing where some of it still stood."""

from metadrill.judging.facts import Facts, Log
from metadrill.judging.ruling import Ruling, unproved


def rulings(log: Log) -> list[Ruling]:
    """Given the log, return what of the lost region was left: servers that ran, sets that lay there."""
    told = _told(log)
    if told is None:
        return []
    found = []
    if running := told.texts("running"):
        found.append(f"{', '.join(running)} still ran in the region that was to be lost")
    if left := told.below("depot").whole("left"):
        found.append(f"{left:,} folders of its depot were still there")
    return [unproved("lost region", because) for because in found]


def limits(log: Log) -> list[str]:
    """Given the log, say that its network was not cut, where its servers were destroyed alone."""
    told = _told(log)
    if told is None or told.data.get("cut") is not False:
        return []
    return [f"that its network was cut too: {told.text('network')}; its servers and its depot were destroyed"]


def _told(log: Log) -> Facts | None:
    """Return what the fault did to the region; None where it lost none."""
    entry = log.last("fault.injected")
    if entry is None or not entry.facts.has("truth"):
        return None
    truth = entry.facts.below("truth")
    return truth if truth.has("network") else None
