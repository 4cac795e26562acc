"""A run that is stopped, killed, or never begins: what is left behind."""

import json
import signal
import time

import pytest

from metadrill.packs import verify
from metadrill.sandboxes import lease, proc

STRETCHES = {"boot": "sandbox.created", "snapshot": "census.taken", "restore": "recovery.started"}


@pytest.mark.parametrize("where", list(STRETCHES))
@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_within_ten_seconds_and_leaves_evidence_alone(project, where, sign, code):
    child = project.begin("run", "twin", TWIN_LINGERS=where)
    run = project.reaches(STRETCHES[where])
    began = time.monotonic()
    child.send_signal(sign)
    out, err = child.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert child.returncode == code, err
    assert "Traceback" not in out + err
    kinds = project.kinds(run)
    assert kinds[-1] == "drill.closed" and "run.aborted" in kinds and "sandbox.removed" in kinds
    assert json.loads((run / "journal.jsonl").read_text().splitlines()[-1])["data"]["outcome"] == "aborted"
    assert {"assessment.json", "report.html", "SHA256SUMS"} <= {path.name for path in run.iterdir()}
    assert verify(run).tier == 1, "what was stopped is sealed too"
    assert list((project.cache / "sandboxes").iterdir()) == []


def test_a_second_signal_does_not_disturb_the_clean_up(project):
    child = project.begin("run", "twin", TWIN_LINGERS="boot")
    run = project.reaches("sandbox.created")
    for _ in range(5):
        child.send_signal(signal.SIGINT)
        time.sleep(0.02)
    child.communicate(timeout=30)
    assert child.returncode == 130
    assert project.kinds(run)[-1] == "drill.closed"
    assert list((project.cache / "sandboxes").iterdir()) == []


@pytest.mark.parametrize("kind", ["census.taken", "backup.taken", "outage.observed", "recovery.finished"])
def test_a_signal_between_events_is_never_lost(project, kind):
    """While the screen prints, while a library evaluates checks: whoever swallows it, the run ends by it."""
    child = project.begin("run", "twin")
    run = project.reaches(kind)
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 143, out + err
    assert project.kinds(run)[-1] == "drill.closed" and "run.aborted" in project.kinds(run)
    assert list((project.cache / "sandboxes").iterdir()) == []


def test_what_a_killed_run_left_is_shown_by_doctor_and_removed_by_gc(project):
    child = project.begin("run", "twin", TWIN_LINGERS="restore")
    run = project.reaches("recovery.started")
    (held,) = lease.read(project.cache)
    assert len(proc.marked(held.id)) == 3
    child.kill()
    child.wait()

    shown = project.call("doctor")
    assert shown.code == 30
    (line,) = (line for line in shown.out.splitlines() if held.id in line and "its run is gone" in line)
    assert "3 processes" in line and "metadrill gc" in line
    assert project.call("sandbox", "status").out.split()[:3] == [held.id, "process", "orphaned"]

    swept = project.call("gc", "--json")
    assert swept.code == 0 and swept.lines[0]["removed"] == [held.id] and swept.lines[0]["left"] == {}
    assert proc.marked(held.id) == []
    assert list((project.cache / "sandboxes").iterdir()) == []
    assert project.call("doctor").code == 0
    assert "run.aborted" not in project.kinds(run), "the journal of a killed run says what it did, no more"
    judged = project.call("assess", run.name, "--json")
    assert judged.code not in (0, 3) and judged.lines[0]["assessment"]["verdict"] != "pass"


def test_gc_leaves_a_run_under_way_alone(project):
    child = project.begin("run", "twin", TWIN_LINGERS="boot")
    project.reaches("sandbox.created")
    assert project.call("gc").out == "nothing to remove\n"
    assert len(lease.read(project.cache)) == 1 and child.poll() is None
    assert project.call("sandbox", "down").out == "nothing to remove\n"
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=30)


def test_a_sandbox_stands_until_it_is_taken_down(project):
    up = project.call("sandbox", "up", "--stack", "twin", "--dataset", "sample", "--json")
    assert up.code == 0, up.err
    name = up.lines[0]["id"]
    assert project.call("gc").out == "nothing to remove\n"
    assert len(proc.marked(name)) == 3
    assert "standing" in project.call("sandbox", "status").out
    down = project.call("sandbox", "down", name[:10])
    assert (down.code, down.out) == (0, f"{name}: removed\n")
    assert proc.marked(name) == [] and project.call("sandbox", "status").out == "no sandbox\n"


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_a_sandbox_comes_up_leaves_nothing(project, sign, code):
    child = project.begin("sandbox", "up", "--stack", "twin", "--dataset", "sample", TWIN_LINGERS="boot")
    while not lease.read(project.cache) or len(proc.marked(lease.read(project.cache)[0].id)) < 3:
        time.sleep(0.02)
    child.send_signal(sign)
    out, err = child.communicate(timeout=30)
    assert child.returncode == code and "Traceback" not in out + err
    assert list((project.cache / "sandboxes").iterdir()) == []


def test_too_little_memory_is_said_with_exit_code_30_and_nothing_is_started(project):
    stack = project.folder / "fixtures" / "stacks" / "twin.yaml"
    stack.write_text(stack.read_text().replace("memory_mb: 1}", "memory_mb: 1000000000}"))
    ended = project.call("run", "twin")
    assert ended.code == 30 and "MB of memory available" in ended.out + ended.err
    assert not (project.cache / "sandboxes").exists()
    assert project.call("doctor").code == 30


def test_an_unwritable_ledger_is_said_with_exit_code_30_and_nothing_is_left(project):
    (project.folder / "taken").write_text("in the way")
    ended = project.call("run", "twin", "--ledger", "taken")
    assert ended.code == 30 and "cannot be written" in ended.err and "--ledger" in ended.err
    assert not (project.folder / ".metadrill").exists() and not (project.cache / "sandboxes").exists()


def test_a_run_past_its_time_limit_is_stopped_and_leaves_nothing(project):
    child = project.begin("run", "twin", "--timeout", "20s", TWIN_LINGERS="restore")
    run = project.reaches("recovery.started")
    out, err = child.communicate(timeout=60)
    assert child.returncode == 30, out + err
    aborted = [json.loads(line)["data"] for line in (run / "journal.jsonl").read_text().splitlines()
               if '"run.aborted"' in line]  # fmt: skip
    assert aborted == [{"signal": "timeout"}]
    assert list((project.cache / "sandboxes").iterdir()) == []


def test_a_time_limit_that_is_no_duration_is_refused(project):
    child = project.begin("run", "twin", "--timeout", "soon")
    out, err = child.communicate(timeout=30)
    assert child.returncode == 2 and "not a duration" in out + err
