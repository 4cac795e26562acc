"""RTA, RPA, ages and stamps, to the number."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from metadrill.errors import Code
from metadrill.model.verdict import Verdict

SECOND = 1_000_000_000


def test_the_stamps_are_seconds_since_the_fault_was_invoked(story: Any) -> None:
    stamps = story.judge().stamps
    assert stamps == {"t0": 0.0, "t1": 3.3, "t2": 3.4, "t3": 3.5, "t4": 19.0, "t5": 25.0, "t6": None}


def test_t0_in_utc_is_when_the_fault_was_invoked_not_when_it_was_recorded(story: Any) -> None:
    assert story.judge().utc["t0"] == "2026-11-23T03:01:40.000Z"


def test_rta_is_until_users_returned_where_that_is_later(story: Any) -> None:
    story.add("users.returned", {}, after="recovery.verified")
    (event,) = story.find("users.returned")
    story.events[story.events.index(event)] = type(event)(
        0, event.at, event.mono_ns + SECOND // 2, event.kind, {}, ""
    )
    assert story.judge().rta.actual == 25.5


@pytest.mark.parametrize(
    ("since", "until", "actual"),
    [("detected", "serving", 15.7), ("recovery_started", "verified", 21.5), ("declared", "serving", 15.6)],
)
def test_a_drill_may_fix_another_clock(story: Any, since: str, until: str, actual: float) -> None:
    story.data("run.opened")["criteria"]["rto"].update({"from": since, "to": until})
    assert story.judge().rta.actual == actual


def test_a_clock_that_ends_in_a_mark_not_reached_is_inconclusive(story: Any) -> None:
    story.data("run.opened")["criteria"]["rto"]["to"] = "returned"
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_a_limit_reached_to_the_nanosecond_is_met(story: Any) -> None:
    story.data("run.opened")["criteria"]["rto"]["limit_s"] = 25
    assert story.judge().verdict is Verdict.PASS


def test_rpa_is_from_the_invocation_of_the_earliest_lost_write(story: Any) -> None:
    story.data("writes.read")["search"]["absent"] = [12, 8]
    assessed = story.judge()
    assert (assessed.rpa_search.seconds, assessed.rpa_search.lost) == (24.97, (8, 12))
    assert (assessed.rpa_graph.seconds, assessed.rpa_graph.acknowledged) == (0.0, 12)
    assert (assessed.rpo.actual, assessed.rpo.met) == (24.97, True)
    assert "the last 25 s of work were lost" in assessed.sentence


def test_of_two_readings_of_an_invocation_the_earlier_counts(story: Any) -> None:
    story.data("writes.read")["guid"]["absent"] = [12]
    story.data("write.acked", n=12)["invoked_ns"] -= 3 * SECOND
    assert story.judge().rpa_graph.seconds == 7.97


def test_a_write_acknowledged_after_t0_and_absent_is_a_finding_and_not_in_rpa(story: Any) -> None:
    story.data("writes.read")["guid"]["absent"] = [17]
    assessed = story.judge()
    assert assessed.codes == (Code.INTEGRITY_LOST,)
    assert (assessed.rpa_graph.seconds, assessed.lost_during) == (0.0, {"graph": (17,), "search": ()})
    assert (assessed.findings[0].count, assessed.findings[0].sample) == (1, ("17",))


@pytest.mark.parametrize(
    ("until", "acked", "during"), [(None, 0.1, (12,)), (0.05, 0.1, (12,)), (0.15, 0.1, ()), (99.0, 0.1, ())]
)
def test_a_write_acknowledged_while_the_servers_went_down_is_lost_before(
    story: Any, until: float | None, acked: float, during: tuple[int, ...]
) -> None:
    fault, zero = story.data("fault.injected"), story.data("fault.injected")["invoked_ns"]
    (event,) = story.find("write.acked", n=12)
    story.events[story.events.index(event)] = replace(event, mono_ns=zero + round(acked * SECOND))
    if until is not None:
        fault["served_until_ns"] = zero + round(until * SECOND)
    story.data("writes.read")["guid"]["absent"] = [12]
    found = story.judge()
    assert found.lost_during["graph"] == during
    assert found.rpa_graph.lost == (() if during else (12,))
    if not during:
        assert found.rpa_graph.seconds == pytest.approx(4.97 + min(until or 0, 0.2))  # till its own event


def test_of_a_served_until_before_the_fault_nothing_is_believed(story: Any) -> None:
    story.data("fault.injected")["served_until_ns"] = 1
    story.data("writes.read")["guid"]["absent"] = [12]
    assert story.judge().rpa_graph.seconds == 4.97


def test_a_write_of_unknown_outcome_counts_neither_way(story: Any) -> None:
    story.data("writes.read")["guid"]["absent"] = [14]
    assessed = story.judge()
    assert assessed.verdict is Verdict.PASS
    assert any("4 writes of unknown outcome" in line for line in assessed.does_not_show)


def test_an_acknowledged_write_that_was_not_read_back_is_inconclusive(story: Any) -> None:
    story.data("writes.read")["acked"] = 12
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_a_lost_write_that_was_never_invoked_is_inconclusive(story: Any) -> None:
    story.data("writes.read")["guid"]["absent"] = [99]
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_the_age_of_the_cut_is_from_its_start(story: Any) -> None:
    assert story.judge().recovery_point_age == 62.8


def _silence(story: Any) -> None:
    for kind in ("write.invoked", "write.acked", "write.unknown", "writes.read"):
        story.drop(kind)


def test_without_a_canary_the_age_of_the_cut_is_judged(story: Any) -> None:
    _silence(story)
    assessed = story.judge()
    assert (assessed.verdict, assessed.rpo.actual) == (Verdict.PASS, 62.8)
    assert "no canary ran" in assessed.sentence
    story.data("run.opened")["criteria"]["rpo"]["limit_s"] = 60
    story.data("drill.closed")["events"] = "recount"
    assert story.judge().codes == (Code.RPO_MISSED,)


def test_without_canary_and_cut_the_recovery_point_is_inconclusive(story: Any) -> None:
    _silence(story)
    story.drop("backup.taken")
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_a_canary_of_which_nothing_was_acknowledged_in_time_is_inconclusive(story: Any) -> None:
    for n in range(1, 13):
        story.drop("write.acked", n=n)
    story.data("writes.read")["acked"] = 1
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_stamps_out_of_order_are_inconclusive_and_never_negative(story: Any) -> None:
    story.data("fault.injected")["invoked_ns"] += 60 * SECOND
    assessed = story.judge()
    assert assessed.verdict is not Verdict.PASS
    assert all(value is None or value >= 0 for value in assessed.stamps.values())
    assert assessed.rta.actual is None or assessed.rta.actual >= 0


def test_a_clock_that_runs_backwards_is_inconclusive(story: Any) -> None:
    event = story.events[9]
    story.events[9] = type(event)(0, event.at, event.mono_ns - 60 * SECOND, event.kind, event.data, "")
    assert story.judge().verdict is Verdict.INCONCLUSIVE


def test_the_phases_follow_each_other_and_end_with_the_clean_up(story: Any) -> None:
    phases = story.judge().phases
    assert [phase.name for phase in phases] == [
        "boot", "data", "baseline", "backup", "writes",
        "outage", "decision", "recovery", "verification", "clean-up",
    ]  # fmt: skip
    assert all(one.end == other.start for one, other in pairwise(phases))
    assert (phases[5].start, phases[5].end) == (0.0, 3.3)


def test_a_fault_invoked_after_it_was_recorded_is_inconclusive(story: Any) -> None:
    story.data("fault.injected")["invoked_ns"] += SECOND
    assert "invoked after it was recorded" in story.judge().sentence
