"""The recorded runs that the golden journals hold, told event by event.

Each story is the straight line of a drill with one thing changed. They are recorded through the
journal itself, on a clock of its own, so that the files are chained.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

SECOND = 1_000_000_000
BOOT_NS = 5_000 * SECOND
FAULT = 100.0
COUNTS = {"entities": 2312, "documents": 2312, "relationships": 4100, "segments": 9}
DATA_SETS = {"entities": "a" * 64, "documents": "b" * 64}


@dataclass(frozen=True)
class Beat:
    """One event, and when, in seconds after the first."""

    at: float
    kind: str
    data: dict[str, Any]


def ns(at: float) -> int:
    """The monotonic reading at a place."""
    return BOOT_NS + round(at * SECOND)


CHECKS = {
    "structure": ((6, "no entity lost", "critical"), (12, "attributes equal", "critical")),
    "index": ((33, "graph and index hold the same", "critical"), (15, "update times equal", "minor")),
    "segments": ((40, "segment files intact", "critical"),),
}


def suite(phase: str, name: str, **failing: int) -> dict[str, Any]:
    """The data of one `checks.run`; `c40=1` makes check 40 fail with one unexpected row."""
    results = []
    for number, title, severity in CHECKS[name]:
        unexpected = failing.get(f"c{number}", 0)
        results.append(
            {
                "number": number, "title": title, "suite": name, "severity": severity,
                "verdict": "fail" if unexpected else "pass", "examined": 2312, "unexpected": unexpected,
                "sample": [f"guid-{index}" for index in range(min(unexpected, 3))],
                "because": f"{unexpected} differ" if unexpected else "",
            }
        )  # fmt: skip
    size = len(results)
    return {
        "phase": phase, "suite": name, "declared": size, "loaded": size, "evaluated": size,
        "seconds": 0.4, "results": results,
    }  # fmt: skip


def opened() -> dict[str, Any]:
    return {
        "schema": "journal/v1", "run": "20261123T030000Z-corrupted-index", "drill": "corrupted-index",
        "scenario": "corrupted-index-bytes", "title": "A byte of the search index goes bad",
        "recovery": "index_snapshot", "aim": "recovered",
        "criteria": {
            "rto": {"limit_s": 900.0, "from": "disrupted", "to": "verified", "source": "BIA-17"},
            "rpo": {"limit_s": 300.0}, "integrity": {"critical": 0, "major": 0, "minor": 10},
        },
        "production_size": 250000, "data": {"dataset": "starter"}, "must_hold": ["structure", "index"],
        "isolation": "required", "roles": {"operator": "on-call", "reviewer": "platform-manager"},
        "refs": {"plan": "DRP-4"}, "control": {"id": "DR-03"}, "seed": 7,
        "digests": {"drill": "1" * 64, "scenario": "2" * 64, "stack": "3" * 64, "dataset": "4" * 64},
        "tool": {"version": "0.1.0", "commit": "c0ffee", "dirty": False},
        "plugins": [{"role": "faults", "name": "corrupt_index_file",
                     "distribution": "metadrill", "version": "0.1.0"}],
        "host": {"cpus": 2, "memory_bytes": 8_000_000_000}, "asked": {"start": "warm", "left_out": None},
    }  # fmt: skip


def populations(at: float, phase: str) -> list[Beat]:
    witness = [
        {"what": "graph:hive_table", "census": 312, "witness": 312, "by": "checkstate"},
        {"what": "graph:hive_column", "census": 2000, "witness": 2000, "by": "checkstate"},
        {"what": "index:documents", "census": 2312, "witness": 2312, "by": "_count"},
    ]
    return [
        Beat(at, "index.settled", {"phase": phase, "seconds": 0.6, "graph": 2312, "index": 2312}),
        Beat(
            at + 1, "census.taken", {"phase": phase, "counts": COUNTS, "digests": DATA_SETS, "seconds": 0.9}
        ),
        Beat(at + 1.5, "witness.heard", {"phase": phase, "counts": witness}),
    ]


def canary(places: Iterable[float]) -> list[Beat]:
    """Writes 1, 2, … at these places, each acknowledged; those in the outage of unknown outcome."""
    beats = []
    for n, at in enumerate(places, start=1):
        beats.append(Beat(at, "write.invoked", {"n": n, "name": f"canary-{n}"}))
        if FAULT <= at < 119:
            beats.append(Beat(at + 0.4, "write.unknown", {"n": n, "because": "timed out"}))
        else:
            acked = {"n": n, "guid": f"guid-{n}", "invoked_ns": ns(at)}
            beats.append(Beat(at + 0.1, "write.acked", acked))
    return beats


def loud() -> list[Beat]:
    """The whole drill: one byte, the node restarted, the snapshot restored, the tail repaired."""
    writes = canary([40.03 + 5 * step for step in range(16)] + [119.22])
    return [*sound(), *writes, *broken(writes)]


def sound() -> list[Beat]:
    """The line until the backup."""
    return [
        Beat(0, "run.opened", opened()),
        Beat(0.1, "plan.fixed", {"steps": [], "size": {"production": 250000},
             "not_provable": ["check 34: no audit"]}),
        Beat(0.5, "sandbox.created", {"id": "sb-1", "kind": "process"}),
        Beat(0.8, "isolation.proved", {"probes": [{"target": "192.0.2.1:443", "outcome": "unreachable"}]}),
        Beat(20, "stack.served", {"start": "warm", "seconds": 19.2, "last_cold_s": 81.0,
             "components": {"atlas": {"version": "2.1.0", "seconds": 17.0}}}),
        Beat(30, "data.placed", {"dataset": "starter", "origin": "warm", "steps": [], "seconds": 0.0}),
        *populations(31, "baseline"),
        *[Beat(34 + place, "checks.run", suite("baseline", name)) for place, name in enumerate(CHECKS)],
        Beat(38, "backup.taken", {"recovery": "index_snapshot", "kind": "snapshot", "ref": "s1",
             "seconds": 0.7, "documents": 2312, "started_ns": ns(37.2)}),
    ]  # fmt: skip


def broken(writes: list[Beat]) -> list[Beat]:
    """The line from the fault on."""
    acked = sum(beat.kind == "write.acked" for beat in writes)
    return [
        Beat(100.2, "fault.injected", {"fault": "corrupt_index_file", "form": "loud", "invoked_ns": ns(FAULT),
             "truth": {"file": "_2.cfs", "offset": 4711, "old": 65, "new": 190}}),
        Beat(103.1, "probe.answered", {"probe": "search_answers", "answer": "500", "disrupted": True}),
        Beat(103.2, "checks.run", suite("outage", "segments", c40=1)),
        Beat(103.3, "outage.observed", {"probe": "search_answers", "answer": "500",
             "views": {"elasticsearch": "red", "atlas": "ACTIVE"}}),
        Beat(103.4, "decision.made", {"recovery": "index_snapshot", "by": "drill", "waited_s": 0.0}),
        Beat(103.5, "recovery.started", {"recovery": "index_snapshot"}),
        Beat(110.9, "recovery.step", {"recovery": "index_snapshot", "step": "restore", "seconds": 7.0,
             "facts": {}}),
        Beat(117.9, "recovery.step", {"recovery": "index_snapshot", "step": "repair_tail", "seconds": 6.9,
             "facts": {"repaired": 14}}),
        Beat(118, "recovery.finished", {"recovery": "index_snapshot", "seconds": 14.5, "facts": {}}),
        Beat(119, "stack.serving", {"probe": "search_answers", "answer": "200"}),
        Beat(119.9, "writes.read", {"acked": acked, "unknown": len(writes) // 2 - acked,
             "guid": {"absent": []}, "search": {"absent": []}, "unknown_found": []}),
        *populations(120.5, "verified"),
        *[Beat(123 + place / 2, "checks.run", suite("verified", name)) for place, name in enumerate(CHECKS)],
        Beat(125, "recovery.verified", {"suites": list(CHECKS)}),
        Beat(126, "logs.collected", {"files": [{"name": "atlas.log", "bytes": 1000}]}),
        Beat(128, "sandbox.removed", {"seconds": 1.2,
             "remaining": {"processes": [], "files": [], "ports": []}}),
        Beat(128.5, "drill.closed", {"outcome": "completed"}),
    ]  # fmt: skip


def without(beats: list[Beat], *kinds: str) -> list[Beat]:
    return [beat for beat in beats if beat.kind not in kinds]


def edited(
    beats: list[Beat], kind: str, edit: Callable[[dict[str, Any]], object], **where: str
) -> list[Beat]:
    """The beats with the data of those of a kind (and phase, suite) edited."""
    for beat in beats:
        if beat.kind == kind and all(beat.data.get(key) == value for key, value in where.items()):
            edit(beat.data)
    return beats


def silent() -> list[Beat]:
    """No restart: every component says it is well, and check 40 sees the damage."""
    views = {"elasticsearch": "green", "atlas": "ACTIVE"}
    beats = edited(loud(), "fault.injected", lambda data: data.update(form="silent"))
    return edited(beats, "outage.observed", lambda data: data.update(probe="suite:segments", views=views))


def bare_snapshot() -> list[Beat]:
    """The snapshot without its tail: what was written after it is missing from search."""
    beats = edited(loud(), "run.opened", lambda data: data.update(recovery="index_snapshot_bare"))
    beats = edited(beats, "writes.read", lambda data: data["search"].update(absent=list(range(1, 13))))
    bare = suite("verified", "index", c33=14)
    return edited(beats, "checks.run", lambda data: data.update(bare), phase="verified", suite="index")


def retold(beats: list[Beat], kind: str, new: str, **data: Any) -> list[Beat]:
    """The beats with those of a kind told as another kind."""
    return [replace(beat, kind=new, data=data) if beat.kind == kind else beat for beat in beats]


def fault_left_out() -> list[Beat]:
    beats = retold(loud(), "fault.injected", "fault.left_out", because="asked")
    beats = edited(beats, "checks.run", lambda data: data.update(suite("outage", "segments")), phase="outage")
    unseen = [{"probe": "search_answers", "answer": "200"}]
    return retold(beats, "outage.observed", "outage.unseen", probes=unseen, seconds=3.0)


def recovery_left_out() -> list[Beat]:
    beats = without(loud(), "recovery.started", "recovery.step", "stack.serving")
    beats = retold(beats, "recovery.finished", "recovery.left_out", because="asked")
    beats = edited(beats, "writes.read", lambda data: data["search"].update(absent=[12]))
    worse = suite("verified", "segments", c40=1)
    return edited(beats, "checks.run", lambda data: data.update(worse), phase="verified", suite="segments")


def check_inconclusive() -> list[Beat]:
    def spoil(data: dict[str, Any]) -> None:
        data["results"][0].update(verdict="inconclusive", because="the census of documents was cut short")

    return edited(loud(), "checks.run", spoil, phase="verified", suite="index")


def lost_expectation() -> list[Beat]:
    def spoil(data: dict[str, Any]) -> None:
        data.update(loaded=1, evaluated=1, results=data["results"][:1])

    return edited(loud(), "checks.run", spoil, phase="verified", suite="index")


def witness_disagreement() -> list[Beat]:
    def spoil(data: dict[str, Any]) -> None:
        data["counts"][1].update(witness=2001)

    return edited(loud(), "witness.heard", spoil, phase="verified")


def rto_missed() -> list[Beat]:
    return edited(loud(), "run.opened", lambda data: data["criteria"]["rto"].update(limit_s=20.0))


def rpo_missed() -> list[Beat]:
    beats = edited(loud(), "run.opened", lambda data: data["criteria"]["rpo"].update(limit_s=10.0))
    return edited(beats, "writes.read", lambda data: data["search"].update(absent=[8, 12]))


def write_lost_during() -> list[Beat]:
    return edited(loud(), "writes.read", lambda data: data["search"].update(absent=[17]))


def cleanup_incomplete() -> list[Beat]:
    left = {"processes": ["4242 java"], "files": [], "ports": []}
    return edited(loud(), "sandbox.removed", lambda data: data.update(remaining=left))


def aborted() -> list[Beat]:
    beats = [beat for beat in loud() if beat.at < 110 or beat.kind in ("sandbox.removed", "drill.closed")]
    beats.append(Beat(110, "run.aborted", {"signal": "SIGINT"}))
    return edited(beats, "drill.closed", lambda data: data.update(outcome="aborted"))


def failed() -> list[Beat]:
    beats = [beat for beat in loud() if beat.at < 15 or beat.kind in ("sandbox.removed", "drill.closed")]
    beats.append(
        Beat(15, "run.failed", {"error": "atlas: not within 300 s", "hint": "see the logs", "code": 30})
    )
    return edited(beats, "drill.closed", lambda data: data.update(outcome="failed"))


def recovery_failed() -> list[Beat]:
    """The line goes on after it: what is there is looked at, and a search is tried once."""
    beats = without(loud(), "recovery.step", "stack.serving", "recovery.verified", "writes.read")
    because = "snapshot s1 is not there"
    told = {"recovery": "index_snapshot", "because": because}
    beats = retold(beats, "recovery.finished", "recovery.failed", **told)
    beats = [beat for beat in beats if (beat.kind, beat.data.get("phase")) != ("index.settled", "verified")]
    beats.append(Beat(119, "stack.not_serving", {"because": "search for hive_table answered: 500"}))
    broken = suite("verified", "segments", c40=1)
    return edited(beats, "checks.run", lambda data: data.update(broken), phase="verified", suite="segments")


def torn() -> list[Beat]:
    return [beat for beat in loud() if beat.at < 121]


TELLERS = (
    bare_snapshot, fault_left_out, recovery_left_out, recovery_failed, check_inconclusive, lost_expectation,
    witness_disagreement, rto_missed, rpo_missed, write_lost_during, cleanup_incomplete,
    aborted, failed, torn,
)  # fmt: skip
STORIES: dict[str, Callable[[], list[Beat]]] = {
    "pass-loud": loud,
    "pass-silent": silent,
    **{teller.__name__.replace("_", "-"): teller for teller in TELLERS},
}
