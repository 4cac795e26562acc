"""`history`: past runs, and what they foretell."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.errors import Code
from metadrill.model import units

if TYPE_CHECKING:
    from metadrill.app.history import Foretold, Past
    from metadrill.app.storing import Storage
    from metadrill.app.ways_back import Compared
    from metadrill.governance.forecasting import Forecast


@click.group()
def history() -> None:
    """Past runs of the ledger, and what they foretell of sizes that were not drilled."""


@history.command("list", short_help="Every run, oldest first.")
@common
def list_(asked: Asked) -> Code:
    """List every run as today's rules judge its journal; one that cannot be read is named too."""
    from dataclasses import asdict

    from metadrill.app import history as past

    found = past.runs(asked.settings())
    if asked.json:
        printing.emit("history", {"runs": [asdict(one) for one in found]})
    elif found:
        printing.table(_row(one) for one in found)
    elif not asked.quiet:
        printing.say("no run yet: metadrill run DRILL")
    return asked.exit_with(Code.BACKUP_TAMPERED if any(one.wrong for one in found) else Code.OK)


def _row(one: "Past") -> tuple[str, ...]:
    if one.wrong:
        return (one.run, printing.style(one.wrong, fg="red"))
    size = "" if one.size is None else f"{one.size:,} entities"
    rta = "not measured" if one.rta is None else units.short(one.rta)
    return (one.run, one.recovery, one.verdict, size, rta)


@history.command(short_help="What past runs foretell of each recovery, at another size.")
@click.option("--size", type=click.IntRange(1), default=None, help="In entities; else what a run stood for.")
@click.option("--scenario", default=None, help="Of one scenario alone.")
@click.option(
    "--svg",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Plots: size against RTA, entities and storage by the day.",
)
@common
def forecast(asked: Asked, size: int | None, scenario: str | None, svg: Path | None) -> Code:
    """Foretell the RTA of each recovery at a SIZE that was not drilled, from runs that measured it at others.

    Of runs on one stack in one kind of sandbox, within their objective or not: a straight line through
    what was measured, that never falls as the size grows, with the interval at 95 % for a single run;
    from two sizes on. With the growth that the sets of the depot show: the day on which the objective is
    missed, and what the sets themselves take, with the day on which there is no more room for them.
    """
    from dataclasses import asdict

    from metadrill.app import history as past
    from metadrill.app import storing

    told, stored = past.forecast(asked.settings(), size, scenario), storing.storage(asked.settings())
    if svg is not None:
        from metadrill import placing

        placing.put(svg, past.plot(told, stored, past.growth(asked.settings())))
    if asked.json:
        storage = asdict(stored) if stored else None
        printing.emit("forecast", {"recoveries": [past.said(one) for one in told], "storage": storage})
    else:
        printing.table(_told(one) for one in told)
        if stored:
            printing.say(_stored(stored))
    return asked.exit_with(Code.OK if any(one.rta for one in told) else Code.INCONCLUSIVE)


def _stored(one: "Storage") -> str:
    sets = "1 backup set" if one.sets == 1 else f"{one.sets:,} backup sets"
    told = f"  {sets}: {units.size(one.bytes)}, {units.size(one.free)} free"
    if one.per_day is None:
        return told
    full = f", full on {one.full_on}" if one.full_on else ""
    return f"{told}, {units.size(one.per_day)} more a day as sets are taken now{full}"


def _told(one: "Foretold") -> tuple[str, ...]:
    name = (one.scenario, one.recovery, f"{one.size:,} entities")
    if one.rta is None:
        return (*name, one.because)
    largest = max(point.x for point in one.points)
    far = f", {one.size / largest:.0f} times what was drilled" if one.size >= 2 * largest else ""
    when = ""
    if one.limit is not None and one.missed_from is not None:
        day = f", on {one.missed_on} as it grows" if one.missed_on else ""
        at = f"from {int(one.missed_from):,} entities on{day}" if one.missed_from else "already, at any size"
        when = f"misses {units.short(one.limit)} {at}"
    return (*name, about(one.rta), f"{drilled(one)}{far}", when)


def about(found: "Forecast") -> str:
    """Return what is foretold, and how far it may be off, for a reader."""
    off = "" if found.off is None else f" ± {units.short(found.off)}"
    return f"{units.short(found.value)}{off}"


def drilled(one: "Foretold") -> str:
    """Return from how many runs, which sizes, and where they ran, something is foretold."""
    sizes = sorted({int(point.x) for point in one.points})
    return f"from {len(one.points)} runs at {', '.join(f'{size:,}' for size in sizes)} ({one.on})"


def compared(asked: Asked, drill: str) -> None:
    """Print each recovery that a drill could ask for beside the others: what `plan --compare` says."""
    from dataclasses import asdict

    from metadrill.app import ways_back

    found = ways_back.compare(asked.settings(), drill)
    if asked.json:
        printing.emit("compared", {"drill": drill, "recoveries": [asdict(one) for one in found]})
    else:
        printing.table(_beside(one) for one in found)


def _beside(one: "Compared") -> tuple[str, ...]:
    from metadrill.packs import words

    failed = f", {one.failed} not passed" if one.failed else ""
    if one.rta is None:
        return (one.recovery, one.because + failed)
    lost = "loss not measured" if one.lost is None else words.lost(one.lost, one.lost_writes)
    return (one.recovery, units.short(one.rta), f"median of {one.runs} runs{failed}", lost, _far(one))


def _far(one: "Compared") -> str:
    """Return what is foretold at the size that the drill stands for, and at which other one it is ranked."""
    if one.takes is None:
        return f"{one.because}; until then it is not ranked"
    if one.foretold is None:
        return one.because
    told = f"{about(one.foretold)} at {one.size:,} entities by forecast"
    return told if one.at == one.size else f"{told}, ranked by {units.short(one.takes)} at {one.at:,}"
