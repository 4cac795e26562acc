"""`backup replicate`: sets of one depot copied into another, and noted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from metadrill.app import auditing, depots, permitting, signals
from metadrill.app.settings import Settings
from metadrill.depot import replicating
from metadrill.depot.replicating import Pace, Replica
from metadrill.depot.shelf import Depot, Held
from metadrill.errors import (
    BackupError,
    Code,
    EnvironmentNotReady,
    Locked,
    MetadrillError,
    Refused,
    UsageError,
)
from metadrill.model.configuration import DepotPlace, Permission


@dataclass(frozen=True)
class Wanted:
    """Which set (a name, a beginning of one, `latest`; None: every one), from which depot to which."""

    name: str | None
    source: str | None
    target: str
    pace: Pace = field(default_factory=Pace)


class End(StrEnum):
    """How it ended for a set; LEFT: it was not its turn yet when nothing more could be copied."""

    COPIED = "copied"
    THERE = "there"
    FAILED = "failed"
    LEFT = "left"


@dataclass(frozen=True)
class Outcome:
    """What came of one set: its replica, or why there is none; neither where it was left.

    `final`: what went wrong is not of this set alone, nothing more can be copied.
    """

    name: str
    replica: Replica | None = None
    error: MetadrillError | None = None
    final: bool = False

    @property
    def end(self) -> End:
        """How it ended."""
        if self.replica is not None:
            return End.THERE if self.replica.there else End.COPIED
        return End.FAILED if self.error is not None else End.LEFT

    @property
    def code(self) -> Code:
        """The exit code of that."""
        return self.error.code if self.error is not None else Code.OK


@dataclass(frozen=True)
class _Ends:
    """From where to where, as configured and as they are."""

    here: DepotPlace
    there: DepotPlace
    source: Depot
    target: Depot


def replicate(settings: Settings, wanted: Wanted) -> Iterator[Outcome]:
    """Copy, and yield what came of each set: newest first, behind those that it goes with.

    What is wrong with one set (BackupError, Locked, Refused by role or jurisdiction) is its outcome, and
    that of those that go with it; the others go on. Where nothing more can be copied at all (the window
    ended, the target is lost) the rest is left. Raises UsageError, JournalError and Interrupted, at once;
    the audit log says of each set that was begun how it ended.
    """
    here, there = settings.depot(wanted.source), settings.depot(wanted.target)
    if here.path.resolve() == there.path.resolve():
        raise UsageError(f"depot {there.name}: is the same folder as {here.name}", "name another with --to")
    source, target = depots.depot(settings, wanted.source), depots.depot(settings, wanted.target)
    ends = _Ends(here, there, source, target)
    names = source.names() if wanted.name is None else [source.find(wanted.name).manifest.name]
    left, failed = dict.fromkeys(reversed(names)), dict[str, Code]()
    for each in _ordered(source, tuple(left)):
        outcome = each if isinstance(each, Outcome) else _tried(settings, ends, each, failed, wanted.pace)
        left.pop(outcome.name, None)
        if outcome.error is not None:
            failed[outcome.name] = outcome.code
        yield outcome
        if outcome.final:
            yield from map(Outcome, left)
            return


def _ordered(source: Depot, names: Iterable[str]) -> Iterator[Held | Outcome]:
    """Yield these sets in their order, each once, behind those it goes with; or why it cannot be read."""
    seen = set()
    for name in names:
        if name in seen:
            continue
        try:
            chain = source.chain(source.open(name))
        except (BackupError, UsageError) as error:
            seen.add(name)
            yield Outcome(name, error=error)
            continue
        for held in reversed(chain):
            if held.manifest.name not in seen:
                seen.add(held.manifest.name)
                yield held


def _tried(settings: Settings, ends: _Ends, held: Held, failed: Mapping[str, Code], pace: Pace) -> Outcome:
    """Copy one set, those that it goes with having had their turn; return what came of it."""
    name, parent = held.manifest.name, held.manifest.parent
    if parent in failed:
        told = f"{name}: goes with {parent}, which is not there or not sound"
        return Outcome(name, error=BackupError(told, "see what is said of that one", failed[parent]))
    try:
        by = _allowed(settings, ends.there, held)
    except Refused as error:
        return Outcome(name, error=error)
    facts = {"from": ends.here.name, "to": ends.there.name, "by": by}
    try:
        with (
            auditing.noted(settings, depots.REPLICATED, name, **facts) as act,
            signals.caught(signals.at_once),
        ):
            act.tell(**facts, set=name)
            made = replicating.copy(held, ends.target, pace)
            act.tell(copied=made.copied, resumed=made.resumed, lag_s=made.lag_s)
    except (BackupError, Locked) as error:
        return Outcome(name, error=error)
    except (Refused, EnvironmentNotReady) as error:
        return Outcome(name, error=error, final=True)
    return Outcome(name, made)


def _allowed(settings: Settings, there: DepotPlace, held: Held) -> str:
    """Return by which role the user may copy a set there. Raises Refused (role, jurisdiction)."""
    name, told = held.manifest.name, held.manifest.identity
    by = permitting.require(settings, Permission.CREATE, told.environment, depots.REPLICATED, name)
    if there.jurisdictions and told.jurisdiction not in there.jurisdictions:
        takes = ", ".join(there.jurisdictions)
        raise Refused(
            f"depot {there.name}: takes sets of {takes}, {name} is of {told.jurisdiction or 'none'}",
            "name another depot with --to",
        )
    return by
