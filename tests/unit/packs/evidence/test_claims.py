"""Strengths: computed from what the run was, capped by its class, never declared."""

from dataclasses import replace
from pathlib import Path

import pytest

from metadrill import loading
from metadrill.model.control import Catalogue, Condition, Control, Item, Strength
from metadrill.model.suite import CheckResult
from metadrill.model.verdict import CheckVerdict, EvidenceClass, Severity, Verdict
from metadrill.packs.evidence import claims, conditions
from metadrill.packs.evidence.record import Record, record

TOP = Path(__file__).parents[4]
FULL = {
    "refs": {"plan": {"document": "DRP-4"}, "bia": "BIA-17", "risk": "R-12"},
    "roles": {"operator": "a", "approver": "b", "reviewer": "c"},
    "gates": ["go"],
    "data": {"backup": "latest"},
    "host": {"clock": {"synchronised": True}},
    "evidence_for": {"x": ["one"]},
}
IMPOSSIBLE = {Condition.SEPARATE_SITES}
"""Conditions that no sandbox of ours can meet yet."""


@pytest.fixture
def operating(make_sample):
    """A run that meets every condition there is: changed by each test in one thing."""
    sample = make_sample("passed")
    base = record(sample.reading)
    decided = replace(base.events[0], kind="decision.made", data={"by": "on-call"})
    told = replace(base, opened={**base.opened, **FULL}, events=(*base.events, decided))
    provable = {
        phase: tuple(row for row in rows if row.verdict in (CheckVerdict.PASS, CheckVerdict.FAIL))
        for phase, rows in sample.assessment.checks.items()
    }
    run = replace(
        sample.assessment,
        checks=provable,
        evidence_class=EvidenceClass.OPERATING,
        recovery="procedure",
        size={"drilled": 200, "production": 250},
        isolation={"proved": True},
    )
    return run, told


def control(strength=Strength.PRIMARY, needs=(), scenarios=()):
    return Control("one", "X.1", "t", strength, "asks", (Item.INTEGRITY,), "all else", needs, scenarios)


def strength(run, told, wanted):
    (claim,) = claims.matrix(Catalogue("x", "X", "1", (wanted,)), run, told)
    return claim.strength, claim.because


def test_an_operating_run_that_lacks_nothing_is_primary(operating):
    needs = tuple(need for need in Condition if need not in IMPOSSIBLE)
    assert strength(*operating, control(needs=needs)) == (Strength.PRIMARY, ())


def test_a_rehearsal_is_supporting_at_most_and_a_demonstration_shows_nothing(operating):
    run, told = operating
    for kind, wanted in (
        (EvidenceClass.REHEARSAL, Strength.SUPPORTING),
        (EvidenceClass.DEMONSTRATION, Strength.NONE),
    ):
        found, because = strength(replace(run, evidence_class=kind), told, control())
        assert found is wanted and kind.value in because[0]


def test_an_inconclusive_run_evidences_nothing_and_a_failed_one_does(operating):
    run, told = operating
    found, because = strength(replace(run, verdict=Verdict.INCONCLUSIVE), told, control())
    assert found is Strength.NONE and "inconclusive" in because[0]
    assert strength(replace(run, verdict=Verdict.FAIL), told, control()) == (Strength.PRIMARY, ())


def test_a_check_that_is_not_provable_blocks_the_primary_strength_alone(operating):
    run, told = operating
    row = CheckResult(34, "audit", "audit", Severity.CRITICAL, CheckVerdict.NOT_PROVABLE)
    bare = replace(run, checks={**run.checks, "baseline": (row,)})
    assert strength(bare, told, control())[0] is Strength.SUPPORTING
    assert strength(bare, told, control(Strength.SUPPORTING))[0] is Strength.SUPPORTING


def test_a_control_for_some_scenarios_is_supporting_in_every_other(operating):
    run, told = operating
    assert strength(run, told, control(scenarios=("ransomware",)))[0] is Strength.SUPPORTING
    assert strength(run, told, control(scenarios=(run.scenario,)))[0] is Strength.PRIMARY


LACKING = {
    Condition.PROCEDURE: lambda run, told: (replace(run, recovery="index_snapshot"), told),
    Condition.GATES: lambda run, told: (run, opened(told, gates=[])),
    Condition.PEOPLE: lambda run, told: (run, opened(told, roles={**FULL["roles"], "reviewer": "a"})),
    Condition.PLAN: lambda run, told: (run, opened(told, refs={"bia": "1", "risk": "1"})),
    Condition.BACKUP: lambda run, told: (run, opened(told, data={"dataset": "starter"})),
    Condition.COMPLETE: lambda run, told: (replace(run, checks={**run.checks, "verified": ()}), told),
    Condition.OUTAGE: lambda run, told: (replace(run, stamps={**run.stamps, "t1": None}), told),
    Condition.BIA: lambda run, told: (run, opened(told, refs={"plan": {"document": "x"}})),
    Condition.RISK: lambda run, told: (run, opened(told, refs={"plan": {"document": "x"}})),
    Condition.HALF_SIZE: lambda run, told: (replace(run, size={"drilled": 9, "production": 250}), told),
    Condition.ISOLATION: lambda run, told: (replace(run, isolation={"proved": False}), told),
    Condition.CLOCK: lambda run, told: (run, opened(told, host={"clock": {"synchronised": False}})),
}


def opened(told: Record, **changed) -> Record:
    return replace(told, opened={**told.opened, **changed})


@pytest.mark.parametrize("need", [need for need in Condition if need not in IMPOSSIBLE])
def test_each_condition_that_is_lacking_is_named_and_costs_the_strength(operating, need):
    run, told = LACKING[need](*operating)
    assert need in conditions.lacking(run, told)
    found, because = strength(run, told, control(needs=(need,)))
    assert found is Strength.SUPPORTING and because == (conditions.lacking(run, told)[need],)
    assert strength(run, told, control(Strength.SUPPORTING, needs=(need,)))[0] is Strength.NONE


def test_a_run_on_one_host_never_has_separate_sites(operating):
    assert set(conditions.lacking(*operating)) >= IMPOSSIBLE


def test_the_scenarios_own_controls_are_marked(operating):
    run, told = operating
    rows = claims.matrix(Catalogue("x", "X", "1", (control(), replace(control(), id="two"))), run, told)
    assert [row.named for row in rows] == [True, False]


@pytest.mark.parametrize("name", ["soc2", "iso27001"])
def test_the_shipped_catalogues_stand_and_each_points_to_sections_that_there_are(name):
    catalogue = loading.Project(TOP).controls(name)
    assert len({one.id for one in catalogue.controls}) == len(catalogue.controls)
    assert any(one.strength is Strength.PRIMARY for one in catalogue.controls)
    for one in catalogue.controls:
        assert one.not_claimed and {*one.items} <= set(claims.SECTIONS)
        if one.strength is Strength.PRIMARY:
            assert one.needs, f"{one.id}: primary without a condition"


def test_every_control_that_a_shipped_scenario_aims_at_is_in_its_catalogue():
    project = loading.Project(TOP)
    for name in project.names("scenario"):
        for framework, ids in project.scenario(name).evidence_for.items():
            known = {one.id for one in project.controls(framework).controls}
            assert set(ids) <= known, f"{name}: {framework}"


def test_every_condition_is_explained_in_the_docs():
    text = (TOP / "toolkit" / "docs" / "controls.md").read_text()
    assert [need for need in Condition if f"| `{need.value}` |" not in text] == []
