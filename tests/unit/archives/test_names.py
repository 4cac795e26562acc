import os

import pytest

from metadrill.archives.names import Names


def names(words, in_memory=4):
    found = Names(in_memory)
    for word in words:
        found.add(word.encode())
    return found


def test_a_name_met_of_late_is_known_at_once():
    with Names() as found:
        assert found.add(b"a") and found.add(b"b") and not found.add(b"a")


@pytest.mark.parametrize("again", "abcdefgh")
def test_a_name_that_lies_on_disk_is_known_in_the_end(again):
    with names("abcdefghi") as distinct, names("abcdefghi" + again) as twice:
        assert not distinct.repeated() and twice.repeated()


@pytest.mark.parametrize("in_memory", [1, 4, 1000])
def test_how_many_names_differ_is_counted_each_once(in_memory):
    one, other = [f"n{n}" for n in range(100)], [f"n{n}" for n in range(3, 101)]
    with names(one, in_memory) as ours, names(other * 3, in_memory) as theirs:
        assert ours.differing(theirs) == theirs.differing(ours) == 4
        assert ours.differing(ours) == 0


def test_nothing_stays_open():
    before = len(os.listdir("/proc/self/fd"))
    with names("abcdefghi"):
        assert len(os.listdir("/proc/self/fd")) == before + 1
    assert len(os.listdir("/proc/self/fd")) == before
