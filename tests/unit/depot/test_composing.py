"""An export out of a chain: every entry as it was at the cut, and nothing else."""

import hashlib
from dataclasses import replace

import pytest

from metadrill.archives import solid, zips
from metadrill.census import stored
from metadrill.depot import composing
from metadrill.errors import BackupError
from metadrill.model.backup import Mode

from .conftest import SOON


def _listed(held):
    return {row["name"]: row["sha256"] for row in stored.rows(held.path("entries"))}


def _found(entries):
    return {name: hashlib.sha256(content).hexdigest() for name, content in entries}


def _chain(shop, length):
    sets = [shop.take()]
    for number in range(length):
        shop.stack.write(f"later/{number}")
        shop.stack.settle(SOON)
        sets.append(shop.take(Mode.DIFFERENTIAL if number == length - 1 else Mode.INCREMENTAL))
    return sets


def test_each_set_of_a_chain_gives_every_entry_of_its_own_cut(shop):
    for held in _chain(shop, 3):
        found = _found(composing.entries(shop.depot.chain(held)))
        assert found == _listed(held)


def test_its_zip_is_what_the_entries_are(shop, tmp_path):
    held = _chain(shop, 1)[-1]
    with composing.archive(shop.depot.chain(held), tmp_path / "export.zip").open("rb") as file:
        assert _found((entry.name, entry.content) for entry in zips.entries(file, "it")) == _listed(held)


def _packed(path, entries):
    with path.open("wb") as file, solid.Writer(file) as archive:
        for name, content in entries:
            archive.add(name, content)


def _with(held, folder, change):
    """Return the set with another archive than its own."""
    with held.path("export").open("rb") as file:
        entries = [(member.name, member.content()) for member in solid.members(file, "it")]
    for path in held.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    _packed(folder / held.path("export").name, change(entries))
    return replace(held, folder=folder)


CHANGES = {
    "one is missing": lambda entries: entries[1:],
    "one is too many": lambda entries: [*entries, ("strange.json", b"{}")],
    "one is twice": lambda entries: [*entries, entries[0]],
    "one is another": lambda entries: [(entries[0][0], b"{}"), *entries[1:]],
    "two are swapped": lambda entries: [
        (entries[0][0], entries[1][1]), (entries[1][0], entries[0][1]), *entries[2:]
    ],
    "none is there": lambda entries: [],
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_archive_that_is_not_its_list_is_refused(shop, tmp_path, change):
    (tmp_path / "changed").mkdir()
    held = _with(shop.take(), tmp_path / "changed", change)
    with pytest.raises(BackupError, match=r"archive\.entries"):
        list(composing.entries([held]))


def test_a_list_that_is_none_and_types_that_are_none_are_typed_errors(shop):
    held = shop.take()
    for content in (b"", b"PAR1", b"nothing like it"):
        held.path("entries").write_bytes(content)
        held.path("types").write_bytes(content)
        with pytest.raises(BackupError):
            list(composing.entries([held]))
        with pytest.raises(BackupError):
            composing.schema(held)
