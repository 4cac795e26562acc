"""Whether the straight line was walked: each station there, in its order, once."""

from metadrill.errors import Code
from metadrill.judging import aims, sets
from metadrill.judging.checks import Checked
from metadrill.judging.facts import Entry, Log
from metadrill.judging.opening import Opening
from metadrill.judging.ruling import Ruling, failed, missing, noted, unproved
from metadrill.model.verdict import Aim

ONCE = (
    "run.opened", "plan.fixed", "fault.injected", "outage.observed", "recovery.started",
    *aims.ENDS.values(), "stack.serving", "writes.read", "recovery.verified", "users.returned",
    "drill.closed",
)  # fmt: skip
_STATIONS = ("fault.injected", "outage.observed", "recovery.started", "stack.serving", "recovery.verified")
_BEFOREHAND = ("plan.fixed", "sandbox.created", "isolation.proved", "stack.served", "data.placed",
               "backup.taken")  # fmt: skip
_PHASED = ("index.settled", "census.taken", "witness.heard", "checks.run")
_SIGNALS = {"SIGINT": Code.SIGINT, "2": Code.SIGINT, "SIGTERM": Code.SIGTERM, "15": Code.SIGTERM,
            "timeout": Code.ENVIRONMENT}  # fmt: skip


def rulings(log: Log, opening: Opening, checked: Checked) -> list[Ruling]:
    """Given the log and its checks, return what of the line is missing or contradicts itself."""
    never = aims.missed(log, opening)
    found = [failed("recovery", never.because, code) for code in never.codes] if never else []
    found += aims.rulings(log, opening)
    if not log.first("plan.fixed"):
        found.append(missing("plan", "no plan was fixed: what is not provable is not known"))
    found += _outage(log, checked)
    found += [] if never else _recovery(log, opening)
    found += _order(log, opening)
    for kind in ONCE:
        if len(log.all(kind)) > 1:
            found.append(unproved("journal", f"{kind} is recorded {len(log.all(kind))} times"))
    return found


def _outage(log: Log, checked: Checked) -> list[Ruling]:
    left_out = log.first("fault.left_out")
    if left_out:
        return [unproved("outage", "the fault was left out: there was no outage to recover from")]
    fault = log.first("fault.injected")
    if not fault:
        return [missing("outage", "no fault was injected")]
    found = []
    if not fault.facts.mapping("truth"):
        found.append(missing("outage", "nothing says what exactly was broken"))
    if log.first("outage.unseen"):
        found.append(unproved("outage", "no probe saw an outage"))
    elif not log.first("outage.observed"):
        found.append(missing("outage", "nothing says that an outage was seen"))
    found += sets.rulings(log)
    if not checked.damage_seen and not nothing_left(log) and not sets.damaged(log):
        found.append(missing("outage", "no check failed during the outage: the damage was not shown"))
    return found


def nothing_left(log: Log) -> bool:
    """Whether a probe saw the outage and then nothing at all could be read: that shows the damage whole."""
    taken = log.phase("census.taken", "outage")
    if not taken or not log.first("outage.observed"):
        return False
    facts = taken[-1].facts
    return bool(facts.mapping("faults")) and not facts.mapping("counts")


def _recovery(log: Log, opening: Opening) -> list[Ruling]:
    end = _end(opening)
    stations = {
        "recovery.started": "no recovery was started",
        end: f"nothing says that the recovery {end.removeprefix('recovery.').replace('_', ' ')}",
        "stack.serving": "nothing says that the repository served again",
        "recovery.verified": "nothing says that the recovery was verified",
    }
    return [missing("recovery", because) for kind, because in stations.items() if not log.first(kind)]


def _end(opening: Opening) -> str:
    """Return the kind that the recovery must end with."""
    return aims.ENDS[aims.aim(opening) or Aim.RECOVERED]


def _order(log: Log, opening: Opening) -> list[Ruling]:
    """Stations by their order in the journal; comparisons within the stretch they speak of."""
    found = []
    line = (*_STATIONS[:3], _end(opening), *_STATIONS[3:])
    stations = [entry for kind in line if (entry := log.first(kind))]
    for index, entry in enumerate(stations):
        early = [before for before in stations[:index] if before.seq > entry.seq]
        if early:
            found.append(unproved("order", f"{entry.kind} is recorded before {early[0].kind}"))
    fault, served, placed = log.first("fault.injected"), log.last("stack.serving"), log.first("data.placed")
    started, verified = log.first("recovery.started"), log.last("recovery.verified")
    for kind in _PHASED:
        found += _within(log.phase(kind, "baseline"), placed, fault)
        found += _within(log.phase(kind, "verified"), served, verified)
    found += _within(log.phase("checks.run", "outage"), fault, started)
    found += _within(log.all("writes.read"), served, verified)
    for kind in _BEFOREHAND:
        found += _within(log.all(kind), None, fault)
    ended = log.first(*aims.ENDS.values(), "recovery.failed")
    found += _within(log.all("recovery.step", "tier.verified"), started, ended)
    found += _within(log.all("sandbox.removed"), verified, None)
    found += _within(log.phase("set.examined", "baseline"), None, fault)
    found += _within(log.phase("set.examined", "outage"), fault, started)
    return found


def _within(entries: tuple[Entry, ...], after: Entry | None, before: Entry | None) -> list[Ruling]:
    for entry in entries:
        if after and entry.seq < after.seq:
            return [unproved("order", f"event {entry.seq} ({entry.kind}) is recorded before {after.kind}")]
        if before and entry.seq > before.seq:
            return [unproved("order", f"event {entry.seq} ({entry.kind}) is recorded after {before.kind}")]
    return []


def ending(log: Log) -> list[Ruling]:
    """Given the log, return what its end means: failed, aborted, torn, or not cleaned up."""
    found = []
    for entry in log.all("run.aborted"):
        signal = str(entry.facts.data.get("signal"))
        found.append(unproved("run", f"the run was stopped by {signal}", _SIGNALS.get(signal, Code.SIGTERM)))
    for entry in log.all("run.failed"):
        found.append(unproved("run", f"the run failed: {entry.facts.text('error')}", _code(entry)))
    closed = log.last("drill.closed")
    if closed is None:
        found.append(unproved("journal", "the journal was never closed: its end is not known"))
    else:
        found += _closed(log, closed)
    return found + _cleanup(log)


def ended_early(log: Log) -> bool:
    """Given the log, say whether the run never came to its end."""
    closed = log.last("drill.closed")
    return (
        closed is None
        or closed.facts.text("outcome") != "completed"
        or bool(log.first("run.failed", "run.aborted"))
    )


def _code(entry: Entry) -> Code:
    try:
        code = Code(entry.facts.whole("code"))
    except ValueError:
        return Code.INTERNAL
    return Code.INTERNAL if code is Code.OK else code


def _closed(log: Log, closed: Entry) -> list[Ruling]:
    found = []
    outcome, count = closed.facts.text("outcome"), closed.facts.whole("events")
    if count != len(log.entries) or closed.seq != len(log.entries) - 1:
        because = f"closed at {count:,} events, holds {len(log.entries):,}"
        found.append(unproved("journal", because))
    if outcome == "completed" or log.first("run.failed", "run.aborted"):
        return found
    if log.first("recovery.failed", "stack.not_serving"):
        return [*found, unproved("run", f"the run ended as {outcome}")]
    return [*found, unproved("run", f"the run ended as {outcome} and gives no reason", Code.INTERNAL)]


def _cleanup(log: Log) -> list[Ruling]:
    found = []
    for entry in log.all("teardown.failed"):
        step = entry.facts.text("step") if entry.facts.has("step") else "a step"
        found.append(noted("clean-up", f"{step} of the clean-up failed", Code.CLEANUP_INCOMPLETE))
    for entry in log.all("sandbox.removed"):
        left = {
            name: len(entry.facts.below("remaining").items(name)) for name in entry.facts.mapping("remaining")
        }
        if any(left.values()):
            told = ", ".join(f"{name}: {count:,}" for name, count in left.items() if count)
            found.append(noted("clean-up", f"left behind, {told}", Code.CLEANUP_INCOMPLETE))
    began = log.first("sandbox.created") or not ended_early(log)
    if began and not log.first("sandbox.removed", "teardown.failed"):
        because = "nothing says that the sandbox was removed"
        found.append(unproved("clean-up", because, Code.CLEANUP_INCOMPLETE))
    return found
