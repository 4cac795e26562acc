"""`backup replicate`: sets of one depot copied into another, and noted."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from metadrill.app import auditing, depots, permitting, signals
from metadrill.app.settings import Settings
from metadrill.depot import replicating
from metadrill.depot.replicating import Pace, Replica
from metadrill.errors import Refused, UsageError
from metadrill.model.configuration import Permission


@dataclass(frozen=True)
class Wanted:
    """Which set (a name, a beginning of one, `latest`; None: every one), from which depot to which."""

    name: str | None
    source: str | None
    target: str
    pace: Pace = field(default_factory=Pace)


def replicate(settings: Settings, wanted: Wanted) -> Iterator[Replica]:
    """Copy, and yield what came of each set that was not there yet, or was: oldest first.

    Raises Refused (role, jurisdiction, window), BackupError, UsageError, Locked, EnvironmentNotReady; the
    audit log says of each set how it ended.
    """
    here, there = settings.depot(wanted.source), settings.depot(wanted.target)
    if here.path.resolve() == there.path.resolve():
        raise UsageError(f"depot {there.name}: is the same folder as {here.name}", "name another with --to")
    source, target = depots.depot(settings, wanted.source), depots.depot(settings, wanted.target)
    names = source.names() if wanted.name is None else [source.find(wanted.name).manifest.name]
    for name in names:
        told = source.open(name).manifest.identity
        by = permitting.require(settings, Permission.CREATE, told.environment, depots.REPLICATED, name)
        if there.jurisdictions and told.jurisdiction not in there.jurisdictions:
            takes = ", ".join(there.jurisdictions)
            raise Refused(
                f"depot {there.name}: takes sets of {takes}, {name} is of {told.jurisdiction or 'none'}",
                "name another depot with --to",
            )
        facts = {"from": here.name, "to": there.name, "by": by}
        with (
            auditing.noted(settings, depots.REPLICATED, name, **facts) as act,
            signals.caught(signals.at_once),
        ):
            made = replicating.replicate(source, target, name, wanted.pace)
            act.tell(
                **facts, set=name, sets=[one.held.manifest.name for one in made],
                copied=sum(one.copied for one in made), resumed=sum(one.resumed for one in made),
                lag_s=made[-1].lag_s,
            )  # fmt: skip
        yield from made
