"""Two sandboxes as one: what is started in one of them while both are removed is removed as well."""

import threading

import pytest

from metadrill.app.pairs import RegionSandbox
from metadrill.model.sandboxed import Removal


class Box:
    """A sandbox with a folder, that says what is left of it."""

    def __init__(self, folder):
        self.id, self.root, self.removals = folder.name, folder, 0
        folder.mkdir()

    def remove(self):
        self.removals += 1
        if self.root.exists():
            self.root.rmdir()
        return Removal((), (self.id,) if self.root.exists() else (), ())


@pytest.fixture
def pair(tmp_path):
    return RegionSandbox(Box(tmp_path / "a"), Box(tmp_path / "b"), None)


def test_what_was_laid_down_while_it_was_removed_is_removed_as_well(pair):
    removed = threading.Event()

    def start():
        removed.wait(10)
        pair.second.root.mkdir()

    remove = pair.second.remove
    pair.second.remove = lambda: (remove(), removed.set())[0]
    pair.beside = threading.Thread(target=start)
    pair.beside.start()
    assert pair.remove().clean
    assert not pair.beside.is_alive() and not pair.second.root.exists()


def test_where_nothing_is_started_any_more_each_is_removed_once(pair):
    pair.beside = threading.Thread(target=int)
    pair.beside.start()
    pair.beside.join()
    assert pair.remove().clean
    assert (pair.first.removals, pair.second.removals) == (1, 1)
