"""`audit`: the log of every action, shown, signed and verified; what was covered. None touches a stack."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.errors import Code

if TYPE_CHECKING:
    from metadrill.governance.checkpoints import Checkpoint
    from metadrill.governance.proof import Proved
    from metadrill.governance.tallies import Coverage, Tally


@click.group()
def audit() -> None:
    """Show and prove the log of every action taken in this ledger, and what random tests covered."""


@audit.command()
@click.option("--action", "actions", multiple=True,
              help="Only this action, or all that begin with it: run, sandbox.up, sandbox.")  # fmt: skip
@click.option("--since", default=None, help="Only since then: 2026-01-31, 2026-01-31T12:00:00Z, 24h.")
@common
def show(asked: Asked, actions: tuple[str, ...], since: str | None) -> Code:
    """Show the entries of the log, newest last."""
    from metadrill.app import auditing

    entries = auditing.show(asked.settings(), actions, since)
    if asked.json:
        for entry in entries:
            printing.emit("audit.entry", {"entry": vars(entry)})
        return Code.OK
    if not entries and not asked.quiet:
        printing.say("no entry")
    printing.table(
        (str(item.seq), _plain(item.at), _plain(_actor(item.actor)), _plain(item.action), _plain(item.object),
         _plain(item.outcome), json.dumps(item.facts) if item.facts else "")
        for item in entries
    )  # fmt: skip
    return Code.OK


@audit.command()
@common
def checkpoint(asked: Asked) -> Code:
    """Sign what the log is now, keep that in the ledger, and print it: keep it elsewhere too."""
    from metadrill.app import auditing

    made = auditing.checkpoint(asked.settings())
    if asked.json:
        printing.emit("audit.checkpoint", {"note": made.note, "key": made.key})
        return Code.OK
    printing.say(made.note.removesuffix("\n"))
    if not asked.quiet:
        printing.complain(f"keep it where others cannot change it; the key to verify it: {made.key}")
    return Code.OK


@audit.command()
@click.option("--checkpoint", "given", type=click.Path(path_type=Path), default=None,
              help="A checkpoint that was kept elsewhere: the log must still hold what it says.")  # fmt: skip
@click.option("--key", "keys", multiple=True,
              help="The key that must have signed: NAME+HASH+BASE64, or a file of it.")  # fmt: skip
@common
def verify(asked: Asked, given: Path | None, keys: tuple[str, ...]) -> Code:
    """Verify the chain of the log, every checkpoint of it, and one that was kept elsewhere."""
    from metadrill.app import auditing

    found = auditing.verify(asked.settings(), given, keys)
    code = Code.WARNINGS if found.torn else Code.OK
    if asked.json:
        body = {"now": _said(found.now), "kept": [_said(item) for item in found.kept], "torn": found.torn,
                "given": _said(found.given) if found.given else None, "code": int(code)}  # fmt: skip
        printing.emit("audit.proved", body)
    else:
        _tell(found, quiet=asked.quiet)
    return asked.exit_with(code)


@audit.command()
@common
def coverage(asked: Asked) -> Code:
    """Show what the random picks have tested so far, by environment and age of the backup sets."""
    from metadrill.app import auditing

    found = auditing.covered(asked.settings())
    whole = found.whole
    code = Code.WARNINGS if whole.failed or whole.no_result or whole.inconclusive else Code.OK
    if asked.json:
        printing.emit("audit.coverage", {**auditing.told(found), "code": int(code)})
    elif found.picks:
        _show(found, quiet=asked.quiet)
    elif not asked.quiet:
        printing.say("no pick")
    return asked.exit_with(code)


def _show(found: "Coverage", *, quiet: bool) -> None:
    head = ("environment", "age", "sets", "tested", "failed", "not proved", "defective at 95 %")
    rows = [(_plain(stratum.environment), str(stratum.band), *_counts(tally))
            for stratum, tally in found.strata.items()]  # fmt: skip
    printing.table([head, *rows, ("all", "", *_counts(found.whole))])
    if quiet:
        return
    printing.say(
        f"{found.picks} picks, {found.by_hand} of them by hand; {found.whole.no_result} gave no result, "
        f"{found.whole.inconclusive} an inconclusive one"
    )
    for name, (looked, held) in found.types.items():
        printing.say(f"{_plain(name)}: {looked:,} of {held:,} entities looked at")


def _counts(tally: "Tally") -> tuple[str, ...]:
    return (
        *map(str, (tally.sets, tally.tested, tally.failed, tally.unproved)),
        f"at most {tally.percent:g} %",
    )


def _tell(found: "Proved", *, quiet: bool) -> None:
    printing.say(f"{found.now.origin}: {found.now.size} entries, and the chain holds")
    sizes = ", ".join(str(item.size) for item in found.kept)
    printing.say(f"{len(found.kept)} checkpoints in the ledger are signed and hold (of {sizes} entries)")
    if found.given:
        printing.say(f"the checkpoint of {found.given.size} entries that was kept elsewhere holds")
    elif not quiet:
        printing.say(
            "a cut-off end shows only against a checkpoint that was kept elsewhere: --checkpoint FILE"
        )
    if found.torn:
        printing.say(f"{found.torn} bytes of an entry that was never finished: the next action cuts them off")


def _said(item: "Checkpoint") -> dict[str, str | int]:
    return {"origin": item.origin, "size": item.size, "root": item.root.hex()}


def _actor(actor: object) -> str:
    told = actor if isinstance(actor, dict) else {}
    return " ".join(str(told[name]) for name in ("user", "ci") if told.get(name))


def _plain(text: str) -> str:
    """Text as it may be shown: what would move or hide something on a terminal is escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
