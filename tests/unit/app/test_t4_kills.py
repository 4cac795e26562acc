"""T4: a run killed at every boundary of its straight line, by each signal: one `gc` leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from metadrill import journal
from metadrill.clients import engine
from metadrill.sandboxes import lease, leftovers, proc

from .conftest import OURS

CRASHER = Path(__file__).with_name("crasher.py")
SIGNALS = {"SIGKILL": -9, "SIGTERM": 143, "SIGINT": 130}
SIDE_BY_SIDE = 17
LAST = ("sandbox.removed", "drill.closed")
"""A signal that comes after these finds nothing left to stop: the run ends as it was judged."""


class Crasher:
    """The process that forks runs of the twin's drill."""

    def __init__(self, project, sandbox, drill="twin", **env):
        self.project = project
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "PYTHONPATH": os.pathsep.join((str(project.plugins), OURS)),
            "PYTHONDONTWRITEBYTECODE": "1", **env,
        }  # fmt: skip
        ledger = project.folder / ".metadrill"
        argv = [sys.executable, str(CRASHER), str(project.cache), str(ledger), sandbox, drill]
        self.process = subprocess.Popen(argv, cwd=project.folder, env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip

    def run(self, *boundaries, sign=signal.SIGTERM):
        """Run the drill once per boundary, all at once; return what came of each."""
        self.process.stdin.write(" ".join(map(str, (int(sign), *boundaries))) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture
def crasher(project):
    made = Crasher(project, "process")
    yield made
    made.close()


def nothing_is_left(cache, held):
    """No lease, no folder, no process, no lock held."""
    assert list(lease.folder(cache).iterdir()) == []
    assert not any(proc.marked(item.id) for item in held)
    with lease.alone(cache):
        pass


def evidence_is_whole_or_not_there(run):
    """A journal that was begun verifies, but for its last line; a pack is made of a closed one only."""
    path = run / "journal.jsonl"
    kinds = [event.kind for event in journal.read(path).events] if path.exists() else []
    made = {item.name for item in run.iterdir()} & {"SHA256SUMS", "assessment.json", "report.html"}
    assert not made or "drill.closed" in kinds
    assert not made or "SHA256SUMS" in made


@pytest.mark.parametrize("name", SIGNALS)
def test_t4_killed_at_every_boundary_one_gc_leaves_nothing_and_the_next_run_passes(crasher, name):
    sign, cache = signal.Signals[name], crasher.project.cache
    (untouched,) = crasher.run(0)
    assert untouched["code"] == 0, "the run that nobody kills passes"
    count = int(untouched["kind"])
    assert count >= 30
    kinds = []
    for first in range(1, count + 1, SIDE_BY_SIDE):
        some = range(first, min(first + SIDE_BY_SIDE, count + 1))
        told = crasher.run(*some, sign=sign)
        held = lease.read(cache)
        kinds += [row["kind"] for row in told]
        assert [row for row in told if row["code"] != SIGNALS[name] and row["kind"] not in LAST] == []
        if sign is signal.SIGKILL:
            assert all(row.clean for row in leftovers.sweep(cache).values())
        else:
            assert max(row["seconds"] for row in told) < 10
        nothing_is_left(cache, held)
    for run in crasher.project.runs:
        evidence_is_whole_or_not_there(run)
    assert {"run.opened", "sandbox.created", "fault.injected", "drill.closed"} <= set(kinds)
    assert [row["code"] for row in crasher.run(0)] == [0], "the next run passes untouched"


def test_t4_two_runs_side_by_side_both_pass_and_share_nothing(crasher):
    told = crasher.run(0, 0)
    assert [row["code"] for row in told] == [0, 0]
    made = set()
    for run in crasher.project.runs:
        events = journal.read(run / "journal.jsonl").events
        made.add(next(event.data["id"] for event in events if event.kind == "sandbox.created"))
    assert len(made) == 2
    nothing_is_left(crasher.project.cache, [])


@pytest.mark.needs("docker")
def test_t4_killed_in_containers_one_gc_leaves_nothing_in_the_engine(project):
    made = Crasher(project, "docker")
    try:
        (untouched,) = made.run(0)
        assert untouched["code"] == 0
        line = [
            kind for kind in project.kinds(project.runs[0]) if kind != "call.made" and "write." not in kind
        ]
        moments = ("sandbox.created", "stack.served", "fault.injected", "recovery.finished")
        some = [line.index(moment) + 1 for moment in moments]
        told = made.run(*some, sign=signal.SIGKILL)
        assert [row["code"] for row in told] == [-9] * len(some)
        found = engine.connect().labelled(f"{leftovers.CACHE}={project.cache}")
        assert len(found["network"]) == len(some) and len(found["container"]) >= len(some)
        held = lease.read(project.cache)
        assert project.call("gc").code == 0
        found = engine.connect().labelled(f"{leftovers.CACHE}={project.cache}")
        assert not any(found.values())
        nothing_is_left(project.cache, held)
        assert [row["code"] for row in made.run(0)] == [0], "the next run passes untouched"
    finally:
        made.close()


REGION = {
    "scenarios/twin-region.yaml": """
metadrill: scenario/v1
name: twin-region
title: A region is lost
threat: An order takes a region away, and its backups with it.
applies_to: [twin]
fault:
  lose_region: {}
noticed_by:
  - search_answers: {type: hive_table, within: 1s}
recoveries: [failover, failback]
must_hold: [small]
""",
    "drills/twin-region.yaml": """
metadrill: drill/v1
name: twin-region
scenario: twin-region
recovery: failback
stack: twin
data: {dataset: sample}
objectives:
  rto: {limit: 1m}
  rpo: {limit: 1m}
""",
}


def sets_in(*places):
    """Return the folders of backup sets that lie anywhere below some places."""
    return [path.parent for place in places for path in place.rglob("manifest.dsse.json")]


def test_t4_killed_with_two_regions_one_gc_leaves_no_depot_of_either(project):
    for name, text in REGION.items():
        (project.folder / name).write_text(text.lstrip())
    scratch = project.folder.parent / "scratch"
    scratch.mkdir()
    made = Crasher(project, "process", "twin-region", TMPDIR=str(scratch))
    try:
        made.run(0)
        every = project.kinds(project.runs[0])
        assert "recovery.finished" in every and sets_in(project.cache, scratch) == []
        line = [kind for kind in every if kind != "call.made" and "write." not in kind]
        steps = [number for number, kind in enumerate(line, 1) if kind == "recovery.step"]
        told = made.run(line.index("backup.taken") + 1, steps[-1], sign=signal.SIGKILL)
        assert [row["code"] for row in told] == [-9, -9]
        held = lease.read(project.cache)
        assert sum(item.kind == "depot" for item in held) == 5, "two regions each, and one made anew"
        assert len(sets_in(project.cache)) >= 4, "sets of the killed runs lie there"
        assert project.call("gc").code == 0
        assert sets_in(project.cache, scratch) == []
        nothing_is_left(project.cache, held)
    finally:
        made.close()


OWNER = """
import pathlib, sys
from metadrill.sandboxes.docker import DockerSandboxes
import docker, testcontainers.core.container
print("ready", flush=True)
sys.stdin.readline()
DockerSandboxes(pathlib.Path(sys.argv[1])).create("instant")
print("made", flush=True)
sys.stdin.readline()
"""


@pytest.mark.needs("docker")
@pytest.mark.parametrize("milliseconds", [10, 60, 150, 300, 500, 800])
def test_t4_killed_at_any_instant_of_its_making_one_gc_leaves_nothing(project, milliseconds):
    child = subprocess.Popen([sys.executable, "-c", OWNER, str(project.cache)], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert child.stdout.readline() == "ready\n"
    child.stdin.write("\n")
    child.stdin.flush()
    try:
        child.wait(milliseconds / 1000)
    except subprocess.TimeoutExpired:
        child.kill()
    child.communicate()
    time.sleep(2)  # what it had asked of the engine, the engine makes a moment later
    swept = leftovers.sweep(project.cache)
    assert all(row.clean for row in swept.values())
    found = engine.connect().labelled(f"{leftovers.CACHE}={project.cache}")
    assert not any(found.values())
    place = lease.folder(project.cache)
    assert not place.exists() or list(place.iterdir()) == []
