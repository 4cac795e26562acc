"""What takes long, shown while it does: how far it is, how fast it goes, how long it will still take."""

import sys
from dataclasses import dataclass
from typing import Any

from metadrill import clock, progress
from metadrill.cli import printing
from metadrill.model import units

_QUICK, _EACH = 2.0, 30.0
"""Seconds: what is over sooner is not shown; without a terminal a line comes so often."""


@dataclass
class Running:
    """A stage that goes on: what, how much in all (0: not known), since when (s), when it was last told."""

    what: str
    total: int
    unit: str
    began: float
    told: float
    there: int = 0
    task: Any = None

    def shown(self, now: float) -> bool:
        """Whether it takes long enough to be shown while it does."""
        return now - self.began >= _QUICK

    def due(self, now: float) -> bool:
        """Whether a line is due where there is no terminal; from then on the next one is waited for."""
        if now - self.told < _EACH:
            return False
        self.told = now
        return True

    def line(self, now: float) -> str:
        """Return what it is and how far."""
        return f"{self.what}: {far(self.there, self.total, self.unit, now - self.began)}"


class Stages:
    """Port of `metadrill.progress`: bars on a terminal, a line now and then elsewhere; on standard error."""

    def __init__(self, time: clock.Clock = clock.SYSTEM, *, terminal: bool | None = None) -> None:
        self._time = time
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._stages: dict[int, Running] = {}
        self._bars: Any = None

    def begin(self, what: str, total: int, unit: str) -> int:
        """Take note of a stage; it is shown once it takes long."""
        number, now = max(self._stages, default=0) + 1, self._now()
        made = self._stages[number] = Running(what, total, unit, now, now)
        if self._terminal:
            if self._bars is None:
                self._bars = _bars()
                self._bars.start()
            made.task = self._bars.add_task(what, total=total or None, unit=unit)
        return number

    def advance(self, stage: int, amount: int) -> None:
        """Show how far it is."""
        one = self._stages[stage]
        one.there += amount
        if self._terminal:
            self._bars.update(one.task, completed=one.there)
            return
        now = self._now()
        if one.due(now):
            printing.complain(f"  {one.line(now)}")

    def end(self, stage: int) -> None:
        """Take its bar away."""
        one = self._stages.pop(stage)
        if self._terminal:
            self._bars.remove_task(one.task)
            if not self._stages:
                self._bars.stop()
                self._bars = None

    def _now(self) -> float:
        return self._time.monotonic_ns() / 1e9


def far(there: float, total: int, unit: str, seconds: float) -> str:
    """Return how far something is, its rate, and the seconds that are left where its total is known.

    Where nothing counts it: how long it has been going on.
    """
    if not there:
        return f"for {units.short(seconds)}"
    rate = there / seconds if seconds > 0 else 0.0
    size = units.size if unit == progress.BYTES else _count
    of = f" of {size(total)}" if total else ""
    named = "" if unit == progress.BYTES else f" {unit}"
    left = f", {units.short((total - there) / rate)} left" if rate > 0 and total >= there else ""
    return f"{size(there)}{of}{named}, {size(rate)}/s{left}"


def _count(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}".removesuffix(".0")


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.text import Text

    class Far(ProgressColumn):
        """How far a task is."""

        def render(self, task: Task) -> Text:
            told = far(task.completed, int(task.total or 0), task.fields["unit"], task.elapsed or 0.0)
            return Text(told)

    class Long(Progress):
        """Shows only what takes long."""

        def get_renderables(self) -> Any:
            yield self.make_tasks_table([task for task in self.tasks if (task.elapsed or 0.0) >= _QUICK])

    columns = (TextColumn("  {task.description}"), BarColumn(), Far())
    return Long(*columns, console=Console(stderr=True), transient=True)
