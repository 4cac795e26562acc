"""Which kind of sandbox a call works with: docker where an engine answers, else process."""

from pathlib import Path

import pytest

from metadrill import journal
from metadrill.app import boxes
from metadrill.app.settings import Settings
from metadrill.model.stack import StackRecipe
from metadrill.sandboxes.docker import DockerSandboxes
from metadrill.sandboxes.process import ProcessSandboxes

RECIPE = StackRecipe("s", "twin", "S", {}, (), {}, ())


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """No engine anywhere."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")


@pytest.fixture
def engine(monkeypatch, twin_engine):
    """An engine that answers."""
    monkeypatch.setenv("DOCKER_HOST", twin_engine.address)
    return twin_engine


def test_auto_is_the_default_and_takes_docker_where_the_engine_answers(engine, cache):
    assert boxes.kind(Settings(cache=cache)) == "docker"
    assert isinstance(boxes.make(Settings(cache=cache), RECIPE), DockerSandboxes)


def test_auto_takes_process_where_no_engine_answers(nobody, cache):
    assert boxes.kind(Settings(cache=cache)) == "process"
    assert isinstance(boxes.make(Settings(cache=cache), RECIPE), ProcessSandboxes)


def test_auto_takes_process_where_the_engine_is_too_old(engine, cache):
    engine.version["ApiVersion"] = "1.40"
    assert boxes.kind(Settings(cache=cache)) == "process"


def test_what_was_asked_for_is_taken_whatever_answers(nobody, cache):
    assert boxes.kind(Settings(cache=cache, sandbox="docker")) == "docker"
    assert boxes.kind(Settings(cache=cache, sandbox="process")) == "process"


def test_what_is_to_stand_is_reachable_and_in_docker_enclosed_all_the_same(engine, cache):
    assert boxes.make(Settings(cache=cache), RECIPE, standing=True).enclosed
    assert not boxes.make(Settings(cache=cache, sandbox="process"), RECIPE, standing=True).enclosed
    assert boxes.make(Settings(cache=cache, sandbox="process"), RECIPE).enclosed


def test_doctor_says_which_engine_answers_and_misses_nothing_without_one(project, twin_engine, tmp_path):
    told = project.call("doctor", "--json", DOCKER_HOST=twin_engine.address)
    line = next(row for row in told.lines[0]["lines"] if row["name"] == "container engine")
    assert (line["state"], line["seen"]) == ("ready", "Docker 20.10.24")
    told = project.call("doctor", "--json", DOCKER_HOST=f"unix://{tmp_path}/nobody.sock")
    line = next(row for row in told.lines[0]["lines"] if row["name"] == "container engine")
    assert line["state"] == "note" and "no container engine answers" in line["seen"]


def test_a_run_asked_to_be_in_docker_without_an_engine_ends_with_30_and_leaves_nothing(project, tmp_path):
    told = project.call("run", "twin", "--sandbox", "docker", DOCKER_HOST=f"unix://{tmp_path}/nobody.sock")
    assert told.code == 30 and "no container engine answers" in told.out + told.err
    assert "Traceback" not in told.out + told.err
    sandboxes = project.cache / "sandboxes"
    assert not sandboxes.exists() or list(sandboxes.iterdir()) == []


def test_images_lists_what_was_built_and_says_the_way_out_without_an_engine(project, twin_engine, tmp_path):
    nobody = f"unix://{tmp_path}/nobody.sock"
    told = project.call("sandbox", "images", DOCKER_HOST=nobody)
    assert told.code == 30 and "--sandbox process" in told.err
    twin_engine.instead["GET /images/json"] = (200, "")
    assert project.call("sandbox", "images", "--build", "twin", DOCKER_HOST=twin_engine.address).code == 2


def test_a_claim_needs_a_person_at_a_terminal_and_no_option_answers_for_one(project):
    told = project.call("sandbox", "claim", "attached")
    assert told.code == 30 and "atlas-password: cannot be read" in told.err
    assert project.call("sandbox", "claim", "attached", "--yes").code == 2
    told = project.call("sandbox", "claim", "twin")
    assert told.code == 2 and "config.attach does not say where" in told.err


def test_a_run_attached_to_a_stack_without_addresses_is_refused(project):
    told = project.call("run", "twin", "--sandbox", "attach")
    assert told.code == 2 and "config.attach does not say where" in told.err


@pytest.mark.needs("docker")
def test_images_of_the_real_engine_are_listed_with_their_sizes(project):
    told = project.call("sandbox", "images", "--json")
    assert told.code == 0, told.err
    rows = {row["tag"]: row["bytes"] for row in told.lines[0]["images"]}
    assert rows["metadrill-base:1"] > 10_000_000


@pytest.mark.needs("docker")
def test_a_whole_drill_runs_in_docker_by_default_and_leaves_nothing(project):
    (project.folder / "metadrill.yaml").unlink()
    told = project.call("run", "twin", "--json")
    assert told.code == 0, told.out[-2000:] + told.err
    run = Path(told.lines[-1]["folder"])
    events = journal.read(project.folder / run / "journal.jsonl").events
    assert [event.data["kind"] for event in events if event.kind == "sandbox.created"] == ["docker"]
    assert list((project.cache / "sandboxes").iterdir()) == []
