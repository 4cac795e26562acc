"""Which verdict and which codes a changed run comes to."""

from dataclasses import replace
from typing import Any

import pytest

from metadrill.errors import Code
from metadrill.model.verdict import Verdict


def test_a_fault_without_outage_is_inconclusive(story: Any) -> None:
    story.drop("outage.observed").add("outage.unseen", {"probes": [], "seconds": 3}, after="probe.answered")
    assessed = story.judge()
    assert (assessed.verdict, assessed.code) == (Verdict.INCONCLUSIVE, Code.INCONCLUSIVE)
    assert assessed.sentence == "INCONCLUSIVE: no probe saw an outage."


def test_a_damage_that_no_check_saw_is_inconclusive(story: Any) -> None:
    story.data("checks.run", phase="outage")["results"][0]["verdict"] = "pass"
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_a_check_that_could_not_run_in_the_outage_changes_nothing_where_another_failed(story: Any) -> None:
    data = story.data("checks.run", phase="outage")
    data.update(declared=2, loaded=2, evaluated=1)
    data["results"].append({**data["results"][0], "number": 41, "verdict": "inconclusive"})
    assert story.judge().verdict is Verdict.PASS


def test_a_start_state_that_fails_a_check_is_inconclusive(story: Any) -> None:
    story.data("checks.run", phase="baseline", suite="index")["results"][0].update(
        verdict="fail", unexpected=1
    )
    assessed = story.judge()
    assert assessed.verdict is Verdict.INCONCLUSIVE
    assert "the start state was broken already" in assessed.sentence


@pytest.mark.parametrize(
    "change",
    [
        {"declared": 3},
        {"declared": 3, "loaded": 3},
        {"evaluated": 1},
        {"results": []},
        {"declared": 0, "loaded": 0, "evaluated": 0, "results": []},
    ],
)
def test_a_suite_not_evaluated_in_full_is_inconclusive(story: Any, change: dict[str, Any]) -> None:
    story.data("checks.run", phase="verified", suite="structure").update(change)
    assessed = story.judge()
    assert assessed.verdict is Verdict.INCONCLUSIVE
    assert assessed.stamps["t5"] is None
    assert assessed.rta.actual is None


def test_a_check_that_is_not_provable_changes_no_verdict_and_is_told(story: Any) -> None:
    data = story.data("checks.run", phase="verified", suite="structure")
    data["results"][1]["verdict"] = "not_provable"
    data["evaluated"] = 1
    assessed = story.judge()
    assert assessed.verdict is Verdict.PASS
    assert "not provable here: check 12, attributes equal" in assessed.does_not_show


def test_a_check_that_is_not_provable_need_not_be_declared(story: Any) -> None:
    data = story.data("checks.run", phase="verified", suite="structure")
    data["results"][1]["verdict"] = "not_provable"
    data.update(declared=1, loaded=1, evaluated=1)
    assert story.judge().verdict is Verdict.PASS


def test_a_check_that_is_not_provable_does_not_stand_for_a_lost_one(story: Any) -> None:
    data = story.data("checks.run", phase="verified", suite="structure")
    data["results"] = [{**data["results"][1], "verdict": "not_provable"}]
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_a_check_not_loaded_on_a_broken_repository_says_so_itself(story: Any) -> None:
    data = story.data("checks.run", phase="outage")
    data.update(declared=2, loaded=1, evaluated=1)
    data["results"].append({**data["results"][0], "number": 33, "verdict": "inconclusive"})
    assert story.judge().verdict is Verdict.PASS


def test_a_check_lost_in_the_outage_is_inconclusive(story: Any) -> None:
    story.data("checks.run", phase="outage").update(declared=2, loaded=1)
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_a_table_that_the_census_could_not_read_is_inconclusive(story: Any) -> None:
    story.data("census.taken", phase="verified")["faults"] = {"documents": "cut short"}
    assessed = story.judge()
    assert assessed.sentence == "INCONCLUSIVE: the census could not read documents (verified)."
    assert assessed.stamps["t5"] is None


def test_a_suite_of_which_nothing_is_provable_is_inconclusive(story: Any) -> None:
    for result in story.data("checks.run", phase="verified", suite="structure")["results"]:
        result["verdict"] = "not_provable"
    assert story.judge().verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("said", "of", "verdict"),
    [
        (["suite structure, all (check 6): the stack lacks x"], ("structure",), Verdict.PASS),
        (["suite structure, all (check 6): the stack lacks x"], ("structure", "index"), Verdict.INCONCLUSIVE),
        (["suite structured, all (check 6): the stack lacks x"], ("structure",), Verdict.INCONCLUSIVE),
        (["check 6, none lost (suite structure): the stack lacks x"], ("structure",), Verdict.INCONCLUSIVE),
        ([f"suite {one}, all: x" for one in ("structure", "index", "segments")],
         ("structure", "index", "segments"), Verdict.INCONCLUSIVE),
    ],
)  # fmt: skip
def test_a_suite_of_which_the_plan_said_so_changes_no_verdict_unless_no_other_is_left(
    story: Any, said: list[str], of: tuple[str, ...], verdict: Verdict
) -> None:
    story.data("plan.fixed")["not_provable"] = said
    for phase in ("baseline", "verified"):
        for suite in of:
            data = story.data("checks.run", phase=phase, suite=suite)
            data["results"] = [{**row, "verdict": "not_provable"} for row in data["results"]]
            data.update(declared=0, loaded=0, evaluated=0)
    assert story.judge().verdict is verdict


def test_a_suite_that_must_hold_and_was_not_run_is_inconclusive(story: Any) -> None:
    story.drop("checks.run", phase="verified", suite="structure")
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_a_suite_that_saw_the_damage_must_see_it_gone(story: Any) -> None:
    story.drop("checks.run", phase="verified", suite="segments")
    assert "saw the damage and was not run again" in story.judge().sentence


def test_minor_findings_within_the_budget_pass_with_a_warning(story: Any) -> None:
    rows = story.data("checks.run", phase="verified", suite="index")["results"]
    rows[1].update(verdict="fail", unexpected=10)
    assessed = story.judge()
    assert (assessed.verdict, assessed.codes) == (Verdict.PASS, (Code.WARNINGS,))
    assert assessed.findings[0].because.endswith("10 minor allowed")


def test_one_minor_finding_beyond_the_budget_fails(story: Any) -> None:
    rows = story.data("checks.run", phase="verified", suite="index")["results"]
    rows[1].update(verdict="fail", unexpected=11)
    assert story.judge().codes == (Code.INTEGRITY_LOST,)


def test_one_critical_finding_takes_t5_away(story: Any) -> None:
    rows = story.data("checks.run", phase="verified", suite="index")["results"]
    rows[0].update(verdict="fail", unexpected=1, sample=["guid-9"])
    assessed = story.judge()
    assert assessed.codes == (Code.INTEGRITY_LOST,)
    assert assessed.rta.met is None
    assert (assessed.findings[0].check, assessed.findings[0].sample) == (33, ("guid-9",))


def test_an_unproved_recovery_after_the_objective_has_missed_it(story: Any) -> None:
    story.data("run.opened")["criteria"]["rto"]["limit_s"] = 24
    rows = story.data("checks.run", phase="verified", suite="index")["results"]
    rows[0].update(verdict="fail", unexpected=1)
    assert story.judge().codes == (Code.INTEGRITY_LOST, Code.RTO_MISSED)


def test_fail_is_worse_than_inconclusive(story: Any) -> None:
    rows = story.data("checks.run", phase="verified", suite="index")["results"]
    rows[0].update(verdict="fail", unexpected=1)
    rows[1].update(verdict="inconclusive")
    assessed = story.judge()
    assert (assessed.verdict, assessed.code) == (Verdict.FAIL, Code.INTEGRITY_LOST)
    assert Code.INCONCLUSIVE in assessed.codes


def test_a_repository_that_does_not_serve_again_was_never_recovered(story: Any) -> None:
    story.drop("stack.serving").add("stack.not_serving", {"because": "red"}, after="recovery.finished")
    assessed = story.judge()
    assert (assessed.verdict, assessed.code, assessed.rta.met) == (Verdict.FAIL, Code.RTO_MISSED, False)


def test_an_aim_that_is_not_judged_is_inconclusive(story: Any) -> None:
    story.data("run.opened")["aim"] = "escalated"
    assert story.judge().verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("signal", "code"), [("SIGINT", 130), ("SIGTERM", 143), (15, 143), (2, 130)])
def test_a_signal_has_its_code(story: Any, signal: object, code: int) -> None:
    story.data("drill.closed")["outcome"] = "aborted"
    story.add("run.aborted", {"signal": signal}, after="logs.collected")
    assessed = story.judge()
    assert (assessed.verdict, assessed.code) == (Verdict.INCONCLUSIVE, code)


@pytest.mark.parametrize(("code", "exit_code"), [(30, 30), (20, 20), (0, 1), (77, 1)])
def test_a_failed_run_has_the_code_of_its_error_and_an_unknown_one_is_internal(
    story: Any, code: int, exit_code: int
) -> None:
    story.data("drill.closed")["outcome"] = "failed"
    story.add("run.failed", {"error": "no", "hint": "", "code": code}, after="logs.collected")
    assessed = story.judge()
    assert (assessed.verdict, assessed.code) == (Verdict.INCONCLUSIVE, exit_code)


def test_an_outcome_without_a_reason_is_an_internal_error(story: Any) -> None:
    story.data("drill.closed")["outcome"] = "failed"
    assert story.judge().code is Code.INTERNAL


def test_a_failed_clean_up_is_a_code_beside_the_verdict(story: Any) -> None:
    story.add("teardown.failed", {"step": "stop atlas", "because": "busy"}, after="logs.collected")
    assessed = story.judge()
    assert (assessed.verdict, assessed.codes) == (Verdict.PASS, (Code.CLEANUP_INCOMPLETE,))
    assert assessed.cleanup["complete"] is False


def test_a_journal_with_a_wrong_count_is_inconclusive(story: Any) -> None:
    story.data("drill.closed")["events"] = 12
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_a_station_recorded_twice_is_inconclusive(story: Any) -> None:
    story.add("recovery.verified", {"suites": []}, after="recovery.verified")
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_checks_recorded_before_the_recovery_prove_nothing_about_it(story: Any) -> None:
    (event,) = story.find("checks.run", phase="verified", suite="index")
    story.events.remove(event)
    story.events.insert(20, event)
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_an_unknown_kind_is_kept_and_changes_no_verdict(story: Any) -> None:
    story.add("weather.noted", {"sky": "grey"}, after="data.placed")
    assert story.judge().verdict is Verdict.PASS


def test_checks_recorded_after_the_verification_are_no_part_of_it(story: Any) -> None:
    (event,) = story.find("checks.run", phase="verified", suite="index")
    story.events.remove(event)
    story.events.insert(len(story.events) - 2, replace(event, mono_ns=story.events[-2].mono_ns))
    assert "is recorded after recovery.verified" in story.judge().sentence


def test_a_sandbox_that_was_removed_before_the_recovery_was_verified_proves_nothing(story: Any) -> None:
    (event,) = story.find("sandbox.removed")
    story.events.remove(event)
    place = story.events.index(*story.find("stack.serving"))
    story.events.insert(place, replace(event, mono_ns=story.events[place].mono_ns))
    assert "(sandbox.removed) is recorded before recovery.verified" in story.judge().sentence


def test_a_plan_that_was_fixed_after_the_fault_was_not_fixed_beforehand(story: Any) -> None:
    (event,) = story.find("plan.fixed")
    story.events.remove(event)
    place = story.events.index(*story.find("fault.injected")) + 1
    story.events.insert(place, replace(event, mono_ns=story.events[place - 1].mono_ns))
    assert "(plan.fixed) is recorded after fault.injected" in story.judge().sentence


def test_a_write_whose_invocation_stands_after_its_acknowledgement_is_inconclusive(story: Any) -> None:
    invoked, acked = story.find("write.invoked", n=3) + story.find("write.acked", n=3)
    one, other = story.events.index(invoked), story.events.index(acked)
    story.events[one] = replace(acked, mono_ns=invoked.mono_ns)
    story.events[other] = replace(invoked, mono_ns=acked.mono_ns)
    assert "write 3 is acknowledged before it was invoked" in story.judge().sentence


@pytest.mark.parametrize("truth", [None, {}])
def test_a_fault_that_does_not_say_what_it_broke_is_inconclusive(story: Any, truth: object) -> None:
    story.data("fault.injected")["truth"] = truth
    assert story.judge().verdict is Verdict.INCONCLUSIVE
    assert "nothing says what exactly was broken" in story.judge().sentence


def test_an_event_after_the_closing_is_inconclusive(story: Any) -> None:
    story.add("call.made", {"component": "atlas"}, after="drill.closed")
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_lost_writes_and_critical_checks_share_one_budget(story: Any) -> None:
    story.data("run.opened")["criteria"]["integrity"]["critical"] = 14
    rows = story.data("checks.run", phase="verified", suite="index")["results"]
    rows[0].update(verdict="fail", unexpected=14)
    assert story.judge().codes == (Code.WARNINGS,)
    story.data("writes.read")["guid"]["absent"] = [17]
    story.data("drill.closed")["events"] = "recount"
    assert story.judge().verdict is Verdict.FAIL
