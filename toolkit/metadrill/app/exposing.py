"""RPO exposure out of what a depot holds and what the audit log says became of it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from metadrill import clock
from metadrill.app import depots
from metadrill.app.settings import Settings
from metadrill.depot.shelf import Depot
from metadrill.errors import Code, MetadrillError
from metadrill.governance import audit, exposure
from metadrill.governance.audit import Entry
from metadrill.governance.exposure import Cut, Exposure, Gap, Period, Ready
from metadrill.model import units
from metadrill.model.verdict import Verdict

PERIOD = timedelta(days=91)


@dataclass(frozen=True)
class Exposed:
    """Of one environment: where the verified sets of a depot count, and where those alone do that lie in
    another depot too, None where no other is configured."""

    verified: Exposure
    replicated: Exposure | None


def exposed(settings: Settings, depot: Depot, length: timedelta = PERIOD) -> tuple[Exposed, ...]:
    """Return the exposure of each environment whose sets lie in a depot, over a period up to now.

    A set counts from when it was verified: when it was taken, by `backup verify`, or by a restore or a run
    that ended well. It counts no longer from a `backup verify` on that found it wrong. It is replicated
    from when `backup replicate` found it sound in another depot, as long as it can be read there.
    """
    now = clock.SYSTEM.utc()
    period, cuts = Period(now - length, now), tuple(_cuts(settings, depot))
    verified = exposure.exposure(cuts, period)
    if not _others(settings, depot):
        return tuple(Exposed(found, None) for found in verified)
    return tuple(map(Exposed, verified, exposure.exposure(cuts, period, Ready.REPLICATED)))


def _others(settings: Settings, depot: Depot) -> list[str]:
    """Return the names of the depots that are configured and lie elsewhere than this one."""
    ours = depot.path.resolve()
    return [name for name, place in settings.every_depot.items() if place.path.resolve() != ours]


def _cuts(settings: Settings, depot: Depot) -> Iterator[Cut]:
    published: dict[str, datetime] = {}
    verified: dict[str, datetime] = {}
    copies = _Copies(settings, depot)
    for entry in audit.read(settings.ledger):
        at, name = clock.moment(entry.at), str(entry.facts.get("set", ""))
        if entry.action == "backup.replicate":
            copies.heard(entry)
        elif entry.outcome != "done":
            continue
        elif entry.action == "backup.create":
            published[name] = at
            if entry.facts.get("verified") is True:
                verified.setdefault(name, at)
        elif entry.action == "backup.verify" and entry.facts.get("problems"):
            verified.pop(entry.object, None)
        elif _proves(entry):
            verified.setdefault(name or entry.object, at)
    for told in (held.manifest for held in depot.readable()):
        name = told.name
        began = clock.moment(told.cut.started)
        yield Cut(
            told.identity.environment, began, published.get(name, clock.moment(told.cut.ended)),
            verified.get(name), copies.since(name),
        )  # fmt: skip


def _names(settings: Settings, name: str) -> frozenset[str]:
    """Return the sets that can be read in a depot: of one that cannot be reached, none."""
    try:
        return frozenset(held.manifest.name for held in depots.depot(settings, name).readable())
    except (MetadrillError, OSError):
        return frozenset()


class _Copies:
    """Since when the sets of a depot are known to lie in others too."""

    def __init__(self, settings: Settings, depot: Depot) -> None:
        self._held = {name: _names(settings, name) for name in _others(settings, depot)}
        self._since: dict[tuple[str, str], datetime] = {}

    def heard(self, entry: Entry) -> None:
        """Take in what the log says of a copy: that it came, or that it is not sound."""
        sets = map(str, entry.facts.get("sets", [entry.facts.get("set", entry.object)]))
        ends = {str(entry.facts.get(end, "")) for end in ("from", "to")}
        if entry.outcome == "done":
            for key in itertools.product(sets, ends):
                self._since.setdefault(key, clock.moment(entry.at))
        elif entry.facts.get("code") in (Code.BACKUP_TAMPERED, Code.ENVIRONMENT):
            for name in sets:
                self._since.pop((name, str(entry.facts.get("to", ""))), None)

    def since(self, name: str) -> datetime | None:
        """Return when a set first lay in a depot where it can still be read, or None."""
        found = (self._since.get((name, other)) for other, held in self._held.items() if name in held)
        return min(filter(None, found), default=None)


def _proves(entry: Entry) -> bool:
    """Whether what was done says that its set can be relied on."""
    if entry.action == "backup.verify":
        return entry.facts.get("problems") == []
    if entry.action == "restore":
        return entry.facts.get("code") == Code.OK
    return entry.action == "run" and entry.facts.get("verdict") == Verdict.PASS


def said(found: Exposed) -> dict[str, Any]:
    """Return an exposure as plain values, times in seconds."""
    verified, replicated = found.verified, found.replicated
    return {
        "environment": verified.environment,
        "sets": verified.sets,
        **_gaps(verified),
        "unverified": verified.unready,
        "replicated": replicated and {**_gaps(replicated), "unready": replicated.unready},
    }


def _gaps(found: Exposure) -> dict[str, float | None]:
    return {
        "longest_s": _seconds(found.longest),
        "open_s": _seconds(found.open),
        "uncovered_s": _seconds(found.uncovered),
    }


def sentences(found: Exposed) -> list[str]:
    """Return it as a reader wants it: by what is verified, and by what is replicated too."""
    replicated = found.replicated
    name = found.verified.environment
    return [
        _sentence(name, found.verified, "verified"),
        *([_sentence(f"{name}, replicated", replicated, "verified and replicated")] if replicated else ()),
    ]


def _sentence(whose: str, found: Exposure, ready: str) -> str:
    if found.open is None:
        return f"{whose}: none of {found.sets} sets was ever {ready}: nothing to fall back on"
    longest = f"{units.short(found.longest.length)} at most, " if found.longest else ""
    bare = f"; no {ready} set for {units.short(found.uncovered.length)} before" if found.uncovered else ""
    open_for = units.short(found.open.length)
    return f"{whose}: RPO exposure {longest}{open_for} and growing since the newest cut{bare}"


def _seconds(gap: Gap | None) -> float | None:
    return None if gap is None else round(gap.length.total_seconds(), 3)
