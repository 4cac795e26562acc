"""What one drill is played with: an adapter per role, picked by name, made ready before the run."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metadrill import plugins, runner
from metadrill.app import boxes, filling, material, opening
from metadrill.app.giving import Chosen
from metadrill.app.handing import RunBackups
from metadrill.app.settings import Settings
from metadrill.errors import Refused
from metadrill.model.drill import Start
from metadrill.model.plan import Plan
from metadrill.ports import Fault, Record, Recovery, Signer, Source
from metadrill.ports.backing import Backups, Dialect, FromBackups, Readable
from metadrill.runner import probes

if TYPE_CHECKING:
    from metadrill.app.running import RunOptions

_STEP = timedelta(minutes=15)


@dataclass(frozen=True)
class Place:
    """Where a run is kept and told, what was chosen for it, who signs, and what ends with it."""

    folder: Path
    record: Record
    chosen: Chosen
    key: Signer
    held: ExitStack


def rig(settings: Settings, plan: Plan, options: "RunOptions", place: Place) -> runner.Rig:
    """Return the rig of a run. Raises UsageError, EnvironmentNotReady, Refused: a gate, and nobody there."""
    folder, record, given = place.folder, place.record, place.chosen.given
    settings = replace(settings, sandbox=boxes.kind(settings))  # what `auto` stands for, asked once
    picked = {
        "sandboxes": settings.sandbox,
        "stacks": plan.stack.kind,
        "sources": "dataset" if given is None else "backup",
        "workloads": "canary",
        "faults": plan.scenario.fault.name,
        "recoveries": plan.recovery.name,
        "checkers": "great_expectations",
    }
    load = {role: plugins.pick(role, name).load() for role, name in picked.items()}
    stacks = load["stacks"](plan.stack, plan.dataset, settings.cache, record)
    picked["signers"] = settings.signer  # loaded apart: not a part of the rig
    facts = {**opening.facts(plan, picked, folder.name), **_asked(plan, options), **place.chosen.facts(plan)}
    made_up = _made_up(plan)
    backups = RunBackups(place.chosen, _dialect(stacks), place.key, made_up, place.held, plan.stack)
    source: Source = (
        load["sources"](plan.dataset, stacks.part_file, _STEP) if given is None else load["sources"](given)
    )
    return runner.Rig(
        sandboxes=boxes.make(settings, plan.stack, enclosed=plan.drill.isolation != "accept_unproved"),
        stack=_booted_so(stacks, plan, options),
        source=source,
        workload=lambda target, record: load["workloads"](target, record, folder.name),
        fault=_fault(load["faults"], plan, backups),
        probes=tuple(
            probes.build(probe, backups) for probe in plan.scenario.noticed_by if probe.name != "suite"
        ),
        recovery=_recovery(load["recoveries"], plan, options, (folder, backups)),
        checker=load["checkers"](),
        folder=folder,
        opening=facts,
        left_out=options.leave_out,
        canary=f"metadrill-canary/{folder.name}/",
        given=given,
        gate=_gate(plan, options),
    )


def _asked(plan: Plan, options: "RunOptions") -> dict[str, Any]:
    left_out = options.leave_out.value if options.leave_out else None
    return {"asked": {"start": plan.drill.start.value, "left_out": left_out}, "command": options.command}


def _booted_so(stacks: Callable[[Any], Any], plan: Plan, options: "RunOptions") -> Callable[[Any], Any]:
    """Return what makes the stack in a sandbox, told how it is to start and whom to tell of progress."""

    def stack(sandbox: Any) -> Any:
        made = stacks(sandbox)
        made.cold = plan.drill.start is Start.COLD
        made.progress = options.progress
        return made

    return stack


def _dialect(stacks: object) -> Dialect | None:
    return stacks.dialect if isinstance(stacks, Readable) else None


def _made_up(plan: Plan) -> Mapping[str, Any]:
    """Return where a set that a run takes of its own sandbox comes from."""
    return filling.provenance(plan.stack, kind="sandbox", dataset=plan.dataset.name)


def _fault(make: Callable[..., Fault], plan: Plan, backups: Backups) -> Fault:
    """Make the fault; one of backup sets is given those of the run."""
    action = material.fault_of(plan)
    if isinstance(make, FromBackups):
        spoiling: Fault = make.with_backups(action, backups)
        return spoiling
    return make(action)


def _recovery(
    make: Callable[..., Recovery], plan: Plan, options: "RunOptions", place: tuple[Path, Backups]
) -> Recovery:
    """Make the recovery; a procedure is given the run's folder, and who confirms its steps."""
    folder, backups = place
    if isinstance(make, FromBackups):
        restoring: Recovery = make.with_backups(plan.recovery, backups)
        return restoring
    if plan.recovery.name != "procedure":
        return make(plan.recovery)
    if options.confirm is not None:
        return make(plan.recovery, folder, options.confirm)
    return make(plan.recovery, folder)


def _gate(plan: Plan, options: "RunOptions") -> Callable[[str], str]:
    """Return who decides. Raises Refused for a drill with gates where nobody can answer."""
    if not plan.drill.gates:
        return lambda recovery: runner.NOBODY
    if options.gate is None:
        raise Refused(f"{plan.drill.source}: its gates need a person", "run it on a terminal, --gates ask")
    return options.gate


def answerable(plan: Plan, options: "RunOptions") -> None:
    """Raise Refused for a drill with gates, or a runbook, where nobody can answer."""
    _gate(plan, options)
    if plan.recovery.name == "procedure" and "runbook" in plan.recovery.params and options.confirm is None:
        raise Refused(f"{plan.drill.source}: a runbook needs a person", "run it on a terminal, --gates ask")
