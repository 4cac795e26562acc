"""The options that every command takes, and what they come to."""

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import click

from metadrill import progress
from metadrill.cli.stages import Stages
from metadrill.errors import PRECEDENCE, Code, UsageError

_LEVELS = {
    "warnings": Code.WARNINGS,
    "inconclusive": Code.INCONCLUSIVE,
    "rpo": Code.RPO_MISSED,
    "rto": Code.RTO_MISSED,
    "integrity": Code.INTEGRITY_LOST,
    "never": Code.OK,
}


class Asked(NamedTuple):
    """The common options of one call."""

    json: bool
    quiet: bool
    verbose: int
    ledger: Path | None
    config: Path | None
    fail_on: str
    sandbox: str | None = None
    engine: str | None = None

    def settings(self) -> Any:
        """Return where things lie: flags first, then the configuration file, then the defaults."""
        from metadrill.app import configured

        return configured.settings(self.config, self.ledger, self.sandbox, self.engine)

    def exit_with(self, code: Code) -> Code:
        """Return the exit code under `--fail-on`: one milder than the level becomes 0."""
        if self.fail_on == "never":
            return Code.OK
        level = PRECEDENCE.index(_LEVELS[self.fail_on])
        return code if PRECEDENCE.index(code) <= level or code is Code.CLEANUP_INCOMPLETE else Code.OK


class Duration(click.ParamType[timedelta]):
    """A length of time as people write it: `90s`, `20m`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Given what was typed, return the duration; a usage error for anything else."""
        from metadrill.model import units

        try:
            return value if isinstance(value, timedelta) else units.duration(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a duration: write 90s or 20m", param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment as ISO 8601 writes it, with its zone: `2026-03-01T12:00:00Z`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Given what was typed, return the moment; a usage error for anything else."""
        from metadrill import clock

        try:
            return clock.moment(value) if isinstance(value, str) else value
        except ValueError:
            self.fail(f"{value!r} is no moment with its zone: write 2026-03-01T12:00:00Z", param, ctx)


def common(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options, as one argument `asked`."""

    @click.option("--json", "as_json", is_flag=True, help="JSON, one document a line.")
    @click.option("-q", "--quiet", is_flag=True, help="Only what was found.")
    @click.option("-v", "--verbose", count=True, help="More; -vv shows tracebacks.")
    @click.option("--no-color", is_flag=True, help="No colours (NO_COLOR does the same).")
    @click.option("--config", type=click.Path(path_type=Path), help="A configuration file (metadrill.yaml).")
    @click.option("--ledger", type=click.Path(path_type=Path), help="Where runs lie (default .metadrill).")
    @click.option("--fail-on", type=click.Choice(list(_LEVELS)), default="inconclusive", show_default=True,
                  help="Codes milder than this exit 0.")  # fmt: skip
    @functools.wraps(function)
    def wrapped(**given: Any) -> Any:
        import os

        if given.pop("no_color"):
            os.environ["NO_COLOR"] = "1"
        asked = Asked(
            json=given.pop("as_json"),
            quiet=given.pop("quiet"),
            verbose=given.pop("verbose"),
            ledger=given.pop("ledger"),
            config=given.pop("config"),
            fail_on=given.pop("fail_on"),
            sandbox=given.pop("sandbox", None),
            engine=given.pop("engine", None),
        )
        with progress.heard(None if asked.json or asked.quiet else Stages()):
            return function(asked=asked, **given)

    return wrapped


def one_of(name: str, known: tuple[str, ...]) -> None:
    """Raise UsageError with the nearest name where `name` is not one of `known`."""
    import difflib

    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"one of {', '.join(known)}"
        raise UsageError(f"'{name}' is not known", hint)
