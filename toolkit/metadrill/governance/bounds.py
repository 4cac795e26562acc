"""How many sets may be defective at most, at 95 %, when some were tested and a few of them failed.

Finite populations, whole numbers only. A count is ruled out where so few failures, or fewer, would
have been found with a probability of at most 5 %; the bound is the largest that is not ruled out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

ALPHA = Fraction(1, 20)


@dataclass(frozen=True)
class Sample:
    """So many sets, of which so many were tested, of which so many failed."""

    sets: int
    tested: int
    failed: int


def most(sample: Sample) -> int:
    """Return the upper bound of the defective sets of one stratum: exact, hypergeometric."""
    untested = sample.sets - sample.tested
    return sample.failed + _last(untested, lambda more: _found(sample, sample.failed + more) > ALPHA)


def most_of(samples: Sequence[Sample]) -> int:
    """Return the same for several strata together, whichever shares of them were tested.

    One stratum: exact. Several: the least likely to be found are those in the strata that were tested
    least. The failures found are a sum of independent trials (Vatutin and Mikhailov 1982), so that few
    of them are at most as likely as for a binomial of the same mean (Hoeffding 1956, theorem 4); its
    chance is taken as no more than that of the defective set that is likeliest to be found. So the bound
    holds, and is at times larger than it had to be.
    """
    held = [item for item in samples if item.sets]
    if len(held) == 1:
        return most(held[0])
    failed = sum(item.failed for item in held)
    untested = sum(item.sets - item.tested for item in held)
    return failed + _last(untested, lambda more: _together(held, failed, more) > ALPHA)


def _last(limit: int, holds: Callable[[int], bool]) -> int:
    """The last number up to the limit for which it holds: it does for 0, and never again after it did not."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _found(sample: Sample, defective: int) -> Fraction:
    """The probability to find as few failures as were found, or fewer."""
    ways = sum(comb(defective, k) * comb(sample.sets - defective, sample.tested - k)
               for k in range(sample.failed + 1))  # fmt: skip
    return Fraction(ways, comb(sample.sets, sample.tested))


def _together(samples: Sequence[Sample], failed: int, more: int) -> Fraction:
    """The same at most, where as many more than failed are defective; it never grows with `more`.

    1 where Hoeffding's condition, a mean of one above the failures, is not met.
    """
    mean, share, left = Fraction(), Fraction(), more
    for item in sorted(samples, key=lambda item: Fraction(item.tested, item.sets)):
        some = min(left, item.sets - item.tested)
        left -= some
        mean += (item.failed + some) * Fraction(item.tested, item.sets)
        share = Fraction(item.tested, item.sets) if some else share
    if mean < failed + 1:
        return Fraction(1)
    trials, chance = failed + more, min(share, mean / (failed + more))
    over, under = chance.numerator, chance.denominator
    ways = sum(comb(trials, k) * over**k * (under - over) ** (trials - k) for k in range(failed + 1))
    return Fraction(ways, under**trials)
