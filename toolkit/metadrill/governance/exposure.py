"""RPO exposure: how much would have been lost, at worst, whenever the disaster had come. Pure.

At any moment it is the age of the newest cut that could have been restored from: the gap lasts from the
start of one cut until the next set is published, verified and, where that is asked for, replicated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Ready(StrEnum):
    """When a set counts: once it is verified, or once a replica of it is there too."""

    VERIFIED = "verified"
    REPLICATED = "replicated"


@dataclass(frozen=True)
class Cut:
    """A set: the start of its cut, and when it was published, verified, replicated: None, never."""

    environment: str
    started: datetime
    published: datetime
    verified: datetime | None
    replicated: datetime | None = None

    def ready(self, needed: Ready) -> datetime | None:
        """Return from when on the set counts, or None."""
        last = self.replicated if needed is Ready.REPLICATED else self.published
        return max(self.published, self.verified, last) if self.verified and last else None


@dataclass(frozen=True)
class Period:
    """From a moment to another; to now, where it is not over."""

    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Gap:
    """From the start of a cut to when the next could be restored from, or the period ended."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """Return how long it lasted."""
        return self.until - self.since


@dataclass(frozen=True)
class Exposure:
    """The gaps of an environment in a period.

    `longest` is the longest that ended in the period, `open` the one that still lasts at its end,
    `uncovered` the time at its beginning when there was no cut at all to restore from: what would have
    been lost then has no bound. `unready` counts the sets that never became ready.
    """

    environment: str
    longest: Gap | None
    open: Gap | None
    uncovered: Gap | None
    sets: int
    unready: int

    @property
    def worst(self) -> timedelta | None:
        """Return the longest of both, or None: without a bound."""
        lengths = [gap.length for gap in (self.longest, self.open) if gap]
        return None if self.uncovered else max(lengths)


def exposure(cuts: Iterable[Cut], period: Period, needed: Ready = Ready.VERIFIED) -> tuple[Exposure, ...]:
    """Given sets, also those of before the period, return the exposure of each environment, by name."""
    known: dict[str, list[Cut]] = {}
    for cut in cuts:
        known.setdefault(cut.environment, []).append(cut)
    return tuple(_of(environment, known[environment], period, needed) for environment in sorted(known))


def _of(environment: str, cuts: list[Cut], period: Period, needed: Ready) -> Exposure:
    mine = [(moment, cut.started) for cut in cuts if (moment := cut.ready(needed))]
    newest, ended, uncovered = None, [], None
    for moment, started in sorted(mine):
        if moment > period.end or (newest and started <= newest):
            continue  # later than is asked for, or older than what could be restored from already
        if moment > period.begin:
            if newest:
                ended.append(Gap(newest, moment))
            else:
                uncovered = Gap(period.begin, moment)
        newest = started
    if newest is None:
        uncovered = Gap(period.begin, period.end)
    longest = max(ended, key=lambda gap: gap.length, default=None)
    still = Gap(newest, period.end) if newest else None
    return Exposure(environment, longest, still, uncovered, len(cuts), len(cuts) - len(mine))
