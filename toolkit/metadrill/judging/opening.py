"""What was fixed before the run: the data of `run.opened`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metadrill.judging.facts import Entry, Facts
from metadrill.model.verdict import Severity

MARKS = ("disrupted", "detected", "declared", "recovery_started", "serving", "verified", "returned")


@dataclass(frozen=True)
class TierLimit:
    """A tier, and how soon it must be back, in seconds."""

    name: str
    limit: float


@dataclass(frozen=True)
class Opening:
    """Names, criteria and what the run was asked; limits in seconds."""

    run: str
    drill: str
    scenario: str
    recovery: str
    title: str
    aim: str
    rto: float
    since: str
    until: str
    rpo: float
    budget: Mapping[Severity, int]
    production: int | None
    must_hold: tuple[str, ...]
    data: Mapping[str, Any]
    digests: Mapping[str, str]
    seed: int | str | None
    facts: Facts
    entry: Entry
    tiers: tuple[TierLimit, ...] = ()


def opening(entry: Entry) -> Opening:
    """Given the first entry, return what it fixed. Raises JournalError where it is not as it says."""
    facts = entry.facts
    criteria = facts.below("criteria")
    rto, rpo, integrity = criteria.below("rto"), criteria.below("rpo"), criteria.below("integrity")
    return Opening(
        run=facts.text("run"),
        drill=facts.text("drill"),
        scenario=facts.text("scenario"),
        recovery=facts.text("recovery"),
        title=facts.text("title"),
        aim=facts.text("aim"),
        rto=rto.number("limit_s"),
        since=_mark(rto, "from", "disrupted"),
        until=_mark(rto, "to", "verified"),
        rpo=rpo.number("limit_s"),
        budget={
            severity: integrity.whole(severity.value) if integrity.has(severity.value) else 0
            for severity in (Severity.CRITICAL, Severity.MAJOR, Severity.MINOR)
        },
        production=_production(facts),
        must_hold=facts.texts("must_hold"),
        data=facts.mapping("data"),
        digests={name: facts.below("digests").text(name) for name in facts.mapping("digests")},
        seed=_seed(facts),
        facts=facts,
        entry=entry,
        tiers=_tiers(criteria),
    )


def _tiers(criteria: Facts) -> tuple[TierLimit, ...]:
    rows = criteria.rows("tiers") if criteria.has("tiers") else ()
    return tuple(TierLimit(row.text("name"), row.number("limit_s")) for row in rows)


def _seed(facts: Facts) -> int | str | None:
    """A drill's own seed is a number, that of a random pick 64 hexadecimal digits."""
    if not facts.has("seed"):
        return None
    return facts.text("seed") if isinstance(facts.data["seed"], str) else facts.whole("seed")


def _mark(rto: Facts, key: str, usual: str) -> str:
    if not rto.has(key):
        return usual
    if rto.text(key) not in MARKS:
        rto.wrong(key, f"not one of {', '.join(MARKS)}")
    return rto.text(key)


def _production(facts: Facts) -> int | None:
    if not facts.has("production_size"):
        return None
    if isinstance(facts.data["production_size"], Mapping):
        size = facts.below("production_size")
        return size.whole("entities") if size.has("entities") else None
    return facts.whole("production_size")
