"""The bound on defective sets, against tables, an enumeration, and every case of small strata."""

from fractions import Fraction
from itertools import combinations, product
from math import comb

import pytest

from metadrill.governance import bounds
from metadrill.governance.bounds import Sample


@pytest.mark.parametrize(
    ("sets", "tested", "failed", "most"),
    [(0, 0, 0, 0), (10, 0, 0, 10), (10, 10, 0, 0), (10, 10, 3, 3), (1, 1, 1, 1), (20, 19, 0, 0),
     (20, 18, 0, 1), (100, 30, 0, 8), (100, 45, 0, 4), (1000, 59, 0, 48), (1000, 58, 0, 48),
     (1000, 57, 0, 49),     (100, 95, 0, 0), (100, 94, 0, 1), (5, 1, 1, 5)],
)  # fmt: skip
def test_the_bound_has_the_known_values(sets, tested, failed, most):
    assert bounds.most(Sample(sets, tested, failed)) == most


def _enumerated(sample):
    """The same from its definition: every way to test, counted one by one."""
    ruled_in = []
    for defective in range(sample.failed, sample.failed + sample.sets - sample.tested + 1):
        ways = [sum(1 for place in some if place < defective)
                for some in combinations(range(sample.sets), sample.tested)]  # fmt: skip
        if Fraction(sum(1 for found in ways if found <= sample.failed), len(ways)) > Fraction(1, 20):
            ruled_in.append(defective)
    return max(ruled_in)


def test_the_bound_is_that_of_an_enumeration_for_every_small_sample():
    for sets, tested in ((n, t) for n in range(1, 10) for t in range(n + 1)):
        for failed in range(tested + 1):
            sample = Sample(sets, tested, failed)
            assert bounds.most(sample) == _enumerated(sample), sample


def _chance(sets, tested, defective, found):
    """The probability to find so many; counted by another formula than that of `bounds`."""
    return Fraction(comb(tested, found) * comb(sets - tested, defective - found), comb(sets, defective))


@pytest.mark.parametrize(
    "plan",
    [((6, 1), (4, 3)), ((5, 2), (5, 2)), ((3, 3), (7, 2)), ((8, 5), (2, 0)), ((9, 8), (1, 1)),
     ((3, 1), (3, 2), (3, 3)), ((4, 2), (4, 3), (2, 1))],
)  # fmt: skip
def test_the_bound_of_several_strata_holds_in_at_least_95_of_100_whatever_is_defective(plan):
    known = {}
    for defective in product(*(range(sets + 1) for sets, _ in plan)):
        held = Fraction()
        for found in product(*(range(tested + 1) for _, tested in plan)):
            chance = Fraction(1)
            for (sets, tested), bad, seen in zip(plan, defective, found, strict=True):
                chance *= (
                    _chance(sets, tested, bad, seen) if seen <= bad and bad - seen <= sets - tested else 0
                )
            if not chance:
                continue
            samples = [Sample(*pair, seen) for pair, seen in zip(plan, found, strict=True)]
            if found not in known:
                known[found] = bounds.most_of(samples)
            held += chance if known[found] >= sum(defective) else 0
        assert held >= Fraction(95, 100), (plan, defective)


def test_many_tests_of_small_strata_prove_nothing_about_a_large_one_that_was_hardly_tested():
    small = [Sample(1, 1, 0)] * 9
    assert bounds.most(Sample(100, 10, 0)) == 24, "as if it were one random sample"
    assert bounds.most_of([*small, Sample(91, 1, 0)]) == 90


@pytest.mark.parametrize(
    ("samples", "most"),
    [([], 0), ([Sample(0, 0, 0)], 0), ([Sample(100, 30, 0)], 8), ([Sample(50, 15, 0), Sample(50, 15, 0)], 8),
     ([Sample(5, 5, 0), Sample(7, 7, 2)], 2), ([Sample(5, 0, 0), Sample(7, 7, 0)], 5),
     ([Sample(4, 0, 0), Sample(6, 0, 0)], 10)],
)  # fmt: skip
def test_strata_together_have_the_known_bounds(samples, most):
    assert bounds.most_of(samples) == most
