"""`backup replicate`: copy sets into another depot."""

import re
from datetime import time
from typing import TYPE_CHECKING, Any

import click

from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.cli.progress import Bar
from metadrill.errors import Code, UsageError, foremost
from metadrill.model import units

if TYPE_CHECKING:
    from metadrill.app.replicating import Outcome
    from metadrill.depot.replicating import Window

_WINDOW = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


class Rate(click.ParamType[int]):
    """How many bytes a second: `500kB/s`, `10MB/s`."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Given what was typed, return bytes a second, at least one; a usage error for anything else."""
        try:
            return units.rate(str(value))
        except ValueError:
            self.fail(f"{value!r} is no rate: write 500kB/s or 10MB/s", param, ctx)


@click.command(short_help="Copy sets into another depot, as slowly as asked.")
@click.argument("name", required=False)
@click.option("--from", "source", default=None, metavar="DEPOT", help="A depot of metadrill.yaml.")
@click.option("--to", "target", required=True, metavar="DEPOT", help="Another one.")
@click.option("--limit", type=Rate(), default=None, help="At most so much: 10MB/s.")
@click.option("--window", default=None, metavar="HH:MM-HH:MM", help="Only then, in UTC: 22:00-06:00.")
@common
def replicate(asked: Asked, name: str | None, source: str | None, target: str, **pace: Any) -> Code:
    """Copy a set (its NAME, a beginning of it, or `latest`; all, where none is named) into another depot.

    Newest first, each behind the sets that it goes with. Each file is proved by its digest, and the set
    published whole, under the signature that it has. One that is cut off is gone on with by the next
    call, where it ended. A set that cannot be copied is told, and the others are copied all the same.
    """
    from metadrill.app import replicating
    from metadrill.depot.replicating import Pace

    ended: list[Outcome] = []
    with Bar(asked.json or asked.quiet, "copying") as bar:
        wanted = replicating.Wanted(
            name, source, target, Pace(pace["limit"], _window(pace["window"]), told=bar.report)
        )
        for outcome in replicating.replicate(asked.settings(), wanted):
            ended.append(outcome)
            if asked.json:
                printing.emit("replica", _told(outcome))
            else:
                _say(outcome)
    code = foremost(outcome.code for outcome in ended)
    if not asked.json:
        _summary(asked, ended, code)
    return asked.exit_with(code)


def _told(outcome: "Outcome") -> dict[str, Any]:
    found: dict[str, Any] = {"name": outcome.name, "outcome": outcome.end.value}
    if outcome.replica is not None:
        made = outcome.replica
        found |= {"copied": made.copied, "resumed": made.resumed, "seconds": made.seconds}
        found["lag_s"] = made.lag_s
    return found | (printing.told(outcome.error) if outcome.error is not None else {})


def _say(outcome: "Outcome") -> None:
    made = outcome.replica
    if made is not None and made.lag_s is not None:
        again = f", {units.size(made.resumed)} were there" if made.resumed else ""
        lag = f"there {units.short(made.lag_s)} after its cut"
        printing.say(
            f"{outcome.name}: {units.size(made.copied)} in {units.short(made.seconds)}{again}; {lag}"
        )
    elif outcome.error is not None:
        printing.complain(outcome.error.message)
        if outcome.error.hint:
            printing.complain(f"hint: {outcome.error.hint}")


def _summary(asked: Asked, ended: "list[Outcome]", code: Code) -> None:
    """Say what was left, and what the whole came to."""
    if left := [outcome.name for outcome in ended if outcome.end == "left"]:
        printing.complain(f"not looked at any more: {len(left):,}, from {left[0]} on")
    if code is not Code.OK:
        printing.complain(f"exit code {int(code)}: metadrill explain {int(code)}")
    elif not asked.quiet and all(outcome.end == "there" for outcome in ended):
        printing.say("nothing to copy: every set is there")


def _window(text: str | None) -> "Window | None":
    """Given `22:00-06:00`, return it. Raises UsageError."""
    from metadrill.depot.replicating import Window

    if text is None:
        return None
    found = _WINDOW.fullmatch(text)
    try:
        window = Window(_at(found[1], found[2]), _at(found[3], found[4])) if found else None
    except ValueError:
        window = None
    if window is None or window.begin == window.end:
        raise UsageError(f"--window {text!r}: not two times of the day", "write 22:00-06:00, in UTC")
    return window


def _at(hour: str, minute: str) -> time:
    return time(int(hour), int(minute))
