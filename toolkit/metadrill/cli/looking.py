"""Commands that look and change nothing: doctor, schema, plan, explain, completion."""

from typing import TYPE_CHECKING

import click

from metadrill.cli import printing
from metadrill.cli.options import Asked, common, one_of
from metadrill.errors import Code

if TYPE_CHECKING:
    from metadrill.model.drill import Start

_KINDS = ("scenario", "drill", "stack", "dataset", "suite", "controls", "config")


@click.command()
@common
def doctor(asked: Asked) -> Code:
    """Say whether this machine is ready for a drill, and what killed runs left behind."""
    from metadrill.app import doctor as room

    lines = room.look(asked.settings())
    missing = [line for line in lines if line.state is room.State.MISSING]
    if asked.json:
        rows = [
            {"name": line.name, "state": line.state.value, "seen": line.seen, "hint": line.hint}
            for line in lines
        ]
        printing.emit("doctor", {"ready": not missing, "lines": rows})
    else:
        colour = {"ready": "green", "note": "yellow", "missing": "red"}
        printing.table(
            (printing.style(f"{line.state:7}", fg=colour[line.state]), line.name,
             line.seen + (f" · {line.hint}" if line.hint else ""))
            for line in lines
        )  # fmt: skip
        printing.say()
        printing.say("ready" if not missing else f"not ready: {', '.join(line.name for line in missing)}")
    return Code.ENVIRONMENT if missing else Code.OK


@click.command()
@click.argument("kind", required=False)
@common
def schema(asked: Asked, kind: str | None) -> Code:
    """Print the JSON Schema of a file KIND: scenario, drill, stack, dataset, suite, controls, config."""
    import json

    from metadrill import loading

    if kind is None:
        for name in _KINDS:
            printing.say(name)
        return Code.OK
    one_of(kind, _KINDS)
    body = loading.json_schema(f"{kind}/v1")
    printing.say(json.dumps(body) if asked.json else json.dumps(body, indent=2))
    return Code.OK


@click.command()
@click.argument("drill")
@click.option("--compare", is_flag=True, help="Instead: each recovery by its past runs.")
@common
def plan(asked: Asked, drill: str, *, compare: bool) -> Code:
    """What a run of DRILL (a name or a file) would do; nothing is started.

    With --compare each recovery that it could ask for is beside the others: those of which a run passed
    first, then by time, then by what was lost. The time is that at the size which the drill stands for,
    measured there or foretold; where not each has one, that at the largest drilled size at which each has.
    One that was drilled at a size of its own alone is not ranked, and comes after those that are.
    """
    if compare:
        from metadrill.cli import history

        history.compared(asked, drill)
    else:
        show_plans(asked, drill)
    return Code.OK


def show_plans(asked: Asked, drill: str, start: "Start | None" = None) -> None:
    """Print the plan of each recovery that a drill asks for: what `plan` and `run --dry-run` say."""
    from metadrill.app import material
    from metadrill.model import units

    for number, item in enumerate(material.plans(asked.settings(), drill, start)):
        if asked.json:
            steps = [
                {"name": step.name, "what": step.what, "deadline_s": step.deadline.total_seconds(),
                 "mutates": step.mutates}
                for step in item.steps
            ]  # fmt: skip
            printing.emit(
                "plan",
                {"drill": item.drill.name, "recovery": item.recovery.name, "steps": steps,
                 "digests": dict(item.digests), "not_provable": list(item.not_provable)},
            )  # fmt: skip
            continue
        if number:
            printing.say()
        printing.say(
            f"{item.drill.name}: {item.scenario.title}, {item.scenario.success_is.way} {item.recovery.name}"
        )
        aims = item.drill.objectives
        printing.say(f"objectives: RTO {units.short(aims.rto.limit)}, RPO {units.short(aims.rpo.limit)}")
        printing.table(
            (step.name, f"≤ {units.short(step.deadline)}", "changes" if step.mutates else "", step.what)
            for step in item.steps
        )
        for line in item.not_provable:
            printing.say(f"  not provable on this stack: {line}")


@click.command()
@click.argument("word", required=False)
@common
def explain(asked: Asked, word: str | None) -> Code:
    """What an exit code (5), an event kind (fault.injected) or a check (check-33) means."""
    from metadrill.app import explain as room

    if word is None:
        rows = room.codes()
        if asked.json:
            printing.emit("codes", {"codes": [{"code": code, "meaning": text} for code, text in rows]})
        else:
            printing.say("exit codes; of several, the first in this list counts")
            printing.table((f"{code:>3}", text) for code, text in rows)
        return Code.OK
    text = room.explain(asked.settings(), word)
    if asked.json:
        printing.emit("explanation", {"word": word, "text": text})
    else:
        printing.say(text)
    return Code.OK


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> Code:
    """Print the completion script of a SHELL; put `eval "$(metadrill completion bash)"` in its profile."""
    from click.shell_completion import get_completion_class

    from metadrill.cli.main import metadrill

    script = get_completion_class(shell)
    assert script is not None  # noqa: S101 - the choice above lists only shells that click knows
    printing.say(script(metadrill, {}, "metadrill", "_METADRILL_COMPLETE").source())
    return Code.OK
