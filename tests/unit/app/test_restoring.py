"""By which suites a restore is judged, and what it says that it does not bring or cannot show."""

from pathlib import Path

import pytest

from metadrill.app import filling, material, places, qualifying, restoring
from metadrill.app.restoring import Restored
from metadrill.errors import Code
from metadrill.model.backup import Method
from metadrill.model.secret import Secret
from metadrill.model.stack import StackRecipe
from metadrill.stacks.atlas_elasticsearch import Factory
from metadrill.testing import MemorySandboxes, MemoryStack

BOTH = ("index_files", "audit_kept")


def recipe(*abilities):
    return StackRecipe("atlas-2.1", "atlas-elasticsearch", "Atlas", {}, (), {}, abilities)


@pytest.fixture
def fresh(tmp_path):
    return MemoryStack(MemorySandboxes(tmp_path / "boxes").create("test"))


@pytest.fixture
def stands(tmp_path):
    """Reach a stack of ours that stands: over the network alone."""
    urls = {"atlas": "http://127.0.0.1:1", "elasticsearch": "http://127.0.0.1:2"}
    place = places.Own("standing-1", tmp_path, urls, "admin", Secret("atlas password", "word"))
    return Factory(recipe(*BOTH), material.EMPTY, Path(tmp_path), filling.nobody)(place)


@pytest.mark.parametrize("method", Method)
def test_where_no_history_is_kept_none_is_judged_and_nothing_is_said(fresh, method):
    assert restoring.judged_by(recipe("index_files"), method, fresh) == (restoring.SUITES, ())
    assert "segments" in restoring.SUITES


def test_history_is_judged_where_the_restore_brings_it(fresh):
    suites, limits = restoring.judged_by(recipe(*BOTH), Method.PHYSICAL, fresh)
    assert (suites, limits) == ((*restoring.SUITES, "audit"), ())


def test_history_that_an_import_does_not_bring_is_a_limit(fresh):
    suites, limits = restoring.judged_by(recipe(*BOTH), Method.LOGICAL, fresh)
    assert suites == restoring.SUITES
    assert [text.partition(":")[0] for text in limits] == ["history of changes (check 34)"]


def test_files_that_are_out_of_reach_are_a_limit_and_not_inconclusive(stands):
    suites, limits = restoring.judged_by(recipe(*BOTH), Method.LOGICAL, stands)
    assert set(restoring.SUITES) - set(suites) == {"segments"}
    assert [text.partition(":")[0] for text in limits] == [
        "history of changes (check 34)", "files of the index (check 40)",
    ]  # fmt: skip


def test_a_limit_changes_no_exit_code():
    assert Restored("set", Method.LOGICAL, {}, {}, (), limits=("history",)).code is Code.OK
    assert Restored("set", Method.LOGICAL, {}, {}, (), doubts=("moved",)).code is Code.INCONCLUSIVE


def test_a_qualification_looks_with_each_suite_once():
    assert len(set(qualifying.SUITES)) == len(qualifying.SUITES)
    assert set(qualifying.SUITES) == {*restoring.SUITES, "audit"}
