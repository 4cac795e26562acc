"""Stamps t0 to t6, the recovery time between two of them, and the phases to draw."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from metadrill import clock
from metadrill.errors import Code
from metadrill.judging.facts import Entry, Log
from metadrill.judging.opening import MARKS, Opening
from metadrill.judging.ruling import Ruling, failed, missing, unproved
from metadrill.model import units
from metadrill.model.assessment import Measure, Phase

KEYS = ("t0", "t1", "t2", "t3", "t4", "t5", "t6")
_KINDS = (
    "fault.injected", "outage.observed", "decision.made", "recovery.started",
    "stack.serving", "recovery.verified", "users.returned",
)  # fmt: skip
_DID = {
    "recovered": "recovered", "refused": "refused and proved untouched",
    "rolled_back": "undone and proved", "detected": "found",
}  # fmt: skip


@dataclass(frozen=True)
class Stamps:
    """Monotonic readings of t0 to t6 (None: not reached), and the first event's."""

    ns: tuple[int | None, ...]
    utc: tuple[str | None, ...]
    origin: int
    evaluated: int | None

    def of(self, mark: str) -> int | None:
        """Return the stamp of a mark in monotonic nanoseconds; None: not reached."""
        return self.ns[MARKS.index(mark)]

    @property
    def t0(self) -> int | None:
        """Return when it was disrupted, in monotonic nanoseconds; None: it was not."""
        return self.ns[0]

    @property
    def zero(self) -> int:
        """What times are relative to: t0, or the first event where nothing was disrupted."""
        return self.origin if self.t0 is None else self.t0

    def relative(self) -> Mapping[str, float | None]:
        """Return seconds since t0 by key; None before it, or where there is no t0."""
        zero = self.t0
        return {
            key: clock.seconds(zero, ns) if zero is not None and ns is not None and ns >= zero else None
            for key, ns in zip(KEYS, self.ns, strict=True)
        }


def stamps(log: Log) -> Stamps:
    """Given the log, return its stamps; t5 is the last evaluation, proved or not."""
    entries = [log.first(kind) for kind in _KINDS[:4]] + [log.last(kind) for kind in _KINDS[4:]]
    if log.first("fault.left_out"):
        entries[0] = None
    ns = [entry.mono_ns if entry else None for entry in entries]
    utc = [clock.stamp(entry.at) if entry else None for entry in entries]
    fault = entries[0]
    if fault:
        invoked = fault.facts.whole("invoked_ns")
        ns[0], utc[0] = invoked, _earlier(fault, invoked)
    return Stamps(tuple(ns), tuple(utc), log.entries[0].mono_ns, ns[5])


def _earlier(fault: Entry, invoked: int) -> str:
    """The event is recorded after the disruption was invoked: its UTC is set back by as much."""
    try:
        return clock.stamp(fault.at - timedelta(microseconds=max(0, fault.mono_ns - invoked) // 1000))
    except OverflowError:
        return clock.stamp(fault.at)


def settle(taken: Stamps, proved: Mapping[str, bool]) -> Stamps:
    """Given what is proved, take t4 and t5 away where it is not."""
    ns, utc = list(taken.ns), list(taken.utc)
    for mark, holds in proved.items():
        if not holds:
            ns[MARKS.index(mark)] = utc[MARKS.index(mark)] = None
    return replace(taken, ns=tuple(ns), utc=tuple(utc))


def rulings(log: Log, taken: Stamps) -> list[Ruling]:
    """Given the stamps, return where time does not run forward."""
    found = []
    for one, other in pairwise(log.entries):
        if other.mono_ns < one.mono_ns:
            because = f"event {other.seq} ({other.kind}) is earlier than the one before it"
            found.append(unproved("time", because))
            break
    known = [(key, ns) for key, ns in zip(KEYS, taken.ns, strict=True) if ns is not None]
    marks = [(key, ns) for key, ns in known if key != "t6"]
    for (key, ns), (later, after) in pairwise(marks):
        if after < ns:
            found.append(unproved("time", f"{later} lies before {key}: the stamps are out of order"))
    if taken.ns[6] is not None and any(ns > taken.ns[6] for key, ns in known if key in ("t0", "t3", "t4")):
        found.append(unproved("time", "t6 lies before t0, t3 or t4: the stamps are out of order"))
    fault = log.first("fault.injected")
    if fault and fault.facts.whole("invoked_ns") > fault.mono_ns:
        found.append(unproved("time", "the fault is said to be invoked after it was recorded"))
    return found


def served_until(log: Log, t0: int | None) -> int | None:
    """Given the log and t0, return until when clients were served: t0, but for a fault that says more.

    Between the first act of such a fault and the last server's end, a write may still be acknowledged,
    and is lost with the rest. Never later than the event that records the fault.
    """
    fault = log.first("fault.injected")
    if t0 is None or fault is None or not fault.facts.has("served_until_ns"):
        return t0
    return min(max(fault.facts.whole("served_until_ns"), t0), max(fault.mono_ns, t0))


def recovery_time(opening: Opening, taken: Stamps, never: str) -> tuple[Measure, list[Ruling]]:
    """Given settled stamps, and why the recovery never completed (or nothing), return RTA.

    The end is the later of t5 and t6 where the drill measures to verified or returned.
    """
    base = Measure(None, opening.rto, None, opening.since, opening.until)
    if never:
        return replace(base, met=False, because=never), []
    start, end = taken.of(opening.since), taken.of(opening.until)
    if end is not None and opening.until in ("verified", "returned"):
        end = (
            None
            if taken.of("verified") is None
            else max(end, taken.of("verified") or 0, taken.of("returned") or 0)
        )
    if start is None or end is None:
        return _unmeasured(base, taken, start)
    if end < start:
        return replace(base, because="the stamps are out of order"), []
    actual = clock.seconds(start, end)
    measure = replace(base, actual=actual, met=end - start <= opening.rto * 1e9)
    if measure.met:
        return measure, []
    did = _DID.get(opening.aim, "done")
    because = f"{did} in {units.short(actual)}, {units.short(opening.rto)} allowed"
    return replace(measure, because=because), [failed("RTO", because, Code.RTO_MISSED)]


def _unmeasured(base: Measure, taken: Stamps, start: int | None) -> tuple[Measure, list[Ruling]]:
    """Not measured; missed all the same where the objective had passed before the evaluation ended.

    That nothing was disrupted is held against the run by `course`, once.
    """
    if start is None:
        because = f"not measured: {base.since} was not reached"
        told = [] if base.since == "disrupted" else [missing("RTO", because)]
        return replace(base, because=because), told
    if base.until in ("verified", "returned") and taken.evaluated is not None:
        passed = clock.seconds(start, taken.evaluated)
        if passed > base.limit:
            because = f"not proved after {units.short(passed)}, {units.short(base.limit)} allowed"
            return replace(base, met=False, because=because), [failed("RTO", because, Code.RTO_MISSED)]
        return replace(base, because="not measured: the recovery is not proved"), []
    because = f"not measured: {base.until} was not reached"
    return replace(base, because=because), [missing("RTO", because)]


def phases(log: Log, taken: Stamps) -> tuple[Phase, ...]:
    """Given the log, return its phases one after the other, seconds since t0."""
    checks = log.phase("checks.run", "baseline") + log.phase("witness.heard", "baseline")
    settled = log.phase("index.settled", "baseline")
    left_out = log.first("fault.left_out", "recovery.left_out", "recovery.failed", "stack.not_serving")
    closing = log.last("sandbox.removed", "teardown.failed", "drill.closed")
    ends = (
        ("boot", _at(log.last("stack.served"))),
        ("data", _at(settled[-1] if settled else log.last("data.placed"))),
        ("baseline", max((entry.mono_ns for entry in checks), default=None)),
        ("backup", _at(log.last("backup.taken"))),
        ("writes", taken.t0),
        ("outage", _at(log.first("outage.observed", "outage.unseen"))),
        ("decision", taken.ns[3]),
        ("recovery", _at(log.last("stack.serving") or left_out)),
        ("verification", taken.evaluated),
        ("clean-up", _at(closing)),
    )
    found, start = [], taken.origin
    for name, end in ends:
        if end is not None and end >= start:
            found.append(Phase(name, clock.seconds(taken.zero, start), clock.seconds(taken.zero, end)))
            start = end
    return tuple(found)


def _at(entry: Entry | None) -> int | None:
    return entry.mono_ns if entry else None
