"""The recoveries that a drill could ask for, beside each other, by what past runs tell of them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from metadrill.app import history, material
from metadrill.app.history import Foretold, Past
from metadrill.app.settings import Settings
from metadrill.governance.forecasting import Forecast
from metadrill.model.verdict import Verdict


@dataclass(frozen=True)
class Compared:
    """A recovery that a drill could ask for: medians of its measured runs, and what they foretell.

    `runs` were measured; `passed` and `failed` count those that passed, and those that did not, measured or
    not; `lost` is the work that was lost, in seconds, `lost_writes` how many writes were, before the outage
    or after it. `at` is the size at which it is compared with the others, `takes` the seconds that it takes
    there; None where nothing tells them.
    """

    recovery: str
    runs: int
    passed: int
    failed: int
    rta: float | None
    lost: float | None
    lost_writes: int
    size: int
    foretold: Forecast | None
    because: str = ""
    at: int | None = None
    takes: float | None = None


@dataclass(frozen=True)
class _Way:
    """A recovery with what it is compared by: the RTA of its runs by the size drilled, and their line."""

    row: Compared
    measured: tuple[Past, ...] = ()
    told: Foretold | None = None

    def at(self, size: int) -> float | None:
        """Return the seconds at a size: the median of what was measured there, else what is foretold."""
        there = [one.rta for one in self.measured if one.size == size and one.rta is not None]
        if there:
            return statistics.median(there)
        line = self.told.line if self.told else None
        return line.at(size).value if line else None


def compare(settings: Settings, drill: str) -> list[Compared]:
    """Return each recovery of a drill's scenario beside the others: those that passed first, see `ranked`.

    On the drill's stack, in the kind of sandbox of the newest run, at the size that the drill stands for.
    One that was never drilled is last, and said to be. Raises UsageError for a drill that is none.
    """
    plan = next(iter(material.plans(settings, drill)))
    wanted = (plan.scenario.name, plan.stack.name)
    past = [one for one in history.runs(settings) if (one.scenario, one.stack) == wanted]
    newest = next((one.sandbox for one in reversed(past) if one.sandbox), "")
    past = [one for one in past if one.sandbox == newest]
    return ranked(plan.scenario.recoveries, past, plan.drill.production_size)


def ranked(recoveries: Sequence[str], past: Sequence[Past], production: int | None) -> list[Compared]:
    """Given the runs of some recoveries, return these: those of which a run passed, then those that failed.

    Within each: by time, all at one size; then by the work that was lost. The size is that which the drill
    stands for, or else the largest drilled one at which each has a time: measured there, or foretold. Where
    there is none, those that have a time at the size that the drill stands for come first.
    """
    drilled = sorted({one.size for one in past if one.usable and one.size}, reverse=True)
    sizes = [production, *drilled] if production else drilled
    size = sizes[0] if sizes else 0
    ways = [_way(name, [one for one in past if one.recovery == name], size) for name in recoveries]
    found = []
    for passed in (True, False):
        group = [one for one in ways if bool(one.row.passed) is passed]
        measured = [one for one in group if one.measured]
        at = next((at for at in sizes if all(one.at(at) is not None for one in measured)), size)
        rows = [_placed(one, at) for one in group]
        found += sorted(rows, key=_key)
    return found


def _key(row: Compared) -> tuple[bool, bool, float, float, float]:
    takes, lost = row.takes, row.lost
    return (row.rta is None, takes is None, takes or 0.0, float("inf") if lost is None else lost,
            row.lost_writes)  # fmt: skip


def _placed(way: _Way, size: int) -> Compared:
    takes = way.at(size)
    return way.row if takes is None else replace(way.row, at=size, takes=takes)


def _way(recovery: str, past: Sequence[Past], size: int) -> _Way:
    measured = [one for one in past if one.usable]
    passed = sum(one.verdict == Verdict.PASS for one in past)
    failed = len(past) - passed
    if not measured:
        because = "never drilled with success"
        return _Way(Compared(recovery, 0, passed, failed, None, None, 0, size, None, because))
    told = history.foretold(measured, size)
    lost = [one.lost for one in measured if one.lost is not None]
    row = Compared(
        recovery, len(measured), passed, failed, statistics.median(one.rta or 0.0 for one in measured),
        statistics.median(lost) if lost else None,
        statistics.median_high(one.lost_writes for one in measured), told.size, told.rta, told.because,
    )  # fmt: skip
    return _Way(row, tuple(measured), told)
