"""`metadrill`: the group of commands, its help in sections, and the one way out.

Commands are imported when they are called: `--help` answers in a quarter of a second.
"""

import contextlib
import importlib
import os
import sys
import threading
from typing import Any

import click

from metadrill import __version__
from metadrill.cli import printing
from metadrill.cli.commands import COMMANDS, SECTIONS
from metadrill.errors import Code, Interrupted, MetadrillError, UsageError


class Commands(click.Group):
    """The commands of the table, imported late."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].place.partition(":")
        command: click.Command = getattr(importlib.import_module(f"metadrill.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f"did you mean '{near[0]}'?" if near else "see metadrill --help"
            raise UsageError(f"unknown command '{args[0]}'", hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in SECTIONS:
            rows = [(name, entry.line) for name, entry in COMMANDS.items() if entry.section == section]
            with formatter.section(section):
                formatter.write_dl(rows)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: metadrill explain 5. A live repository is only read; all else happens in sandboxes.",
)
@click.version_option(__version__, prog_name="metadrill")
def metadrill() -> None:
    """Drills the recovery of metadata repositories for real, and proves what came of it."""


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit with its code; never a traceback for what a person did.

    A library that is still being imported in the background (Great Expectations, for a run that
    was stopped early) can hang an orderly end of the interpreter: then it ends at once.
    """
    code = int(run(sys.argv[1:] if argv is None else argv))
    if threading.active_count() > 1:
        with contextlib.suppress(OSError, ValueError):  # a reader that went away has nothing to get
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run(argv: list[str]) -> Code:
    """Given arguments, run the command and return its exit code."""
    try:
        code: Any = metadrill.main(args=argv, prog_name="metadrill", standalone_mode=False)
        return code if isinstance(code, Code) else Code.OK
    except click.exceptions.Exit as stop:
        return Code.OK if stop.exit_code == 0 else Code.USAGE
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return Code.USAGE
    except click.ClickException as error:
        printing.failure(_usage(error), argv)
        return Code.USAGE
    except (KeyboardInterrupt, click.Abort):
        return Code.SIGINT
    except Interrupted as error:
        return error.code
    except MetadrillError as error:
        printing.failure(error, argv)
        return error.code
    except Exception as error:  # noqa: BLE001 - the last door: an unknown error is code 1, never a pass
        printing.unexpected(error, argv)
        return Code.INTERNAL


def _usage(error: click.ClickException) -> UsageError:
    """Return a wrong call as the error it is: what is wrong, and where its help is."""
    told = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    place = context.command_path if context else "metadrill"
    return UsageError(told[:1].lower() + told[1:].rstrip("."), f"see {place} --help")


if __name__ == "__main__":
    main()
