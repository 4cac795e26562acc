"""T8: one entity of 100,000, one edge, one classification, one attribute: each is found, and nothing else."""

from dataclasses import dataclass

import pytest

from metadrill.census import asking, frames
from metadrill.census.exempting import Exempt
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.model.suite import CheckResult
from metadrill.model.verdict import CheckVerdict, Severity

from . import together
from .conftest import SUITES, load
from .damages import ABLE, DAMAGES
from .seeded_standing import ERASED

pytestmark = pytest.mark.slow
ENTITIES, COPIES = 100_000, 2_440
LAST = f"{COPIES - 1}|"


@dataclass(frozen=True)
class Aim:
    """The check that a damage is for, the guid that it must name, and all critical checks that turn red."""

    number: int
    guid: str
    critical: frozenset[int]


ONE = {
    "an entity is lost, with its document": Aim(6, "process-0", frozenset({6})),
    "a relationship is lost": Aim(24, "column-5", frozenset()),
    "a lineage edge is lost": Aim(25, "process-1", frozenset({25})),
    "a classification is lost": Aim(28, "column-3", frozenset({28, 37})),
    "an attribute digest is null": Aim(12, "table-5", frozenset({12})),
}
"""A classification that is lost restricts nothing any more (37)."""


def _judged(damage: str) -> list[CheckResult]:
    """Return what every shipped check says of 100,000 entities, of which the last 41 hold a damage."""
    sound, observed = together.large(COPIES), together.large(COPIES, damage)
    assert sound.tables["entities"].num_rows >= ENTITIES
    joined = frames.join(sound, observed, Exempt(erased=frozenset({LAST + ERASED})), engine=asking.Local())
    suites = [load(name) for name in sorted(path.stem for path in SUITES.glob("*.yaml"))]
    return [row for suite in suites for row in GreatExpectations().check(suite, joined, ABLE).results]


def test_t8_of_100_000_sound_entities_every_check_passes() -> None:
    results = _judged("")
    assert {(row.number, row.verdict, row.because) for row in results if not _passed(row)} == set()
    assert max(row.examined for row in results) >= ENTITIES


@pytest.mark.parametrize("damage", ONE)
def test_t8_one_of_100_000_is_found_by_the_check_that_should_and_by_no_other_critical_one(
    damage: str,
) -> None:
    aim, red = ONE[damage], [row for row in _judged(damage) if not _passed(row)]
    assert {row.verdict for row in red} == {CheckVerdict.FAIL}
    assert {row.number for row in red} == DAMAGES[damage][1] >= {aim.number}
    assert {row.number for row in red if row.severity is Severity.CRITICAL} == aim.critical
    for own in [row for row in red if row.number == aim.number]:
        assert (own.unexpected, own.scope) == (1, "complete")
        assert LAST + aim.guid in own.deviations[0].guids


def _passed(row: CheckResult) -> bool:
    return row.verdict is CheckVerdict.PASS
