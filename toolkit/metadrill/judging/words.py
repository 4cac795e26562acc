"""The judgement in plain words: one sentence, what the run shows, and what it does not."""

from collections.abc import Mapping, Sequence

from metadrill.judging import aims, exposures, given, populations, regions, replicas, sets, tiers, timeline
from metadrill.judging.case import Case
from metadrill.judging.facts import Log
from metadrill.judging.opening import Opening
from metadrill.judging.verdict import Judgement
from metadrill.model import units
from metadrill.model.suite import CheckResult
from metadrill.model.verdict import Aim, CheckVerdict, EvidenceClass, Verdict, passing

_NEGATIVE = (Aim.REFUSED, Aim.ROLLED_BACK, Aim.DETECTED)


def sentence(heard: Case, judgement: Judgement) -> str:
    """Given the case and its judgement, return it as one plain sentence."""
    if judgement.verdict is not Verdict.PASS:
        grave = [finding for finding in judgement.findings if finding.verdict is judgement.verdict]
        more = f" (and {len(grave) - 1:,} more)" if len(grave) > 1 else ""
        return f"{judgement.verdict.value.upper()}: {grave[0].because}{more}."
    seen = heard.taken.relative()["t1"] or 0.0
    rta = heard.rta
    took = f"{_ended(heard)} in {units.short(rta.actual or 0.0)} of the {units.short(rta.limit)} allowed"
    noted = "".join(f"; {finding.because}" for finding in judgement.findings)
    return f"{heard.opening.title}: seen after {units.short(seen)}, {took}; {_lost(heard)}{noted}."


def _ended(heard: Case) -> str:
    """Return in words how it ended, which was its aim."""
    log = heard.log
    refused, undone, found = (log.first(aims.ENDS[one]) for one in _NEGATIVE)
    if heard.opening.aim == Aim.REFUSED and refused:
        code = refused.facts.whole("code")
        return f"refused as it should be (exit code {code}), and proved untouched"
    if heard.opening.aim == Aim.ROLLED_BACK and undone:
        return "undone as it should be, and proved to stand again as before"
    if heard.opening.aim == Aim.DETECTED and found:
        return "found as it should be, and nothing mended,"
    return "recovered"


def _reached(heard: Case) -> list[str]:
    """Return what was shown of an aim other than recovery."""
    log = heard.log
    refused, undone, found = (log.first(aims.ENDS[one]) for one in _NEGATIVE)
    told = []
    codes = sets.codes(log)
    if codes == (sets.LATE,):
        told.append("the newest replica was late, and nothing else of the repository was amiss")
    elif codes:
        told.append(f"the backup set was not what it should be: {', '.join(codes)}")
    proved = not aims.rulings(log, heard.opening)
    if heard.opening.aim == Aim.REFUSED and refused:
        told.append(f"the restore was refused: {refused.facts.text('because')}")
        told += ["from its begin to the last check no call changed anything"] if proved else []
    if heard.opening.aim == Aim.ROLLED_BACK and undone:
        count = len(undone.facts.below("restored").mapping("tables"))
        told.append(f"the restore was undone: {undone.facts.text('because')}")
        told += [f"what stood before stands again: {count:,} tables, equal by digest"] if proved else []
    if heard.opening.aim == Aim.DETECTED and found:
        told.append(f"the damage was found: {found.facts.text('because')}")
        part = {n for some in heard.writes.lost_during.values() for n in some} & heard.writes.found
        told += (
            [f"{len(part):,} writes after t0 are in the graph and not in search: part of it"] if part else []
        )
    return told


def _lost(heard: Case) -> str:
    if not heard.writes.ran:
        return "no canary ran, so no write was followed"
    if heard.exposed is not None and heard.rpo.actual == heard.exposed.seconds:
        worst, allowed = units.short(heard.exposed.seconds), units.short(heard.rpo.limit)
        return f"at the worst moment the last {worst} of work were in no replica, of {allowed} allowed"
    if heard.rpo.actual:
        allowed = units.short(heard.rpo.limit)
        return f"the last {units.short(heard.rpo.actual)} of work were lost, of {allowed} allowed"
    return (
        "nothing acknowledged before it was lost"
        if heard.writes.lost_count
        else "nothing acknowledged was lost"
    )


def shows(heard: Case) -> tuple[str, ...]:
    """Given the case, return what was compared, in words."""
    found = []
    seen = populations.examined(heard.log)
    if seen:
        whole = "complete" if seen[0] == seen[1] else "not complete"
        found.append(f"examined {seen[0]:,} of {seen[1]:,} entities, {whole}")
    results = heard.checked.results["verified"]
    if results:
        asked = (row.suite for row in results if row.verdict is not CheckVerdict.NOT_PROVABLE)
        suites = ", ".join(dict.fromkeys(asked))
        when = "after the recovery" if heard.opening.aim == Aim.RECOVERED else "afterwards"
        found.append(passing((row.verdict for row in results), f"passed {when} ({suites})"))
    found += _reached(heard)
    broken = sorted(
        {row.number for row in heard.checked.results["outage"] if row.verdict is CheckVerdict.FAIL}
    )
    if broken:
        numbers = ", ".join(str(number) for number in broken)
        found.append(f"the damage was real: check {numbers} failed during the outage")
    at = heard.taken.relative()["t1"]
    if at is not None:
        found.append(f"the outage was seen by the drill's own probes after {units.short(at)}")
    for way, loss in heard.writes.loss.items():
        if loss.seconds is not None:
            kept = f"{loss.acknowledged - len(loss.lost):,} of {loss.acknowledged:,}"
            found.append(f"{kept} writes acknowledged before t0 are read back from {way}")
    for tier in heard.tiers:
        if tier.actual is not None:
            allowed = f"{units.short(tier.actual)} of the {units.short(tier.limit)} allowed"
            found.append(f"tier {tier.name} was back and proved after {allowed}: {tier.entities:,} entities")
    found += regions.shows(heard.log)
    found += exposures.sentences(heard.exposed, heard.opening)
    found += replicas.sentence(heard.log, timeline.served_until(heard.log, heard.taken.t0))
    return tuple(found)


def does_not_show(heard: Case, kind: EvidenceClass) -> tuple[str, ...]:
    """Given the case and its evidence class, return the limits of what was shown."""
    found = []
    if kind is EvidenceClass.DEMONSTRATION:
        found.append("a demonstration on made-up data: no evidence about the reader's systems")
    plan = heard.log.last("plan.fixed")
    found += [f"not provable here: {what}" for what in (plan.facts.texts("not_provable") if plan else ())]
    aside = [row for row in heard.checked.results["verified"] if row.verdict is CheckVerdict.NOT_PROVABLE]
    for row in aside:
        told = f"not provable here: check {row.number}, {row.title}"
        known = (told.lower(), f"not provable here: suite {row.suite}, ")
        found += [] if any(text.lower().startswith(known) for text in found) else [told]
    found += _sampled(heard.checked.results["verified"])
    found += [*_size(heard.log, heard.opening), *_isolation(heard.log), *_warm(heard.log)]
    found += [f"the part that was exchanged: {part}" for part in heard.opening.facts.texts("exchanged")]
    found += [*given.limits(heard.log), *_stores(heard.log)]
    found += [*_regions(heard.log), *regions.limits(heard.log), *tiers.limits(heard.log)]
    if heard.writes.unknown:
        found.append(
            f"what became of {heard.writes.unknown:,} writes of unknown outcome: they count neither way"
        )
    if heard.log.first("outage.observed"):
        found.append("mean time to detect: the outage was looked for by the drill itself")
    return tuple(dict.fromkeys(found))


def _sampled(results: Sequence[CheckResult]) -> list[str]:
    """Say which checks looked at less than there is."""
    some = (row for row in results if row.scope.startswith("sampled"))
    part = {row.number: row.scope.removeprefix("sampled: ") for row in some}
    told = ", ".join(f"check {number} ({what})" for number, what in sorted(part.items()))
    return [f"looked at a part: {told}"] if told else []


def _stores(log: Log) -> list[str]:
    """Say what stayed where the stores alone were lost: nobody had to make it again."""
    entry = log.last("fault.injected")
    truth = entry.facts.mapping("truth") if entry else {}
    if not isinstance(truth.get("lost"), Mapping) or "region" in truth:
        return []
    stayed = "the sandbox's network, installation, configuration and credentials stayed"
    return [f"provisioning: the stores were lost, and {stayed}: the RTA holds no making of them"]


def _regions(log: Log) -> list[str]:
    created = log.first("sandbox.created")
    if created is None or not created.facts.has("regions"):
        return []
    return ["real regions, and the distance between them: both are simulated, two sandboxes on one machine"]


def _isolation(log: Log) -> list[str]:
    if log.first("isolation.unproved"):
        return ["isolation of the sandbox is not proved"]
    if log.first("isolation.proved"):
        return []
    return ["nothing says whether the sandbox was isolated"]


def _warm(log: Log) -> list[str]:
    served = log.last("stack.served")
    if served is None or served.facts.text("start") != "warm":
        return []
    last = served.facts.number("last_cold_s") if served.facts.has("last_cold_s") else None
    told = f"; the last cold one took {units.short(last)}" if last is not None else ""
    return [f"a cold start: this one was warm{told}"]


def _size(log: Log, opening: Opening) -> list[str]:
    drilled = populations.drilled(log)
    if opening.production is None:
        return ["production size: none is declared"]
    if drilled is None or drilled * 2 < opening.production:
        part = f"{drilled or 0:,} of {opening.production:,} entities"
        return [f"full size: judged at this size ({part}); what past runs foretell of it is no evidence"]
    return []
