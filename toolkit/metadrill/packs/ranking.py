"""The recoveries of one drill beside each other, the fastest first, as one SVG: where the time went."""

from collections.abc import Sequence
from html import escape

from metadrill.model import units
from metadrill.model.assessment import Assessment
from metadrill.model.verdict import Verdict
from metadrill.packs import drawings, words

_ORDER = {"pass": 0, "inconclusive": 1, "fail": 2}
_LEFT, _RIGHT, _TOP, _ROW, _BAR = 190, 250, 44, 46, 20
_WIDTH, _FOOT = 1000, 62
_PLOT = _WIDTH - _LEFT - _RIGHT
_PART = _PLOT / drawings.WIDTH
"""How wide the bars are together, and of that drawing whose stretches they are."""
_INK = {
    "unseen": "#c0392b", "human": "#e6a117", "recovery": "#1b6ca8", "proof": "#6aa5d1", "return": "#2e7d32",
}  # fmt: skip
_MEANS = {
    "unseen": "until it was seen", "human": "until it was decided", "recovery": "until it served",
    "proof": "until it was proved", "return": "until users were back",
}  # fmt: skip
_UNKNOWN = float("inf")
_VERDICT = {"pass": "#2e7d32", "inconclusive": "#9a6700", "fail": "#c0392b"}


def ranked(found: Sequence[Assessment]) -> list[Assessment]:
    """Return them in order: verdict, then time, then how much work was lost."""
    return sorted(
        found,
        key=lambda one: (_ORDER[one.verdict.value], one.rta.actual or float("inf"), _loss(one)),
    )


def gentlest(rows: Sequence[Assessment]) -> str:
    """Given them in order, return which that passed loses the least; nothing where the first does."""
    passed = [one for one in rows if one.verdict is Verdict.PASS]
    if not passed:
        return ""
    least = min(passed, key=_loss)
    return least.recovery if _loss(least) < _loss(passed[0]) else ""


def svg(found: Sequence[Assessment]) -> str:
    """Given the assessments of one drill's recoveries, draw them, each from t0 on, on one scale."""
    rows = ranked(found)
    end = max([*(_end(one) for one in rows), 1.0])
    height = _TOP + _ROW * len(rows) + _FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'font-family="sans-serif" font-size="13"><title>Recoveries, the fastest first</title>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="24" font-size="15" fill="#111">{escape(_title(rows))}</text>',
    ]
    for number, one in enumerate(rows):
        parts += _row(one, _TOP + _ROW * number, end)
    return "\n".join([*parts, *_axis(height - _FOOT, end), *_key(height - 14), "</svg>", ""])


def _title(rows: Sequence[Assessment]) -> str:
    size = rows[0].size.get("drilled")
    at = f", at {size:,} entities" if size else ""
    least = f"; {gentlest(rows)} loses the least" if gentlest(rows) else ""
    return f"{rows[0].scenario}: recoveries, the fastest that passed first{at}{least}"


def _row(one: Assessment, y: int, end: float) -> list[str]:
    parts = [
        f'<text x="{_LEFT - 12}" y="{y + 20}" text-anchor="end" fill="#111">{escape(one.recovery)}</text>'
    ]
    parts += [
        f'<rect x="{_LEFT + span.at * _PART:.1f}" y="{y + 6}" width="{span.width * _PART:.1f}" '
        f'height="{_BAR}" fill="{_INK[span.kind]}"><title>{escape(_MEANS[span.kind])}: '
        f"{escape(span.told)}</title></rect>"
        for span in drawings.spans(drawings.reached(one), end)
    ]
    at = _LEFT + _PLOT * _end(one) / end + 10
    verdict = one.verdict.value
    took = "RTA not measured" if one.rta.actual is None else f"RTA {units.short(one.rta.actual)}"
    parts.append(
        f'<text x="{at:.1f}" y="{y + 15}" fill="#111">{escape(took)} '
        f'<tspan fill="{_VERDICT[verdict]}" font-weight="bold">{verdict.upper()}</tspan></text>'
    )
    parts.append(f'<text x="{at:.1f}" y="{y + 31}" fill="#555" font-size="12">{escape(kept(one))}</text>')
    return parts


def _axis(y: int, end: float) -> list[str]:
    line = f'<line x1="{_LEFT}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}" stroke="#bbb"/>'
    return [line] + [
        f'<text x="{_LEFT + _PLOT * at / end:.1f}" y="{y + 18}" text-anchor="middle" fill="#555" '
        f'font-size="12">{escape(words.lasting(at) if at else "t0")}</text>'
        for at in drawings.rounded(0.0, end)
    ]


def _key(y: int) -> list[str]:
    parts, x = [], 16
    for kind, ink in _INK.items():
        parts.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{ink}"/>')
        parts.append(f'<text x="{x + 18}" y="{y}" fill="#333" font-size="12">{_MEANS[kind]}</text>')
        x += 34 + 7 * len(_MEANS[kind])
    return parts


def kept(one: Assessment) -> str:
    """Return what a recovery lost, for a reader."""
    return "loss not measured" if one.lost_work is None else words.lost(one.lost_work, one.lost_writes)


def _loss(one: Assessment) -> tuple[float, int]:
    """Return the seconds of work that were lost, and how many writes: from the graph, or from search."""
    return _UNKNOWN if one.lost_work is None else one.lost_work, one.lost_writes


def _end(one: Assessment) -> float:
    return max((at for at in one.stamps.values() if at is not None), default=0.0)
