"""`evidence`: the seal of a run, set and verified. Neither touches a stack or the network."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from metadrill import glyphs
from metadrill.cli import printing
from metadrill.cli.options import Asked, common
from metadrill.errors import Code

if TYPE_CHECKING:
    from metadrill.packs import Verification

_MARKS = {"ok": "✓", "note": "·", "wrong": "✗"}
_COLOURS = {"ok": "green", "note": None, "wrong": "red"}
_TIERS = {0: "intact, and signed by nobody", 1: "signed; times are asserted by the producer"}


@click.group()
def evidence() -> None:
    """Verify a sealed run offline, or seal an old one."""


@evidence.command()
@click.argument("run")
@common
def seal(asked: Asked, run: str) -> Code:
    """Seal an old RUN that has no seal. One that is sealed is verified and left alone."""
    from metadrill.app import sealing

    folder, files = sealing.seal(asked.settings(), run)
    if asked.json:
        printing.emit("sealed", {"folder": str(folder), "files": [str(path) for path in files]})
    elif files:
        for path in files:
            printing.say(str(path))
    else:
        printing.say(f"{folder}: sealed already, and it verifies")
    return Code.OK


@evidence.command()
@click.argument("run")
@click.option("--fingerprint", default=None, help="The key that must have signed: SHA256:…, got elsewhere.")
@common
def verify(asked: Asked, run: str, fingerprint: str | None) -> Code:
    """Verify a RUN (its id, a beginning of it, its folder, or `last`), offline, and say what differs."""
    from metadrill.app import sealing

    folder, found = sealing.verify(asked.settings(), run, fingerprint)
    if asked.json:
        _emit(folder, found)
    else:
        _show(found, run, demanded=fingerprint is not None)
    return asked.exit_with(found.code)


def _emit(folder: Path, found: "Verification") -> None:
    lines = [{"state": line.state.value, "name": line.name, "told": line.told} for line in found.lines]
    body = {"folder": str(folder), "sealed": found.sealed, "tier": found.tier, "code": int(found.code)}
    key = {"fingerprint": found.fingerprint, "subject": found.subject, "self_signed": found.self_signed}
    printing.emit("verification", {**body, "key": key if found.fingerprint else None, "lines": lines})


def _show(found: "Verification", run: str, *, demanded: bool) -> None:

    printing.table(
        (
            printing.style(_MARKS[line.state], fg=_COLOURS[line.state]),
            glyphs.visible(line.name),
            glyphs.visible(line.told),
        )
        for line in found.lines
    )
    printing.say()
    if found.wrong:
        printing.say(f"  not as it was sealed: {len(found.wrong)} wrong. Exit code 20: metadrill explain 20")
        return
    if found.tier is not None:
        printing.say(f"  trust tier {found.tier}: {_TIERS[found.tier]}")
    if not found.sealed:
        printing.say(f"  not sealed: metadrill evidence seal {run}")
        return
    if found.self_signed:
        printing.say("  the key is self-signed: nobody vouches for it but those who gave you its fingerprint")
    if demanded:
        printing.say(f"  the key is the one you named, SHA256:{found.fingerprint}")
    else:
        printing.say(
            f"  compare the key with one you got elsewhere: --fingerprint SHA256:{found.fingerprint}"
        )
