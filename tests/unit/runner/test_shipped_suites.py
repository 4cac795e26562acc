"""The suites that are shipped, on the twin: they pass on what is sound and fail on what is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from metadrill import loading
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.testing import PlainChecker, drills

SUITES = sorted((Path(__file__).parents[3] / "fixtures" / "suites").glob("*.yaml"))


UNPROVED = {34: "not_provable", 38: "not_provable", 39: "not_provable"}
"""The twin keeps no audit, no list of erasures is given, and its queue has no offsets."""


def _not_passed(verdicts):
    return {number: said for number, said in verdicts.items() if said != "pass"}


@pytest.mark.parametrize(
    "checker", [PlainChecker(), GreatExpectations()], ids=["plain", "great_expectations"]
)
def test_the_shipped_suites_pass_fail_and_pass_again(player, checker):
    plan = drills.plan(startup_check="none")
    suites = tuple(loading.load_suite(path) for path in SUITES)
    names = tuple(suite.name for suite in suites)
    plan = replace(plan, suites=suites, scenario=replace(plan.scenario, must_hold=names))
    played = player.play(plan, checker=checker)
    assert played.error is None
    assert len(suites) >= 5
    assert _not_passed(played.verdicts("baseline")) == UNPROVED
    assert played.verdicts("outage")[40] == "fail"
    assert _not_passed(played.verdicts("verified")) == UNPROVED
