"""What is printed: plain text for people, JSON for programs. Standard error for what went wrong."""

import json
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from typing import Any

import click

from metadrill.errors import Code, MetadrillError

SCHEMA = "metadrill/v1"
MARK = {"pass": "✓", "fail": "✗", "inconclusive": "?", "not_provable": "–"}
COLOUR = {"pass": "green", "fail": "red", "inconclusive": "yellow", "not_provable": None}


def say(text: str = "") -> None:
    """Print a line for people."""
    click.echo(text)


def emit(kind: str, body: Any) -> None:
    """Print one JSON document on a line: `{"schema": …, "kind": …, …}`."""
    click.echo(json.dumps({"schema": SCHEMA, "kind": kind, **body}, ensure_ascii=False))


def style(text: str, **how: Any) -> str:
    """Return text in a colour, where the terminal shows colours and nobody asked for none."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return click.style(text, **how)


def verdict(word: str) -> str:
    """Return a verdict as it is shown: a mark and a word, coloured."""
    return style(f"{MARK[word]} {word.upper()}", fg=COLOUR[word], bold=True)


def table(rows: Iterable[Sequence[str]], indent: int = 2) -> None:
    """Print rows in columns as wide as they need."""
    lines = [tuple(row) for row in rows]
    if not lines:
        return
    widths = [max(len(click.unstyle(row[column])) for row in lines) for column in range(len(lines[0]))]
    for row in lines:
        cells = (
            cell + " " * (wide - len(click.unstyle(cell))) for cell, wide in zip(row, widths, strict=True)
        )
        say((" " * indent + "  ".join(cells)).rstrip())


def failure(error: MetadrillError, argv: list[str]) -> None:
    """Print what went wrong: place and reason, the hint, the code."""
    if "--json" in argv:
        emit("error", {"error": error.message, "hint": error.hint, "code": int(error.code)})
        return
    for line in getattr(error, "problems", (error.message,)):
        click.echo(line, err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)
    click.echo(f"exit code {int(error.code)}: metadrill explain {int(error.code)}", err=True)
    if "-vv" in argv:
        traceback.print_exception(error)


def unexpected(error: Exception, argv: list[str]) -> None:
    """Print an error that nobody foresaw; its traceback only under `-vv`."""
    if "--json" in argv:
        emit("error", {"error": f"{type(error).__name__}: {error}", "hint": "", "code": int(Code.INTERNAL)})
    else:
        click.echo(f"internal error: {type(error).__name__}: {error}", err=True)
        click.echo("hint: run it again with -vv and report what it prints", err=True)
    if "-vv" in argv:
        traceback.print_exception(error)
