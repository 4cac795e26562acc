"""The random pick: which backup set is restored, and which of its entities are looked at one by one.

Pure: the same sets, history, seed and moment give the same pick, in any language: the rule is in
toolkit/docs/coverage.md, and twenty lines of tests/engines/coverage_verifier.py follow it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from metadrill.errors import BackupError
from metadrill.model.backup import Mode

RULE = "pick/v1"
_SPAN = 1 << 64
T = TypeVar("T")


class Band(StrEnum):
    """How old a set is: under a day, a week, 30 days, 91 days, or older."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    OLDER = "older"


_DAYS = {Band.DAY: 1, Band.WEEK: 7, Band.MONTH: 30, Band.QUARTER: 91}
_UNDER = tuple((band, timedelta(days=days)) for band, days in _DAYS.items())


@dataclass(frozen=True, order=True)
class Stratum:
    """Sets of one environment and about one age."""

    environment: str
    band: Band


@dataclass(frozen=True)
class Candidate:
    """A set that may be picked: `digest` of its manifest, `taken` the start of its cut, entities by type."""

    name: str
    digest: str
    environment: str
    mode: Mode
    taken: datetime
    types: Mapping[str, int] = field(default_factory=dict)

    def stratum(self, now: datetime) -> Stratum:
        """Return where the set belongs at a moment."""
        age = now - self.taken
        for band, under in _UNDER:
            if age < under:
                return Stratum(self.environment, band)
        return Stratum(self.environment, Band.OLDER)


@dataclass(frozen=True)
class History:
    """What was picked before: how often each set, and the number of the newest pick in each stratum."""

    sets: Mapping[str, int] = field(default_factory=dict)
    strata: Mapping[Stratum, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Pick:
    """The set that was picked, out of `sets` of its stratum, which was drawn out of `strata` equal ones."""

    candidate: Candidate
    stratum: Stratum
    sets: int
    strata: int


@dataclass(frozen=True)
class Sampling:
    """How many entities are looked at: about `total`; of each type `least`, or all where it has fewer."""

    total: int = 200
    least: int = 3


def seed(head: bytes, occurrence: date) -> bytes:
    """Return SHA-256(head || date), the date as `2026-01-31`; `drawing.head` says what the head is."""
    return hashlib.sha256(head + occurrence.isoformat().encode()).digest()


def by_hand(text: str) -> bytes:
    """Return the seed that a text given by hand stands for: its SHA-256."""
    return hashlib.sha256(text.encode()).digest()


class Draws:
    """Numbers out of a seed: SHA-256 in counter mode, without the bias of a remainder."""

    def __init__(self, seed: bytes, purpose: str) -> None:
        self._stem, self._count = seed + purpose.encode(), 0

    def below(self, bound: int) -> int:
        """Return the next number from 0 to below the bound, each as likely as the other.

        The first 8 bytes of SHA-256(seed || purpose || counter), big-endian, the counter in 8 bytes
        from 0 on. One at or above the largest multiple of the bound is passed over.
        """
        while True:
            block = hashlib.sha256(self._stem + self._count.to_bytes(8, "big")).digest()
            self._count += 1
            number = int.from_bytes(block[:8], "big")
            if number < _SPAN - _SPAN % bound:
                return number % bound

    def some(self, items: Sequence[T], count: int) -> tuple[T, ...]:
        """Return so many of the items, none twice: the first of Fisher and Yates' shuffle."""
        left = list(items)
        for place in range(count):
            other = place + self.below(len(left) - place)
            left[place], left[other] = left[other], left[place]
        return tuple(left[:count])


def pick(candidates: Sequence[Candidate], history: History, seed: bytes, now: datetime) -> Pick:
    """Given the sets and what was picked before, return the set that the seed picks.

    Those picked least often are due. Of the strata that hold one, those never picked come first,
    then the one picked longest ago; where several are equal the seed draws one, and then one of its
    due sets. So no set is picked twice before each was once. Raises BackupError where there is none.
    """
    if not candidates:
        raise BackupError("no backup set to pick from", "take one: metadrill backup create")
    fewest = min(history.sets.get(item.name, 0) for item in candidates)
    due: dict[Stratum, list[Candidate]] = {}
    for item in sorted(candidates, key=lambda item: item.name):
        if history.sets.get(item.name, 0) == fewest:
            due.setdefault(item.stratum(now), []).append(item)
    oldest = min(history.strata.get(stratum, 0) for stratum in due)
    equals = sorted(stratum for stratum in due if history.strata.get(stratum, 0) == oldest)
    draws = Draws(seed, "set")
    stratum = equals[draws.below(len(equals))]
    chosen = due[stratum][draws.below(len(due[stratum]))]
    return Pick(chosen, stratum, len(due[stratum]), len(equals))


def quotas(types: Mapping[str, int], sampling: Sampling) -> dict[str, int]:
    """Given entities by type, return how many of each are looked at, by name of the type.

    First the least of each; what is left of the total by size, rounded down, never more than there are.
    """
    shares = {name: min(types[name], sampling.least) for name in sorted(types)}
    left = max(0, sampling.total - sum(shares.values()))
    rest = {name: types[name] - shares[name] for name in shares}
    whole = sum(rest.values())
    return {name: shares[name] + min(rest[name], left * rest[name] // whole if whole else 0)
            for name in shares if types[name]}  # fmt: skip


def entities(
    guids: Mapping[str, Sequence[str]], sampling: Sampling, seed: bytes
) -> dict[str, tuple[str, ...]]:
    """Given the guids of each type, return those that the seed picks for the spot check, by type.

    Every type that has entities is represented.
    """
    counts = {name: len(held) for name, held in guids.items()}
    return {name: Draws(seed, f"entities:{name}").some(sorted(guids[name]), count)
            for name, count in quotas(counts, sampling).items()}  # fmt: skip
