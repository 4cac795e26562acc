"""Imports only point down; time is read in one place; heavy libraries come late, in one place each."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "great_expectations",
    "pandas",
    "weasyprint",
    "jgo",
    "testcontainers",
    "docker",
    "pyhanko",
    "cryptography",
)
TIME = {"time", "sched"}
NOW = {"now", "utcnow", "today"}


def _imported(tree):
    """Return (top-level name of the library, is it imported late) for each import of a module.

    What is imported for the type checker alone is not imported at all.
    """
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        or (isinstance(function, ast.If) and _named(function.test) == "TYPE_CHECKING")
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((item.name.split(".")[0], id(node) in inside) for item in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], id(node) in inside


def test_imports_only_point_down(top):
    program = Path(sys.executable).parent / "lint-imports"
    environment = {**os.environ, "PYTHONPATH": "toolkit"}
    done = subprocess.run([program, "--no-cache"], cwd=top, env=environment,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_clock_reads_time_or_sleeps(package):
    wrong = []
    for path, tree in package.items():
        if path == "clock.py":
            continue
        wrong += [f"{path}: imports {name}" for name, _ in _imported(tree) if name in TIME]
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in NOW
                and _named(node.value) in ("datetime", "date")
            ):
                wrong.append(f"{path}:{node.lineno}: {_named(node.value)}.{node.attr}")
    assert not wrong


def _named(node):
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_is_imported_by_one_module_of_a_room_and_late(package, library):
    rooms, early = {}, []
    for path, tree in package.items():
        for name, late in _imported(tree):
            if name == library:
                rooms.setdefault(path.split("/")[0], set()).add(path)
                early += [] if late else [path]
    assert not early
    assert {room: sorted(paths) for room, paths in rooms.items() if len(paths) > 1} == {}


def test_help_imports_nothing_heavy():
    heavy = (*HEAVY, "pyarrow", "numpy", "requests", "jinja2", "yaml", "rich")
    code = (
        "import sys\nfrom metadrill.cli.main import run\nrun(['--help'])\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: metadrill" in done.stdout
    assert done.stderr.strip() == "[]"


def test_the_model_is_made_of_the_standard_library(package):
    wrong = {
        f"{path}: {name}"
        for path, tree in package.items()
        if path.startswith("model/") or path in ("clock.py", "errors.py")
        for name, _ in _imported(tree)
        if name not in sys.stdlib_module_names and name != "metadrill"
    }
    assert not wrong
