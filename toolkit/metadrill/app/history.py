"""Past runs of a ledger: listed, and what they foretell of sizes that were not drilled yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from metadrill import clock, placing
from metadrill.app import depots, judged
from metadrill.app.settings import Settings
from metadrill.app.storing import Storage
from metadrill.errors import EnvironmentNotReady, MetadrillError, UsageError
from metadrill.governance import forecasting
from metadrill.governance.forecasting import Forecast, Line, Point
from metadrill.model import units
from metadrill.model.assessment import Assessment
from metadrill.model.verdict import Verdict

if TYPE_CHECKING:
    from metadrill.packs import curves


_MEGABYTE = 1_000_000
_NEAR = 3.0
"""Times what the sets take: room that ends beyond it is told, and not drawn."""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Past:
    """A run as today's rules judge its journal; `wrong`: why it cannot be read.

    `lost` is the work acknowledged before the outage that was lost, in seconds; `lost_writes` counts what was
    lost of it and what was lost during the recovery.
    """

    run: str
    started: str = ""
    drill: str = ""
    scenario: str = ""
    recovery: str = ""
    verdict: str = ""
    size: int | None = None
    production: int | None = None
    rta: float | None = None
    limit: float | None = None
    lost: float | None = None
    lost_writes: int = 0
    wrong: str = ""
    stack: str = ""
    sandbox: str = ""

    @property
    def usable(self) -> bool:
        """Whether its recovery was measured: one that took longer than it may tells as much as another."""
        return self.verdict in (Verdict.PASS, Verdict.FAIL) and self.rta is not None and bool(self.size)

    @property
    def key(self) -> "Key":
        """What must be the same for two runs to tell of each other: scenario, recovery, where it ran."""
        return self.scenario, self.recovery, f"{self.stack}, {self.sandbox}"


Key = tuple[str, str, str]


@dataclass(frozen=True)
class Growth:
    """How an environment grows: entities over days since 1970, as its sets tell, with the line of them."""

    environment: str
    points: tuple[Point, ...]
    line: Line


@dataclass(frozen=True)
class Foretold:
    """What the runs of one recovery of one scenario foretell: at a size, and until which size it will do.

    `on`: the stack, and the kind of sandbox, that they ran on.
    """

    scenario: str
    recovery: str
    on: str
    points: tuple[Point, ...]
    line: Line | None
    size: int
    rta: Forecast | None
    limit: float | None
    missed_from: float | None = None
    missed_on: str = ""
    because: str = ""


def runs(settings: Settings) -> list[Past]:
    """Return every run, oldest first; one whose journal cannot be read is named with the reason."""
    folders = sorted(settings.runs.iterdir()) if settings.runs.is_dir() else []
    return [_past(settings, folder.name) for folder in folders if folder.is_dir()]


def at_full_size(settings: Settings, found: Assessment) -> Foretold | None:
    """Return what the runs of a drill so far foretell of its recovery at the size that it stands for.

    None where it names no size. Runs are looked for by the drill's name, that their folder bears.
    """
    production = found.size.get("production")
    if not production or not settings.runs.is_dir():
        return None
    named = [path.name for path in sorted(settings.runs.iterdir()) if f"-{found.drill}-" in path.name]
    past = [_past(settings, name) for name in named]
    key = next((one.key for one in past if one.run == found.run), None)
    usable = [one for one in past if one.usable and one.key == key]
    return foretold(usable, production) if usable else None


def draw(settings: Settings, ranked: Sequence[Assessment]) -> Path:
    """Draw the recoveries of one drill beside each other, and return the file: in the ledger, `rankings`.

    Raises EnvironmentNotReady.
    """
    from metadrill.packs import ranking

    target = settings.ledger / "rankings" / f"{ranked[0].run}.svg"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        placing.put(target, ranking.svg(ranked))
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise EnvironmentNotReady(f"{target}: cannot be written: {told}", "is the disk full?") from None
    return target


def _past(settings: Settings, run: str) -> Past:
    try:
        _, found, reading = judged.read(settings, run)
    except MetadrillError as error:
        return Past(run, wrong=error.message)
    made = next((event.data.get("kind") for event in reading.events if event.kind == "sandbox.created"), "")
    return Past(
        run, found.started, found.drill, found.scenario, found.recovery, found.verdict.value,
        found.size.get("drilled"), found.size.get("production"), found.rta.actual, found.rta.limit,
        found.lost_work, found.lost_writes,
        stack=reading.events[0].data["stack"]["name"], sandbox=str(made or ""),
    )  # fmt: skip


def forecast(settings: Settings, size: int | None = None, scenario: str | None = None) -> list[Foretold]:
    """Return what measured runs foretell of each recovery at a size (None: that which a run stood for).

    Ordered by scenario, then by what is foretold, the fastest first. Raises UsageError where no run was.
    """
    usable = [past for past in runs(settings) if past.usable and scenario in (None, past.scenario)]
    if not usable:
        raise UsageError("no recovery was measured that a forecast could be made of", "metadrill run DRILL")
    groups: dict[Key, list[Past]] = {}
    for past in usable:
        groups.setdefault(past.key, []).append(past)
    growth = _growth(settings)
    told = [foretold(group, size, growth) for group in groups.values()]
    return sorted(told, key=lambda one: (one.scenario, one.rta is None, one.rta.value if one.rta else 0.0))


def foretold(group: Sequence[Past], size: int | None, growth: Line | None = None) -> Foretold:
    """Return what measured runs of one recovery foretell at a size; None: that which the newest stood for."""
    points = tuple(Point(float(past.size or 0), float(past.rta or 0)) for past in group)
    newest, key = group[-1], group[-1].key
    wanted = size or newest.production or newest.size or 0
    found = forecasting.line(points, rising=True)
    if found is None:
        because = f"drilled at {int(points[0].x):,} entities alone: drill it at another size too"
        return Foretold(*key, points, None, wanted, None, newest.limit, because=because)
    missed = found.reaches(newest.limit) if newest.limit is not None else None
    return Foretold(*key, points, found, wanted, found.at(wanted), newest.limit, missed, _day(missed, growth))


def _growth(settings: Settings) -> Line | None:
    """Return the line that the entities grow by; None where nothing tells it."""
    found = growth(settings)
    return found.line if found else None


def growth(settings: Settings) -> Growth | None:
    """Return how many entities there are by the day, as the sets of the depot tell; None where they do not.

    Those of the environment whose newest set is the largest: that is the one which an objective is about.
    """
    points: dict[str, list[Point]] = {}
    for told in depots.manifests(settings):
        at = Point(_days(clock.moment(told.cut.started)), float(told.census.counts.get("entities", 0)))
        points.setdefault(told.identity.environment, []).append(at)
    named = max(points, key=lambda name: max(points[name], key=lambda at: at.x).y, default="")
    drawn = forecasting.line(points.get(named, []))
    return Growth(named, tuple(points[named]), drawn) if drawn else None


def _day(size: float | None, growth: Line | None) -> str:
    """Return the day on which a size will be reached, as things grow; nothing where that is never."""
    at = growth.reaches(size) if growth is not None and size is not None else None
    return "" if at is None or (size or 0) <= 0 or not 0 <= at < 60_000 else _date(at)


def _date(days: float) -> str:
    return f"{_EPOCH + timedelta(days=days):%Y-%m-%d}"


def _days(moment: datetime) -> float:
    return (moment - _EPOCH).total_seconds() / 86400


def plot(told: Sequence[Foretold], stored: Storage | None = None, grown: Growth | None = None) -> str:
    """Return one SVG: RTA against size, with the objectives and what is foretold at the size asked for.

    Below it, where they grow: the entities by the day, with the dates on which an objective is missed; and
    what the sets take.
    """
    from metadrill.packs import curves

    limits = {one.limit: f"objective {units.short(one.limit)}" for one in told if one.limit is not None}
    shown = [_curve(one) for one in told]
    panels = [curves.Panel("RTA against size", "entities", "RTA, seconds", shown, limits)]
    if grown is not None and grown.line.slope > 0:
        panels.append(_growing(grown, told))
    if stored is not None and len(stored.points) > 1:
        panels.append(_storage(stored))
    return curves.svg(panels)


def _storage(stored: Storage) -> "curves.Panel":
    from metadrill.packs import curves

    points = [(day, taken / _MEGABYTE) for day, taken in stored.points]
    line = forecasting.line([Point(*point) for point in points])
    kept = curves.Curve("backup sets", points, (lambda day: line.at(day).value) if line else None)
    full, highest = (stored.bytes + stored.free) / _MEGABYTE, max(y for _, y in points)
    near = full <= _NEAR * highest
    return curves.Panel(
        "Backup sets by the day", "days since the first set", "megabytes", [kept],
        {full: "no more room"} if near else {},
        () if near else (f"no more room at {units.size(full * _MEGABYTE)}, not drawn",),
    )  # fmt: skip


def _growing(grown: Growth, told: Sequence[Foretold]) -> "curves.Panel":
    """The line that the dates come from. A date before the first set is told, and has no place in it."""
    from metadrill.packs import curves

    first = min(point.x for point in grown.points)
    ahead = []
    for one in told:
        at = grown.line.reaches(one.missed_from) if one.missed_on and one.missed_from else None
        if at is not None and one.limit is not None:
            misses = f"{one.missed_on}: {one.recovery} misses {units.short(one.limit)}"
            ahead.append(curves.Mark(at - first, misses, one.missed_from, label=one.missed_on))
    kept = curves.Curve(
        f"entities of {grown.environment}",
        [(point.x - first, point.y) for point in grown.points],
        lambda day: grown.line.at(first + day).value,
        sorted(ahead, key=lambda mark: mark.x),
    )
    return curves.Panel("Entities by the day", f"days since {_date(first)}", "entities", [kept])


def _curve(one: Foretold) -> "curves.Curve":
    from metadrill.packs import curves

    drawn, points, ahead = one.line, [(point.x, point.y) for point in one.points], []
    foretold = (lambda size: drawn.at(size).value) if drawn else None
    if one.rta is not None:
        off = "" if one.rta.off is None else f" ± {units.short(one.rta.off)}"
        told = f"at {one.size:,}: {units.short(one.rta.value)}{off}"
        ahead.append(curves.Mark(one.size, told, one.rta.value, one.rta.off))
    if one.limit is not None and one.missed_from is not None:
        at = f"from {int(one.missed_from):,} on" if one.missed_from else "at any size"
        ahead.append(curves.Mark(one.missed_from, f"misses {units.short(one.limit)} {at}"))
    return curves.Curve(f"{one.scenario}: {one.recovery}", points, foretold, ahead)


def said(one: Foretold) -> Mapping[str, object]:
    """Return it as plain values."""
    return {
        "scenario": one.scenario, "recovery": one.recovery, "on": one.on, "size": one.size,
        "rta_s": one.rta.value if one.rta else None, "off_s": one.rta.off if one.rta else None,
        "limit_s": one.limit, "missed_from": one.missed_from, "missed_on": one.missed_on,
        "because": one.because, "points": [[int(point.x), point.y] for point in one.points],
    }  # fmt: skip
