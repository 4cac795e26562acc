"""Rows of the pack's sections that neither the assessment nor the report has."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from metadrill.model.assessment import Assessment
from metadrill.model.verdict import CheckVerdict, Verdict
from metadrill.packs import drawings, words
from metadrill.packs.evidence.record import Record, mapping

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Stamp:
    """A stamp of the timeline: its key, its name, UTC, and the time since t0."""

    key: str
    name: str
    utc: str
    since: str


@dataclass(frozen=True)
class Exception_:
    """Something that did not go as planned, or was done by hand."""

    kind: str
    what: str


def stamps(assessment: Assessment) -> tuple[Stamp, ...]:
    """Given a run, return t0 to t6; what was not reached has a dash."""
    return tuple(
        Stamp(
            key,
            name,
            words.plain(assessment.utc.get(key)),
            words.lasting(assessment.stamps.get(key)),
        )
        for key, name in drawings.MARKS.items()
    )


def differences(assessment: Assessment, record: Record) -> Rows:
    """Given a run, return the times between its stamps, human time apart from machine time."""
    at, waited = assessment.stamps, record.last("decision.made").get("waited_s")

    def between(start: str, end: str) -> str:
        first, last = at.get(start), at.get(end)
        return words.lasting(None if first is None or last is None else last - first)

    return (
        ("until it was seen by the drill's own probes (no mean time to detect)", between("t0", "t1")),
        ("from seen to decided: checks of the damage, and the decision", between("t1", "t2")),
        ("of it, waited for a person", words.lasting(_seconds(waited))),
        ("from decided to begun", between("t2", "t3")),
        ("from begun to serving", between("t3", "t4")),
        ("from serving to verified", between("t4", "t5")),
        ("from disrupted to serving", between("t0", "t4")),
        ("from disrupted to verified", between("t0", "t5")),
        ("from disrupted to returned to users", between("t0", "t6")),
    )


def exceptions(assessment: Assessment, record: Record) -> tuple[Exception_, ...]:
    """Given a run, return everything that an auditor would call an exception."""
    return (
        *_found(assessment),
        *_unjudged(assessment),
        *_ended(record),
        *_writes(record),
        *_asked(record),
    )


def _found(assessment: Assessment) -> Iterator[Exception_]:
    for finding in assessment.findings:
        kind = "finding within the budget" if finding.verdict is Verdict.PASS else finding.verdict.value
        yield Exception_(kind, f"{finding.name}: {finding.because}")


def _unjudged(assessment: Assessment) -> Iterator[Exception_]:
    for phase, results in assessment.checks.items():
        for result in results:
            if result.verdict in (CheckVerdict.INCONCLUSIVE, CheckVerdict.NOT_PROVABLE):
                because = f": {result.because}" if result.because else ""
                word = words.spoken(result.verdict.value)
                yield Exception_(word, f"check {result.number} ({phase}), {result.title}{because}")


_ENDINGS = {
    "fault.left_out": "left out", "recovery.left_out": "left out", "recovery.failed": "failed",
    "stack.not_serving": "failed", "outage.unseen": "unseen", "teardown.failed": "clean-up failed",
    "isolation.unproved": "isolation", "run.failed": "ended early", "run.aborted": "stopped by a person",
}  # fmt: skip


def _ended(record: Record) -> Iterator[Exception_]:
    for event in record.all(*_ENDINGS):
        data = event.data
        told = data.get("because") or data.get("error") or data.get("signal") or "no probe saw an outage"
        yield Exception_(_ENDINGS[event.kind], f"{event.kind}: {words.plain(told)}")


def _writes(record: Record) -> Iterator[Exception_]:
    for kind, word in (("write.failed", "refused"), ("write.unknown", "of unknown outcome")):
        events = record.all(kind)
        if events:
            reasons = Counter(words.plain(event.data.get("because")) for event in events).most_common(2)
            why = "; ".join(f"{reason} ({count})" for reason, count in reasons)
            yield Exception_("writes", f"{len(events):,} {word}, counted neither way: {why}")


def _asked(record: Record) -> Iterator[Exception_]:
    attempt = record.of("intent").get("attempt")
    if isinstance(attempt, int) and attempt > 1:
        yield Exception_("attempt", f"number {attempt} by the same criteria; the others stand in the ledger")
    if record.of("tool").get("dirty") is True:
        yield Exception_("tool", "its source was changed since its commit")
    if record.last("stack.served").get("start") == "warm":
        yield Exception_("start", "warm, from a state that was kept")
    if record.torn or not record.all("drill.closed"):
        yield Exception_("journal", "it has no end: the run was cut off")


def ipe(record: Record) -> Rows:
    """Given a run, return where its figures come from: the tool, how it was called, its parts."""
    tool, host = record.of("tool"), record.of("host")
    dirty = tool.get("dirty")
    changed = ("yes" if dirty else "no") if isinstance(dirty, bool) else "not known"
    started = record.events[0].at if record.events else ""
    return (
        ("tool", f"{words.plain(tool.get('name'))} {words.plain(tool.get('version'))}"),
        ("source commit", words.plain(tool.get("commit"))),
        ("changed since that commit", changed),
        ("called as", words.plain(record.opened.get("command"))),
        ("started", words.plain(started)),
        ("ended", words.plain(record.events[-1].at if record.events else "")),
        ("runtime", f"Python {words.plain(host.get('python'))} on {words.plain(host.get('system'))}"),
        ("adapters", ", ".join(_adapters(record)) or words.NOTHING),
        ("filters", "the drill's own writes are left out where before and after must be equal"),
        ("self-test with seeded defects", "not part of this run"),
    )


def _adapters(record: Record) -> Iterator[str]:
    for row in record.rows("plugins"):
        facts = mapping(row)
        yield f"{facts.get('name')} ({facts.get('distribution')} {facts.get('version')})"


def people(record: Record) -> Rows:
    """Given a run, return who had which part, and whether the parts were kept apart."""
    roles = record.of("roles")
    names = ("owner", "operator", "approver", "reviewer")
    named = tuple((name, words.plain(roles.get(name))) for name in names)
    decision = record.last("decision.made")
    return (
        *named,
        ("decided by", words.plain(decision.get("by"))),
        ("waited for the decision", words.lasting(_seconds(decision.get("waited_s")))),
        ("reviewer is not the operator", _apart(roles, "reviewer")),
        ("approver is not the operator", _apart(roles, "approver")),
        ("change ticket", words.plain(record.of("refs").get("change"))),
    )


def _apart(roles: Mapping[str, Any], role: str) -> str:
    if not roles.get(role) or not roles.get("operator"):
        return "not known: one is not named"
    return "yes" if roles[role] != roles["operator"] else "NO: it is the same"


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def clock_state(record: Record) -> str:
    """Return what the kernel said of the machine's clock."""
    told = mapping(record.of("host").get("clock"))
    if told.get("synchronised") is None:
        return "not known"
    word = "synchronised" if told["synchronised"] else "not synchronised"
    offset, most = words.plain(told.get("offset_ms")), words.plain(told.get("error_ms"))
    return f"{word}; offset {offset} ms, at most {most} ms off"


def objective(record: Record) -> Rows:
    """Given a run, return what was fixed beforehand: limits, marks, budget, and when."""
    criteria, intent = record.of("criteria"), record.of("intent")
    rto, rpo = mapping(criteria.get("rto")), mapping(criteria.get("rpo"))
    budget = mapping(criteria.get("integrity"))
    refs = record.of("refs")
    return (
        ("recovery time objective", words.lasting(_seconds(rto.get("limit_s")))),
        ("measured", f"from {words.plain(rto.get('from'))} to {words.plain(rto.get('to'))}"),
        ("source", words.plain(rto.get("source"))),
        ("recovery point objective", words.lasting(_seconds(rpo.get("limit_s")))),
        ("findings allowed", ", ".join(f"{count} {name}" for name, count in budget.items()) or words.NOTHING),
        ("noted before the run at", words.plain(intent.get("at"))),
        ("digest of the criteria", words.plain(intent.get("criteria"))),
        ("attempt by these criteria", words.plain(intent.get("attempt"))),
        (
            "plan",
            ", ".join(words.plain(part) for part in mapping(refs.get("plan")).values()) or words.NOTHING,
        ),
        ("business impact analysis", words.plain(refs.get("bia"))),
        ("risk", words.plain(refs.get("risk"))),
    )
