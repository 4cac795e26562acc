"""A restore that was to find no room: a run in which nothing was refused proves nothing of a full volume."""

from metadrill.judging.facts import Log
from metadrill.judging.ruling import Ruling, unproved
from metadrill.model import units


def rulings(log: Log) -> list[Ruling]:
    """Given the log, return that the recovery found room although a volume was filled to leave none."""
    finished, fault = log.last("recovery.finished"), log.first("fault.injected")
    if finished is None or fault is None or not fault.facts.below("truth").has("volume"):
        return []
    told = finished.facts.below("facts")
    if not told.has("had_room"):
        return []
    free = units.size(told.whole("had_room"))
    return [unproved("refused restore", f"no restore was refused: {free} of the volume were free")]
