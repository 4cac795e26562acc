"""The link between two regions slows down: seen by the age of the replicas, judged to the write."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from metadrill.clients.link import Link
from metadrill.errors import Code, EnvironmentNotReady, UsageError
from metadrill.faults.slow_link import SlowLink
from metadrill.model.drill import LeaveOut
from metadrill.model.scenario import Action
from metadrill.model.verdict import Verdict
from metadrill.recoveries.resume_replication import ResumeReplication
from metadrill.testing import drills
from metadrill.workloads.canary import Canary

from .playing import data, plan_of


def slow(alarm="3s", **fault):
    """The twin's sets are small: the link carries less, the alarm rings earlier."""
    plan = plan_of("slow-region", **{"latency": "20ms", "bandwidth": "8kB/s", **fault})
    noticed = (Action("replication_lag", {"alarm": alarm, "within": "20s"}),)
    return replace(plan, scenario=replace(plan.scenario, noticed_by=noticed))


@pytest.fixture
def played(play, monkeypatch):
    """Play with a link that is measured with little, and with fewer writes than other drills of the twin."""
    monkeypatch.setattr("metadrill.app.crossing._MEASURED", 2_000)
    return partial(
        play, workload=lambda target, record: Canary(target, record, "r1", timedelta(milliseconds=30))
    )


@pytest.fixture
def fragile(monkeypatch):
    """A link that breaks a connection sooner than a scenario may ask for."""
    monkeypatch.setattr("metadrill.faults.slow_link._LEAST", 1)
    monkeypatch.setattr("metadrill.app.crossing._MEASURED", 500)


def test_replicas_that_are_late_are_seen_and_catch_up(played):
    events, found = played(slow())
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    link = data(events, "fault.injected")["truth"]["link"]
    assert link["asked"]["bytes_s"] == 8_000 and link["during"]["bytes_s"] < link["before"]["bytes_s"]
    assert link["during"]["first_byte_s"] >= 0.04 > 0
    before, after = (data(events, "set.examined", phase=phase) for phase in ("baseline", "outage"))
    assert before["problems"] == [] and [row["code"] for row in after["problems"]] == ["late"]
    steps = [event.data["step"] for event in events if event.kind == "recovery.step"]
    assert steps == ["mend_link", "catch_up", "verify_replica"]
    assert found.views == {
        "elasticsearch": "green",
        "atlas": "ACTIVE",
        "replica": "late",
        "metadrill": "BEHIND",
    }
    assert "the newest replica was late, and nothing else of the repository was amiss" in found.shows


def test_what_the_loss_of_the_region_would_have_cost_is_known_to_the_write(played):
    events, found = played(slow())
    facts = data(events, "recovery.finished")["facts"]
    t0 = data(events, "fault.injected")["invoked_ns"]
    worst = 0.0
    for before, after in zip(facts["exposed"], facts["exposed"][1:], strict=False):
        if after["there_ns"] > t0:
            lacking = [event.data["invoked_ns"] for event in events if event.kind == "write.acked"
                       and event.mono_ns < after["there_ns"]
                       and event.data["guid"] not in {*before["held"], *before["moving"]}]  # fmt: skip
            worst = max(worst, (after["there_ns"] - min(lacking)) / 1e9)
    assert found.rpo.actual == pytest.approx(worst, abs=0.002) and worst > 3
    assert found.rpa_graph.seconds == 0.0, "nothing was lost of what serves"
    assert "of work were in no replica, of" in found.sentence
    assert any(text.startswith("had the region been lost at the worst moment: ") for text in found.shows)


def test_more_work_at_risk_than_allowed_is_red(played):
    plan = slow()
    opening = drills.opening(plan)
    opening["criteria"]["rpo"]["limit_s"] = 0.5
    _, found = played(plan, opening=opening)
    assert (found.verdict, found.code) == (Verdict.FAIL, Code.RPO_MISSED), found.sentence
    assert "would have been lost, 0.5 s allowed" in found.sentence


def test_a_copy_that_the_link_broke_is_gone_on_with(played, fragile):
    events, found = played(slow(alarm="8s", cut_after="2kB"))
    assert found.verdict is Verdict.PASS, found.sentence
    replicas = data(events, "recovery.finished")["facts"]["replicas"]
    assert any(one["tries"] > 1 and one["resumed"] > 0 for one in replicas if one["there"])
    assert data(events, "recovery.step", step="mend_link")["facts"]["resets"] > 0
    assert any("of them cut off" in text and not text.endswith(" 0 of them cut off") for text in found.shows)


@pytest.mark.parametrize(
    ("left_out", "verdict"),
    [(LeaveOut.FAULT, Verdict.INCONCLUSIVE), (LeaveOut.RECOVERY, Verdict.FAIL)],
)
def test_without_the_fault_nothing_is_proved_and_without_the_recovery_it_fails(played, left_out, verdict):
    plan = slow(alarm="60s") if left_out is LeaveOut.FAULT else slow()
    plan = replace(plan, scenario=replace(plan.scenario, noticed_by=tuple(
        replace(one, params={**one.params, "within": "2s"} if left_out is LeaveOut.FAULT else one.params)
        for one in plan.scenario.noticed_by)))  # fmt: skip
    events, found = played(plan, left_out=left_out)
    assert found.verdict is verdict, found.sentence
    assert data(events, "sandbox.removed")["remaining"] == {"processes": [], "files": [], "ports": []}


def test_a_link_that_was_never_slow_proves_nothing(played, monkeypatch):
    """The fault says that it slowed it, and did not: nobody sees a late replica."""
    monkeypatch.setattr(Link, "reshape", lambda self, shape: None)
    plan = slow(alarm="60s")
    noticed = (Action("replication_lag", {"alarm": "60s", "within": "2s"}),)
    _, found = played(replace(plan, scenario=replace(plan.scenario, noticed_by=noticed)))
    assert found.verdict is Verdict.INCONCLUSIVE, found.sentence


def test_a_late_replica_over_a_link_that_was_never_slow_proves_nothing(played, monkeypatch):
    """Whatever made it late: an alarm that rings by itself is no slow link."""
    monkeypatch.setattr(Link, "reshape", lambda self, shape: None)
    plan = slow(alarm="1ms", latency="2s")
    noticed = (Action("replication_lag", {"alarm": "1ms", "within": "20s"}),)
    _, found = played(replace(plan, scenario=replace(plan.scenario, noticed_by=noticed)))
    assert found.verdict is Verdict.INCONCLUSIVE, found.sentence
    assert any("of latency were asked for" in one.because for one in found.findings)


def test_replication_that_ended_fails_the_recovery(played, monkeypatch):
    def ended(self, depot, name, pace):
        raise RuntimeError("no more")

    monkeypatch.setattr("metadrill.app.crossing.Crossing.measured", lambda self, held: {})
    events, found = played(slow(), recovery=_breaking(monkeypatch, ended))
    assert found.verdict is Verdict.FAIL, found.sentence
    assert (
        "replication between the regions ended: RuntimeError: no more"
        in data(events, "recovery.failed")["because"]
    )


def _breaking(monkeypatch, ended):
    class Breaking(ResumeReplication):
        def recover(self, target, record):
            monkeypatch.setattr("metadrill.app.crossing.Crossing.replicate", ended)
            return super().recover(target, record)

    return Breaking(Action("resume_replication"))


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"latency": "soon"}, "latency"),
        ({"bandwidth": "100kB"}, "bandwidth"),
        ({"bandwidth": "0kB/s"}, "bandwidth"),
        ({"cut_after": "10kB"}, "cut_after"),
        ({"jitter": "1s"}, "unknown parameter 'jitter'"),
    ],
)
def test_parameters_that_cannot_be_are_told(params, told):
    with pytest.raises(UsageError, match=told):
        SlowLink(Action("slow_link", params))


def test_in_one_region_there_is_no_link():
    with pytest.raises(EnvironmentNotReady, match="one region"):
        SlowLink(Action("slow_link")).prepare(object())
