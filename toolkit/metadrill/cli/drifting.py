"""`drift`: two readings of a repository against each other, told and written in every form."""

from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.errors import Code

if TYPE_CHECKING:
    from metadrill.app.drifting import Drift

_SHOWN = 20
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
    Update times are not compared. With `--fail-on warnings`, exit code 3 where something differs.
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
        sizes = {table: {"first": one, "second": other} for table, one, other in found.sizes()}
        body = {"first": found.first.name, "second": found.second.name, "sizes": sizes}
        code = int(Code.WARNINGS if found.total else Code.OK)
        printing.emit("drift", {**body, "code": code, "rows": [asdict(row) for row in found.rows()]})
        return
    printing.say(f"first   {found.first.name}")
    printing.say(f"second  {found.second.name}")
    printing.say(f"{found.total:,} rows differ in {', '.join(found.compared)}")
    printing.table((table, kind, side, f"{count:,}") for table, kind, side, count in found.counts)
    listed = islice(found.rows(), shown)
    printing.table((row.table, row.side, row.type, row.row, row.what) for row in listed)
    if found.total > shown:
        printing.say(
            f"  and {found.total - shown:,} more: --rows {found.total}, --json, --csv FILE, --html FILE"
        )
