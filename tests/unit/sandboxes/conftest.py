"""Small child processes in a real process sandbox."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from metadrill.model.sandboxed import Program
from metadrill.sandboxes.process import ProcessSandbox, ProcessSandboxes

PATH = {"PATH": "/usr/bin:/bin"}
Spawn = Callable[..., int]


@pytest.fixture
def sandboxes(cache: Path) -> ProcessSandboxes:
    return ProcessSandboxes(cache)


@pytest.fixture
def sandbox(sandboxes: ProcessSandboxes) -> Iterator[ProcessSandbox]:
    made = sandboxes.create("test")
    yield made
    made.remove()


@pytest.fixture
def program(sandbox: ProcessSandbox) -> Callable[..., Program]:
    """Make a program of a line of shell, logging into the sandbox."""

    def make(line: str, name: str = "child", **env: str) -> Program:
        argv = ("sh", "-c", line)
        return Program(name, argv, sandbox.root, {**PATH, **env}, sandbox.root / f"{name}.log")

    return make
