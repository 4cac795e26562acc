"""The geometry of the report's two drawings, in the units of an SVG 1000 wide.

Numbers only: the templates draw them, the style colours them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

from metadrill.model.assessment import Assessment, Phase
from metadrill.packs import words

WIDTH = 1000.0
_GAP = 124.0
_EDGE = 58.0
_LEFT, _RIGHT = 150.0, 74.0
_ROW = 26.0

MARKS = {
    "t0": "disrupted",
    "t1": "detected",
    "t2": "declared",
    "t3": "recovery started",
    "t4": "serving",
    "t5": "verified",
    "t6": "returned",
}
_SPANS = {"t0": "unseen", "t1": "human", "t2": "human", "t3": "recovery", "t4": "proof", "t5": "return"}


@dataclass(frozen=True)
class Mark:
    """A stamp on the bar: where it is, and where its label has room."""

    key: str
    name: str
    told: str
    at: float
    label: float


@dataclass(frozen=True)
class Span:
    """The stretch between two stamps; `kind` is unseen, human, recovery, proof or return."""

    kind: str
    at: float
    width: float
    told: str


@dataclass(frozen=True)
class Bar:
    """The recovery enlarged, and below it the same against the whole objective."""

    marks: tuple[Mark, ...]
    spans: tuple[Span, ...]
    filled: float
    limit: float
    told: str


def bar(assessment: Assessment) -> Bar | None:
    """Given an assessment, return its bar; None when nothing after the disruption was reached."""
    known = reached(assessment)
    if len(known) < 2:
        return None
    end = max(at for _, at in known) or 1.0
    places = [at / end * WIDTH for _, at in known]
    labels = _apart(places)
    marks = tuple(
        Mark(key, MARKS[key], words.lasting(at), place, label)
        for (key, at), place, label in zip(known, places, labels, strict=True)
    )
    full = max(assessment.rta.limit, end)
    return Bar(
        marks, spans(known, end), end / full * WIDTH, assessment.rta.limit / full * WIDTH, _told(known)
    )


def _told(known: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{MARKS[key]} at {words.lasting(at)}" for key, at in known)


def reached(assessment: Assessment) -> list[tuple[str, float]]:
    """Return the stamps that were reached, in order, with their seconds after the disruption."""
    return [(key, at) for key in MARKS if (at := assessment.stamps.get(key)) is not None]


def spans(known: Sequence[tuple[str, float]], end: float) -> tuple[Span, ...]:
    """Return the stretches between stamps, where `end` seconds are as wide as the drawing."""
    return tuple(
        Span(_SPANS[key], start / end * WIDTH, (until - start) / end * WIDTH, words.lasting(until - start))
        for (key, start), (_, until) in pairwise(known)
        if until > start
    )


def _apart(places: Sequence[float]) -> list[float]:
    """Labels near their marks, never over each other: pushed right, then back from the edge."""
    labels: list[float] = []
    for place in places:
        least = labels[-1] + _GAP if labels else _EDGE
        labels.append(max(place, least))
    most = WIDTH - _EDGE
    for number in range(len(labels) - 1, -1, -1):
        labels[number] = min(labels[number], most)
        most = labels[number] - _GAP
    return labels


@dataclass(frozen=True)
class Row:
    """One phase of the timeline."""

    name: str
    told: str
    y: float
    at: float
    width: float
    after: bool


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what is written there."""

    at: float
    told: str


@dataclass(frozen=True)
class Timeline:
    """The phases one below the other; `zero` is where the disruption lies, if in view."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    zero: float | None
    height: float
    left: float = _LEFT


def timeline(phases: Sequence[Phase]) -> Timeline | None:
    """Given the phases of a run, return their drawing; None when there are none."""
    if not phases:
        return None
    start, end = min(phase.start for phase in phases), max(phase.end for phase in phases)
    scale = (WIDTH - _LEFT - _RIGHT) / ((end - start) or 1.0)

    def place(at: float) -> float:
        return _LEFT + (at - start) * scale

    rows = tuple(
        Row(
            words.spoken(phase.name),
            words.lasting(phase.end - phase.start),
            number * _ROW,
            place(phase.start),
            max((phase.end - phase.start) * scale, 2.0),
            phase.start >= 0,
        )
        for number, phase in enumerate(phases)
    )
    ticks = tuple(Tick(place(at), words.lasting(at) if at else "0") for at in rounded(start, end))
    return Timeline(rows, ticks, place(0.0) if start <= 0 <= end else None, len(phases) * _ROW)


def rounded(start: float, end: float) -> list[float]:
    """About six round seconds between two ends; zero among them where it lies there."""
    rough = ((end - start) or 1.0) / 6
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 3, 6, 10) if power * factor >= rough)
    first = int(-(-start // step))
    return [step * number for number in range(first, int(end // step) + 1)]
