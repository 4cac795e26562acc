"""What a reader types from the README works. `make drill` and `make test` are proved by `.ci/run`."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from metadrill import loading
from metadrill.app import material
from metadrill.cli.main import metadrill

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b|\bmine\b|my-")
STACK = {
    "run",
    "sandbox",
    "tour",
    "backup",
    "restore",
    "drift",
}  # a stack, what `make tour` shows, a repository


def _typed():
    """Return every line of a shell block that a reader types, without its comment."""
    for language, body in BLOCKS:
        if language in ("sh", "bash", "shell"):
            yield from (line.split(" #")[0].strip() for line in body.splitlines() if line.strip())


LINES = sorted(set(_typed()))
OWN = [line for line in LINES if "metadrill" in line.split()[0]]
MADE = [line for line in LINES if line.split()[0] == "make"]


def _words(line):
    return shlex.split(line)[1:]


def test_the_readme_has_commands():
    assert "make drill" in MADE and "make test" in MADE and "make tour" in MADE and OWN


@pytest.mark.parametrize("line", MADE)
def test_a_make_target_is_one_of_the_makefile(top, line):
    targets = re.findall(r"^([\w-]+):", (top / "Makefile").read_text(), re.MULTILINE)
    assert next(word for word in _words(line) if "=" not in word) in targets


@pytest.mark.parametrize("line", OWN)
def test_a_command_has_the_words_and_options_of_the_program(line):
    words = _words(line)
    if words[0].startswith("-"):
        return
    group, command = metadrill, None
    while isinstance(group, click.Group) and words:
        command = group.get_command(click.Context(group), words[0])
        assert command is not None, f"{words[0]} is no command"
        group, words = command, words[1:]
    known = {name for item in command.params for name in item.opts}
    assert [word for word in words if word.startswith("--") and word.split("=")[0] not in known] == []


@pytest.mark.parametrize(
    "line", [line for line in OWN if _words(line)[0] not in STACK and not PLACEHOLDER.search(line)]
)
def test_a_command_that_needs_no_stack_runs(top, line):
    words = _words(line)
    program = [sys.executable, "-m", "metadrill", *words]
    done = subprocess.run(program, cwd=top, capture_output=True, text=True, timeout=60)
    assert done.returncode in ((0, 30) if words[0] == "doctor" else (0,)), done.stderr


def test_the_scenario_in_the_readme_is_the_one_that_is_shipped(top):
    shown = [body for language, body in BLOCKS if language == "yaml" and "scenario/v1" in body]
    assert [yaml.safe_load(body) for body in shown] == [
        yaml.safe_load((top / "scenarios" / "corrupted-index-bytes.yaml").read_text())
    ]


def test_the_drill_that_a_reader_copies_from_the_readme_can_be_planned(top, tmp_path):
    shown = [body for language, body in BLOCKS if language == "yaml" and "drill/v1" in body]
    assert shown
    for number, body in enumerate(shown):
        for folder in ("scenarios", "fixtures", "drills"):
            shutil.copytree(top / folder, tmp_path / str(number) / folder)
        project = loading.Project(tmp_path / str(number), material.known())
        name = yaml.safe_load(body)["name"]
        (project.root / "drills" / f"{name}.yaml").write_text(body)
        command = project.root / "dr" / "restore.sh"
        command.parent.mkdir()
        command.write_text("#!/bin/sh\n")
        assert material.resolve(project, project.drill(name))


def test_the_configuration_in_the_readme_is_one(tmp_path):
    (shown,) = [body for language, body in BLOCKS if language == "yaml" and "connections:" in body]
    path = tmp_path / "metadrill.yaml"
    path.write_text(shown)
    assert loading.load_configuration(path).connections["production"].environment == "production"
