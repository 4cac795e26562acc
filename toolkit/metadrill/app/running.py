"""`run`: a drill from its file to its verdict."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from metadrill import clock, journal, judging, runner
from metadrill.app import auditing, giving, material, opening, rigging, sealing, signals
from metadrill.app.settings import Settings
from metadrill.checkers import great_expectations
from metadrill.errors import Code, EnvironmentNotReady, Interrupted, MetadrillError, foremost
from metadrill.governance import coverage, intents
from metadrill.journal import Journal, Listener
from metadrill.model.assessment import Assessment
from metadrill.model.drill import LeaveOut, Start
from metadrill.model.plan import Plan
from metadrill.packs import rendering

Progress = Callable[[str, int, int], None]
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
    told: Callable[[str], None] = field(default=lambda text: None)


@dataclass(frozen=True)
class Outcome:
    """One run that has ended: its folder, its judgement, the files made of it; what kept it from its seal.

    `unnoted` is why its end does not stand in the audit log, or its result in the coverage ledger.
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
        return books[0].record(kind, **data)

    books: list[Journal] = []  # the one journal, once it is open
    rigging.answerable(plan, options)
    key = sealing.signer(settings)  # one that cannot be used ends it here, with nothing started
    if plan.drill.frameworks:
        rendering.ready()
    with ExitStack() as held:
        chosen = giving.choose(settings, plan, name, key, options.told)
        place = rigging.Place(folder, record, chosen, key, held)
        rig = rigging.rig(settings, plan, options, place)
        return _noted(settings, rig, _Run(plan, options, place, books))


class _Run(NamedTuple):
    """One run that is about to begin."""

    plan: Plan
    options: RunOptions
    place: rigging.Place
    books: list[Journal]


def _noted(settings: Settings, rig: runner.Rig, run: _Run) -> Outcome:
    """Play a run, judge and seal it, with its begin and end in the audit log."""
    plan, folder, chosen = run.plan, run.place.folder, run.place.chosen
    name, criteria = folder.name, opening.criteria_digest(plan)
    noted = {"drill": plan.drill.name, "recovery": plan.recovery.name, "criteria": criteria, **chosen.noted}
    with auditing.Act(settings, "run", name, noted) as act:
        intent = intents.note(settings.ledger, name, plan.drill.name, plan.recovery.name, criteria)
        before = {"intent": asdict(intent), "signer": sealing.facts(settings, run.place.key)}
        rig = replace(rig, opening={**rig.opening, **before})
        book = _opened(folder, run.options)
        run.books.append(book)
        run.options.opened(plan, folder)
        book.close(_played(plan, rig, book, run.options.timeout))
        reading = journal.read(book.path)
        assessment = judging.assess(reading.events, reading.head)
        uncounted = _counted(settings, run, assessment, reading)
        outcome = Outcome(folder, assessment, *sealing.after_run(folder, assessment, reading, run.place.key))
        act.tell(
            **chosen.noted,
            verdict=assessment.verdict.value,
            code=int(outcome.code),
            sealed=outcome.unsealed is None,
        )
    ended = _checkpointed(settings) if chosen.pick else None
    return replace(outcome, unnoted=act.unnoted or uncounted or ended)


def _checkpointed(settings: Settings) -> MetadrillError | None:
    """Take a checkpoint after a random pick: the seed of the next is made of it. Returns what failed."""
    try:
        auditing.checkpoint(settings)
    except MetadrillError as error:
        return error
    return None


def _counted(
    settings: Settings, run: _Run, assessment: Assessment, reading: journal.Reading
) -> MetadrillError | None:
    """Note what a random pick came to, whatever becomes of the seal; return what stood in the way.

    Where no census was taken, nothing was looked at.
    """
    chosen, name = run.place.chosen, run.place.folder.name
    if not chosen.pick or chosen.given is None:
        return None
    looked = any(event.kind == "census.taken" for event in reading.events)
    types = chosen.given.held.manifest.census.types if looked else {}
    try:
        coverage.note_result(settings.ledger, name, assessment.verdict, types)
    except MetadrillError as error:
        told = f"run {name} was judged, and that could not be noted in the coverage ledger: {error.message}"
        return MetadrillError(told, error.hint, error.code)
    return None


def _opened(folder: Path, options: RunOptions) -> Journal:
    """Open the run's journal. Raises EnvironmentNotReady."""
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
    return book


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


def _moment() -> str:
    return f"{clock.SYSTEM.utc():%Y%m%dT%H%M%SZ}"
