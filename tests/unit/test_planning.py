"""A drill with what it names becomes a plan, or an error that names the file."""

from dataclasses import replace
from datetime import timedelta

import pytest

from metadrill import planning
from metadrill.errors import Code, UsageError
from metadrill.model.drill import Drill, Objectives, RpoObjective, RtoObjective, Start
from metadrill.model.scenario import Action, Scenario
from metadrill.model.stack import Dataset, DatasetStep, StackRecipe
from metadrill.model.suite import Check, Suite
from metadrill.model.verdict import Severity

SCENARIO = Scenario(
    name="corrupted",
    title="t",
    threat="t",
    applies_to=("atlas-elasticsearch",),
    fault=Action("corrupt_index_file", {"index": "one", "startup_check": "checksum"}),
    noticed_by=(
        Action("search_answers", {"type": "hive_table", "within": "90s"}),
        Action("suite", {"name": "segments"}),
    ),
    recoveries=("index_snapshot", "index_rebuild"),
    must_hold=("index",),
    source="scenarios/corrupted.yaml",
    digest="5c",
)
DRILL = Drill(
    name="monthly",
    scenario="corrupted",
    recovery=Action("index_snapshot"),
    stack="atlas-2.1",
    data={"dataset": "starter"},
    objectives=Objectives(RtoObjective(timedelta(minutes=10)), RpoObjective(timedelta(minutes=5))),
    source="drills/monthly.yaml",
    digest="d1",
)
STACK = StackRecipe(
    name="atlas-2.1",
    kind="atlas-elasticsearch",
    title="Atlas",
    versions={},
    parts=(),
    config={},
    abilities=("index_files",),
    needs={"disk_mb": 10},
    source="fixtures/stacks/atlas-2.1.yaml",
    digest="57",
)
DATASET = Dataset("starter", "t", (DatasetStep("quickstart", {}),), digest="da")


def suite(name: str, requires: str = "") -> Suite:
    check = Check(34, "audit goes on", "audit", "expect_x", {}, Severity.CRITICAL, requires=requires)
    return Suite(name, "t", (check,), digest=f"5u-{name}")


MATERIAL = planning.Material(DRILL, SCENARIO, STACK, DATASET, (suite("index"), suite("segments")))
SNAPSHOT = Action("index_snapshot")


def refused(material: planning.Material, recovery: Action = SNAPSHOT) -> UsageError:
    with pytest.raises(UsageError) as error:
        planning.plan(material, recovery)
    assert error.value.code is Code.USAGE
    return error.value


def test_the_steps_are_the_straight_line_each_with_a_deadline() -> None:
    plan = planning.plan(MATERIAL, SNAPSHOT)
    assert [step.name for step in plan.steps] == [
        "sandbox", "isolation", "boot", "data", "settle", "census", "backup", "canary", "fault", "outage",
        "decide", "recovery", "serving", "read_back", "checks", "logs", "remove",
    ]  # fmt: skip
    assert all(step.deadline > timedelta() and step.what for step in plan.steps)
    assert plan.recovery == SNAPSHOT
    assert plan.digests == {
        "drill": "d1", "scenario": "5c", "stack": "57", "dataset": "da",
        "suite:index": "5u-index", "suite:segments": "5u-segments",
    }  # fmt: skip


def test_the_same_material_gives_the_same_plan() -> None:
    assert planning.plan(MATERIAL, SNAPSHOT) == planning.plan(MATERIAL, SNAPSHOT)


def test_the_outage_may_take_as_long_as_the_slowest_probe() -> None:
    assert planning.plan(MATERIAL, SNAPSHOT).deadline("outage") == timedelta(seconds=90)


def test_a_recovery_may_take_as_long_as_its_objective_and_never_less_than_the_default() -> None:
    assert planning.plan(MATERIAL, SNAPSHOT).deadline("recovery") == timedelta(minutes=15)
    slow = replace(DRILL.objectives, rto=RtoObjective(timedelta(hours=2)))
    material = replace(MATERIAL, drill=replace(DRILL, objectives=slow))
    assert planning.plan(material, SNAPSHOT).deadline("recovery") == timedelta(hours=2)


def test_a_procedure_may_take_as_long_as_it_says() -> None:
    procedure = Action("procedure", {"command": "./x.sh", "within": "3m"})
    material = replace(MATERIAL, drill=replace(DRILL, recovery=procedure))
    assert planning.recoveries(material.drill, SCENARIO) == (procedure,)
    plan = planning.plan(material, procedure)
    assert plan.deadline("recovery") == timedelta(minutes=3)
    assert "./x.sh" in next(step.what for step in plan.steps if step.name == "recovery")


def test_a_stack_may_give_its_own_deadlines() -> None:
    stack = replace(STACK, config={"deadlines": {"boot": "8m", "recovery": "20m"}})
    plan = planning.plan(replace(MATERIAL, stack=stack), SNAPSHOT)
    assert (plan.deadline("boot"), plan.deadline("recovery")) == (timedelta(minutes=8), timedelta(minutes=20))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"boo": "8m"}, "config.deadlines has no step 'boo'"),
        ({"boot": "soon"}, "not a duration: 'soon'"),
        ({"boot": 8}, "not a duration: '8'"),
        ({"boot": "9" * 30 + "d"}, "config.deadlines: "),
        (["boot"], "config.deadlines is not a mapping"),
    ],
)
def test_a_stacks_wrong_deadlines_are_refused(told: object, said: str) -> None:
    error = refused(replace(MATERIAL, stack=replace(STACK, config={"deadlines": told})))
    assert error.message.startswith("fixtures/stacks/atlas-2.1.yaml: ")
    assert said in error.message


def test_the_drills_fault_is_merged_into_the_scenarios() -> None:
    material = replace(MATERIAL, drill=replace(DRILL, fault={"startup_check": "none"}))
    plan = planning.plan(material, SNAPSHOT)
    assert plan.scenario.fault.params == {"index": "one", "startup_check": "none"}
    assert SCENARIO.fault.params["startup_check"] == "checksum"
    assert "startup_check none" in next(step.what for step in plan.steps if step.name == "fault")


def test_a_fault_parameter_that_the_scenario_has_not_is_refused_with_the_nearest() -> None:
    error = refused(replace(MATERIAL, drill=replace(DRILL, fault={"startup_chek": "none"})))
    assert error.message == "drills/monthly.yaml: fault 'corrupt_index_file' has no parameter 'startup_chek'"
    assert error.hint == "did you mean 'startup_check'?"


def test_all_stands_for_the_recoveries_of_the_scenario_in_their_order() -> None:
    drill = replace(DRILL, recovery=Action("all"))
    asked = planning.recoveries(drill, SCENARIO)
    assert asked == (Action("index_snapshot"), Action("index_rebuild"))
    plans = [planning.plan(replace(MATERIAL, drill=drill), recovery) for recovery in asked]
    assert [plan.recovery.name for plan in plans] == ["index_snapshot", "index_rebuild"]


def test_a_recovery_that_the_scenario_does_not_list_is_refused_with_the_nearest() -> None:
    drill = replace(DRILL, recovery=Action("index_snapshot_bare"))
    with pytest.raises(UsageError) as error:
        planning.recoveries(drill, SCENARIO)
    assert error.value.message.startswith("drills/monthly.yaml: recovery 'index_snapshot_bare' is not one of")
    assert error.value.hint == "did you mean 'index_snapshot'?"


def test_a_recovery_that_the_drill_does_not_ask_for_is_refused() -> None:
    assert "not one that the drill asks for" in refused(MATERIAL, Action("index_rebuild")).message


def test_a_scenario_for_another_kind_of_stack_is_refused() -> None:
    error = refused(replace(MATERIAL, stack=replace(STACK, kind="postgres")))
    assert error.message == "drills/monthly.yaml: scenario 'corrupted' is not for stack 'atlas-2.1'"
    assert error.hint == "the stack is postgres, the scenario is for atlas-elasticsearch"


def test_what_was_given_must_be_what_is_named() -> None:
    assert "scenario 'other'" in refused(replace(MATERIAL, drill=replace(DRILL, scenario="other"))).message
    assert "stack 'other'" in refused(replace(MATERIAL, drill=replace(DRILL, stack="other"))).message
    other = replace(DRILL, data={"dataset": "other"})
    assert "dataset 'other'" in refused(replace(MATERIAL, drill=other)).message
    error = refused(replace(MATERIAL, suites=(suite("index"),)))
    assert error.message == "scenarios/corrupted.yaml: suite 'segments' is named and not given"


def test_data_from_a_backup_set_are_said_in_the_plan() -> None:
    data = {"backup": "latest", "environment": "production"}
    made = planning.plan(replace(MATERIAL, drill=replace(DRILL, data=data)), SNAPSHOT)
    (step,) = [step.what for step in made.steps if step.name == "data"]
    assert step == "backup set latest of production, depot main: verified, then restored"


def test_a_check_whose_ability_the_stack_lacks_is_not_provable() -> None:
    suites = (suite("index", "audit_kept"), suite("segments", "index_files"))
    plan = planning.plan(replace(MATERIAL, suites=suites), SNAPSHOT)
    assert plan.not_provable == ("suite index, check 34: the stack lacks audit_kept",)
    both = replace(suites[0], checks=suites[0].checks + suites[1].checks, leaves_out=("check 35, roles",))
    plan = planning.plan(replace(MATERIAL, suites=(both, suites[1])), SNAPSHOT)
    assert plan.not_provable == (
        "check 34, audit goes on (suite index): the stack lacks audit_kept",
        "check 35, roles (suite index): not looked at",
    )


def test_the_plan_says_whether_the_start_is_cold() -> None:
    cold = planning.plan(replace(MATERIAL, drill=replace(DRILL, start=Start.COLD)), SNAPSHOT)
    warm = planning.plan(MATERIAL, SNAPSHOT)
    said = [next(step.what for step in plan.steps if step.name == "boot") for plan in (cold, warm)]
    assert said == ["Atlas: cold", "Atlas: warm where a state was kept, else cold"]
