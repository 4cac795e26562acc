"""What the report shows that the assessment does not say in the reader's words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from metadrill.errors import MEANING
from metadrill.journal import Reading
from metadrill.model.assessment import Assessment, LossMeasure
from metadrill.model.verdict import Aim, EvidenceClass, Verdict
from metadrill.packs import damage, drawings, matrix, words

Facts = tuple[tuple[str, str], ...]

_SYMBOLS = {Verdict.PASS: "✓", Verdict.FAIL: "✕", Verdict.INCONCLUSIVE: "?"}
_CLASSES = {
    EvidenceClass.DEMONSTRATION: "made-up data: no evidence about your systems",
    EvidenceClass.REHEARSAL: "a real backup; what is missing for more is named below",
    EvidenceClass.OPERATING: "a real backup of a declared production repository",
}
_WELL = frozenset({"green", "active", "ok", "healthy", "up", "started"})


@dataclass(frozen=True)
class View:
    """What one component said of itself during the outage."""

    who: str
    said: str
    tone: str


@dataclass(frozen=True)
class Step:
    """A step of the recovery; `share` is its part of the longest, 0 to 100."""

    name: str
    seconds: float | None
    share: float
    facts: Facts


@dataclass(frozen=True)
class Probe:
    """A probe of the isolation, and what came of it."""

    target: str
    outcome: str


@dataclass(frozen=True)
class Page:
    """Everything the template needs beside the assessment itself."""

    symbol: str
    meaning: str
    code: int
    class_line: str
    qualified: str
    way: str
    course: str
    no_step: str
    views: tuple[View, ...]
    bar: drawings.Bar | None
    timeline: drawings.Timeline | None
    steps: tuple[Step, ...]
    matrix: matrix.Matrix
    damage: damage.Damage
    losses: tuple[tuple[str, LossMeasure], ...]
    witnesses: tuple[Facts, ...]
    probes: tuple[Probe, ...]
    start: Facts
    cleanup: Facts
    host: Facts
    tool: Facts
    journal_schema: str
    events: int
    head: str
    torn: bool


def compose(assessment: Assessment, reading: Reading) -> Page:
    """Given a run's assessment and its journal, return the page."""
    opened = _data(reading, "run.opened")
    return Page(
        symbol=_SYMBOLS[assessment.verdict],
        meaning=MEANING[assessment.code],
        code=int(assessment.code),
        class_line=_CLASSES[assessment.evidence_class],
        qualified=_qualified(opened.get("qualification")),
        way=next((aim.way for aim in Aim if aim == opened.get("aim")), Aim.RECOVERED.way),
        course=_course(assessment, reading),
        no_step=_no_step(reading),
        views=tuple(_views(assessment)),
        bar=drawings.bar(assessment),
        timeline=drawings.timeline(assessment.phases),
        steps=_steps(assessment),
        matrix=matrix.arrange(assessment.checks),
        damage=damage.read(assessment.truth),
        losses=(("graph", assessment.rpa_graph), ("search", assessment.rpa_search)),
        witnesses=tuple(_witnesses(reading)),
        probes=tuple(_probes(assessment)),
        start=_facts(assessment.start),
        cleanup=_facts(assessment.cleanup),
        host=_facts(assessment.host),
        tool=_facts({"tool": opened.get("tool")}),
        journal_schema=words.plain(opened.get("schema")),
        events=len(reading.events),
        head=reading.head,
        torn=reading.torn,
    )


def _qualified(told: Any) -> str:
    """Cite the record that says that the stack is qualified, or say why none does; empty where nobody looked.

    Whether the record covers this very stack is for the judge; a reader finds it by its digest.
    """
    if not isinstance(told, Mapping):
        return ""
    if "record" not in told:
        because = words.plain(told.get("because"))
        return f"No qualification of the stack is cited: {because}." if because else ""
    said = {key: words.plain(told.get(key)) for key in ("record", "at", "until", "key", "stack")}
    return (
        f"Qualification of the stack: record {said['record']}, of {said['at']}, until {said['until']}, "
        f"signed by the key {said['key']}, for the stack {said['stack']}."
    )


def _data(reading: Reading, kind: str) -> Mapping[str, Any]:
    return next((event.data for event in reading.events if event.kind == kind), {})


def _course(assessment: Assessment, reading: Reading) -> str:
    """What the checks went through, in one line."""
    if _data(reading, "recovery.detected"):
        return "They held before; those that saw the damage go on failing, since nothing was mended."
    failed = any(row.verdict == "fail" for row in assessment.checks.get("outage", ()))
    if _data(reading, "set.examined") and not failed:
        broke = "the link that replicas go over" if "replica" in assessment.views else "the backup set"
        return f"They held before and must hold afterwards: what broke is {broke}."
    return "They held before, must break in the outage, and must hold again."


def _no_step(reading: Reading) -> str:
    refused = _data(reading, "recovery.refused")
    if refused:
        return f"None was gone: the restore was refused. {words.plain(refused.get('because'))}"
    return "No step of a recovery was recorded."


_UNSEEN = "no damage seen"


def _views(assessment: Assessment) -> Iterator[View]:
    """The components' own words, then ours: the contradiction, where there is one."""
    ours = ""
    for who, said in assessment.views.items():
        if who.lower() == "metadrill":
            ours = said
        else:
            yield View(who.capitalize(), said, "well" if said.lower() in _WELL else "hurt")
    failed = any(one.verdict == "fail" for one in assessment.checks.get("outage", ()))
    if not ours and assessment.views:
        ours = "DAMAGED" if failed else _UNSEEN
    if ours:
        yield View("metadrill", ours, "unsure" if ours == _UNSEEN else "hurt")


def _steps(assessment: Assessment) -> tuple[Step, ...]:
    taken = [_seconds(step) for step in assessment.steps]
    longest = max((one for one in taken if one is not None), default=0.0) or 1.0
    return tuple(
        Step(
            words.spoken(words.plain(step.get("step", step.get("name")))),
            one,
            (one or 0) / longest * 100,
            facts,
        )
        for step, one in zip(assessment.steps, taken, strict=True)
        if (facts := _facts(step.get("facts"))) is not None
    )


def _seconds(step: Mapping[str, Any]) -> float | None:
    seconds = step.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else None


def _witnesses(reading: Reading) -> Iterator[Facts]:
    """The last hearing: what the census counted beside what another route counted."""
    heard = [event.data for event in reading.events if event.kind == "witness.heard"]
    for count in heard[-1].get("counts", ()) if heard else ():
        yield tuple((key, words.plain(count.get(key))) for key in ("what", "census", "witness", "by"))


def _probes(assessment: Assessment) -> Iterator[Probe]:
    for probe in assessment.isolation.get("probes") or ():
        yield Probe(words.plain(probe.get("target")), words.plain(probe.get("outcome")))


_LISTED = 6


def _facts(value: Any, under: str = "") -> Facts:
    """Given a mapping, return its facts as text, one level of mappings inside it opened."""
    if not isinstance(value, Mapping):
        return ()
    out: list[tuple[str, str]] = []
    for key, item in value.items():
        name = f"{under}{words.spoken(str(key))}"
        if isinstance(item, Mapping) and item and not under:
            out.extend(_facts(item, f"{name}: "))
        elif isinstance(item, list | tuple) and len(item) > _LISTED:
            out.append((name, f"{len(item)}, listed in the journal"))
        else:
            out.append((name, words.plain(item)))
    return tuple(out)
