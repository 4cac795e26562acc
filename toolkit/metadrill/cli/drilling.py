"""`run`: the drill, with its live screen, and what it came to."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from metadrill import progress
from metadrill.cli import ending, printing
from metadrill.cli.options import Asked, Duration, common
from metadrill.cli.progress import Bar
from metadrill.cli.screen import Screen
from metadrill.errors import Code, Interrupted, foremost
from metadrill.model.event import Event

if TYPE_CHECKING:
    from metadrill.model.assessment import Assessment

Shown = TypeVar("Shown")
_MINUTES = {"cold": 4, "warm": 1}


@click.command()
@click.argument("drills", nargs=-1, required=True)
@click.option("--sandbox", default=None, help="The kind of sandbox: auto, docker, process, attach.")
@click.option("--cold", is_flag=True, help="Boot from nothing, even where a warm state is kept.")
@click.option("--leave-out", type=click.Choice(["fault", "recovery"]), default=None,
              help="Leave the fault or the recovery out: the verdict must not be a pass.")  # fmt: skip
@click.option("--gates", type=click.Choice(["ask", "refuse"]), default=None,
              help="Ask at gates and runbook steps (the default on a terminal), or refuse.")  # fmt: skip
@click.option("--timeout", type=Duration(), default=None, help="Stop a run after this time (90s, 20m).")
@click.option("--dry-run", is_flag=True, help="Print the plan and every kind of change; start nothing.")
@click.option("--engine", type=click.Choice(["local", "spark"]), default=None,
              help="Who joins what was and what is: this machine, or Apache Spark.")  # fmt: skip
@common
def run(asked: Asked, drills: tuple[str, ...], *, dry_run: bool, **how: Any) -> Code:
    """Run DRILLS (names, files, or folders, which are not descended).

    With --json a drill with `recovery: all` ends in a document of kind `ranking`: `drill`, `drawn` (the
    drawing), and `recoveries` in order, each with `recovery`, `verdict`, `rta_s` (null: not measured),
    `lost_s` (the work lost that was acknowledged before the outage; null: not measured), `lost_writes`
    (these and those lost during the recovery) and `run`.
    """
    from metadrill.app import running
    from metadrill.model.drill import Start

    start = Start.COLD if how["cold"] else None
    if dry_run:
        return _dry(asked, drills, start)
    settings = asked.settings()
    codes = []
    for reference in _expanded(drills):
        hearing = _Hearing(asked, settings)
        options, ranked = _options(hearing, start, how), []
        try:
            with progress.heard(hearing):
                for outcome in running.run(settings, reference, options):
                    hearing.ended(outcome)
                    ranked.append(outcome.assessment)
                    codes.append(outcome.code)
        finally:
            hearing.close()
        _ranked(asked, settings, ranked)
    return asked.exit_with(foremost(codes))


def _options(hearing: "_Hearing", start: Any, how: dict[str, Any]) -> Any:
    from metadrill.app import running
    from metadrill.model.drill import LeaveOut

    return running.RunOptions(
        start=start,
        leave_out=LeaveOut(how["leave_out"]) if how["leave_out"] else None,
        listeners=(hearing.hear,),
        progress=hearing.bar.report,
        opened=hearing.opened,
        timeout=how["timeout"],
        gate=hearing.gate if _answered(how["gates"]) else None,
        confirm=hearing.confirm if _answered(how["gates"]) else None,
        command=shlex.join(["metadrill", *sys.argv[1:]]),
        told=hearing.told,
    )


def _ranked(asked: Asked, settings: Any, found: list[Any]) -> None:
    """Draw several recoveries of one drill beside each other, and say where; print them for a person."""
    if len(found) < 2:
        return
    from metadrill.app import history
    from metadrill.packs import ranking

    drawn = history.draw(settings, found)
    if asked.json:
        rows = [_row(one) for one in ranking.ranked(found)]
        printing.emit("ranking", {"drill": found[0].drill, "drawn": str(drawn), "recoveries": rows})
    else:
        ending.rank(found, drawn)


def _row(one: "Assessment") -> dict[str, Any]:
    return {
        "recovery": one.recovery, "verdict": one.verdict.value, "rta_s": one.rta.actual,
        "lost_s": one.lost_work, "lost_writes": one.lost_writes, "run": one.run,
    }  # fmt: skip


class _Hearing:
    """What one drill's runs are shown through: JSON Lines, or the screen."""

    def __init__(self, asked: Asked, settings: Any) -> None:
        self._asked, self._settings = asked, settings
        self.bar = Bar(asked.json or asked.quiet)
        self._screen: Screen | None = None
        self._deaf = False

    def opened(self, plan: Any, folder: Path) -> None:
        """A run is about to begin."""
        if self._asked.json or self._asked.quiet:
            return
        aims = plan.drill.objectives
        from metadrill.app import first_screen
        from metadrill.model import units

        printing.say(
            f"{_named(plan)}: {plan.scenario.title}, {plan.scenario.success_is.way} {plan.recovery.name} "
            f"(RTO {units.short(aims.rto.limit)}, RPO {units.short(aims.rpo.limit)})"
        )
        printing.say(first_screen.text(self._settings, plan))
        printing.say()
        self._screen = Screen(live=True)
        self._screen.start()

    def hear(self, event: Event) -> None:
        """One event is on disk."""
        self._safely(lambda: self._show(event))

    def begin(self, what: str, total: int, unit: str) -> int:
        """Port of `metadrill.progress`: the screen shows how far a stage is."""
        screen = self._screen
        return self._safely(lambda: screen.begin(what, total, unit) if screen else 0) or 0

    def advance(self, stage: int, amount: int) -> None:
        """See `begin`."""
        screen = self._screen
        self._safely(lambda: screen.advance(stage, amount) if screen else None)

    def end(self, stage: int) -> None:
        """See `begin`."""
        screen = self._screen
        self._safely(lambda: screen.end(stage) if screen else None)

    def _safely(self, act: Callable[[], Shown]) -> Shown | None:
        """Show something. A screen that breaks must not break the drill: it shows no more."""
        if self._deaf:
            return None
        try:
            return act()
        except Interrupted:  # a signal that came while it was shown
            raise
        except Exception as error:  # noqa: BLE001 - whatever broke, the drill goes on
            self._deaf = True
            printing.complain(f"the screen broke ({type(error).__name__}: {error}); the run goes on")
            return None

    def _show(self, event: Event) -> None:
        if self._asked.json:
            printing.emit("event", {"event": {"seq": event.seq, "at": event.at, "mono_ns": event.mono_ns,
                                              "kind": event.kind, "data": event.data}})  # fmt: skip
        elif self._screen is not None:
            if event.kind == "stack.served":
                self.bar.close()
            self._screen.hear(event)

    def told(self, text: str) -> None:
        """Something is done before the run itself."""
        if self._asked.json:
            printing.emit("told", {"text": text})
        elif not self._asked.quiet:
            printing.say(text)

    def gate(self, recovery: str) -> str:
        """Wait for the person who decides; return who that is."""
        self._hold()
        return str(click.prompt(f"gate: {recovery} is about to start. Your name, to go on", err=True))

    def confirm(self, task: str) -> bool:
        """Ask whether a step of a runbook is done."""
        self._hold()
        return bool(click.confirm(f"runbook: {task}: done?", err=True))

    def _hold(self) -> None:
        """Stop the running clock for good: a person is typing below."""
        if self._screen is not None:
            self._screen.stop()

    def ended(self, outcome: Any) -> None:
        """A run has ended and was judged."""
        self.close()
        if self._asked.json:
            from metadrill import judging

            body: dict[str, Any] = {
                "folder": str(outcome.folder),
                "assessment": judging.to_json(outcome.assessment),
                "sealed": outcome.unsealed is None,
            }
            if outcome.unsealed:
                body["unsealed"] = printing.told(outcome.unsealed)
            printing.emit("assessment", body)
        else:
            from metadrill.app import history

            ending.show(outcome.assessment, outcome.folder)
            ending.foretold(history.at_full_size(self._settings, outcome.assessment))
            _seal(outcome)
            printing.say()

    def close(self) -> None:
        """Take bar and clock away."""
        self.bar.close()
        if self._screen is not None:
            self._screen.stop()
            self._screen = None


def _seal(outcome: Any) -> None:
    if outcome.unsealed:
        printing.complain(outcome.unsealed.message)
        printing.complain(f"hint: {outcome.unsealed.hint}")
        return
    for path in outcome.files:
        if path.suffix == ".pdf":
            printing.say(f"  evidence {path}")
    printing.say(f"  verify   metadrill evidence verify {outcome.folder.name}")


def _named(plan: Any) -> str:
    """Return a drill's name, and which of its runs this is where each recovery is tried."""
    if plan.drill.recovery.name != "all":
        return str(plan.drill.name)
    each = plan.scenario.recoveries
    return f"{plan.drill.name}, run {each.index(plan.recovery.name) + 1} of {len(each)}"


def _answered(gates: str | None) -> bool:
    """Whether there is a person to ask."""
    return gates == "ask" or (gates is None and sys.stdin.isatty())


def _expanded(drills: tuple[str, ...]) -> list[str]:
    from metadrill import loading

    found: list[str] = []
    for item in drills:
        path = Path(item)
        found += [str(file) for file in loading.find([path])] if path.is_dir() else [item]
    return found


def _dry(asked: Asked, drills: tuple[str, ...], start: Any) -> Code:
    from metadrill.cli import looking

    for reference in _expanded(drills):
        looking.show_plans(asked, reference, start)
    return Code.OK
