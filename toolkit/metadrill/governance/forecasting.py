"""What past runs foretell: a straight line through what was measured, and how far it may be off. Pure.

Ordinary least squares. The interval is that of a single future observation at 95 % (Draper and Smith,
Applied Regression Analysis, 3rd edition, 1.4): with two points nothing is left to doubt by, so there is none.
A duration is not taken to shrink with the size: where chance makes its line fall, it is their level.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""Student's t at 95 %, two-sided, for 1 to 10 degrees of freedom; above that 2 is near enough."""


@dataclass(frozen=True)
class Point:
    """One measurement: at a size (or a day), so much."""

    x: float
    y: float


@dataclass(frozen=True)
class Forecast:
    """A value foretold; `off` is half the interval, None where nothing tells it."""

    value: float
    off: float | None


@dataclass(frozen=True)
class Line:
    """y = fixed + slope · x, from so many points, which lay from `low` to `high`.

    `free` are the degrees of freedom that are left to tell its `spread` by.
    """

    fixed: float
    slope: float
    count: int
    free: int
    low: float
    high: float
    middle: float
    spread: float
    scatter: float

    def at(self, x: float) -> Forecast:
        """Return what is foretold at x, never below 0."""
        value = max(0.0, self.fixed + self.slope * x)
        if self.free < 1:
            return Forecast(value, None)
        t = _T[self.free - 1] if self.free <= len(_T) else 2.0
        widened = 1 + 1 / self.count + (x - self.middle) ** 2 / self.scatter
        return Forecast(value, t * self.spread * math.sqrt(widened))

    def reaches(self, limit: float) -> float | None:
        """Return the x from which on y is above a limit, 0 at least; None where it never is."""
        if self.fixed > limit:
            return 0.0
        return (limit - self.fixed) / self.slope if self.slope > 0 else None


def line(points: Sequence[Point], *, rising: bool = False) -> Line | None:
    """Given points, return the line through them; None unless they lie at two places at least.

    `rising`: one whose slope is 0 at least, as the time is that something takes.
    """
    count = len(points)
    if len({point.x for point in points}) < 2:
        return None
    middle = sum(point.x for point in points) / count
    level = sum(point.y for point in points) / count
    scatter = sum((point.x - middle) ** 2 for point in points)
    slope = sum((point.x - middle) * (point.y - level) for point in points) / scatter
    free = count - 2
    if rising and slope < 0:  # then the best of those that do not fall: no slope to be wrong about
        slope, scatter, free = 0.0, math.inf, count - 1
    fixed = level - slope * middle
    rest = sum((point.y - fixed - slope * point.x) ** 2 for point in points)
    spread = math.sqrt(rest / free) if free else 0.0
    places = [point.x for point in points]
    return Line(fixed, slope, count, free, min(places), max(places), middle, spread, scatter)
