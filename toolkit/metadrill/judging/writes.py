"""What became of the canary's writes: RPA by the identity of changes, never by time stamps.

A are the writes acknowledged before t0, L those of A absent afterwards; RPA is t0 minus the
invocation of the earliest of L, or 0. Unknown writes count neither way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from metadrill import clock
from metadrill.errors import Code
from metadrill.judging import exposures
from metadrill.judging.exposures import Exposure
from metadrill.judging.facts import Facts, Log
from metadrill.judging.opening import Opening
from metadrill.judging.ruling import Ruling, failed, missing, unproved
from metadrill.model import units
from metadrill.model.assessment import Finding, LossMeasure, Measure
from metadrill.model.verdict import Aim, Severity, Verdict

WAYS = ("graph", "search")
SAMPLE = 20


@dataclass(frozen=True)
class Acknowledged:
    """One write: invoked (the earlier of two readings) and acknowledged, monotonic."""

    invoked: int
    acked: int


@dataclass(frozen=True)
class Writes:
    """Losses by way of reading, before t0 and after it; `ran`: there was a canary.

    `found` are those after t0 that are part of the damage, where to find it was the aim.
    """

    ran: bool
    unknown: int
    loss: Mapping[str, LossMeasure]
    lost_during: Mapping[str, tuple[int, ...]]
    rulings: tuple[Ruling, ...]
    found: frozenset[int] = frozenset()

    @property
    def lost_count(self) -> int:
        """How many writes acknowledged after t0 are absent, by either way, and were not to be found so."""
        return len({n for numbers in self.lost_during.values() for n in numbers} - self.found)


def writes(log: Log, t0: int | None) -> Writes:
    """Given the log and t0 (None: nothing disrupted), return what became of the writes."""
    acked, contradictions = _acknowledged(log)
    ran = (
        log.first("write.invoked", "write.acked", "write.failed", "write.unknown", "writes.read") is not None
    )
    ended = {entry.facts.whole("n") for entry in log.all("write.acked", "write.failed")}
    unknown = {entry.facts.whole("n") for entry in log.all("write.invoked", "write.unknown")} - ended
    entry = log.last("writes.read")
    if entry is None:
        because = "the writes were not read back" if ran else "no canary ran"
        none = LossMeasure(None, len(_before(acked, t0)), (), because)
        rulings = (*contradictions, missing("writes", because)) if ran else ()
        return Writes(ran, len(unknown), dict.fromkeys(WAYS, none), dict.fromkeys(WAYS, ()), rulings)
    found = list(contradictions) + _reconciled(log, entry.facts, acked, entry.seq)
    absent = {"graph": _absent(entry.facts, "guid"), "search": _absent(entry.facts, "search")}
    invoked = {one.facts.whole("n") for one in log.all("write.invoked", "write.acked")}
    for way, numbers in absent.items():
        for strange in sorted(numbers - invoked)[:1]:
            found.append(unproved("writes", f"write {strange} is absent from {way} and was never invoked"))
    loss = {way: _loss(acked, numbers, t0) for way, numbers in absent.items()}
    early = _before(acked, t0)
    during = {
        way: tuple(sorted(n for n in numbers if n in acked and n not in early and t0 is not None))
        for way, numbers in absent.items()
    }
    part = _part_of_damage(log, acked) - absent["graph"] if t0 is not None else frozenset()
    return Writes(ran, len(unknown), loss, during, tuple(found), part)


def _part_of_damage(log: Log, acked: Mapping[int, Acknowledged]) -> frozenset[int]:
    """Return the writes begun before the fault was whole, in a run that found damage and mended nothing.

    The graph has them; that search lacks them is the damage itself, and not lost by a recovery.
    """
    fault, detected = log.first("fault.injected"), log.first("recovery.detected")
    if fault is None or detected is None or log.entries[0].facts.text("aim") != Aim.DETECTED:
        return frozenset()
    return frozenset(n for n, write in acked.items() if write.invoked < fault.mono_ns)


def _acknowledged(log: Log) -> tuple[dict[int, Acknowledged], list[Ruling]]:
    invoked = {entry.facts.whole("n"): entry.mono_ns for entry in reversed(log.all("write.invoked"))}
    acked: dict[int, Acknowledged] = {}
    found = []
    for entry in log.all("write.acked"):
        n, start = entry.facts.whole("n"), entry.facts.whole("invoked_ns")
        if n in acked:
            found.append(unproved("writes", f"write {n} is acknowledged twice"))
        if n not in invoked:
            found.append(unproved("writes", f"write {n} is acknowledged and was never invoked"))
        if max(start, invoked.get(n, start)) > entry.mono_ns:
            found.append(unproved("writes", f"write {n} is acknowledged before it was invoked"))
        acked[n] = Acknowledged(min(start, invoked.get(n, start), entry.mono_ns), entry.mono_ns)
    return acked, found[:3]


def _absent(facts: Facts, key: str) -> frozenset[int]:
    side = facts.below(key)
    if not side.has("absent"):
        side.wrong("absent", "not a list of numbers")
    return frozenset(side.wholes("absent"))


def _reconciled(log: Log, facts: Facts, acked: Mapping[int, Acknowledged], seq: int) -> list[Ruling]:
    """Every acknowledged write must have been read: the reading says how many it took."""
    told = facts.whole("acked")
    late = sum(entry.seq > seq for entry in log.all("write.acked"))
    if told == len(acked) and not late:
        return []
    because = f"{len(acked):,} writes were acknowledged, {told:,} of them read back"
    return [unproved("writes", because + (f"; {late:,} came after the reading" if late else ""))]


def _before(acked: Mapping[int, Acknowledged], t0: int | None) -> frozenset[int]:
    return frozenset(n for n, write in acked.items() if t0 is not None and write.acked < t0)


def _loss(acked: Mapping[int, Acknowledged], absent: frozenset[int], t0: int | None) -> LossMeasure:
    early = _before(acked, t0)
    if t0 is None:
        return LossMeasure(None, 0, (), "nothing was disrupted")
    if not early:
        return LossMeasure(None, 0, (), "no write was acknowledged before the disruption")
    lost = tuple(sorted(early & absent))
    if not lost:
        return LossMeasure(0.0, len(early), ())
    first = min(lost, key=lambda n: acked[n].invoked)
    because = f"{len(lost):,} of {len(early):,} lost; the first is write {first}"
    return LossMeasure(clock.seconds(acked[first].invoked, t0), len(early), lost, because)


def lost_during(judged: Writes, opening: Opening) -> list[Ruling]:
    """Given the writes, return the critical finding for those acknowledged after t0 and absent."""
    if not judged.lost_count:
        return []
    lost = {way: [n for n in judged.lost_during[way] if n not in judged.found] for way in WAYS}
    where = " and ".join(f"{len(lost[way]):,} from {way}" for way in WAYS if lost[way])
    sample = tuple(str(n) for n in sorted({n for some in lost.values() for n in some}))
    because = f"writes acknowledged after the disruption are absent: {where}"
    over = judged.lost_count > opening.budget[Severity.CRITICAL]
    finding = Finding(
        "writes lost during the recovery", Severity.CRITICAL, Verdict.FAIL if over else Verdict.PASS,
        because, judged.lost_count, sample[:SAMPLE],
    )  # fmt: skip
    return [Ruling(finding, Code.INTEGRITY_LOST if over else Code.WARNINGS)]


def age(log: Log, t0: int | None) -> float | None:
    """Given the log and t0, return the age of the restored cut in seconds; None where none is."""
    backup, finished = log.last("backup.taken"), log.last("recovery.finished")
    if t0 is None:
        return None
    if finished is not None and finished.facts.has("facts") and finished.facts.below("facts").has("cut"):
        return _age_at_fault(log, finished.facts.below("facts"))
    if backup is None:
        chosen = log.first("backup.chosen")
        return _age_at_fault(log, chosen.facts) if chosen else None
    start = backup.mono_ns
    if backup.facts.has("started_ns"):
        start = min(start, backup.facts.whole("started_ns"))
    return clock.seconds(start, t0) if start <= t0 else None


def _age_at_fault(log: Log, told: Facts) -> float | None:
    """Return how old the cut of the restored set was when the fault was injected."""
    fault = log.first("fault.injected")
    if fault is None:
        return None
    try:
        cut = datetime.fromisoformat(told.below("cut").text("started"))
    except ValueError:
        told.below("cut").wrong("started", "not a moment in time")
    return round((fault.at - cut).total_seconds(), 3) if cut.tzinfo and cut <= fault.at else None


def recovery_point(
    opening: Opening, judged: Writes, cut: float | None, at_risk: Exposure | str = ""
) -> tuple[Measure, list[Ruling]]:
    """Given the writes and the age of the cut, judge the recovery point by the worse of both ways.

    Where replicas were late, what would have been lost at the worst moment counts as lost. What is missing
    to tell that moment, a text, leaves a recovery point that would be met unmeasured.
    """
    exposed = at_risk if isinstance(at_risk, Exposure) else None
    known = [loss.seconds for loss in judged.loss.values() if loss.seconds is not None]
    actual = max(known) if len(known) == len(WAYS) else None
    because = next((loss.because for loss in judged.loss.values() if loss.seconds is None), "")
    if not judged.ran:
        actual, because = (
            cut,
            "no canary ran" + (": judged by the age of the restored cut" if cut is not None else ""),
        )
    if actual is None:
        return Measure(None, opening.rpo, None, because=because), []
    if exposed is not None and exposed.seconds > actual:
        actual, because = exposed.seconds, exposures.because(exposed)
    met = actual <= opening.rpo
    if met and isinstance(at_risk, str) and at_risk:
        return Measure(None, opening.rpo, None, because=at_risk), []
    if met:
        return Measure(actual, opening.rpo, met, because=because), []
    lost = f"{units.short(actual)} lost, {units.short(opening.rpo)} allowed"
    first = next((loss.because for loss in judged.loss.values() if loss.seconds == actual), because)
    if exposed is not None and exposed.seconds == actual:
        lost = f"{units.short(actual)} would have been lost, {units.short(opening.rpo)} allowed"
    because = f"{lost}; {first}" if first else lost
    return Measure(actual, opening.rpo, met, because=because), [failed("RPO", because, Code.RPO_MISSED)]
