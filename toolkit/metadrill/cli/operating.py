"""Commands about sandboxes outside a drill: sandbox up, down, status; gc."""

from collections.abc import Mapping

import click

from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.errors import Code
from metadrill.model import units
from metadrill.model.sandboxed import Removal


@click.group()
def sandbox() -> None:
    """Bring a stack up without a drill, and down again."""


@sandbox.command(short_help="Bring a stack up with a dataset in it, and leave it standing.")
@click.option("--stack", default="atlas-2.1", show_default=True)
@click.option("--dataset", default="starter", show_default=True)
@click.option("--sandbox", default=None, help="The kind of sandbox: auto, docker, process.")
@common
def up(asked: Asked, stack: str, dataset: str) -> Code:
    """Bring a stack up with a dataset in it, and leave it standing on loopback."""
    from metadrill.app import standing
    from metadrill.cli.progress import Bar

    with Bar(asked.json or asked.quiet) as bar:
        made = standing.up(asked.settings(), stack, dataset, bar.report)
    if asked.json:
        printing.emit("sandbox", {"id": made.id, "start": made.boot.start, "seconds": made.boot.seconds,
                                  "coordinates": made.coordinates})  # fmt: skip
        return Code.OK
    printing.say(f"{made.id} stands after {units.short(made.boot.seconds)} ({made.boot.start} start)")
    printing.table(made.coordinates.items())
    printing.say(f"remove it: metadrill sandbox down {made.id}")
    return Code.OK


@sandbox.command()
@click.argument("name", required=False)
@common
def down(asked: Asked, name: str | None) -> Code:
    """Remove a standing sandbox (all that stand, without a NAME)."""
    from metadrill.app import standing

    return _removed(asked, standing.down(asked.settings(), name))


@sandbox.command()
@common
def status(asked: Asked) -> Code:
    """List the sandboxes there are."""
    from metadrill.app import standing

    leases = standing.status(asked.settings())
    if asked.json:
        rows = [{"id": item.id, "kind": item.kind, "label": item.label, "created": item.created,
                 "ports": list(item.ports), "standing": item.kept, "orphaned": item.orphaned}
                for item in leases]  # fmt: skip
        printing.emit("sandboxes", {"sandboxes": rows})
        return Code.OK
    if not leases and not asked.quiet:
        printing.say("no sandbox")
    printing.table(
        (item.id, item.kind, "orphaned" if item.orphaned else "standing" if item.kept else "in a run",
         item.created, " ".join(map(str, item.ports)))
        for item in leases
    )  # fmt: skip
    return Code.OK


@sandbox.command(short_help="Let a recovery environment be broken, for eight hours.")
@click.argument("stack")
@common
def claim(asked: Asked, stack: str) -> Code:
    """Claim the environment that STACK attaches to: for eight hours, a fault may break it.

    Asks for the identity of its cluster, to be typed by a person; no option answers for one.
    """
    import sys

    from metadrill.app import claiming
    from metadrill.errors import Refused

    def typed(name: str, cluster: str) -> str:
        if not sys.stdin.isatty():
            raise Refused("a claim needs a person", "run it on a terminal, and type the cluster's identity")
        printing.complain(
            f"cluster {name}, {cluster}: until the claim expires, drills may destroy what it holds"
        )
        return str(click.prompt("type the cluster's identity to claim it", err=True))

    made = claiming.claim(asked.settings(), stack, typed)
    if asked.json:
        printing.emit("claim", made.facts())
        return Code.OK
    facts = made.facts()
    printing.say(f"claimed by {facts['who']} until {facts['until']}: cluster {facts['cluster']}")
    return Code.OK


@sandbox.command(short_help="List the images that docker sandboxes run from; build a stack's.")
@click.option("--build", "stack", is_flag=False, flag_value="atlas-2.1", default=None, metavar="[STACK]",
              help="Build or fetch those of a stack (atlas-2.1 where none is named).")  # fmt: skip
@common
def images(asked: Asked, stack: str | None) -> Code:
    """List the images that docker sandboxes run from; with --build, make those of a stack first."""
    from metadrill.app import boxes
    from metadrill.cli.progress import Bar

    if stack is not None:
        with Bar(asked.json or asked.quiet) as bar:
            boxes.build(asked.settings(), stack, bar.report)
    found = boxes.images(asked.settings())
    if asked.json:
        printing.emit("images", {"images": [{"tag": item.tag, "bytes": item.bytes} for item in found]})
        return Code.OK
    if not found and not asked.quiet:
        printing.say("no image yet: build them with metadrill sandbox images --build")
    printing.table((item.tag, units.size(item.bytes)) for item in found)
    return Code.OK


@click.command()
@common
def gc(asked: Asked) -> Code:
    """Remove what killed runs left behind, by lease. Runs under way and their records stay.

    In the depots: what killed backups left, and copies of sets that nobody went on with for a week.
    """
    from metadrill.app import standing

    return _removed(asked, standing.collect(asked.settings()))


def _remaining(row: Removal) -> str:
    left = "; ".join(f"{kind} {', '.join(names)}" for kind, names in row.remaining.items() if names)
    return f"still there: {left}" if left else "removed"


def _removed(asked: Asked, removed: Mapping[str, Removal]) -> Code:
    left = {name: row for name, row in removed.items() if not row.clean}
    if asked.json:
        gone = sorted(set(removed) - set(left))
        rows = {name: row.remaining for name, row in sorted(left.items())}
        printing.emit("removed", {"removed": gone, "left": rows})
    elif not removed and not asked.quiet:
        printing.say("nothing to remove")
    for name, row in removed.items():
        if not asked.json:
            printing.say(f"{name}: {_remaining(row)}")
    return Code.CLEANUP_INCOMPLETE if left else Code.OK
