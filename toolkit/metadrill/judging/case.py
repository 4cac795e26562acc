"""One run before the judge: its log and every part judged by itself, in order of dependence."""

from collections.abc import Sequence
from dataclasses import dataclass

from metadrill.judging import (
    aims,
    checks,
    course,
    exposures,
    facts,
    given,
    opening,
    populations,
    regions,
    replicas,
    room,
    tiers,
    timeline,
    writes,
)
from metadrill.judging.checks import Checked
from metadrill.judging.exposures import Exposure
from metadrill.judging.facts import Log
from metadrill.judging.opening import Opening
from metadrill.judging.ruling import Ruling, missing, unproved
from metadrill.judging.timeline import Stamps
from metadrill.judging.writes import Writes
from metadrill.model.assessment import Measure, TierMeasure
from metadrill.model.event import Event
from metadrill.model.verdict import Verdict


@dataclass(frozen=True)
class Case:
    """What was fixed, what was measured, and what is held against the run."""

    log: Log
    opening: Opening
    taken: Stamps
    writes: Writes
    checked: Checked
    rta: Measure
    rpo: Measure
    age: float | None
    rulings: tuple[Ruling, ...]
    tiers: tuple[TierMeasure, ...] = ()
    exposed: Exposure | None = None


def hear(events: Sequence[Event]) -> Case:
    """Given events, return the case. Raises JournalError for an event of the wrong form."""
    log = facts.log(events)
    opened = opening.opening(log.entries[0])
    raw = timeline.stamps(log)
    until = timeline.served_until(log, raw.t0)
    judged = writes.writes(log, until)
    checked = checks.checked(log, opened, judged.lost_count)
    miss = aims.missed(log, opened)
    never = miss.because if miss else ""
    agreed = not populations.rulings(log, "verified")
    taken = timeline.settle(raw, {"verified": checked.proved and agreed and not never})
    rta, late = timeline.recovery_time(opened, taken, never)
    age = writes.age(log, raw.t0)
    exposed = exposures.worst(log, raw.t0)
    rpo, behind = writes.recovery_point(opened, judged, age, exposed or exposures.lacking(log, raw.t0))
    tiered = tiers.measures(log, opened, raw.t0, proved=taken.of("verified") is not None)
    held = [
        *course.ending(log), *course.rulings(log, opened, checked), *writes.lost_during(judged, opened),
        *checked.rulings, *behind, *late, *judged.rulings, *populations.rulings(log, *populations.COMPARED),
        *timeline.rulings(log, raw), *given.rulings(log), *replicas.rulings(log, until),
        *regions.rulings(log), *room.rulings(log), *tiers.rulings(tiered, ended=bool(never)),
    ]  # fmt: skip
    rulings = tuple(_certain(log, held, rta, rpo, missed=bool(never)))
    return Case(log, opened, taken, judged, checked, rta, rpo, age, rulings, tiered, exposed)


def _certain(log: Log, held: list[Ruling], rta: Measure, rpo: Measure, *, missed: bool) -> list[Ruling]:
    """A pass needs both measures met; what a run never reached goes without saying."""
    if rpo.met is None and log.first("fault.injected"):
        held.append(missing("RPO", f"the recovery point was not measured: {rpo.because}"))
    if course.ended_early(log) or missed:
        held = [ruling for ruling in held if not ruling.missing]
    passing = all(ruling.finding.verdict is Verdict.PASS for ruling in held)
    if passing and not (rta.met and rpo.met):
        held.append(unproved("objectives", rta.because or rpo.because or "an objective was not judged"))
    return held
