"""What is printed: plain text for people, JSON for programs. Standard error for what went wrong."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

import click

from metadrill.errors import Code, MetadrillError

SCHEMA = "metadrill/v1"
MARK = {"pass": "✓", "fail": "✗", "inconclusive": "?", "not_provable": "–"}
_TRACEBACKS = 2  # how many -v show them
COLOUR = {"pass": "green", "fail": "red", "inconclusive": "yellow", "not_provable": None}


def say(text: str = "") -> None:
    """Print a line for people."""
    _print(text, sys.stdout)


def complain(text: str) -> None:
    """Print a line on standard error."""
    _print(text, sys.stderr)


def _print(text: str, where: TextIO) -> None:
    """Print a line; a reader that has gone away (`| head`) changes nothing of what is done."""
    try:
        click.echo(text, file=where)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, where.fileno())
        os.close(nowhere)


def emit(kind: str, body: Any) -> None:
    """Print one JSON document on a line: `{"schema": …, "kind": …, …}`."""
    import json

    say(json.dumps({"schema": SCHEMA, "kind": kind, **body}, ensure_ascii=False))


def style(text: str, **how: Any) -> str:
    """Return text in a colour, where the terminal shows colours and nobody asked for none."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return click.style(text, **how)


def verdict(word: str) -> str:
    """Return a verdict as it is shown: a mark and a word, coloured."""
    return style(f"{MARK[word]} {word.upper()}", fg=COLOUR[word], bold=True)


def table(rows: Iterable[Sequence[str]], indent: int = 2) -> None:
    """Print rows in columns as wide as they need; the last cell of a shorter row runs on over the rest."""
    lines = [tuple(row) for row in rows]
    whole = max((len(row) for row in lines), default=0)
    widths = [0] * whole
    for row in lines:
        for column, cell in enumerate(row if len(row) == whole else row[:-1]):
            widths[column] = max(widths[column], len(click.unstyle(cell)))
    for row in lines:
        cells = (
            cell + " " * (wide - len(click.unstyle(cell))) for cell, wide in zip(row, widths, strict=False)
        )
        say((" " * indent + "  ".join(cells)).rstrip())


def _loud(argv: list[str]) -> bool:
    """Whether tracebacks were asked for: `-vv`, `-v -v`, `-qvv`."""
    short = [word for word in argv if word.startswith("-") and not word.startswith("--")]
    return "".join(short).count("v") + argv.count("--verbose") >= _TRACEBACKS


def _trace(error: Exception) -> None:
    import traceback

    traceback.print_exception(error)


def told(error: MetadrillError) -> dict[str, Any]:
    """Return an error as JSON tells it."""
    return {"error": error.message, "hint": error.hint, "code": int(error.code)}


def failure(error: MetadrillError, argv: list[str]) -> None:
    """Print what went wrong: place and reason, the hint, the code."""
    if "--json" in argv:
        emit("error", told(error))
        return
    for line in getattr(error, "problems", (error.message,)):
        complain(line)
    if error.hint:
        complain(f"hint: {error.hint}")
    complain(f"exit code {int(error.code)}: metadrill explain {int(error.code)}")
    if _loud(argv):
        _trace(error)


def unexpected(error: Exception, argv: list[str]) -> None:
    """Print an error that nobody foresaw; its traceback only under `-vv`."""
    if "--json" in argv:
        emit("error", {"error": f"{type(error).__name__}: {error}", "hint": "", "code": int(Code.INTERNAL)})
    else:
        complain(f"internal error: {type(error).__name__}: {error}")
        complain("hint: run it again with -vv and report what it prints")
    if _loud(argv):
        _trace(error)
