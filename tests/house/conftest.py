"""What the house tests look at: the repository's own files, read once."""

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PACKAGE = TOP / "toolkit" / "metadrill"
_MADE = {"__pycache__", "dist", "build"}


def _files(*folders):
    found = (path for folder in folders for path in (TOP / folder).rglob("*") if path.is_file())
    return sorted(path for path in found if not _MADE & set(path.parts))


@pytest.fixture(scope="session")
def top():
    return TOP


@pytest.fixture(scope="session")
def package():
    """Every module of the package, parsed, by its path below it: `runner/line.py`."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in _files("toolkit/metadrill")
        if path.suffix == ".py"
    }


@pytest.fixture(scope="session")
def python():
    """Every Python file written here, as (path below the top, text)."""
    paths = [path for path in _files("toolkit", "tests", "drills", "reports") if path.suffix == ".py"]
    return [(str(path.relative_to(TOP)), path.read_text(encoding="utf-8")) for path in paths]


@pytest.fixture(scope="session")
def texts():
    """Every file that a person wrote and can read, as (path below the top, text)."""
    loose = [path for path in TOP.iterdir() if path.is_file() and not path.name.startswith(".")]
    kinds = {".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".sh", ".j2", ".css", ".groovy", "", ".json"}
    folders = ("toolkit", "tests", "scenarios", "drills", "fixtures", "reports", ".ci")
    paths = [path for path in [*loose, *_files(*folders)] if path.suffix in kinds]
    return [(str(path.relative_to(TOP)), path.read_text(encoding="utf-8")) for path in paths]


@pytest.fixture(scope="session")
def docs(top):
    """Every page of documentation, by its path below the top."""
    pages = [*top.glob("*.md"), *(top / "toolkit").rglob("*.md")]
    return {str(path.relative_to(top)): path.read_text(encoding="utf-8") for path in sorted(pages)}
