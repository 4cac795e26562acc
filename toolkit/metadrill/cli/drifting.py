"""`drift`: two readings of a repository against each other, told and written in every form."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from metadrill import glyphs
from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.errors import Code

if TYPE_CHECKING:
    from metadrill.app.drifting import Drift
    from metadrill.census.differing import Difference

_SHOWN = 20
_WIDTH = 120
"""Columns of a line where no terminal says how many it has."""
_ROW = 37
"""Columns of what names a row: a guid is whole."""
_LEAST = 20
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Two readings of a repository against each other, row by row.")
@click.argument("first", metavar="A")
@click.argument("second", metavar="[B]", default="")
@click.option(
    "--from", "connection", default=None, metavar="CONNECTION", help="Without B: one of metadrill.yaml."
)
@click.option("--depot", default=None, metavar="NAME", help="A depot of metadrill.yaml.")
@click.option(
    "--stack", default="atlas-2.1", show_default=True, metavar="NAME", help="Of an archive, of files."
)
@click.option(
    "--html", type=_FILE, default=None, metavar="FILE", help="Write a page: counts, and the first rows."
)
@click.option("--csv", type=_FILE, default=None, metavar="FILE", help="Write every row that differs.")
@click.option("--parquet", type=_FILE, default=None, metavar="FILE", help="Write every row that differs.")
@click.option("--sandbox", default=None, help="The kind of sandbox that files are read in.")
@click.option("--accept-unproved-isolation", is_flag=True, help="Even where nothing proves it shut.")
@click.option("--rows", default=_SHOWN, show_default=True, help="How many rows to print; JSON has all.")
@common
def drift(asked: Asked, first: str, second: str, **how: Any) -> Code:
    """Compare two readings of a repository, by type.

    A and B are each a backup set (its name, a beginning of it, or `latest`), an export archive
    (FILE.zip), a live repository (connection:NAME), or what lies in the files of a set's physical copy
    (files:SET), read in a sandbox without serving it. Without B, A is compared with the live one.
    Update times are not compared, only shown. Of a live repository the index is waited for first; what
    is written while it is read is told apart, and is no drift. With `--fail-on warnings`, exit code 3
    where something differs.
    """
    from metadrill.app import drifting

    wanted = drifting.Asked(
        first, second, how["connection"], how["depot"], how["stack"], how["accept_unproved_isolation"]
    )
    writers = {"html": drifting.as_html, "csv": drifting.as_csv, "parquet": drifting.as_parquet}
    with drifting.drift(asked.settings(), wanted) as found:
        for form, write in writers.items():
            if how[form] is not None:
                write(how[form], found)
        _tell(asked, found, how["rows"])
        return asked.exit_with(Code.WARNINGS if found.total else Code.OK)


def _tell(asked: Asked, found: "Drift", shown: int) -> None:
    """Say what differs: all of it as JSON, counts and the first rows for a person."""
    if asked.json:
        _emit(found)
        return
    printing.say(f"first   {found.first.name}")
    printing.say(f"second  {found.second.name}")
    for limit in found.limits:
        printing.say(limit)
    printing.say(f"{found.total:,} rows differ in {', '.join(found.compared)}")
    printing.table((table, kind, side, f"{count:,}") for table, kind, side, count in found.counts)
    listed = list(islice(found.rows(), shown))
    _list([row for row in listed if not row.moved])
    if found.moved:
        printing.say(f"{found.moved:,} more of what was written while it was read: of before or of after")
        _list([row for row in listed if row.moved])
    every = found.total + found.moved
    if every > shown:
        printing.say(f"  and {every - shown:,} more: --rows {every}, --json, --csv FILE, --html FILE")


def _emit(found: "Drift") -> None:
    sizes = {table: {"first": one, "second": other} for table, one, other in found.sizes()}
    told = {
        "first": found.first.name, "second": found.second.name, "sizes": sizes,
        "written": {"first": found.first.written, "second": found.second.written},
        "limits": found.limits, "differ": found.total, "moved": found.moved,
        "code": int(Code.WARNINGS if found.total else Code.OK),
    }  # fmt: skip
    printing.emit("drift", {**told, "rows": [asdict(row) for row in found.rows()]})


def _list(rows: list["Difference"]) -> None:
    """Print rows, none wider than the terminal: what each is of, and below it the rest of it."""
    wide = shutil.get_terminal_size((_WIDTH, 0)).columns
    keys = [(row.table, row.side, _clipped(row.row, _ROW)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*keys, strict=True)]
    left = wide - 2 * (len(widths) + 1) - sum(widths)
    lines: list[tuple[str, ...]] = []
    for row, key in zip(rows, keys, strict=True):
        name, *below = _said(row)
        if left < _LEAST:
            name, below = "", [name, *below]
        lines.append((*key, _clipped(name, left)))
        lines += [("", _clipped(line, wide - 4 - widths[0])) for line in below if line]
    printing.table(lines)


def _said(row: "Difference") -> Iterator[str]:
    """Yield the entity that a row is of, what names the row where that is long, and both values."""
    yield f"{row.entity_type or row.type} {row.entity_name}".strip()
    _, _, rest = row.row.partition(" ")
    if len(row.row) > _ROW:
        yield rest if row.type in rest.split(" ") else f"{row.type} {rest}".strip()
    if row.what:
        yield f"first   {row.first}"
        yield f"second  {row.second}"


def _clipped(text: str, width: int) -> str:
    """Return text in so many columns at most, but for the least that can be read."""
    seen, most = glyphs.visible(text), max(width, _LEAST)
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"
