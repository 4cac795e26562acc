"""On the real stack: a set that was tampered with is refused, a lossy restore is undone."""

from pathlib import Path

import pytest

from metadrill import journal
from metadrill.app import running
from metadrill.app.settings import Settings
from metadrill.errors import Code
from metadrill.model.verdict import Verdict

TOP = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path):
    return Settings(project=TOP, ledger=tmp_path / "ledger", sandbox="process")


def played(settings, drill):
    (outcome,) = running.run(settings, drill, running.RunOptions())
    return journal.read(outcome.folder / "journal.jsonl").events, outcome.assessment


def data(events, kind):
    return next(event.data for event in events if event.kind == kind)


@pytest.mark.slow  # the same on the twin, in every run
def test_a_set_that_was_tampered_with_is_refused_with_nothing_touched(settings):
    events, found = played(settings, "tampered-backup")
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    assert data(events, "recovery.refused")["code"] == 20
    kinds = [event.kind for event in events]
    asked = kinds[kinds.index("recovery.started") : kinds.index("recovery.verified")]
    assert "call.made" not in asked and "recovery.step" not in asked
    assert found.rpa_graph.seconds == found.rpa_search.seconds == 0.0


@pytest.mark.slow  # the same on the twin, in every run
def test_a_lossy_restore_that_says_success_is_undone(settings):
    events, found = played(settings, "bad-restore")
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    undone = data(events, "recovery.rolled_back")
    assert "entities missing" in undone["because"]
    assert all(pair["before"] == pair["after"] for pair in undone["restored"]["tables"].values())
    assert found.rpa_graph.seconds == found.rpa_search.seconds == 0.0
