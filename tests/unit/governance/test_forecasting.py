"""The line through what was measured, held against numpy's, and what it says of other sizes."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadrill.governance.forecasting import Point, line

KNOWN = [Point(1000, 30.0), Point(2000, 52.0), Point(4000, 88.0), Point(8000, 171.0)]


def test_the_line_is_that_of_least_squares():
    found = line(KNOWN)
    slope, fixed = numpy.polyfit([p.x for p in KNOWN], [p.y for p in KNOWN], 1)
    assert found.slope == pytest.approx(slope) and found.fixed == pytest.approx(fixed)
    assert (found.low, found.high, found.count) == (1000, 8000, 4)


def test_the_interval_is_that_of_one_more_run():
    """By hand: t of 2 degrees is 4.303, s² the residual sum over 2."""
    found = line(KNOWN)
    rest = sum((p.y - found.fixed - found.slope * p.x) ** 2 for p in KNOWN)
    spread = (rest / 2) ** 0.5
    scatter = sum((p.x - 3750) ** 2 for p in KNOWN)
    told = found.at(16000)
    assert told.off == pytest.approx(4.303 * spread * (1 + 1 / 4 + (16000 - 3750) ** 2 / scatter) ** 0.5)
    assert found.at(3750).off < told.off


def test_two_points_leave_no_room_for_doubt_and_say_so():
    found = line(KNOWN[:2])
    assert found.at(4000).value == pytest.approx(96.0) and found.at(4000).off is None


@pytest.mark.parametrize("points", [[], KNOWN[:1], [Point(1000, 30.0), Point(1000, 40.0)]])
def test_one_place_is_no_line(points):
    assert line(points) is None


def test_where_a_limit_is_reached():
    found = line(KNOWN[:2])
    assert found.reaches(96.0) == pytest.approx(4000)
    assert line([Point(1, 5.0), Point(2, 5.0)]).reaches(10.0) is None
    assert line([Point(1, 15.0), Point(2, 15.0)]).reaches(10.0) == 0.0, "at every size"
    assert line([Point(1, 15.0), Point(2, 14.0)], rising=True).reaches(10.0) == 0.0
    assert line([Point(1, 15.0), Point(2, 16.0)]).reaches(10.0) == 0.0
    assert line([Point(1, 5.0), Point(2, 4.0)]).reaches(10.0) is None


def test_nothing_takes_less_than_no_time():
    assert line([Point(1000, 10.0), Point(2000, 1.0)]).at(100_000).value == 0.0


def test_a_duration_does_not_shrink_with_the_size():
    """By hand: the level of 30 and 26 is 28, s² = 8 of one degree of freedom, whose t is 12.706."""
    told = line([Point(1000, 30.0), Point(2000, 26.0)], rising=True).at(4000)
    assert told.value == 28.0 and told.off == pytest.approx(12.706 * (8 * (1 + 1 / 2)) ** 0.5)
    assert line([Point(1, 5.0), Point(2, 4.0)], rising=True).reaches(10.0) is None
    assert line(KNOWN, rising=True) == line(KNOWN)


@given(st.lists(st.tuples(st.integers(1, 10**7), st.floats(0, 10**5)), min_size=2, max_size=20))
def test_the_middle_of_all_points_lies_on_it(points):
    given_ = [Point(float(x), y) for x, y in points]
    found = line(given_)
    if found is not None:
        level = sum(p.y for p in given_) / len(given_)
        assert found.fixed + found.slope * found.middle == pytest.approx(level, abs=1e-3, rel=1e-6)
