"""Curves as SVG: what was measured as dots, what is foretold as a line. For a page, or a file of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from metadrill.packs import drawings

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 880, 420, 80, 50, 40, 350
_END = _WIDTH - _RIGHT
_ROW, _NOTE = 19, 15
_INK = ("#1b6ca8", "#d35400", "#2e7d32", "#8e44ad", "#00838f", "#6d4c41", "#9e9d24", "#37474f")
_LIMIT = "#c0392b"
_FAR = 50.0
"""Times what was measured: what lies ahead of that is told, and not drawn."""
_NEAR = 3.0
"""Times the highest value: an interval that is wider is drawn up to the edge."""
_GREY = 'fill="#555"'


@dataclass(frozen=True)
class Mark:
    """A place ahead, as the legend tells it; what is foretold there, how far that may be off, a label."""

    x: float
    told: str
    y: float | None = None
    off: float | None = None
    label: str = ""


@dataclass(frozen=True)
class Curve:
    """One series: its name, its points, what is foretold anywhere, where something is, and places ahead."""

    name: str
    points: Sequence[tuple[float, float]]
    foretold: Callable[[float], float] | None = None
    ahead: Sequence[Mark] = ()


@dataclass(frozen=True)
class Panel:
    """One plot: what it shows, what its axes are, its series, limits, and what the legend says besides."""

    title: str
    across: str
    up: str
    curves: Sequence[Curve]
    limits: Mapping[float, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class _Scale:
    """How far a plot reaches, in its own units; it begins at nothing."""

    right: float
    top: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a value lies in the drawing."""
        across, up = _END - _LEFT, _HEIGHT - _TOP - _BOTTOM
        return _LEFT + across * x / self.right, _HEIGHT - _BOTTOM - up * y / self.top

    def has(self, mark: Mark) -> bool:
        """Whether it reaches to a place."""
        return 0 <= mark.x <= self.right


def svg(panels: Sequence[Panel], beyond: float = 1.25) -> str:
    """Return the plots, one below the other, each `beyond` what was measured, and to what lies ahead."""
    parts, height = [], 0
    for panel in panels:
        parts += [f'<g transform="translate(0 {height})">', *_drawn(panel, _scale(panel, beyond)), "</g>"]
        height += _height(panel)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
            f'font-family="sans-serif" font-size="12">'
            f"<title>{escape('; '.join(panel.title for panel in panels))}</title>",
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _height(panel: Panel) -> int:
    """Return what a plot takes: more than others where its legend does."""
    notes = len(panel.notes) + sum(len(curve.ahead) for curve in panel.curves)
    return max(_HEIGHT, _TOP + _ROW * (len(panel.curves) + 1) + _NOTE * notes)


def _scale(panel: Panel, beyond: float) -> _Scale:
    """Every limit fits; of what lies ahead, what is not too far."""
    measured = max((x for curve in panel.curves for x, _ in curve.points), default=1.0) or 1.0
    ahead = [mark for curve in panel.curves for mark in curve.ahead if 0 <= mark.x <= _FAR * measured]
    right = max([measured * beyond, *(mark.x for mark in ahead)])
    values = [y for curve in panel.curves for _, y in curve.points]
    values += [curve.foretold(right) for curve in panel.curves if curve.foretold]
    values += [*panel.limits, *(mark.y for mark in ahead if mark.y is not None)]
    highest = max(values, default=1.0) or 1.0
    wide = (mark.y + mark.off for mark in ahead if mark.y is not None and mark.off is not None)
    return _Scale(right, max([highest, *(end for end in wide if end <= _NEAR * highest)]) * 1.05)


def _drawn(panel: Panel, scale: _Scale) -> list[str]:
    parts = [
        f'<text x="{_LEFT}" y="{_TOP - 18}" font-size="14" fill="#222">{escape(panel.title)}</text>',
        *_axes(panel, scale),
    ]
    for at, told in panel.limits.items():
        _, y = scale.place(0, at)
        parts.append(_line((_LEFT, y), (_END, y), f'stroke="{_LIMIT}"'))
        parts.append(f'<text x="{_LEFT + 6}" y="{y - 5:.1f}" fill="{_LIMIT}">{escape(told)}</text>')
    for number, curve in enumerate(panel.curves):
        parts += _series(curve, _INK[number % len(_INK)], scale)
    return [*parts, *_legend(panel, scale)]


def _series(curve: Curve, ink: str, scale: _Scale) -> list[str]:
    parts = []
    if curve.foretold:
        begin, end = (scale.place(x, curve.foretold(x)) for x in (0.0, scale.right))
        parts.append(_line(begin, end, f'stroke="{ink}" stroke-width="1.5" stroke-dasharray="5 3"'))
    for point in curve.points:
        x, y = scale.place(*point)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{ink}"/>')
    there = [mark for mark in curve.ahead if scale.has(mark)]
    for number, mark in enumerate(mark for mark in there if mark.label):
        parts += _labelled(mark, number, ink, scale)
    for mark in there:
        parts += _marked(mark, ink, scale)
    return parts


def _labelled(mark: Mark, number: int, ink: str, scale: _Scale) -> list[str]:
    """A line down to the axis, with the label at its foot: the next one a line higher."""
    (x, y), (_, bottom) = scale.place(mark.x, mark.y or 0.0), scale.place(0, 0)
    aside, anchor = (-6, "end") if x > (_LEFT + _END) / 2 else (6, "start")
    return [
        _line((x, y), (x, bottom), f'stroke="{ink}" stroke-dasharray="2 3"'),
        f'<text x="{x + aside:.1f}" y="{bottom - 8 - _NOTE * number:.1f}" text-anchor="{anchor}" '
        f'fill="{ink}">{escape(mark.label)}</text>',
    ]


def _marked(mark: Mark, ink: str, scale: _Scale) -> list[str]:
    """A value that is foretold is hollow; its interval stands upright, and is open where it is cut."""
    if mark.y is None:
        return []
    (x, y), parts = scale.place(mark.x, mark.y), []
    if mark.off is not None:
        low, high = max(0.0, mark.y - mark.off), mark.y + mark.off
        (_, y1), (_, y2) = scale.place(0, low), scale.place(0, min(high, scale.top))
        parts.append(_line((x, y1), (x, y2), f'stroke="{ink}" stroke-width="1.5"'))
        closed = (y1, y2) if high <= scale.top else (y1,)
        parts += [_line((x - 4, end), (x + 4, end), f'stroke="{ink}" stroke-width="1.5"') for end in closed]
    hollow = f'r="4.5" fill="#ffffff" stroke="{ink}" stroke-width="1.5"'
    return [*parts, f'<circle cx="{x:.1f}" cy="{y:.1f}" {hollow}/>']


def _legend(panel: Panel, scale: _Scale) -> list[str]:
    parts, y = [], _TOP + 14
    for number, curve in enumerate(panel.curves):
        parts.append(f'<circle cx="{_END + 18}" cy="{y - 4}" r="4" fill="{_INK[number % len(_INK)]}"/>')
        parts.append(f'<text x="{_END + 28}" y="{y}" fill="#222">{escape(curve.name)}</text>')
        told = [mark.told if scale.has(mark) else f"{mark.told}, not drawn" for mark in curve.ahead]
        parts += _notes(told, y + _NOTE)
        y += _ROW + _NOTE * len(told)
    return [*parts, *_notes(panel.notes, y)]


def _notes(told: Sequence[str], y: int) -> list[str]:
    """Return lines of the legend, from one place on downwards."""
    return [
        f'<text x="{_END + 28}" y="{y + _NOTE * number}" font-size="11" {_GREY}>{escape(line)}</text>'
        for number, line in enumerate(told)
    ]


def _line(begin: tuple[float, float], end: tuple[float, float], style: str) -> str:
    (x1, y1), (x2, y2) = begin, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def _axes(panel: Panel, scale: _Scale) -> list[str]:
    found, bottom = [], _HEIGHT - _BOTTOM
    for up in drawings.rounded(0.0, scale.top):
        _, y = scale.place(0, up)
        found += [
            _line((_LEFT, y), (_END, y), 'stroke="#e3e3e3"'),
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" {_GREY}>{up:,.10g}</text>',
        ]
    for across in drawings.rounded(0.0, scale.right):
        x, _ = scale.place(across, 0)
        found.append(
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" {_GREY}>{across:,.10g}</text>'
        )
    middle = (_LEFT + _END) / 2
    return [
        *found,
        f'<text x="{middle:.0f}" y="{_HEIGHT - 12}" text-anchor="middle" fill="#222">'
        f"{escape(panel.across)}</text>",
        f'<text x="16" y="{_HEIGHT / 2:.0f}" text-anchor="middle" fill="#222" '
        f'transform="rotate(-90 16 {_HEIGHT / 2:.0f})">{escape(panel.up)}</text>',
    ]
