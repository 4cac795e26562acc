"""Runs to build packs from: passed, failed, inconclusive, aborted, and one with hostile names."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from metadrill import journal, judging
from metadrill.errors import Code
from metadrill.model.assessment import Assessment, Finding, LossMeasure, Measure
from metadrill.model.suite import CheckResult, Deviation
from metadrill.model.verdict import CheckVerdict, Severity, Verdict
from metadrill.testing.clock import ManualClock

PASSED = Path(__file__).resolve().parents[2] / "golden" / "report" / "passed.json"
HOSTILE = "<script>alert(1)</script>]]>\n`id`$(touch pwned)'\"&\u202e\x00\ud800;{{ a.run }}--></style>\u6f22"


@dataclass(frozen=True)
class Sample:
    """A run's folder, its assessment, and its journal read back."""

    folder: Path
    assessment: Assessment
    reading: journal.Reading


def _verified(unexpected: int) -> tuple[CheckResult, ...]:
    """The results of the verified phase, with check 33 failing by so many."""
    return tuple(
        replace(
            row,
            verdict=CheckVerdict.FAIL,
            unexpected=unexpected,
            deviations=tuple(
                Deviation((f"guid-{at}",), "both", "graph", f"hive_table sales.orders_{at:04d}@prod")
                for at in range(4)
            ),
        )
        if row.number == 33
        else row
        for row in passed().checks["verified"]
    )


def passed() -> Assessment:
    """A drill that met its objectives, with everything in it that a report can show."""
    return judging.from_json(json.loads(PASSED.read_text("utf-8")))


def failed() -> Assessment:
    """The bare snapshot: it comes back, and fourteen entities are missing from search."""
    lost = tuple(range(31, 45))
    because = "check 33: 14 of 2,312 are in the graph and not in the index"
    names = tuple(f"hive_table sales.orders_{at:04d}@prod" for at in range(6))
    finding = Finding(
        "graph and index agree", Severity.CRITICAL, Verdict.FAIL, because, 14, names, 33, "index"
    )
    base = passed()
    return replace(
        base,
        verdict=Verdict.FAIL,
        code=Code.INTEGRITY_LOST,
        codes=(Code.INTEGRITY_LOST, Code.RTO_MISSED),
        sentence="The repository served again after 20 s, but 14 entities written after the snapshot are "
        "missing from search.",
        recovery="index_snapshot_bare",
        stamps={**base.stamps, "t6": 31.0},
        rta=Measure(31.0, 20.0, met=False, since="disrupted", until="returned"),
        rpa_search=LossMeasure(38.2, 52, lost),
        rpo=Measure(38.2, 30.0, met=False, because="38.2 s lost, 30 s allowed; first lost write 31"),
        findings=(
            finding,
            Finding("recovery time", Severity.MAJOR, Verdict.FAIL, "31 s taken, 20 s allowed"),
        ),
        lost_during={"graph": (), "search": (53, 54)},
        checks={**base.checks, "verified": _verified(14)},
    )


def inconclusive() -> Assessment:
    """The fault was left out: nothing was seen, so nothing was proved."""
    base = passed()
    because = "no probe saw an outage within 60 s"
    return replace(
        base,
        verdict=Verdict.INCONCLUSIVE,
        code=Code.INCONCLUSIVE,
        codes=(Code.INCONCLUSIVE,),
        sentence="No outage was observed, so nothing was proved about the recovery.",
        stamps={**base.stamps, "t1": None, "t2": None, "t3": None, "t4": None, "t5": None},
        rta=Measure(None, 900.0, met=None, because="no outage was observed"),
        rpa_graph=LossMeasure(None, 0, (), "the writes were not read back"),
        rpa_search=LossMeasure(None, 0, (), "the writes were not read back"),
        rpo=Measure(None, 300.0, met=None),
        findings=(Finding("outage", Severity.CRITICAL, Verdict.INCONCLUSIVE, because),),
        checks={"baseline": base.checks["baseline"], "outage": (), "verified": ()},
        steps=(),
        views={},
        truth={},
        shows=(),
    )


def aborted() -> Assessment:
    """Stopped by a signal before the stack served: almost nothing is known."""
    return replace(
        inconclusive(),
        code=Code.SIGINT,
        codes=(Code.SIGINT,),
        sentence="The run was stopped by SIGINT while the stack was starting.",
        stamps=dict.fromkeys(passed().stamps),
        utc=dict.fromkeys(passed().utc),
        recovery_point_age=None,
        findings=(),
        checks={"baseline": (), "outage": (), "verified": ()},
        phases=(),
        size={"drilled": None, "production": None},
        start={},
        isolation={},
        cleanup={},
        host={},
        digests={},
        seed=None,
    )


def _poison(value: Any) -> Any:
    """Given a JSON value, return it with every text in it made hostile (keys too, but one level)."""
    if isinstance(value, str):
        return value + HOSTILE
    if isinstance(value, list | tuple):
        return [_poison(item) for item in value]
    if isinstance(value, dict):
        return {key: _poison(item) for key, item in value.items()}
    return value


def _spoilt(row: CheckResult) -> CheckResult:
    rows = (Deviation((HOSTILE,), HOSTILE, HOSTILE, HOSTILE),)
    title, suite = row.title + HOSTILE, row.suite + HOSTILE
    return replace(row, title=title, because=HOSTILE, deviations=rows, suite=suite)


def hostile() -> Assessment:
    """The failed run, where every free text of the repository attacks its reader."""
    base = failed()
    texts = {
        name: value + HOSTILE
        for name, value in asdict(base).items()
        if type(value) is str and name not in ("schema", "started")
    }
    bad = {phase: tuple(map(_spoilt, rows)) for phase, rows in base.checks.items()}
    finding = replace(base.findings[0], name=HOSTILE, because=HOSTILE, sample=(HOSTILE,))
    return replace(
        base,
        **texts,
        checks=bad,
        findings=(finding,),
        shows=(HOSTILE,),
        does_not_show=(HOSTILE,),
        class_because=(HOSTILE,),
        views={HOSTILE: HOSTILE, "atlas": HOSTILE},
        truth={**base.truth, "file": "_2.cfs" + HOSTILE, HOSTILE: HOSTILE},
        steps=tuple(_poison(step) for step in base.steps),
        start={HOSTILE: HOSTILE},
        isolation={"proved": False, "because": HOSTILE, "probes": [{"target": HOSTILE, "outcome": HOSTILE}]},
        cleanup={HOSTILE: {HOSTILE: [HOSTILE]}},
        host={HOSTILE: HOSTILE},
        digests={HOSTILE: HOSTILE},
        phases=tuple(replace(phase, name=phase.name + HOSTILE) for phase in base.phases),
        rta=replace(base.rta, because=HOSTILE, since=HOSTILE, until=HOSTILE),
        rpa_graph=replace(base.rpa_graph, because=HOSTILE),
    )


def _events(assessment: Assessment) -> list[tuple[str, dict[str, Any]]]:
    opened = {
        "schema": "journal/v1",
        "run": assessment.run,
        "drill": assessment.drill,
        "tool": {"name": "metadrill", "version": "0.1.0"},
    }
    start: list[tuple[str, dict[str, Any]]] = [
        ("run.opened", opened),
        ("sandbox.created", {"id": "s-1", "kind": "process"}),
    ]
    if not assessment.start:
        return [*start, ("run.aborted", {"signal": "SIGINT"})]
    snapshot = {"component": "elasticsearch", "method": "PUT", "path": "/_snapshot/drill/before-fault"}
    counts = [
        {"what": "entities", "census": 2312, "witness": 2312, "by": "checkstate"},
        {"what": "index documents", "census": 2574, "witness": 2574, "by": "_count"},
    ]
    start += [
        ("stack.served", dict(assessment.start)),
        (
            "call.made",
            {**snapshot, "body": {"include_global_state": False, "indices": "janusgraph_vertex_index"}},
        ),
        (
            "call.made",
            {"component": "atlas", "method": "POST", "path": "/api/atlas/v2/entity", "body": {"n": 1}},
        ),
        ("call.made", {"component": "atlas", "method": "POST", "path": "/x", "body": "(90000 characters)"}),
        ("witness.heard", {"phase": "verified", "counts": counts}),
    ]
    if assessment.truth:
        truth = dict(assessment.truth)
        start.append(("fault.injected", {"fault": "corrupt_index_file", "form": "silent", "truth": truth}))
    start += [("recovery.step", dict(step)) for step in assessment.steps]
    path = "/janusgraph_vertex_index"
    delete = {"component": "elasticsearch", "method": "DELETE", "path": path, "body": None}
    return [*start, ("call.made", delete), ("sandbox.removed", {"seconds": 1.9, "remaining": {}})]


def build_sample(folder: Path, assessment: Assessment, *, poisoned: bool = False) -> Sample:
    """Write a journal for the assessment into `folder` and read it back."""
    folder.mkdir(parents=True)
    time = ManualClock(datetime(2026, 9, 14, 3, 0, tzinfo=UTC))
    book = journal.Journal(folder / "journal.jsonl", time)
    for kind, data in _events(assessment):
        text = json.loads(json.dumps(_poison(data) if poisoned else data, default=str))
        book.record(kind, **json.loads(json.dumps(text).replace("\\ud800", "?")))
        time.sleep(timedelta(seconds=1.5))
    book.close("completed" if assessment.start else "aborted")
    return Sample(folder, assessment, journal.read(folder / "journal.jsonl"))


SAMPLES: dict[str, Callable[[], Assessment]] = {
    "passed": passed,
    "failed": failed,
    "inconclusive": inconclusive,
    "aborted": aborted,
}


@pytest.fixture(params=list(SAMPLES))
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Sample:
    """Each kind of run in turn."""
    return build_sample(tmp_path / "run", SAMPLES[request.param]())


@pytest.fixture
def attack(tmp_path: Path) -> Sample:
    """A run whose every text is hostile, journal and assessment alike."""
    return build_sample(tmp_path / "run", hostile(), poisoned=True)


@pytest.fixture
def make_sample(tmp_path: Path) -> Callable[[str], Sample]:
    """A run of the kind named."""
    return lambda name: build_sample(tmp_path / f"run-{name}", SAMPLES[name]())
