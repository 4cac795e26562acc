"""A place to stand in, and the command line called in it."""

import shutil
from pathlib import Path

import pytest

from metadrill.cli import main

JOURNALS = Path(__file__).parents[2] / "golden" / "journals"


@pytest.fixture
def here(tmp_path, cache, monkeypatch):
    """An empty folder to stand in, with a cache of its own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("METADRILL_CACHE", str(cache))
    monkeypatch.setenv("METADRILL_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    return folder


@pytest.fixture
def call(here, capsys):
    """Call the command line; return code, standard output, standard error."""

    def run(*words):
        code = main.run(list(words))
        found = capsys.readouterr()
        assert "Traceback" not in found.out + found.err
        return code, found.out, found.err

    return run


@pytest.fixture
def ran(here):
    """Put a recorded run into the ledger, and return its folder."""

    def put(name, run="20260101T000000Z-drill-0001"):
        folder = here / ".metadrill" / "runs" / run
        folder.mkdir(parents=True)
        shutil.copyfile(JOURNALS / f"{name}.jsonl", folder / "journal.jsonl")
        return folder

    return put
