"""RPO exposure: from the start of a cut to the moment the next one could be restored from."""

from datetime import UTC, datetime, timedelta

import pytest

from metadrill.governance import exposure
from metadrill.governance.exposure import Cut, Gap, Period, Ready

ZERO = datetime(2026, 1, 1, tzinfo=UTC)


def at(hour):
    return ZERO + timedelta(hours=hour)


def cut(start, published, verified, replicated=None, environment="prod"):
    given = [at(hour) if hour is not None else None for hour in (verified, replicated)]
    return Cut(environment, at(start), at(published), *given)


def of(*cuts, period=(0, 100), needed=Ready.VERIFIED):
    (found,) = exposure.exposure(cuts, Period(at(period[0]), at(period[1])), needed)
    return found


def hours(gap):
    return gap and ((gap.since - ZERO) / timedelta(hours=1), (gap.until - ZERO) / timedelta(hours=1))


@pytest.mark.parametrize(
    ("cuts", "longest", "still", "uncovered"),
    [
        ([cut(-10, -9, -8), cut(14, 15, 16), cut(38, 39, 41)], (14, 41), (38, 100), None),
        (
            [cut(-10, -9, -8), cut(14, 15, None), cut(38, 39, 40)],
            (-10, 40),
            (38, 100),
            None,
        ),  # never verified
        ([cut(-10, -9, -8), cut(20, 30, 25)], (-10, 30), (20, 100), None),  # verified before it was published
        ([cut(5, 6, 7)], None, (5, 100), (0, 7)),  # nothing to restore from at first
        ([cut(5, 6, None)], None, None, (0, 100)),
        ([cut(-10, -9, -8), cut(20, 21, 22), cut(10, 11, 60)], (-10, 22), (20, 100), None),  # late, and older
        ([cut(-10, -9, -8), cut(90, 99, 101)], None, (-10, 100), None),  # ready after the period
        ([cut(-99, -98, -97), cut(-10, -9, -8)], None, (-10, 100), None),  # a gap of before the period
    ],
)
def test_gaps_last_from_a_cut_to_the_next_that_is_ready(cuts, longest, still, uncovered):
    found = of(*cuts)
    assert (hours(found.longest), hours(found.open), hours(found.uncovered)) == (longest, still, uncovered)


def test_the_order_in_which_sets_are_given_does_not_matter():
    cuts = [cut(hour, hour + 2, hour + 3) for hour in (-5, 10, 30, 80)]
    assert of(*cuts) == of(*cuts[::-1]) and hours(of(*cuts).longest) == (30, 83)


def test_a_set_counts_once_its_replica_is_there_where_that_is_asked_for():
    cuts = [cut(-10, -9, -8, -7), cut(10, 11, 12, 50), cut(40, 41, 42)]
    assert hours(of(*cuts).longest) == (10, 42)
    found = of(*cuts, needed=Ready.REPLICATED)
    assert hours(found.longest) == (-10, 50) and (found.sets, found.unready) == (3, 1)


def test_the_worst_is_the_longer_of_both_and_has_no_bound_where_there_was_nothing():
    assert of(cut(-10, -9, -8), cut(80, 81, 82)).worst == timedelta(hours=92)
    assert of(cut(-10, -9, -8), cut(10, 11, 12)).worst == timedelta(hours=90), "the open one"
    assert of(cut(5, 6, 7)).worst is None
    assert Gap(at(1), at(3)).length == timedelta(hours=2)


def test_each_environment_is_exposed_by_itself():
    cuts = [cut(-1, -1, -1), cut(-9, -9, -9, environment="test")]
    found = exposure.exposure(cuts, Period(at(0), at(10)))
    assert [(item.environment, hours(item.open)) for item in found] == [
        ("prod", (-1, 10)),
        ("test", (-9, 10)),
    ]
    assert exposure.exposure([], Period(at(0), at(10))) == ()
