"""Restoring some of a set: what is refused before anything is written, and what is expected after it."""

import json
from datetime import timedelta

import pytest

from metadrill.app import mending, places
from metadrill.app import portion as selected
from metadrill.app.mending import Asked
from metadrill.app.settings import Settings
from metadrill.depot import taking
from metadrill.depot.given import GivenSet
from metadrill.depot.merging import Decision
from metadrill.depot.shelf import Depot
from metadrill.depot.taking import Crew, Order
from metadrill.envelopes import certificates
from metadrill.errors import Refused, UsageError
from metadrill.model.backup import Method, Mode
from metadrill.model.stack import StackRecipe
from metadrill.sandboxes import lease
from metadrill.sandboxes.lease import Lease
from metadrill.testing import MemorySandboxes, MemorySigner, MemoryStack

SOON = timedelta(seconds=5)
RECIPE = StackRecipe("atlas-2.1", "atlas-elasticsearch", "Atlas", {}, (), {}, ())
NOTE = {
    "stack": "atlas-2.1", "holds": "starter", "environment": "", "user": "admin", "password_file": "/none",
    "urls": {"atlas": "http://127.0.0.1:1", "elasticsearch": "http://127.0.0.1:2"},
}  # fmt: skip


@pytest.fixture
def settings(tmp_path):
    return Settings(project=tmp_path, ledger=tmp_path / "ledger", cache=tmp_path / "cache")


@pytest.fixture
def stands(settings):
    """Make a sandbox that was left standing, with a note."""

    def make(name, kept=True, **told):
        lease.write(settings.cache, Lease(name, "standing", 1, 1, "now", (), kept=kept))
        folder = lease.folder(settings.cache) / name
        folder.mkdir()
        (folder / "standing.json").write_text(json.dumps({**NOTE, **told}))
        return folder

    return make


@pytest.fixture
def stack(tmp_path):
    made = MemoryStack(MemorySandboxes(tmp_path / "boxes").create("test"))
    made.boot(SOON)
    made.sample_data(SOON)
    return made


@pytest.fixture
def given(tmp_path, stack):
    """Take a set of the twin, of environment east."""
    signer = MemorySigner()
    depot = Depot(tmp_path / "depot", frozenset({certificates.read(signer.certificate, "it").fingerprint}))
    facts = {"source": {"kind": "sandbox"}, "stack": {"kind": "memory"}}
    crew = Crew(stack.dialect, signer, {"name": "metadrill", "version": "test"}, facts)
    order = Order("east", Mode.FULL, frozenset({Method.LOGICAL}))
    return GivenSet(depot, taking.take(depot, stack, order, crew), stack.dialect)


def reached(settings, given, name, accept=True):
    with mending.reached(settings, Asked(name, Decision.KEEP, accept), given, RECIPE):
        raise AssertionError("it was reached")


def test_what_does_not_stand_or_is_a_runs_is_refused(settings, given, stands):
    stands("run-1", kept=False)
    for name in ("standing-9", "run-1", ""):
        with pytest.raises(Refused, match="0 of ours stand"):
            reached(settings, given, name)


def test_a_beginning_that_fits_two_is_refused(settings, given, stands):
    stands("standing-1"), stands("standing-2")
    with pytest.raises(Refused, match="2 of ours stand"):
        reached(settings, given, "standing")


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"environment": "west", "holds": "set-w"}, "holds set-w of environment west, not east"),
        ({"stack": "atlas-9"}, "is a atlas-9, not a atlas-2.1"),
        ({"speed": 1}, "nothing says what it holds"),
    ],
)
def test_another_environment_another_stack_and_no_note_are_refused(settings, given, stands, told, wrong):
    stands("standing-1", **told)
    with pytest.raises(Refused, match=wrong):
        reached(settings, given, "standing")


def test_one_that_nothing_proves_shut_needs_a_word(settings, given, stands):
    stands("standing-1")
    with pytest.raises(Refused, match="nothing proves it shut"):
        reached(settings, given, "standing", accept=False)


@pytest.mark.parametrize(
    ("only", "keep", "method"),
    [((), False, None), (("type:x",), True, None), (("type:x",), False, Method.PHYSICAL)],
)
def test_options_that_make_no_sense_with_it_are_refused(only, keep, method):
    with pytest.raises(UsageError, match="--into"):
        mending.expect(only, keep, method)


def test_a_note_is_its_owners_alone_and_is_found_again(settings, tmp_path, stands):
    class Box:
        root = stands("standing-1")

    where = {
        "METADRILL_ELASTICSEARCH_URL": "http://127.0.0.1:2", "METADRILL_ATLAS_URL": "http://127.0.0.1:1",
        "METADRILL_USER": "admin", "METADRILL_PASSWORD_FILE": str(tmp_path / "word"),
    }  # fmt: skip
    places.note(Box, where, "atlas-2.1", ("set-1", "east"))
    assert (Box.root / "standing.json").stat().st_mode & 0o777 == 0o600
    name, told = places.find(settings, "standing")
    assert (name, told.holds, told.environment) == ("standing-1", "set-1", "east")
    (tmp_path / "word").write_text("secret\n")
    place = places.reached(name, told, tmp_path)
    assert place.id == "standing-1" and place.password.reveal() == "secret" and "secret" not in repr(place)


def test_what_was_lost_is_put_back_beside_what_is_new_and_what_was_changed(given, stack):
    tables = sorted(entity.guid for entity in stack.graph.entities.values() if entity.type == "hive_table")
    stack.delete(tables[:2])
    new = stack.write("later")
    portion = selected.of(given, ("type:hive_table",), None)
    steps = []
    on = (Asked("it", Decision.KEEP, True), lambda step, facts: steps.append((step, facts)))
    mended = mending.mend(stack, given, portion, on)
    assert mended.facts == {"lost": 2, "newer": 0, "decided": "keep", "put": 2}
    assert stack.graph.entities[new].name == "later"
    assert all(stack.graph.entities[guid].state == "ACTIVE" for guid in tables)
    assert mended.expected.exempt.guids == {new}
    assert [step for step, _ in steps] == ["compared", "restored"]


def test_a_portion_says_what_it_picks_and_leaves_the_rest_uncompared(given, stack):
    portion = selected.of(given, ("name:sales.table_0.*",), None)
    assert portion.facts == {"only": ["name:sales.table_0.*"], "picked": 3, "with_needs": 5}
    expected = selected.expected(given, portion.guids)
    assert not expected.exempt.guids & portion.guids
    assert len(expected.exempt.guids) == expected.census.tables["entities"].num_rows - 5


def test_files_of_stores_have_no_portions(given):
    with pytest.raises(UsageError, match="as a whole"):
        selected.of(given, ("type:x",), Method.PHYSICAL)


def test_what_an_import_leaves_behind_of_its_own_is_not_compared(given, stack):
    own = stack.write("of the import")
    stack.import_makes = frozenset({"metadrill_canary"})
    portion = selected.of(given, ("type:hive_db",), None)
    assert own in selected.sparing(selected.expected(given, portion.guids), stack).exempt.guids
