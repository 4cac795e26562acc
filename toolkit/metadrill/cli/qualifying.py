"""`qualify`: a stack tried in a sandbox, and the records that came of it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from metadrill.cli import printing
from metadrill.cli.options import Asked, Duration, common
from metadrill.errors import Code, UsageError
from metadrill.model import units
from metadrill.model.qualification import Came

if TYPE_CHECKING:
    from metadrill.app.qualifying import Ended
    from metadrill.governance.qualifications import Kept

_MARK = {Came.GOOD: "pass", Came.BAD: "fail", Came.UNSEEN: "inconclusive", Came.ABSENT: "not_provable"}
_ROWS = ("contract", "fidelity", "damage")


@click.command(short_help="Try a stack, and sign what came of it.")
@click.argument("stack", required=False)
@click.option("--dataset", default="starter", show_default=True, help="What it is filled with.")
@click.option("--valid", type=Duration(), default=None, metavar="DURATION",
              help="How long the record is to hold. [default: 90d]")  # fmt: skip
@click.option("--sandbox", default=None, help="The kind of sandbox: auto, docker, process.")
@click.option("--timeout", type=Duration(), default=None, metavar="DURATION",
              help="Stop after this time (30m); then there is no record.")  # fmt: skip
@click.option("--list", "listed", is_flag=True, help="List the records, and which of them stand.")
@common
def qualify(asked: Asked, stack: str | None, listed: bool, **how: Any) -> Code:  # noqa: FBT001 - a flag
    """Try STACK in a sandbox: the contracts of its adapter, a round trip by export and import into
    an empty server, and damages that the checks must see. What came of it is signed, expires, and
    is cited by every run on that very stack; without it a run is a Rehearsal at most.
    """
    if listed:
        return _list(asked, stack)
    if not stack:
        raise UsageError("which stack?", "name one: metadrill qualify STACK, or --list")
    from metadrill.app import qualifying
    from metadrill.cli.progress import Bar

    with Bar(asked.json or asked.quiet) as bar:
        valid = how["valid"] or qualifying.VALID
        wanted = qualifying.Wanted(stack, how["dataset"], valid, how["timeout"], bar.report)
        if not asked.json and not asked.quiet:
            printing.say(f"qualify {stack} with {wanted.dataset}: in a sandbox; Ctrl-C is safe")
        ended = qualifying.qualify(asked.settings(), wanted, _teller(asked))
    _end(asked, ended)
    return asked.exit_with(ended.code)


def _teller(asked: Asked) -> Any:
    def told(step: str, facts: Mapping[str, Any]) -> None:
        if asked.json:
            printing.emit("qualify.step", {"step": step, "facts": dict(facts)})
        elif step in _ROWS and (not asked.quiet or facts["came"] in (Came.BAD, Came.UNSEEN)):
            printing.say(f"  {step:9} {_line(step, facts)}")
        elif step not in _ROWS and not asked.quiet:
            printing.say(f"  {step:9} {_step(step, facts)}")

    return told


def _step(step: str, facts: Mapping[str, Any]) -> str:
    if step == "sandbox":
        return f"{facts['id']} ({facts['kind']}), isolation {facts['isolation']}"
    if step == "stack":
        told = " and ".join(f"{name} {version}" for name, version in facts["versions"].items())
        return f"{told} serving after {units.short(facts['seconds'])} ({facts['start']} start)"
    if step == "clean-up":
        left = "; ".join(f"{kind} {_numbers(names)}" for kind, names in facts["left"].items() if names)
        return f"still there: {left}" if left else "sandbox removed, nothing left"
    return str(facts["what"])


def _line(step: str, facts: Mapping[str, Any]) -> str:
    mark = printing.style(printing.MARK[_MARK[facts["came"]]], fg=printing.COLOUR[_MARK[facts["came"]]])
    because = f": {facts['because']}" if facts["because"] else ""
    if step == "contract":
        return f"{mark} {units.short(facts['seconds']):>6}  {facts['contract']}: {facts['sentence']}{because}"
    if step == "damage":
        return f"{mark} {units.short(facts['seconds']):>6}  {_damage(facts)}{because}"
    return f"{mark} {facts['fate']:10}  {facts['item']}{_counts(facts)}{because}"


def _damage(facts: Mapping[str, Any]) -> str:
    if not facts["by"]:
        alarm = f"an alarm by {_numbers(facts['red'])}" if facts["red"] else "no alarm"
        return f"{facts['damage']}: {alarm}"
    also = [number for number in facts["red"] if number not in facts["checks"]]
    seen = "seen by" if facts["came"] is Came.GOOD else "must be seen by"
    told = f"{facts['damage']}, {facts['by']}: {seen} {_numbers(facts['checks'])}"
    return f"{told}{f'; also by {_numbers(also)}' if also else ''}"


def _numbers(numbers: Any) -> str:
    return ", ".join(map(str, numbers))


def _counts(facts: Mapping[str, Any]) -> str:
    if facts["count"] < 0:
        return ""
    told = [f"{facts[key]:,} {key}" for key in ("same", "changed", "lost", "anew") if facts[key]]
    return f": {facts['count']:,}" + (f" ({', '.join(told)})" if told else "")


def _end(asked: Asked, ended: "Ended") -> None:
    said = ended.said
    if asked.json:
        body = {"record": ended.kept.sha256, "name": ended.kept.name, "code": int(ended.code)}
        printing.emit("qualification", {**body, "said": asdict(said)})
        return
    printing.say()
    word = printing.verdict("pass" if said.qualified else "fail" if ended.code is Code.INTEGRITY_LOST else
                            "inconclusive").split(" ")[0]  # fmt: skip
    told = "qualified" if said.qualified else "not qualified"
    printing.say(f"{word} {said.stack} is {told}, in {units.short(said.seconds)}, until {said.until[:10]}"
                 if said.qualified else f"{word} {said.stack} is {told}")  # fmt: skip
    for line in said.because:
        printing.say(f"  {line}")
    if said.unproved:
        printing.say(f"  no damage here is for checks {_numbers(said.unproved)}: nothing shows that they see")
    printing.say(f"  record   {ended.kept.name}")
    printing.say(f"  digest   {ended.kept.sha256}")
    printing.say(f"  stack    {said.digest}")
    if ended.code:
        printing.say(f"  exit code {int(ended.code)}: metadrill explain {int(ended.code)}")


def _list(asked: Asked, stack: str | None) -> Code:
    from metadrill.app import qualifying

    found = [
        (kept, wrong)
        for kept, wrong in qualifying.listing(asked.settings())
        if stack is None or kept.said is None or kept.said.stack == stack
    ]
    if asked.json:
        printing.emit("qualifications", {"records": [_said(kept, wrong) for kept, wrong in found]})
        return Code.OK
    if not found and not asked.quiet:
        printing.say("no stack was qualified yet: metadrill qualify STACK")
    for kept, wrong in found:
        until = f"until {kept.said.until[:10]}" if kept.said and kept.said.qualified else ""
        stands = until if not wrong else f"does not stand: {wrong}"
        printing.say(f"{printing.MARK['pass' if not wrong else 'fail']} {kept.name}  {stands}")
    return Code.OK


def _said(kept: "Kept", wrong: str) -> Mapping[str, Any]:
    told = asdict(kept.said) if kept.said else None
    stands = {"stands": not wrong, "because": wrong}
    return {"name": kept.name, "record": kept.sha256, "key": kept.fingerprint, **stands, "said": told}
