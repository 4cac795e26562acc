"""What each probe takes for an outage."""

import http.server
import threading
from datetime import timedelta

import pytest

from metadrill import clock
from metadrill.app import material
from metadrill.errors import EnvironmentNotReady, Unreachable, UsageError
from metadrill.model.sandboxed import Answer
from metadrill.model.scenario import Action
from metadrill.runner import probes


class Target:
    def __init__(self, answer=None, views=None):
        self.answer, self.seen = answer, views or {}

    def search(self, type_name, deadline):
        if self.answer is None:
            raise Unreachable("atlas: no answer")
        return self.answer

    def views(self):
        return self.seen


@pytest.fixture
def server():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(int(self.path[1:]))
            self.end_headers()

        def log_message(self, *parts):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


@pytest.mark.parametrize(
    ("answer", "disrupted"),
    [(Answer(True, "3 found"), False), (Answer(False, "HTTP 500"), True), (None, True)],
)
def test_a_search_that_does_not_answer_is_an_outage(answer, disrupted):
    probe = probes.build(Action("search_answers", {"type": "hive_table", "within": "60s"}))
    assert probe.look(Target(answer))[0] is disrupted


def found(rows):
    return Target(Answer(True, f"{rows} hive_table", {"rows": rows}))


@pytest.mark.parametrize(
    ("before", "then", "disrupted"),
    [
        (found(6), found(5), False),
        (found(6), found(0), True),
        (found(0), found(0), None),
        (Target(None), found(0), None),
        (Target(None), found(5), False),
        (Target(Answer(False, "no such type")), Target(Answer(False, "no such type")), None),
        (found(0), Target(Answer(False, "HTTP 500")), True),
        (found(6), Target(Answer(False, "HTTP 500")), True),
        (found(6), Target(None), True),
    ],
)
def test_a_search_that_finds_nothing_any_more_is_an_outage_however_well_it_answers(before, then, disrupted):
    action = {"type": "hive_table", "within": "60s"}
    probe = probes.build(Action("search_finds", action))
    probe.remember(before)
    assert probe.look(then)[0] is disrupted
    assert probes.build(Action("search_answers", action)).look(found(0))[0] is False


@pytest.mark.parametrize(("health", "disrupted"), [("green", False), ("yellow", True), ("unreachable", True)])
def test_a_component_that_does_not_feel_well_is_an_outage(health, disrupted):
    target = Target(views={"elasticsearch": health, "atlas": "ACTIVE"})
    assert probes.build(Action("index_health")).look(target) == (
        disrupted,
        f"atlas ACTIVE, elasticsearch {health}",
    )


@pytest.mark.parametrize(
    ("program", "disrupted"), [("true", False), ("false", True), ("no-such-program", None)]
)
def test_a_command_of_ones_own_tells_by_its_exit_code(program, disrupted):
    assert probes.build(Action("command", {"command": program})).look(None)[0] is disrupted


@pytest.mark.parametrize(
    ("status", "expected", "disrupted"),
    [(200, None, False), (404, None, False), (503, None, True), (200, 204, True)],
)
def test_an_address_of_ones_own_tells_by_its_status(server, status, expected, disrupted):
    params = {"url": f"{server}/{status}"} | ({"status": expected} if expected else {})
    assert probes.build(Action("http", params)).look(None) == (disrupted, f"status {status}")


def test_an_address_that_does_not_answer_is_an_outage(server):
    closed = probes.build(Action("http", {"url": "http://127.0.0.1:1/"}))
    assert closed.look(None)[0] is True


@pytest.mark.parametrize(
    "action",
    [
        Action("look_hard"),
        Action("search_answers"),
        Action("search_finds"),
        Action("command"),
        Action("http", {"url": "file:///etc/passwd"}),
    ],
)
def test_a_probe_that_cannot_be_made_is_refused(action):
    with pytest.raises(UsageError):
        probes.build(action)


def test_every_probe_may_be_named_in_a_scenario_and_no_other():
    assert material.known().probes == {*probes.PROBES, "suite"}


class Regions:
    def __init__(self, *ages):
        now = clock.SYSTEM.utc()
        cuts = [clock.stamp(now - timedelta(seconds=age)) for age in ages]
        self.rows = [
            {"set": f"s{number}", "there": "then", "there_ns": number, "cut": cut}
            for number, cut in enumerate(cuts)
        ]

    def replicas(self):
        return [*self.rows, {"set": "on its way", "there": "", "cut": clock.stamp(clock.SYSTEM.utc())}]


@pytest.mark.parametrize(("ages", "late"), [((90, 5), False), ((600, 90), True)])
def test_the_newest_replica_that_is_there_is_late_or_not(ages, late):
    target = Target()
    target.regions = Regions(*ages)
    probe = probes.build(Action("replication_lag", {"alarm": "30s"}))
    disrupted, answer = probe.look(target)
    assert disrupted is late and ("behind, 30 s are allowed" in answer) is late
    found = probe.examine(target)
    assert found["set"] == "s1" and [row["code"] for row in found["problems"]] == ["late"] * late


def test_where_no_set_has_come_over_it_is_late():
    target = Target()
    target.regions = Regions()
    assert probes.build(Action("replication_lag", {"alarm": "30s"})).look(target) == (
        True, "no set is in the other region",
    )  # fmt: skip


def test_where_there_is_one_region_no_lag_can_be_asked_for():
    with pytest.raises(EnvironmentNotReady, match="one region"):
        probes.build(Action("replication_lag", {"alarm": "30s"})).look(Target())


@pytest.mark.parametrize("params", [{}, {"alarm": "soon"}])
def test_a_lag_without_an_alarm_is_a_mistake(params):
    with pytest.raises(UsageError, match="alarm"):
        probes.build(Action("replication_lag", params))
