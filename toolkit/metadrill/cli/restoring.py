"""`restore`: a backup set proved in a sandbox."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from metadrill import clock
from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.errors import Code
from metadrill.model.backup import Method
from metadrill.model.verdict import CheckVerdict, passing

if TYPE_CHECKING:
    from metadrill.app.restoring import Restored, Wanted

_SHOWN = 20


@click.command(short_help="Put a backup set into a fresh sandbox, and prove it.")
@click.argument("name")
@click.option("--depot", default=None, metavar="NAME", help="A depot of metadrill.yaml.")
@click.option("--environment", default="", help="Refuse a set of another environment.")
@click.option("--stack", default="atlas-2.1", show_default=True, help="A stack of the set's versions.")
@click.option("--method", type=click.Choice([method.value for method in Method]), default=None,
              help="By the stores' files, or by the export. [default: files where it has them]")  # fmt: skip
@click.option("--only", multiple=True, metavar="SELECTION",
              help="Some of it, with all that it needs: type:hive_table, name:sales.*, "
                   "classification:PII, guid:…, lineage:…; may be given again.")  # fmt: skip
@click.option("--into", default="", metavar="SANDBOX",
              help="Beside what stands in a sandbox of yours. Needs --only.")  # fmt: skip
@click.option("--conflicts", type=click.Choice(["keep", "backup"]), default="keep", show_default=True,
              help="With --into: keep what was changed since, or take the backup's.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Leave it standing; remove it with sandbox down.")
@click.option("--accept-unproved-isolation", is_flag=True, help="Even where nothing proves it shut.")
@click.option("--sandbox", default=None, help="The kind of sandbox: auto, docker, process.")
@click.option("--engine", type=click.Choice(["local", "spark"]), default=None,
              help="Who joins what was and what is: this machine, or Apache Spark.")  # fmt: skip
@common
def restore(asked: Asked, name: str, **how: Any) -> Code:
    """Restore a set (its NAME, a beginning of it, or `latest`) into a fresh sandbox, and compare it
    with what its manifest says. Nothing that runs is touched, but for the sandbox of --into."""
    from metadrill.app import restoring
    from metadrill.depot.merging import Decision

    method = Method(how["method"]) if how["method"] else None
    wanted = restoring.Wanted(
        name, how["depot"], how["environment"], how["stack"], method, how["keep"],
        how["accept_unproved_isolation"], tuple(how["only"]), how["into"], Decision(how["conflicts"]),
    )  # fmt: skip
    return asked.exit_with(proved(asked, wanted))


def proved(asked: Asked, wanted: "Wanted") -> Code:
    """Restore as wanted, print what was seen, and return the code of it."""
    from metadrill.app import restoring

    def told(step: str, facts: Mapping[str, Any]) -> None:
        if asked.json:
            printing.emit("restore.step", {"step": step, "facts": dict(facts)})
        elif not asked.quiet:
            printing.say(f"  {step:10s} {', '.join(f'{key} {value}' for key, value in facts.items())}")

    found = restoring.restore(asked.settings(), wanted, told)
    if not asked.json:
        _show(found)
        return found.code
    rows = [row.told() for row in found.rows]
    where = {"sandbox": found.sandbox, "coordinates": dict(found.coordinates), "code": int(found.code)}
    body = {"name": found.name, "method": found.method.value, "exempt": dict(found.exempt), **where}
    some = {"portion": dict(found.portion), "newer": [asdict(row) for row in found.newer]}
    some |= {"doubts": list(found.doubts), "limits": list(found.limits)}
    printing.emit("restored", {**body, **some, "checks": rows})
    return found.code


def _show(found: "Restored") -> None:
    passed = passing(row.verdict for row in found.rows)
    printing.say(f"  {found.name}: {found.method.value} restore, {passed}")
    for row in found.rows:
        if row.verdict is not CheckVerdict.PASS:
            said = row.because or f"{row.unexpected:,} of {row.examined:,}"
            printing.say(f"  {row.verdict.value:12s} check {row.number} {row.title}: {said}")
    for doubt in found.doubts:
        printing.say(f"  inconclusive: {doubt}")
    for limit in found.limits:
        printing.say(f"  not shown: {limit}")
    _show_portion(found)
    moving, foretold = found.exempt.get("moving", 0), found.exempt.get("foretold", {})
    if moving:
        printing.say(f"  not compared: {moving:,} entities that were changed while the set was read")
    for key, count in foretold.items():
        printing.say(f"  not compared: {count:,} relationships, as the fidelity table foretells ({key})")
    if found.sandbox and found.coordinates:
        printing.say(f"  it stands as {found.sandbox}; remove it: metadrill sandbox down {found.sandbox}")
        printing.table(found.coordinates.items())


def _show_portion(found: "Restored") -> None:
    """Say what was selected, and every entity that is newer than the cut, with what was decided."""
    told = found.portion
    if told:
        printing.say(f"  picked {told['picked']:,} entities, {told['with_needs']:,} with all that they need")
    if "lost" in told:
        printing.say(f"  {told['lost']:,} of them were lost, {told['put']:,} put back into {found.sandbox}")
    for row in found.newer[:_SHOWN]:
        done = "kept as it is" if row.decided.value == "keep" else "taken from the backup"
        when = clock.stamp(datetime.fromtimestamp(row.updated / 1000, UTC))
        printing.say(f"  newer than the cut: {row.kind} {row.name}: {row.what}, {when} by {row.by}: {done}")
    if len(found.newer) > _SHOWN:
        printing.say(f"  and {len(found.newer) - _SHOWN:,} more that are newer: --json has all")
