"""How a recovery reports its steps, and what it needs of its target."""

from collections.abc import Callable, Mapping
from typing import Any

from metadrill import clock
from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.model.backup import Method
from metadrill.model.scenario import Action
from metadrill.ports import Record
from metadrill.ports.backing import Backups, Given


def plain(action: Action) -> str:
    """Given an action that takes no parameters, return its name. Raises UsageError."""
    if action.params:
        raise UsageError(f"{action.name}: takes no parameters", f"found {', '.join(sorted(action.params))}")
    return action.name


def needs(target: Any, recovery: str, *abilities: type) -> None:
    """Raise EnvironmentNotReady unless the target has each ability (a protocol of `ports`)."""
    for ability in abilities:
        if not isinstance(target, ability):
            raise EnvironmentNotReady(
                f"{recovery}: this stack lacks {ability.__name__}", "pick a recovery that fits the stack"
            )


def backed_up(recovery: str, take: Callable[[], Mapping[str, Any]], time: clock.Clock) -> Mapping[str, Any]:
    """Take a snapshot and return the facts of `backup.taken`; `started_ns` is the start of its cut."""
    started = time.monotonic_ns()
    facts = take()
    return {
        **facts,
        "recovery": recovery,
        "kind": "index_snapshot",
        "seconds": clock.seconds(started, time.monotonic_ns()),
        "started_ns": started,
    }


def taken(given: Given, recovery: str, started: int, time: clock.Clock) -> Mapping[str, Any]:
    """Given a set that was just taken, return the facts of `backup.taken`."""
    return {
        **given.facts,
        "recovery": recovery,
        "kind": "backup_set",
        "ref": given.name,
        "seconds": clock.seconds(started, time.monotonic_ns()),
        "started_ns": started,
    }


def given_or_taken(
    backups: Backups, target: Any, methods: frozenset[Method], recovery: str, time: clock.Clock
) -> tuple[Given, Mapping[str, Any] | None]:
    """Return the set that the run was given, or one that is taken now, with the facts of `backup.taken`."""
    given = backups.given()
    if given is not None:
        return given, None
    started = time.monotonic_ns()
    made = backups.take(target, methods)
    return made, taken(made, recovery, started, time)


def step(
    record: Record, recovery: str, name: str, act: Callable[[], Mapping[str, Any]], time: clock.Clock
) -> Mapping[str, Any]:
    """Do one step of a recovery, record it with its duration, and return its facts."""
    started = time.monotonic_ns()
    facts = act()
    taken = clock.seconds(started, time.monotonic_ns())
    record("recovery.step", recovery=recovery, step=name, seconds=taken, facts=dict(facts))
    return facts
