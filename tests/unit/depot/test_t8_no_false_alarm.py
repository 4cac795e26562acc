"""T8: clean restores compared with what their sets say, half of them taken while others write: no alarm."""

import random
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from metadrill import loading
from metadrill.census import frames
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.model.backup import Method
from metadrill.model.verdict import CheckVerdict

from .conftest import BOTH, SOON

SUITES = tuple(
    loading.load_suite(path)
    for path in sorted((Path(__file__).parents[3] / "fixtures" / "suites").glob("*.yaml"))
)
ABILITIES = frozenset({"index_files", "self_check", "full_text"})
FEW, SOME, ALL = 8, 20, 200


@contextmanager
def writing(stack, chance):
    """Create and delete entities beside whatever is done meanwhile."""
    stop, made = threading.Event(), []

    def write():
        while not stop.is_set():
            if made and chance.random() < 0.3:
                stack.delete([made.pop()])
            else:
                made.append(stack.write(f"writer/{chance.random()}"))
            time.sleep(0.001)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


UNPROVED = {34, 38, 39}
"""The twin keeps no audit, no list of erasures is given, and its queue has no offsets."""


def alarms(shop, empty, number):
    """Take a set, restore it into an empty twin, compare; return every check that does not pass."""
    chance = random.Random(number)
    if number % 2:
        with writing(shop.stack, chance):
            held = shop.take(methods=BOTH, environment=f"e{number}", cap=0.99)
    else:
        held = shop.take(methods=BOTH, environment=f"e{number}")
    given, method = shop.given(held), (Method.LOGICAL, Method.PHYSICAL)[number // 2 % 2]
    target = empty()
    given.put(target, method)
    target.settle(SOON)
    expected = given.expected(method)
    joined = frames.join(expected.census, target.census(), expected.exempt, target.witness())
    results = [GreatExpectations().check(suite, joined, ABILITIES) for suite in SUITES]
    rows = [row for result in results for row in result.results]
    assert {row.number for row in rows if row.verdict is CheckVerdict.NOT_PROVABLE} == UNPROVED
    return [row for row in rows if row.number not in UNPROVED and row.verdict is not CheckVerdict.PASS]


@pytest.mark.parametrize("number", range(FEW))
def test_t8_a_clean_restore_raises_no_alarm(shop, empty, number):
    assert alarms(shop, empty, number) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, ALL, SOME))
def test_t8_200_clean_restores_raise_no_alarm(shop, empty, first):
    found = {number: alarms(shop, empty, number) for number in range(first, first + SOME)}
    assert {number: rows for number, rows in found.items() if rows} == {}
