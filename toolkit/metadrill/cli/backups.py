"""`backup`: take a set of a live repository, list, show and verify sets."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from metadrill import clock
from metadrill.cli import printing
from metadrill.cli.options import Asked, Duration, Moment, common
from metadrill.cli.replicating import replicate
from metadrill.errors import Code, UsageError, foremost
from metadrill.model import units
from metadrill.model.backup import Manifest, Method, Mode

if TYPE_CHECKING:
    from datetime import timedelta

    from metadrill.app.depots import Listed
    from metadrill.depot.fidelity import Line
    from metadrill.depot.verifying import Verified

_METHODS = {
    "logical": frozenset({Method.LOGICAL}),
    "physical": frozenset({Method.PHYSICAL}),
    "both": frozenset(Method),
}
_MODES = {"full": Mode.FULL, "incremental": Mode.INCREMENTAL, "differential": Mode.DIFFERENTIAL}
_DEPOT = click.option("--depot", default=None, metavar="NAME", help="A depot of metadrill.yaml.")


@click.group()
def backup() -> None:
    """Take backup sets of a live repository, see whether they are sound, and copy them elsewhere."""


backup.add_command(replicate)


@backup.command(short_help="Take a set of a live repository.")
@click.option("--from", "connection", default=None, metavar="CONNECTION", help="One of metadrill.yaml.")
@click.option("--mode", type=click.Choice(list(_MODES)), default="full", show_default=True)
@click.option("--method", type=click.Choice(list(_METHODS)), default="logical", show_default=True,
              help="By Atlas' export, by the stores' files, or both.")  # fmt: skip
@click.option("--settle", type=Duration(), default="5m", help="How long to wait for the index. [default: 5m]")
@click.option("--dry-run", is_flag=True, help="Print what would be read and written, and do nothing.")
@_DEPOT
@common
def create(asked: Asked, connection: str | None, mode: str, method: str, **more: Any) -> Code:
    """Take a set of a live repository; it is published whole, or not at all."""
    from metadrill.app import backing

    settle: timedelta = more["settle"]
    wanted = backing.Wanted(connection, more["depot"], _MODES[mode], _METHODS[method], settle)
    settings = asked.settings()
    if more["dry_run"]:
        steps = backing.plan(settings, wanted)
        if asked.json:
            printing.emit("plan", {"steps": [{"what": what, "step": step} for what, step in steps]})
        else:
            printing.table(steps)
        return Code.OK

    def told(step: str, facts: Mapping[str, Any]) -> None:
        if asked.json:
            printing.emit("backup.step", {"step": step, "facts": dict(facts)})
        elif not asked.quiet:
            printing.say(f"  {step:10s} {', '.join(f'{key} {value}' for key, value in facts.items())}")

    held = backing.create(settings, wanted, told)
    manifest = held.manifest
    if asked.json:
        printing.emit("backup", {"folder": str(held.folder), **_said(manifest)})
    else:
        printing.say(str(held.folder))
        _summary(manifest)
    return asked.exit_with(Code.OK if manifest.moving.steady else Code.INCONCLUSIVE)


@backup.command("list", short_help="List the sets of a depot, oldest first.")
@_DEPOT
@common
def list_(asked: Asked, depot: str | None) -> Code:
    """List the sets of a depot, oldest first; one that cannot be read is named too."""
    from metadrill.app import depots, exposing

    settings = asked.settings()
    found = depots.listing(settings, depot)
    if asked.json:
        rows = [{"name": item.name, "wrong": item.wrong, **_listed(item)} for item in found]
        exposures = exposing.exposed(settings, depots.depot(settings, depot))
        printing.emit("backups", {"sets": rows, "exposure": list(map(exposing.said, exposures))})
    elif found:
        printing.table(_row(item) for item in found)
        if not asked.quiet:
            for exposed in exposing.exposed(settings, depots.depot(settings, depot)):
                for line in exposing.sentences(exposed):
                    printing.say(f"  {line}")
    elif not asked.quiet:
        printing.say("no set yet: metadrill backup create --from CONNECTION")
    return asked.exit_with(Code.BACKUP_TAMPERED if any(item.wrong for item in found) else Code.OK)


@backup.command(short_help="What a set holds, and what a restore keeps of it.")
@click.argument("name")
@click.option(
    "--audit",
    "entity",
    default=None,
    metavar="ENTITY",
    help="What it tells of the changes of an entity (its guid or unique name), oldest first.",
)
@click.option("--at", "until", type=Moment(), default=None, help="With --audit: up to this moment alone.")
@_DEPOT
@common
def show(asked: Asked, name: str, depot: str | None, entity: str | None, until: datetime | None) -> Code:
    """Show what a set (its NAME, a beginning of it, or `latest`) holds, and what a restore keeps of it."""
    from metadrill.app import depots

    if entity is not None:
        return _told(asked, depots.told(asked.settings(), name, depot, entity, until))
    if until is not None:
        raise UsageError("--at: of what entity?", "name it with --audit")
    manifest, lines = depots.shown(asked.settings(), name, depot)
    if asked.json:
        printing.emit("backup", {**_said(manifest), "fidelity": [asdict(line) for line in lines]})
        return Code.OK
    printing.say(manifest.name)
    _summary(manifest)
    _parts(manifest)
    _fidelity(lines)
    return Code.OK


def _told(asked: Asked, events: list[Mapping[str, Any]]) -> Code:
    """Print what was told of an entity, event by event."""
    if asked.json:
        for event in events:
            printing.emit("change", dict(event))
        return Code.OK
    for event in events:
        at = clock.stamp(datetime.fromtimestamp(event["at"] / 1000, UTC))
        printing.say(f"{at}  {event['action']} by {event['user']}")
        if event["details"] and not asked.quiet:
            printing.say(f"  {event['details']}")
    if not events:
        printing.say("nothing is told of it until then")
    return Code.OK


@backup.command(short_help="Whether a set is sound, without a restore, or with one.")
@click.argument("name")
@click.option("--restore", "restoring", is_flag=True, help="Restore it too, into a fresh sandbox.")
@click.option("--accept-unproved-isolation", is_flag=True, help="Even where nothing proves the sandbox shut.")
@click.option("--sandbox", default=None, help="The kind of sandbox: auto, docker, process.")
@_DEPOT
@common
def verify(asked: Asked, name: str, depot: str | None, **how: Any) -> Code:
    """Verify a set: its files, and whether what they hold hangs together; with --restore, by one.

    Every file against its digest and the signature over all of them; the archive entry by entry; the
    census counted anew; references and types closed; every set that it goes with.
    """
    from metadrill.app import depots

    found = depots.verify(asked.settings(), name, depot)
    if asked.json:
        problems = [
            {"code": item.code.value, "place": item.place, "what": item.what} for item in found.problems
        ]
        printing.emit("verified", {"name": found.name, "entries": found.entries, "problems": problems})
    else:
        _verified(found)
    if found.problems:
        return asked.exit_with(Code.BACKUP_TAMPERED)
    code = Code.OK if found.steady else Code.INCONCLUSIVE
    if how["restoring"]:
        from metadrill.app.restoring import Wanted
        from metadrill.cli import restoring

        wanted = Wanted(found.name, depot, accept_unproved=how["accept_unproved_isolation"])
        code = foremost((code, restoring.proved(asked, wanted)))
    return asked.exit_with(code)


def _said(manifest: Manifest) -> dict[str, Any]:
    body: dict[str, Any] = asdict(manifest)
    return body


def _listed(item: "Listed") -> dict[str, Any]:
    if item.held is None:
        return {}
    told = item.held.manifest
    return {
        "mode": told.mode.value, "methods": [method.value for method in told.methods],
        "environment": told.identity.environment, "cut": told.cut.started, "bytes": told.bytes,
        "entities": told.census.counts.get("entities", 0), "parent": told.parent,
    }  # fmt: skip


def _row(item: "Listed") -> tuple[str, ...]:
    if item.held is None:
        return (item.name, printing.style(item.wrong, fg="red"))
    told = item.held.manifest
    entities = f"{told.census.counts.get('entities', 0):,} entities"
    return (item.name, "+".join(told.methods), entities, units.size(told.bytes))


def _summary(manifest: Manifest) -> None:
    told, cut, moving = manifest.identity, manifest.cut, manifest.moving
    counts = manifest.census.counts
    versions = ", ".join(f"{name} {version}" for name, version in sorted(told.versions.items()))
    share = f"{moving.entities:,} of {counts.get('entities', 0):,} entities changed while it was read"
    rows = [
        ("repository", f"{told.environment}: {versions}; cluster {told.cluster}"),
        (
            "cut",
            f"{cut.started}, stores {cut.skew_s:.1f} s apart; index {cut.index:,}, graph {cut.graph:,}",
        ),
        ("moving", share if moving.steady else f"{share}: more than {moving.cap:.1%}, it proves nothing"),
        ("holds", ", ".join(f"{count:,} {table}" for table, count in counts.items())),
        ("goes with", manifest.parent or "no other set: it is a full one"),
        ("size", f"{units.size(manifest.bytes)} in {len(manifest.parts)} parts"),
        ("encrypted", manifest.encryption or "no: keep the depot where only its owner reads"),
    ]
    printing.table(rows)


def _parts(manifest: Manifest) -> None:
    printing.say("parts")
    printing.table((part.name, units.size(part.bytes), f"sha256 {part.sha256}") for part in manifest.parts)
    printing.say("left out")
    printing.table((item.what, item.why) for item in manifest.excluded)


def _fidelity(lines: "tuple[Line, ...]") -> None:
    if not lines:
        return
    printing.say("what a logical restore makes of it")
    printing.table(
        (line.fate.value, f"{line.count:,}" if line.count >= 0 else "", line.item, line.why) for line in lines
    )


def _verified(found: "Verified") -> None:
    for problem in found.problems:
        printing.say(f"  {printing.style('✗', fg='red')} {problem}")
    if found.problems:
        printing.say(f"  {found.name}: {len(found.problems)} wrong. Exit code 20: metadrill explain 20")
        return
    entries = f"{found.files} files, {units.size(found.bytes)}, {found.entries:,} entries"
    printing.say(f"  {printing.style('✓', fg='green')} {found.name}: {entries}")
    if not found.steady:
        printing.say("  but too much changed while it was read: it proves nothing (exit code 5)")
