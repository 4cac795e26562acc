"""T8: every check on a recorded census is green undamaged, and red for the damage it is for."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pyarrow as pa
import pytest

from metadrill.census import build, frames
from metadrill.census.exempting import Exempt
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.model.suite import CheckResult, Suite
from metadrill.model.verdict import CheckVerdict

from .conftest import small_census
from .damages import ABLE, DAMAGES
from .seeded import Rows
from .seeded_standing import ERASED

SINCE = Exempt(erased=frozenset({ERASED}))


def _judge(suites: list[Suite], built: frames.Frames) -> list[CheckResult]:
    checker = GreatExpectations()
    return [result for one in suites for result in checker.check(one, built, ABLE).results]


@pytest.fixture
def suites(suite: Callable[[str], Suite], names: tuple[str, ...]) -> list[Suite]:
    return [suite(name) for name in names]


def _moved(suites: list[Suite], built: frames.Frames) -> list[Suite]:
    """Leave out the checks on frames that are row by row as undamaged: these were judged, and all passed."""
    asked = {check.frame for one in suites for check in one.checks} & set(built) & set(_frames())
    same = {name for name in asked if built[name].equals(_undamaged(name))}
    left = [
        replace(one, checks=tuple(check for check in one.checks if check.frame not in same)) for one in suites
    ]
    return [one for one in left if one.checks]


@cache
def _frames() -> frames.Frames:
    return frames.join(build(small_census(), {}), build(small_census(), {}), SINCE)


@cache
def _undamaged(name: str) -> pa.Table:
    return _frames()[name]


def test_every_check_of_the_shipped_suites_passes_on_an_unmutated_census(suites: list[Suite]) -> None:
    results = _judge(suites, _frames())
    assert {
        one.number: (one.verdict, one.because) for one in results if one.verdict != CheckVerdict.PASS
    } == {}
    assert all(one.examined for one in results)


def test_t8_every_check_of_the_shipped_suites_has_a_damage_that_turns_it_red(suites: list[Suite]) -> None:
    assert {check.number for one in suites for check in one.checks} == {
        number for _, numbers in DAMAGES.values() for number in numbers
    }


def test_t8_there_are_as_many_seeded_damages_as_were_promised() -> None:
    assert len(DAMAGES) >= 60


@pytest.mark.parametrize("name", DAMAGES)
def test_t8_a_seeded_damage_turns_exactly_its_checks_red(
    name: str, suites: list[Suite], rows: Callable[[], Rows]
) -> None:
    mutate, expected = DAMAGES[name]
    damaged = rows()
    mutate(damaged)
    built = frames.join(build(rows(), {}), build(damaged, {}), SINCE)
    results = _judge(_moved(suites, built), built)
    assert {one.number for one in results if one.verdict == CheckVerdict.FAIL} == expected
    assert not [one for one in results if one.verdict == CheckVerdict.INCONCLUSIVE]
    assert all(one.unexpected and one.because for one in results if one.verdict == CheckVerdict.FAIL)
