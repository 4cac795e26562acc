"""Every action stands in the audit log before it starts and when it has ended; without that, none starts."""

import json
import signal

import pytest

from metadrill.governance import audit

from . import warm
from .conftest import PATIENCE


def _noted(project):
    return [(entry.action, entry.outcome) for entry in audit.read(project.folder / ".metadrill") if entry.seq]


def test_a_run_is_noted_at_its_intent_and_at_its_end_with_verdict_and_code(finished):
    project, ended = finished
    begun, done = audit.read(project.folder / ".metadrill")[1:]
    (run,) = project.runs
    assert (begun.action, begun.object, begun.outcome) == ("run", run.name, "begun")
    assert begun.facts["drill"] == "twin" and begun.facts["recovery"] == "index_snapshot"
    assert (done.object, done.outcome, done.facts) == (
        run.name,
        "done",
        {"verdict": "pass", "code": ended.code, "sealed": True},
    )
    assert begun.at <= json.loads((run / "journal.jsonl").read_text().splitlines()[0])["at"] <= done.at


def test_a_sandbox_is_noted_when_it_comes_up_and_when_it_goes_down(project):
    up = project.call("sandbox", "up", "--stack", "twin", "--dataset", "sample", "--json")
    assert up.code == 0, up.err
    assert project.call("sandbox", "down").code == 0
    entries = audit.read(project.folder / ".metadrill")[1:]
    name = up.lines[0]["id"]
    assert [(item.action, item.outcome) for item in entries] == [
        ("sandbox.up", "begun"), ("sandbox.up", "done"), ("sandbox.down", "begun"), ("sandbox.down", "done")
    ]  # fmt: skip
    assert entries[1].facts["sandbox"] == name and entries[3].facts == {"removed": [name], "left": []}


def test_an_action_that_fails_is_noted_with_its_error_and_code(project):
    ended = project.call("sandbox", "up", "--stack", "twin", "--dataset", "sample", TWIN_BREAKS="boot")
    assert ended.code == 1
    assert _noted(project) == [("sandbox.up", "begun"), ("sandbox.up", "failed")]
    assert audit.read(project.folder / ".metadrill")[-1].facts == {"error": "the twin broke", "code": 1}


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_is_noted_with_the_code_of_the_signal(project, sign):
    child = project.begin("run", "twin", TWIN_LINGERS="restore")
    project.reaches("recovery.started")
    child.send_signal(sign)
    child.communicate(timeout=PATIENCE.total_seconds())
    done = audit.read(project.folder / ".metadrill")[-1]
    assert done.outcome == "done" and done.facts == {
        "verdict": "inconclusive",
        "code": 128 + sign,
        "sealed": True,
    }


def test_a_killed_run_leaves_its_beginning_and_the_log_goes_on(project):
    child = project.begin("run", "twin", TWIN_LINGERS="restore")
    project.reaches("recovery.started")
    child.kill()
    child.communicate()
    assert _noted(project) == [("run", "begun")]
    assert project.call("gc").code == 0
    assert _noted(project) == [("run", "begun"), ("gc", "begun"), ("gc", "done")]


def test_a_log_that_cannot_be_written_or_does_not_hold_lets_nothing_start(project):
    assert project.call("gc").code == 0
    ledger = project.folder / ".metadrill"
    path = ledger / audit.FILE
    whole = path.read_bytes()
    calls = (["run", "twin"], ["gc"], ["sandbox", "up", "--stack", "twin", "--dataset", "sample"])
    path.write_bytes(whole.replace(b'"action":"gc"', b'"action":"no"', 1))
    for words in calls:
        ended = project.call(*words)
        assert ended.code == 20 and "audit.jsonl:3: the chain is broken here" in ended.err
    path.unlink()
    path.mkdir()
    for words in calls:
        ended = project.call(*words)
        assert ended.code == 30 and "cannot be written: is a directory" in ended.err
    assert project.runs == [] and not (ledger / "intents.jsonl").exists()
    assert not list((project.cache / "sandboxes").glob("*"))


def test_a_run_whose_end_cannot_be_noted_shows_its_verdict_and_says_so(project):
    child = project.begin("run", "twin", TWIN_LINGERS="restore")
    run = project.reaches("recovery.started")
    path = project.folder / ".metadrill" / audit.FILE
    path.write_bytes(path.read_bytes().replace(b'"drill":"twin"', b'"drill":"none"'))
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=PATIENCE.total_seconds())
    assert child.returncode == 20 and "INCONCLUSIVE" in out
    assert f"run {run.name} is done, and that could not be noted" in err
    assert (run / "assessment.json").exists()


def test_a_full_disk_lets_nothing_start(project):
    assert project.call("gc").code == 0
    path = project.folder / ".metadrill" / audit.FILE
    size, before = path.stat().st_size, path.read_bytes()
    ended = project.call("run", "twin", **{warm.FILE_SIZE: str(size + 30)})
    assert ended.code == 30 and "cannot be written: file too large" in ended.err
    assert path.read_bytes() == before and project.runs == []
    assert project.call("audit", "verify").code == 0
