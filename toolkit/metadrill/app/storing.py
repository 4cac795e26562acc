"""What the backup sets of a depot take, how fast that grows, and when its volume will be full."""

import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import accumulate

from metadrill import clock
from metadrill.app import depots
from metadrill.app.settings import Settings
from metadrill.governance import forecasting
from metadrill.governance.forecasting import Point

_FAR = 36_500
"""Days beyond which nothing is foretold."""


@dataclass(frozen=True)
class Storage:
    """A depot: its sets, their bytes, bytes a day (None: nothing tells), and the day on which it is full.

    `points` are what lay there after each set, in bytes, by days since the first.
    """

    sets: int
    bytes: int
    per_day: float | None
    free: int
    full_on: str = ""
    points: tuple[tuple[float, float], ...] = ()


def storage(settings: Settings, time: clock.Clock = clock.SYSTEM) -> Storage | None:
    """Return what the default depot takes; None where there is none, or no set in it.

    Growth is a straight line through what lay there after each set that is there today: it grows until
    sets are pruned as fast as they are taken.
    """
    found = depots.manifests(settings)
    if not found:
        return None
    try:
        free = shutil.disk_usage(depots.depot(settings).path).free
    except OSError:
        return None
    days = [clock.moment(told.cut.started).timestamp() / 86400 for told in found]
    sizes = [float(size) for size in accumulate(told.bytes for told in found)]
    points = tuple((day - days[0], size) for day, size in zip(days, sizes, strict=True))
    drawn = forecasting.line([Point(*point) for point in points])
    kept = Storage(len(found), int(sizes[-1]), None, free, points=points)
    if drawn is None or drawn.slope <= 0:
        return kept
    left = free / drawn.slope
    day = time.utc() + timedelta(days=min(left, _FAR))
    return replace(kept, per_day=drawn.slope, full_on=f"{day:%Y-%m-%d}" if left < _FAR else "")
