"""The pack's drawings as SVG: geometry here, lines in `reports/templates/evidence/figures`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metadrill import glyphs
from metadrill.model.assessment import Assessment
from metadrill.packs import drawings, matrix, templates, words
from metadrill.packs.evidence.record import Record, mapping
from metadrill.packs.page import Page

_SQUARE, _PITCH, _SPACE, _LABELS = 18.0, 24.0, 14.0, 86.0
_NARROWEST = 78.0  # room for the name of a suite with one check
_BOX, _APART, _HEIGHT = 250.0, 300.0, 74.0


@dataclass(frozen=True)
class Figure:
    """A drawing: its file's name, what it shows in words, and the SVG."""

    name: str
    alt: str
    svg: str


@dataclass(frozen=True)
class Square:
    """One check in one phase."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True)
class Gauge:
    """An actual beside its objective; places in the units of the drawing."""

    name: str
    told: str
    filled: float
    limit: float
    kind: str


@dataclass(frozen=True)
class Box:
    """A component of the repository, and what it said of itself in the outage."""

    title: str
    role: str
    said: str
    x: float
    y: float


def draw(assessment: Assessment, page: Page, record: Record) -> Mapping[str, Figure]:
    """Given a run, return its drawings by name; one with nothing to show is not among them."""
    found = {}
    if page.bar:
        told = f"Recovery against its objective of {words.lasting(assessment.rta.limit)}: {page.bar.told}."
        found["bar"] = _figure("bar", told, a=assessment, b=page.bar)
    if page.timeline:
        told = ", ".join(f"{row.name} {row.told}" for row in page.timeline.rows)
        found["timeline"] = _figure("timeline", f"Phases of the run: {told}.", t=page.timeline)
    if page.matrix.lines:
        found["checks"] = _checks(page.matrix)
    gauges = _gauges(assessment)
    if gauges:
        told = "; ".join(f"{gauge.name}: {gauge.told}" for gauge in gauges)
        found["objectives"] = _figure("objectives", f"Actuals against objectives. {told}.", gauges=gauges)
    boxes, lines = _boxes(assessment, record)
    if boxes:
        told = "; ".join(
            f"{box.title} ({box.role}){', said ' + box.said if box.said else ''}" for box in boxes
        )
        found["dependencies"] = _figure("dependencies", f"Components: {told}.", boxes=boxes, lines=lines)
    return found


def _figure(name: str, alt: str, **values: Any) -> Figure:
    return Figure(
        f"{name}.svg", glyphs.visible(alt), templates.fill(f"evidence/figures/{name}.svg.j2", **values)
    )


def _checks(found: matrix.Matrix) -> Figure:
    squares, names, numbers = [], [], []
    x = _LABELS
    for suite, lines in found.suites:
        names.append((x, suite))
        for line in lines:
            numbers.append((x + _SQUARE / 2, line.number))
            squares += [Square(x, row * _PITCH, cell.kind) for row, cell in enumerate(line.cells)]
            x += _PITCH
        x = max(x + _SPACE, names[-1][0] + _NARROWEST)
    told = "; ".join(f"{phase}: {_counted(found, row)}" for row, phase in enumerate(found.phases))
    return _figure(
        "checks", f"Checks by phase. {told}.", squares=squares, names=names, numbers=numbers,
        phases=[(row * _PITCH, phase) for row, phase in enumerate(found.phases)],
        height=len(found.phases) * _PITCH, width=max(x, drawings.WIDTH), size=_SQUARE,
    )  # fmt: skip


def _counted(found: matrix.Matrix, row: int) -> str:
    kinds = [line.cells[row].word for line in found.lines]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))


def _gauges(assessment: Assessment) -> tuple[Gauge, ...]:
    rpo = assessment.rpo.limit
    rows = (
        ("Recovery time", assessment.rta.actual, assessment.rta.limit),
        ("Work lost, graph", assessment.rpa_graph.seconds, rpo),
        ("Work lost, search", assessment.rpa_search.seconds, rpo),
        ("Work at risk", assessment.at_risk, rpo),
    )
    return tuple(_gauge(name, actual, limit) for name, actual, limit in rows if actual is not None)


def _gauge(name: str, actual: float, limit: float) -> Gauge:
    full = max(actual, limit) or 1.0
    kind = "pass" if actual <= limit else "fail"
    told = f"{words.lasting(actual)} of {words.lasting(limit)}"
    return Gauge(name, told, actual / full, limit / full, kind)


def _boxes(
    assessment: Assessment, record: Record
) -> tuple[tuple[Box, ...], tuple[tuple[float, float, float, float], ...]]:
    """Return each component's box, those that nothing needs on top, and a line for each need."""
    stack = record.of("stack")
    rows = [mapping(row) for row in stack.get("components") or () if mapping(row).get("name")]
    needed = {name for row in rows for name in row.get("needs") or ()}
    tiers = (
        [row for row in rows if row["name"] not in needed],
        [row for row in rows if row["name"] in needed],
    )
    placed: dict[str, Box] = {}
    for depth, tier in enumerate(tiers):
        start = (drawings.WIDTH - (len(tier) - 1) * _APART - _BOX) / 2
        for place, row in enumerate(tier):
            x, y = start + place * _APART, depth * (_HEIGHT + 50)
            placed[str(row["name"])] = _box(row, stack, assessment, (x, y))
    lines = tuple(
        (
            placed[row["name"]].x + _BOX / 2,
            placed[row["name"]].y + _HEIGHT,
            placed[name].x + _BOX / 2,
            placed[name].y,
        )
        for row in rows
        for name in row.get("needs") or ()
        if name in placed
    )
    return tuple(placed.values()), lines


def _box(
    row: Mapping[str, Any], stack: Mapping[str, Any], assessment: Assessment, at: tuple[float, float]
) -> Box:
    version = mapping(stack.get("versions")).get(str(row.get("version")), "")
    title = f"{words.plain(row.get('title'))} {version}".strip()
    said = assessment.views.get(str(row["name"]), "")
    return Box(title, words.plain(row.get("role")), said, *at)
