"""Commands on runs that have ended: assess, report, tour. None touches a stack."""

from pathlib import Path

import click

from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.errors import Code


@click.command()
@click.argument("run")
@common
def assess(asked: Asked, run: str) -> Code:
    """Judge a RUN (its id, a beginning of it, its folder, or `last`) by today's rules."""
    from metadrill import judging
    from metadrill.app import judged
    from metadrill.cli import ending

    found = judged.assess(asked.settings(), run)
    if asked.json:
        printing.emit("assessment", {"assessment": judging.to_json(found.assessment)})
    else:
        ending.show(found.assessment, found.folder)
        if found.second:
            printing.say(f"the issued verdict is {found.issued}; this one stands beside it: {found.second}")
    return asked.exit_with(found.assessment.code)


@click.group()
def report() -> None:
    """Build or open the report of a run."""


@report.command()
@click.argument("run")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="Where to; a sealed run's files go to rebuilt/ of the ledger by default.")  # fmt: skip
@common
def build(asked: Asked, run: str, out: Path | None) -> Code:
    """Render the files of a RUN again from its journal, and say whether they are the sealed ones."""
    from metadrill.app import judged

    files = judged.build(asked.settings(), run, out)
    if asked.json:
        same = {str(one.path): one.same for one in files if one.same is not None}
        printing.emit("files", {"files": [str(one.path) for one in files], "same": same})
    else:
        for one in files:
            printing.say(str(one.path) + {True: "  the same bytes", False: "  differs", None: ""}[one.same])
    return Code.OK


@report.command("open")
@click.argument("run", default="last")
@common
def open_(asked: Asked, run: str) -> Code:
    """Open the report of a RUN in the browser (default: the last one)."""
    from metadrill.app import judged

    path = judged.report(asked.settings(), run).resolve()
    printing.say(str(path))
    click.launch(path.as_uri())
    return Code.OK


@click.command()
@common
def tour(asked: Asked) -> Code:
    """Replay a recorded real run and render its report; no stack is needed, nothing is fetched."""
    from metadrill import judging
    from metadrill.app import tour as room
    from metadrill.cli import ending, screen

    outcome, reading = room.render(asked.settings())
    if asked.json:
        printing.emit("assessment", {"assessment": judging.to_json(outcome.assessment)})
        return Code.OK
    name = outcome.assessment.drill
    printing.say(f"A recorded run of the drill {name}, as it was. Nothing is started.")
    printing.say()
    replay = screen.Screen(live=False)
    for event in reading.events:
        replay.hear(event)
    ending.show(outcome.assessment, outcome.folder)
    return Code.OK
