"""RPO exposure out of what a depot holds and what the audit log says became of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from metadrill import clock
from metadrill.app.settings import Settings
from metadrill.depot.shelf import Depot
from metadrill.errors import Code
from metadrill.governance import audit, exposure
from metadrill.governance.audit import Entry
from metadrill.governance.exposure import Cut, Exposure, Gap, Period
from metadrill.model import units
from metadrill.model.verdict import Verdict

PERIOD = timedelta(days=91)


def exposed(settings: Settings, depot: Depot, length: timedelta = PERIOD) -> tuple[Exposure, ...]:
    """Return the exposure of each environment whose sets lie in a depot, over a period up to now.

    A set counts from when it was verified: when it was taken, by `backup verify`, or by a restore or a run
    that ended well. It counts no longer from a `backup verify` on that found it wrong.
    """
    now = clock.SYSTEM.utc()
    return exposure.exposure(_cuts(settings, depot), Period(now - length, now))


def _cuts(settings: Settings, depot: Depot) -> Iterator[Cut]:
    published: dict[str, datetime] = {}
    verified: dict[str, datetime] = {}
    replicated: dict[str, datetime] = {}
    for entry in audit.read(settings.ledger):
        if entry.outcome != "done":
            continue
        at, name = clock.moment(entry.at), str(entry.facts.get("set", ""))
        if entry.action == "backup.create":
            published[name] = at
            if entry.facts.get("verified") is True:
                verified.setdefault(name, at)
        elif entry.action == "backup.verify" and entry.facts.get("problems"):
            verified.pop(entry.object, None)
        elif _proves(entry):
            verified.setdefault(name or entry.object, at)
        elif entry.action == "backup.replicate":
            for each in entry.facts.get("sets", [name]):
                replicated.setdefault(str(each), at)
    for told in (held.manifest for held in depot.readable()):
        name = told.name
        began = clock.moment(told.cut.started)
        yield Cut(
            told.identity.environment, began, published.get(name, clock.moment(told.cut.ended)),
            verified.get(name), replicated.get(name),
        )  # fmt: skip


def _proves(entry: Entry) -> bool:
    """Whether what was done says that its set can be relied on."""
    if entry.action == "backup.verify":
        return entry.facts.get("problems") == []
    if entry.action == "restore":
        return entry.facts.get("code") == Code.OK
    return entry.action == "run" and entry.facts.get("verdict") == Verdict.PASS


def said(found: Exposure) -> dict[str, Any]:
    """Return an exposure as plain values, times in seconds."""
    return {
        "environment": found.environment,
        "longest_s": _seconds(found.longest),
        "open_s": _seconds(found.open),
        "uncovered_s": _seconds(found.uncovered),
        "sets": found.sets,
        "unverified": found.unready,
    }


def sentence(found: Exposure) -> str:
    """Return it as a reader wants it."""
    if found.open is None:
        return f"{found.environment}: none of {found.sets} sets was ever verified: nothing to fall back on"
    longest = f"{units.short(found.longest.length)} at most, " if found.longest else ""
    bare = f"; no verified set for {units.short(found.uncovered.length)} before" if found.uncovered else ""
    open_for = units.short(found.open.length)
    return f"{found.environment}: RPO exposure {longest}{open_for} and growing since the newest cut{bare}"


def _seconds(gap: Gap | None) -> float | None:
    return None if gap is None else round(gap.length.total_seconds(), 3)
