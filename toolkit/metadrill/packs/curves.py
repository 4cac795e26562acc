"""Curves as SVG: what was measured as dots, what is foretold as a line. For a page, or a file of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 760, 420, 70, 50, 20, 230
_INK = ("#1b6ca8", "#c0392b", "#2e7d32", "#8e44ad", "#d35400", "#00838f", "#6d4c41", "#37474f")
_STEPS = 5
_GREY = 'fill="#555"'


@dataclass(frozen=True)
class Curve:
    """One series: its name, its points, and what is foretold anywhere, where something is."""

    name: str
    points: Sequence[tuple[float, float]]
    foretold: Callable[[float], float] | None = None


def svg(curves: Sequence[Curve], beyond: float = 1.25) -> str:
    """Return a plot of entities against seconds, drawn `beyond` what was measured."""
    right = max((x for curve in curves for x, _ in curve.points), default=1.0) * beyond
    measured = [y for curve in curves for _, y in curve.points]
    foretold = [curve.foretold(right) for curve in curves if curve.foretold]
    top = max([*measured, *foretold], default=1.0) * 1.05 or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return _LEFT + across * x / right, _HEIGHT - _BOTTOM - up * y / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>RTA against size</title>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        *_axes(place, right, top),
    ]
    for number, curve in enumerate(curves):
        ink = _INK[number % len(_INK)]
        if curve.foretold:
            (x1, y1), (x2, y2) = place(0, curve.foretold(0)), place(right, curve.foretold(right))
            parts.append(
                f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{ink}" '
                'stroke-width="1.5" stroke-dasharray="5 3"/>'
            )
        for point in curve.points:
            x, y = place(*point)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{ink}"/>')
        y = _TOP + 14 + 18 * number
        parts.append(f'<circle cx="{_WIDTH - _RIGHT + 16}" cy="{y - 4}" r="4" fill="{ink}"/>')
        parts.append(f'<text x="{_WIDTH - _RIGHT + 26}" y="{y}" fill="#222">{escape(curve.name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _axes(place: Callable[[float, float], tuple[float, float]], right: float, top: float) -> list[str]:
    found = []
    for step in range(_STEPS + 1):
        x, _ = place(right * step / _STEPS, 0)
        _, y = place(0, top * step / _STEPS)
        bottom, across, up = _HEIGHT - _BOTTOM, right * step / _STEPS, top * step / _STEPS
        found += [
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#e3e3e3"/>',
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" {_GREY}>{up:,.0f}</text>',
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" {_GREY}>{across:,.0f}</text>',
        ]
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return [
        *found,
        f'<text x="{middle:.0f}" y="{_HEIGHT - 12}" text-anchor="middle" fill="#222">entities</text>',
        f'<text x="16" y="{_HEIGHT / 2:.0f}" text-anchor="middle" fill="#222" '
        f'transform="rotate(-90 16 {_HEIGHT / 2:.0f})">RTA, seconds</text>',
    ]
