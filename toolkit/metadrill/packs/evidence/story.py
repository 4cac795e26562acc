"""The timeline of the pack: events in the reader's words, the frequent ones counted instead of listed."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from metadrill import clock
from metadrill.model.assessment import Assessment
from metadrill.model.event import Event
from metadrill.model.verdict import passing
from metadrill.packs import words
from metadrill.packs.evidence.record import UNATTENDED, Record, mapping

COUNTED = ("write.invoked", "write.acked", "write.failed", "write.unknown", "call.made", "data.step")
MOST = 90
_STAMPED = {
    "fault.injected": "t0", "outage.observed": "t1", "decision.made": "t2", "recovery.started": "t3",
    "stack.serving": "t4", "recovery.verified": "t5", "users.returned": "t6",
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """One event: its number, when, by whom, what it says, and the hash of the one before."""

    seq: int
    at: str
    since: str
    stamp: str
    kind: str
    actor: str
    said: str
    prev: str


@dataclass(frozen=True)
class Story:
    """The events that are listed, how many of each other kind there are, and how many were cut."""

    moments: tuple[Moment, ...]
    counted: tuple[tuple[str, int], ...]
    cut: int


def tell(assessment: Assessment, record: Record) -> Story:
    """Given a run, return its story. All of it, with every event, is the attached journal."""
    t0 = next((_ns(event.data.get("invoked_ns")) for event in record.all("fault.injected")), None)
    listed = [event for event in record.events if event.kind not in COUNTED]
    counted = Counter(event.kind for event in record.events if event.kind in COUNTED)
    moments = tuple(_moment(event, t0) for event in listed[:MOST])
    return Story(moments, tuple(sorted(counted.items())), max(len(listed) - MOST, 0))


def _ns(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _moment(event: Event, t0: int | None) -> Moment:
    since = "" if t0 is None else f"{clock.seconds(t0, event.mono_ns):+.1f} s".replace("-", "−")
    stamp = _STAMPED.get(event.kind, "")
    return Moment(event.seq, event.at, since, stamp, event.kind, _actor(event), _said(event), event.prev[:12])


def _actor(event: Event) -> str:
    if event.kind == "decision.made":
        by = words.plain(event.data.get("by"))
        return "metadrill" if by.startswith(UNATTENDED) else by
    if event.kind == "run.aborted":
        return "the operator"
    return "metadrill"


def _said(event: Event) -> str:
    teller = _TOLD.get(event.kind)
    return _short(teller(event.data)) if teller else _facts(event.data)


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:157]}…"


def _facts(data: Mapping[str, Any]) -> str:
    plain = {key: value for key, value in data.items() if not isinstance(value, list | dict)}
    return _short("; ".join(f"{words.spoken(key)} {words.plain(value)}" for key, value in plain.items()))


def _of(*names: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: ", ".join(words.plain(data[name]) for name in names if data.get(name) is not None)


def _checks(data: Mapping[str, Any]) -> str:
    results = [mapping(row) for row in data.get("results") or ()]
    failing = sorted({str(row.get("number")) for row in results if row.get("verdict") == "fail"})
    fails = f"; fails: {', '.join(failing)}" if failing else ""
    passed = passing(str(row.get("verdict")) for row in results)
    return f"{data.get('suite')} ({data.get('phase')}): {passed}{fails}"


def _census(data: Mapping[str, Any]) -> str:
    counts = mapping(data.get("counts"))
    told = ", ".join(f"{words.plain(count)} {name}" for name, count in counts.items())
    return f"{data.get('phase')}: {told or 'nothing could be read'}"


def _witness(data: Mapping[str, Any]) -> str:
    rows = [mapping(row) for row in data.get("counts") or ()]
    equal = sum(row.get("census") == row.get("witness") for row in rows)
    return f"{data.get('phase')}: {equal} of {len(rows)} populations counted alike"


def _served(data: Mapping[str, Any]) -> str:
    parts = [
        f"{name} {words.plain(mapping(facts).get('version'))}"
        for name, facts in mapping(data.get("components")).items()
    ]
    return f"{', '.join(parts)} after {words.plain(data.get('seconds'))} s ({data.get('start')} start)"


def _fault(data: Mapping[str, Any]) -> str:
    truth = mapping(data.get("truth"))
    place = f": {truth['file']} at {words.plain(truth.get('offset'))}" if truth.get("file") else ""
    return f"{words.plain(data.get('fault'))} ({words.plain(data.get('form'))}){place}"


def _removed(data: Mapping[str, Any]) -> str:
    left = [f"{name}: {words.plain(rows)}" for name, rows in mapping(data.get("remaining")).items() if rows]
    return f"in {words.plain(data.get('seconds'))} s; left: {', '.join(left) or 'nothing'}"


def _examined(data: Mapping[str, Any]) -> str:
    wrong = [words.plain(mapping(row).get("what")) for row in data.get("problems") or ()]
    return f"{data.get('set')} ({data.get('phase')}): {'; '.join(wrong) or 'nothing wrong with it'}"


def _rolled_back(data: Mapping[str, Any]) -> str:
    tables = [mapping(pair) for pair in mapping(mapping(data.get("restored")).get("tables")).values()]
    equal = sum(pair.get("before") == pair.get("after") for pair in tables)
    return f"{equal} of {len(tables)} tables stand as before; {data.get('because')}"


def _inputs(data: Mapping[str, Any]) -> str:
    rows = [mapping(row) for row in data.get("files") or ()]
    return ", ".join(f"{row.get('kind')} {row.get('name')}" for row in rows)


_TOLD: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "run.opened": _of("run", "drill"),
    "plan.fixed": lambda data: f"{len(data.get('steps') or ())} steps with deadlines",
    "inputs.read": _inputs,
    "sandbox.created": _of("id", "kind"),
    "isolation.proved": lambda data: f"{len(data.get('probes') or ())} probes from inside, no way out",
    "isolation.unproved": _of("because"),
    "stack.served": _served,
    "data.placed": _of("dataset", "origin"),
    "index.settled": lambda data: (
        f"graph {words.plain(data.get('graph'))}, index {words.plain(data.get('index'))}"
    ),
    "census.taken": _census,
    "witness.heard": _witness,
    "backup.taken": _of("kind", "ref", "documents"),
    "checks.run": _checks,
    "fault.injected": _fault,
    "outage.observed": _of("probe", "answer"),
    "decision.made": _of("recovery", "by"),
    "recovery.started": _of("recovery"),
    "stack.serving": _of("probe", "answer"),
    "probe.answered": _of("probe", "answer"),
    "drill.closed": _of("outcome"),
    "recovery.step": lambda data: f"{data.get('step')} in {words.plain(data.get('seconds'))} s",
    "recovery.refused": lambda data: f"code {words.plain(data.get('code'))}: {data.get('because')}",
    "recovery.rolled_back": _rolled_back,
    "recovery.detected": _of("because"),
    "recovery.failed": _of("recovery", "because"),
    "writers.kept_out": _of("because"),
    "set.examined": _examined,
    "recovery.finished": lambda data: f"{data.get('recovery')} in {words.plain(data.get('seconds'))} s",
    "writes.read": lambda data: f"{words.plain(data.get('acked'))} acknowledged writes looked for",
    "recovery.verified": lambda data: f"suites {words.plain(data.get('suites'))}",
    "logs.collected": lambda data: f"{len(data.get('files') or ())} files",
    "sandbox.removed": _removed,
}
