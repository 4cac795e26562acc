"""`validate`, in a module of its own: it answers in a quarter of a second (P7)."""

from pathlib import Path

import click

from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.errors import Code, UsageError

_USUAL = (Path("scenarios"), Path("drills"), Path("metadrill.yaml"))


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@common
def validate(asked: Asked, paths: tuple[Path, ...]) -> Code:
    """Check files; of a folder its own, not deeper ones. Default: scenarios/, drills/, metadrill.yaml."""
    from metadrill.app import material
    from metadrill.app.settings import Settings

    given = paths or tuple(path for path in _USUAL if path.exists())
    if not given:
        raise UsageError("no file given, and neither scenarios/ nor drills/ here", "metadrill validate FILE")
    given += (asked.config,) if asked.config else ()
    looked, problems = material.check(Settings(), given)  # a configuration that is wrong is among the given
    if asked.json:
        rows = [{"path": row.path, "message": row.message, "hint": row.hint} for row in problems]
        printing.emit("validation", {"files": len(looked), "problems": rows})
    else:
        for row in problems:
            printing.complain(row.message)
            if row.hint:
                printing.complain(f"hint: {row.hint}")
        if not asked.quiet:
            bad = len({row.path for row in problems})
            printing.say(f"{len(looked) - bad} of {len(looked)} files are right")
    return Code.USAGE if problems else Code.OK
