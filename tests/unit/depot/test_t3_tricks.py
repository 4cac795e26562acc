"""T3: what is done to whole files and whole sets. Each is refused, and each has a code of its own."""

import os
import shutil
from dataclasses import replace

import pytest

from metadrill.app import auditing, depots
from metadrill.app.settings import Settings
from metadrill.depot import figures, gates, verifying
from metadrill.depot.examining import Unsound, Wrong
from metadrill.depot.gates import Destination
from metadrill.depot.shelf import Depot
from metadrill.errors import BackupError, Code, MetadrillError, Refused
from metadrill.model.backup import Cut, Method, Mode

from .conftest import BOTH


def removed(shop, held):
    held.path("export").unlink()


def renamed(shop, held):
    held.path("export").rename(held.folder / "export-of-ours.tar.zst")


def duplicated(shop, held):
    shutil.copyfile(held.path("export"), held.folder / "export-again.tar.zst")


def added(shop, held):
    (held.folder / "README").write_text("nothing that was signed")


def swapped(shop, held):
    one, other = held.path("graph_files"), held.path("index_files")
    beside = held.folder.parent / "beside"
    shutil.move(one, beside)
    shutil.move(other, one)
    shutil.move(beside, other)


def linked(shop, held):
    away = held.folder.parent.parent / "elsewhere"
    shutil.move(held.path("export"), away)
    held.path("export").symlink_to(away)


def piped(shop, held):
    held.path("export").unlink()
    os.mkfifo(held.path("export"))


def a_folder(shop, held):
    held.path("export").unlink()
    held.path("export").mkdir()


def from_elsewhere(shop, held):
    other = shop.take(environment="west")
    shutil.copyfile(other.path("entries"), held.path("entries"))
    assert other.path("entries").read_bytes() == held.path("entries").read_bytes()
    shop.stack.write("another")
    shop.stack.settle(None)
    shutil.copyfile(shop.take(environment="west").path("entries"), held.path("entries"))


def mixed(shop, held):
    """The export of one moment with the index snapshot of another."""
    shop.stack.write("another")
    shop.stack.settle(None)
    shutil.copyfile(shop.take(methods=BOTH).path("index_files"), held.path("index_files"))


def garbled(shop, held):
    held.path("export").write_bytes(b"nothing like it")


TRICKS = {
    removed: "part.missing", renamed: "part.renamed", duplicated: "part.duplicated", added: "part.unlisted",
    swapped: "part.swapped", linked: "part.kind", piped: "part.kind", a_folder: "part.kind",
    from_elsewhere: "part.foreign", mixed: "cut.mixed", garbled: "part.changed",
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.__name__)
def test_t3_each_trick_with_a_file_is_refused_with_its_own_code(shop, empty, backup_verifier, trick):
    held, target = shop.take(methods=BOTH), empty()
    trick(shop, held)
    name = held.manifest.name
    assert set(shop.codes(name)) == {TRICKS[trick]}
    with pytest.raises(BackupError, match=TRICKS[trick]) as refused:
        shop.given(held).put(target, Method.LOGICAL)
    assert refused.value.code is Code.BACKUP_TAMPERED
    assert not target.graph.entities
    with pytest.raises(Exception):  # noqa: B017 - whatever it breaks in the other verifier
        backup_verifier.verify(held.folder, *shop.depot.trusted)


def test_t3_no_two_tricks_share_a_code():
    kinds = {code for trick, code in TRICKS.items() if trick not in (piped, a_folder)}
    assert len(kinds) == len(TRICKS) - 2
    assert len({wrong.value for wrong in Wrong}) == len(Wrong)


def test_t3_a_set_that_was_renamed_or_is_a_link_is_refused(shop):
    held = shop.take()
    path = shop.depot.path
    newer = path / held.manifest.name.replace(held.manifest.name[:8], "20991231")
    shutil.copytree(held.folder, newer)
    assert shop.codes(newer.name) == ["set.renamed"]
    shutil.rmtree(newer)
    away = path.parent / held.manifest.name
    held.folder.rename(away)
    held.folder.symlink_to(away)
    assert shop.codes(held.manifest.name) == ["set.linked"]


def test_t3_an_older_set_is_not_taken_for_the_newest(shop, tmp_path):
    """The audit log knows of every set that was published: where the newest is gone, none is `latest`."""
    settings = Settings(ledger=tmp_path / "ledger")
    names = []
    for word in ("one", "two"):
        shop.stack.write(word)
        held = shop.take(mode=Mode.FULL if word == "one" else Mode.INCREMENTAL)
        names.append(held.manifest.name)
        with auditing.noted(settings, depots.CREATED, "east") as act:
            act.tell(set=held.manifest.name, environment="east")
    assert depots.latest(settings, shop.depot, "east").manifest.name == max(names)
    shutil.rmtree(shop.depot.path / max(names))
    with pytest.raises(Unsound) as refused:
        depots.latest(settings, shop.depot, "east")
    assert refused.value.problem.code is Wrong.SUPERSEDED and refused.value.code is Code.BACKUP_TAMPERED


def test_t3_a_set_of_another_environment_is_refused(shop):
    held = shop.take()
    to = Destination("twin", {"atlas": "memory"}, "east")
    gates.refuse(held.manifest, to, "it")
    with pytest.raises(Refused, match=r"environment\.other") as refused:
        gates.refuse(held.manifest, replace(to, environment="west"), "it")
    assert refused.value.code is Code.REFUSED
    with pytest.raises(Refused, match="is of atlas memory, stack twin of 9"):
        gates.refuse(held.manifest, replace(to, versions={"atlas": "9"}), "it")


def test_t3_a_set_that_a_strange_key_signed_is_refused(shop):
    held = shop.take()
    strict = Depot(shop.depot.path, frozenset({"0" * 64}))
    _, problems = verifying.files(strict, held.manifest.name)
    assert [problem.code for problem in problems] == [Wrong.UNTRUSTED]


def test_t3_stores_that_were_read_too_far_apart_are_no_one_cut(shop):
    held = shop.take(methods=BOTH)
    told = held.manifest.cut
    late = "2099-01-01T00:00:00.000Z"
    stores = {**told.stores, "index_files": {"started": late, "ended": late}}
    apart = figures.skew(stores)
    name = shop.sign_anew(held, cut=Cut(told.started, late, apart, stores, told.graph, told.index))
    assert shop.codes(name) == ["cut.mixed"]


def test_t3_a_chain_that_was_broken_is_refused(shop):
    full = shop.take()
    shop.stack.write("later")
    shop.stack.settle(None)
    incremental = shop.take(Mode.INCREMENTAL).manifest.name
    assert shop.codes(incremental) == []
    away = shop.depot.path.parent / "away"
    shutil.move(full.folder, away)
    assert shop.codes(incremental) == ["parent.missing"]
    shutil.move(away, full.folder)
    parts = [path for path in full.folder.iterdir() if path.name.startswith("export")]
    parts[0].write_bytes(b"")
    assert shop.codes(incremental) == ["part.changed"]


def test_t3_a_parent_that_is_another_one_is_refused(shop):
    full = shop.take()
    shop.stack.write("later")
    shop.stack.settle(None)
    held = shop.take(Mode.INCREMENTAL)
    name = shop.sign_anew(held, parent_manifest="0" * 64)
    assert shop.codes(name) == ["parent.other"]
    moved = replace(held, folder=shop.depot.path / name)
    west = shop.take(environment="west")
    name = shop.sign_anew(moved, parent=west.manifest.name, parent_manifest=west.signed.sha256)
    assert shop.codes(name) == ["parent.other"], "of another environment, whoever signed it"
    assert shop.codes(full.manifest.name) == []


def test_t3_what_cannot_be_read_is_an_error_of_its_own(shop):
    with pytest.raises(MetadrillError):
        verifying.files(shop.depot, "../elsewhere")
