"""Curves as SVG: what was measured as dots, what is foretold as a line. For a page, or a file of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from metadrill.packs import drawings

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 760, 420, 70, 50, 20, 230
_INK = ("#1b6ca8", "#c0392b", "#2e7d32", "#8e44ad", "#d35400", "#00838f", "#6d4c41", "#37474f")
_NEAR = 3.0
_GREY = 'fill="#555"'


@dataclass(frozen=True)
class Curve:
    """One series: its name, its points, and what is foretold anywhere, where something is."""

    name: str
    points: Sequence[tuple[float, float]]
    foretold: Callable[[float], float] | None = None


@dataclass(frozen=True)
class Panel:
    """One plot: what it shows, what its axes are, its series, and limits that are drawn where they fit."""

    title: str
    across: str
    up: str
    curves: Sequence[Curve]
    limits: Mapping[float, str] = field(default_factory=dict)


def svg(panels: Sequence[Panel], beyond: float = 1.25) -> str:
    """Return the plots, one below the other, each drawn `beyond` what was measured."""
    height = _HEIGHT * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="12">'
        f"<title>{escape('; '.join(panel.title for panel in panels))}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        parts += [f'<g transform="translate(0 {_HEIGHT * number})">', *_drawn(panel, beyond), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _drawn(panel: Panel, beyond: float) -> list[str]:
    right = max((x for curve in panel.curves for x, _ in curve.points), default=1.0) * beyond or 1.0
    measured = [y for curve in panel.curves for _, y in curve.points]
    foretold = [curve.foretold(right) for curve in panel.curves if curve.foretold]
    highest = max([*measured, *foretold], default=1.0) or 1.0
    near = {at: told for at, told in panel.limits.items() if at <= _NEAR * highest}
    top = max([highest, *near]) * 1.05

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return _LEFT + across * x / right, _HEIGHT - _BOTTOM - up * y / top

    parts = _axes(panel, place, right, top)
    for at, told in near.items():
        (x1, y), (x2, _) = place(0, at), place(right, at)
        parts.append(f'<line x1="{x1:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y:.1f}" stroke="#c0392b"/>')
        parts.append(f'<text x="{x1 + 6:.1f}" y="{y - 5:.1f}" fill="#c0392b">{escape(told)}</text>')
    for number, curve in enumerate(panel.curves):
        parts += _series(curve, number, place, right)
    return parts


def _series(
    curve: Curve, number: int, place: Callable[[float, float], tuple[float, float]], right: float
) -> list[str]:
    ink, parts = _INK[number % len(_INK)], []
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
    return parts


def _axes(
    panel: Panel, place: Callable[[float, float], tuple[float, float]], right: float, top: float
) -> list[str]:
    found, bottom = [], _HEIGHT - _BOTTOM
    for up in drawings.rounded(0.0, top):
        _, y = place(0, up)
        found += [
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#e3e3e3"/>',
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" {_GREY}>{up:,.6g}</text>',
        ]
    for across in drawings.rounded(0.0, right):
        x, _ = place(across, 0)
        found.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" {_GREY}>{across:,.6g}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return [
        *found,
        f'<text x="{middle:.0f}" y="{_HEIGHT - 12}" text-anchor="middle" fill="#222">'
        f"{escape(panel.across)}</text>",
        f'<text x="16" y="{_HEIGHT / 2:.0f}" text-anchor="middle" fill="#222" '
        f'transform="rotate(-90 16 {_HEIGHT / 2:.0f})">{escape(panel.up)}</text>',
    ]
