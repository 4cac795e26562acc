"""`run`: a drill from its file to its verdict."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock, journal, judging, plugins, runner
from metadrill.app import auditing, boxes, material, opening, sealing, signals
from metadrill.app.settings import Settings
from metadrill.checkers import great_expectations
from metadrill.errors import Code, EnvironmentNotReady, Interrupted, MetadrillError, Refused, foremost
from metadrill.governance import intents
from metadrill.journal import Journal, Listener
from metadrill.model.assessment import Assessment
from metadrill.model.drill import LeaveOut, Start
from metadrill.model.plan import Plan
from metadrill.packs import rendering
from metadrill.ports import Record, Recovery
from metadrill.runner import probes

Progress = Callable[[str, int, int], None]
Place = tuple[Path, Record]
_STEP = timedelta(minutes=15)
_LOADED = timedelta(seconds=10)


@dataclass(frozen=True)
class RunOptions:
    """What the person asked for besides the drill."""

    start: Start | None = None
    leave_out: LeaveOut | None = None
    listeners: tuple[Listener, ...] = ()
    progress: Progress = field(default=lambda name, there, total: None)
    opened: Callable[[Plan, Path], None] = field(default=lambda plan, folder: None)
    timeout: timedelta | None = None
    gate: Callable[[str], str] | None = None
    confirm: Callable[[str], bool] | None = None
    command: str = ""


@dataclass(frozen=True)
class Outcome:
    """One run that has ended: its folder, its judgement, the files made of it; what kept it from its seal.

    `unnoted` is why its end does not stand in the audit log, or None.
    """

    folder: Path
    assessment: Assessment
    files: tuple[Path, ...]
    unsealed: MetadrillError | None = None
    unnoted: MetadrillError | None = None

    @property
    def code(self) -> Code:
        """The exit code: the judgement's, or that of what stood in the way of the seal."""
        return foremost((self.assessment.code, self.unsealed.code if self.unsealed else Code.OK))


def run(settings: Settings, reference: str, options: RunOptions = RunOptions()) -> Iterator[Outcome]:
    """Given a drill, run it once per recovery it asks for, and yield each outcome as it ends.

    What a run ended with stands in its assessment; raises only what comes before a journal is
    open: UsageError, EnvironmentNotReady, JournalError, KeyRefused; and, after the outcome was
    yielded, what kept its end from the audit log.
    """
    for plan in material.plans(settings, reference, options.start):
        outcome = _one(settings, plan, options)
        yield outcome
        if outcome.unnoted is not None:
            raise outcome.unnoted
        if outcome.code in (Code.SIGINT, Code.SIGTERM):
            return


def _one(settings: Settings, plan: Plan, options: RunOptions) -> Outcome:
    name = f"{_moment()}-{plan.drill.name}-{secrets.token_hex(2)}"
    folder = settings.runs / name

    def record(kind: str, /, **data: Any) -> Any:
        return book.record(kind, **data)

    rig = _rig(settings, plan, options, (folder, record))
    key = sealing.signer(settings)  # one that cannot be used ends it here, with nothing started
    if plan.drill.frameworks:
        rendering.ready()
    criteria = opening.criteria_digest(plan)
    noted = {"drill": plan.drill.name, "recovery": plan.recovery.name, "criteria": criteria}
    with auditing.Act(settings, "run", name, noted) as act:
        intent = intents.note(settings.ledger, name, plan.drill.name, plan.recovery.name, criteria)
        before = {"intent": asdict(intent), "signer": sealing.facts(settings, key)}
        rig = replace(rig, opening={**rig.opening, **before})
        try:
            folder.mkdir(parents=True)
            book = Journal(folder / "journal.jsonl")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EnvironmentNotReady(
                f"{folder}: cannot be written: {reason}", "give another folder with --ledger"
            ) from None
        for listener in options.listeners:
            book.listen(listener)
        options.opened(plan, folder)
        book.close(_played(plan, rig, book, options.timeout))
        reading = journal.read(book.path)
        assessment = judging.assess(reading.events, reading.head)
        outcome = Outcome(folder, assessment, *sealing.after_run(folder, assessment, reading, key))
        act.tell(verdict=assessment.verdict.value, code=int(outcome.code), sealed=outcome.unsealed is None)
    return replace(outcome, unnoted=act.unnoted)


def _played(plan: Plan, rig: runner.Rig, book: Journal, timeout: timedelta | None) -> str:
    """Play the drill and return how it ended; what stopped it is in the journal already."""
    loading = great_expectations.warm()  # its import takes 2 to 4 s: beside the boot
    outcome = "completed"
    with signals.caught(book.interrupt, timeout):
        try:
            runner.run(plan, rig, book)
        except Interrupted:
            outcome = "aborted"
        except Exception:  # noqa: BLE001 - recorded as run.failed; the journal must be closed all the same
            outcome = "failed"
        loading.join(_LOADED.total_seconds())  # what comes next imports too: two at once may block each other
    return outcome


def _rig(settings: Settings, plan: Plan, options: RunOptions, place: Place) -> runner.Rig:
    folder, record = place
    settings = replace(settings, sandbox=boxes.kind(settings))  # what `auto` stands for, asked once
    picked = {
        "sandboxes": settings.sandbox,
        "stacks": plan.stack.kind,
        "sources": "dataset",
        "workloads": "canary",
        "faults": plan.scenario.fault.name,
        "recoveries": plan.recovery.name,
        "checkers": "great_expectations",
    }
    load = {role: plugins.pick(role, name).load() for role, name in picked.items()}
    make = load["stacks"]
    stacks = make(plan.stack, plan.dataset, settings.cache, record)

    def stack(sandbox: Any) -> Any:
        made = stacks(sandbox)
        made.cold = plan.drill.start is Start.COLD
        made.progress = options.progress
        return made

    picked["signers"] = settings.signer  # loaded apart: not a part of the rig
    facts = {**opening.facts(plan, picked, folder.name), **_asked(plan, options)}
    return runner.Rig(
        sandboxes=boxes.make(settings, plan.stack, enclosed=plan.drill.isolation != "accept_unproved"),
        stack=stack,
        source=load["sources"](plan.dataset, stacks.part_file, _STEP),
        workload=lambda target, record: load["workloads"](target, record, folder.name),
        fault=load["faults"](material.fault_of(plan)),
        probes=tuple(probes.build(probe) for probe in plan.scenario.noticed_by if probe.name != "suite"),
        recovery=_recovery(load["recoveries"], plan, options, folder),
        checker=load["checkers"](),
        folder=folder,
        opening=facts,
        left_out=options.leave_out,
        canary=f"metadrill-canary/{folder.name}/",
        gate=_gate(plan, options),
    )


def _asked(plan: Plan, options: RunOptions) -> dict[str, Any]:
    left_out = options.leave_out.value if options.leave_out else None
    return {"asked": {"start": plan.drill.start.value, "left_out": left_out}, "command": options.command}


def _recovery(make: Callable[..., Recovery], plan: Plan, options: RunOptions, folder: Path) -> Recovery:
    """Make the recovery; a procedure is given the run's folder, and who confirms its steps.

    Raises Refused for a runbook where nobody can answer.
    """
    if plan.recovery.name != "procedure":
        return make(plan.recovery)
    if options.confirm is not None:
        return make(plan.recovery, folder, options.confirm)
    if "runbook" in plan.recovery.params:
        raise Refused(f"{plan.drill.source}: a runbook needs a person", "run it on a terminal, --gates ask")
    return make(plan.recovery, folder)


def _gate(plan: Plan, options: RunOptions) -> Callable[[str], str]:
    """Return who decides. Raises Refused for a drill with gates where nobody can answer."""
    if not plan.drill.gates:
        return lambda recovery: runner.NOBODY
    if options.gate is None:
        raise Refused(f"{plan.drill.source}: its gates need a person", "run it on a terminal, --gates ask")
    return options.gate


def _moment() -> str:
    return f"{clock.SYSTEM.utc():%Y%m%dT%H%M%SZ}"
