"""What a depot takes, and when it is full: by the sets that are there, and no more than they can tell."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from metadrill.app import depots, storing
from metadrill.cli.history import _stored
from metadrill.model.backup import Mode
from metadrill.testing.clock import ManualClock


class _Depot:
    def __init__(self, path, sets):
        self.path, self.sets = path, sets

    def names(self):
        return list(self.sets)

    def readable(self):
        return [self.open(name) for name in self.names()]

    def open(self, name):
        day, size = self.sets[name]
        cut = SimpleNamespace(started=f"2026-03-{day:02}T00:00:00.000Z")
        return SimpleNamespace(manifest=SimpleNamespace(cut=cut, bytes=size))


@pytest.fixture
def stored(tmp_path, monkeypatch):
    def found(sets, free=1_000):
        monkeypatch.setattr(depots, "depot", lambda settings, name=None: _Depot(tmp_path, sets))
        monkeypatch.setattr(storing.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
        return storing.storage(None, ManualClock(datetime(2026, 3, 11, tzinfo=UTC)))

    return found


def test_it_grows_by_what_came_to_it_and_is_full_when_nothing_is_free(stored):
    told = stored({"a": (1, 100), "b": (2, 100), "c": (3, 100)})
    assert (told.sets, told.bytes, told.per_day) == (3, 300, pytest.approx(100.0))
    assert told.full_on == "2026-03-21"
    assert _stored(told) == (
        "  3 backup sets: 300 B, 1.0 kB free, 100 B more a day as sets are taken now, full on 2026-03-21"
    )


def test_one_set_or_sets_of_one_moment_tell_no_growth(stored):
    for sets in ({"a": (1, 100)}, {"a": (1, 100), "b": (1, 50)}):
        told = stored(sets)
        assert told.per_day is None and told.full_on == ""
    assert _stored(replace(told, sets=1)) == "  1 backup set: 150 B, 1.0 kB free"


def test_a_day_that_is_further_off_than_anybody_can_tell_is_not_named(stored):
    assert stored({"a": (1, 1), "b": (2, 1)}, free=10**12).full_on == ""


def test_an_empty_depot_and_one_that_cannot_be_read_say_nothing(stored, backed):
    assert stored({}) is None
    assert storing.storage(backed.settings) is None


def test_the_sets_of_a_real_depot_are_counted(backed):
    made = [backed.take(), backed.take(Mode.INCREMENTAL)]
    told = storing.storage(backed.settings)
    assert (told.sets, told.bytes) == (2, sum(held.manifest.bytes for held in made)) and told.free > 0
