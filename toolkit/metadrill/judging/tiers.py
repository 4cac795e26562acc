"""The tiers of a drill: when each was proved to be back, against its own objective."""

from metadrill import clock
from metadrill.errors import Code
from metadrill.judging.facts import Log
from metadrill.judging.opening import Opening
from metadrill.judging.ruling import Ruling, failed, missing
from metadrill.model import units
from metadrill.model.assessment import TierMeasure


def measures(log: Log, opening: Opening, t0: int | None, *, proved: bool) -> tuple[TierMeasure, ...]:
    """Given the log, what was fixed, t0, and whether the whole recovery is proved, return each tier's RTA.

    Where the whole is not proved, no tier is.
    """
    verified = {entry.facts.text("tier"): entry for entry in reversed(log.all("tier.verified"))}
    found = []
    for tier in opening.tiers:
        entry = verified.get(tier.name)
        if entry is None or t0 is None or not proved or entry.mono_ns < t0:
            entities = entry.facts.whole("entities") if entry else None
            found.append(TierMeasure(tier.name, tier.limit, None, None, entities))
            continue
        actual = clock.seconds(t0, entry.mono_ns)
        met = entry.mono_ns - t0 <= tier.limit * 1e9
        found.append(TierMeasure(tier.name, tier.limit, actual, met, entry.facts.whole("entities")))
    return tuple(found)


def limits(log: Log) -> list[str]:
    """Given the log, say that tiers were looked at in the graph alone, where nothing was said of search."""
    if all(entry.facts.has("documents") for entry in log.all("tier.verified")):
        return []
    return ["search in a tier: a tier's time ends when the graph had it, and nobody looked for it by search"]


def rulings(found: tuple[TierMeasure, ...], *, ended: bool) -> list[Ruling]:
    """Given the measures, return the tiers that were late, and those that were never proved.

    `ended`: the recovery never completed, which says enough of the latter.
    """
    held = []
    for tier in found:
        if tier.actual is None and not ended:
            held.append(missing(f"tier {tier.name}", "nothing shows that it is back"))
        elif tier.met is False and tier.actual is not None:
            because = f"back in {units.short(tier.actual)}, {units.short(tier.limit)} allowed"
            held.append(failed(f"RTO of tier {tier.name}", because, Code.RTO_MISSED))
    return held
