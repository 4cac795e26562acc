"""Names into files: the user's project first, then what is shipped."""

from pathlib import Path

import pytest

from metadrill import loading
from metadrill.errors import Code, DocumentError, UsageError

SCENARIO = """\
metadrill: scenario/v1
name: {name}
title: A title
threat: A threat
applies_to: [atlas-elasticsearch]
fault: kill
noticed_by: [dead, {{suite: segments}}]
recoveries: [index_snapshot]
must_hold: [index, structure]
"""
CONTENT = loading.shipped()


@pytest.fixture
def project(tmp_path: Path) -> loading.Project:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.yaml").write_text(SCENARIO.format(name="mine"))
    return loading.Project(tmp_path)


def test_a_scenario_of_the_user_is_found_by_name(project: loading.Project) -> None:
    assert project.scenario("mine").source == "scenarios/mine.yaml"


def test_the_project_of_the_user_comes_before_what_is_shipped(project: loading.Project) -> None:
    assert project.scenario("corrupted-index-bytes").title == "A byte of the search index goes bad"
    own = SCENARIO.format(name="corrupted-index-bytes")
    (project.root / "scenarios" / "corrupted-index-bytes.yaml").write_text(own)
    assert project.scenario("corrupted-index-bytes").title == "A title"


def test_an_unknown_name_names_the_nearest_one(project: loading.Project) -> None:
    with pytest.raises(UsageError) as refused:
        project.scenario("corupted-index-byte")
    assert refused.value.code is Code.USAGE
    assert refused.value.message == "unknown scenario 'corupted-index-byte'"
    assert refused.value.hint == "did you mean 'corrupted-index-bytes'?"


@pytest.mark.parametrize("name", ["../mine", "/etc/passwd", "", "a/b", "x" * 5_000, "mine\0", "MINE", ".."])
def test_a_name_that_is_no_name_is_unknown(name: str, project: loading.Project) -> None:
    with pytest.raises(UsageError, match="unknown scenario"):
        project.scenario(name)


def test_a_file_whose_name_says_otherwise_is_refused(project: loading.Project) -> None:
    (project.root / "scenarios" / "other.yaml").write_text(SCENARIO.format(name="mine"))
    with pytest.raises(DocumentError, match="its name is 'mine', its file's name 'other'"):
        project.scenario("other")


def test_the_names_of_a_kind_are_the_users_and_the_shipped_ones(project: loading.Project) -> None:
    assert {"mine", "corrupted-index-bytes"} <= set(project.names("scenario"))


def test_a_drill_is_found_by_name_and_by_path(project: loading.Project) -> None:
    by_name = project.drill("corrupted-index")
    assert project.drill("drills/corrupted-index.yaml") == by_name
    assert by_name.source == "drills/corrupted-index.yaml"


def test_the_suites_of_a_scenario_are_those_that_must_hold_and_those_that_notice(
    project: loading.Project,
) -> None:
    folder = project.root / "fixtures" / "suites"
    folder.mkdir(parents=True)
    for name in ("index", "structure", "segments"):
        (folder / f"{name}.yaml").write_text(
            f"metadrill: suite/v1\nname: {name}\ntitle: t\nchecks:\n"
            "  - {check: 1, title: t, frame: f, expect: expect_x, severity: minor}\n"
        )
    found = project.suites(project.scenario("mine"))
    assert [suite.name for suite in found] == ["index", "structure", "segments"]


def test_a_folder_is_not_descended(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", ".hidden.yaml", "note.txt", "negative/c.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = loading.find([tmp_path, tmp_path / "b.yaml", tmp_path / "note.txt"])
    assert [path.name for path in found] == ["a.yml", "b.yaml", "note.txt"]


def test_a_path_that_is_not_there_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "drill.yaml").write_text("x")
    with pytest.raises(UsageError, match=r"dril\.yaml: no such file or folder") as refused:
        loading.find([tmp_path / "dril.yaml"])
    assert refused.value.hint == "did you mean 'drill.yaml'?"


def test_a_folder_without_a_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no YAML file"):
        loading.find([tmp_path])


def shipped() -> list[Path]:
    assert CONTENT is not None
    folders = (
        "scenarios",
        "drills",
        "drills/negative",
        "fixtures/stacks",
        "fixtures/datasets",
        "fixtures/suites",
    )
    return [path for folder in folders for path in sorted((CONTENT / folder).glob("*.yaml"))]


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.name)
def test_every_shipped_file_is_read_and_called_as_its_file(path: Path) -> None:
    assert loading.load(path).name == path.stem


@pytest.mark.parametrize(
    "path", [path for path in shipped() if "drills" in path.parts], ids=lambda path: path.name
)
def test_everything_a_shipped_drill_names_is_there(path: Path) -> None:
    assert CONTENT is not None
    project = loading.Project(CONTENT)
    drill = project.drill(str(path))
    scenario = project.scenario(drill.scenario)
    assert project.stack(drill.stack).kind in scenario.applies_to
    assert "backup" in drill.data or project.dataset(drill.data["dataset"]).steps
    assert {suite.name for suite in project.suites(scenario)} >= set(scenario.must_hold)
