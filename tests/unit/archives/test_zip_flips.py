"""No byte of a zip file can be changed, and no end cut off, so that other entries are read."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadrill.archives import zips
from metadrill.errors import ArchiveError

ENTRIES = [("a.json", b'{"guid": "a"}'), ("b/c.json", b"x" * 300), ("empty", b"")]


class OneWay(io.BytesIO):
    def seekable(self):
        return False

    def tell(self):
        raise OSError


def ours(entries):
    file = io.BytesIO()
    zips.write(entries, file)
    return file.getvalue()


def streamed(entries):
    return _by_zipfile(entries, OneWay())


def wide(entries):
    return _by_zipfile(entries, OneWay(), force_zip64=True)


def _by_zipfile(entries, file, **how):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            with archive.open(name, "w", **how) as entry:
                entry.write(content)
        archive.comment = b"size: 3"
    return file.getvalue()


def same_or_refused(archive, entries):
    try:
        found = [tuple(entry) for entry in zips.entries(io.BytesIO(archive), "it.zip")]
    except ArchiveError as error:
        assert error.message.startswith("it.zip: ")
        return False
    assert found == entries
    return True


@pytest.mark.parametrize("make", [ours, streamed, wide])
def test_every_byte_flipped_is_refused_or_changes_nothing(make):
    archive = make(ENTRIES)
    assert same_or_refused(archive, ENTRIES)
    refused = 0
    for place in range(len(archive)):
        for change in (0x01, 0x80, 0xFF):
            changed = bytearray(archive)
            changed[place] ^= change
            refused += not same_or_refused(bytes(changed), ENTRIES)
    assert refused > 2 * len(archive)


@pytest.mark.parametrize("make", [ours, streamed, wide])
def test_a_cut_at_any_length_and_anything_behind_the_end_are_refused(make):
    archive = make(ENTRIES)
    assert not any(same_or_refused(archive[:length], ENTRIES) for length in range(len(archive)))
    assert not any(same_or_refused(archive + bytes(length), ENTRIES) for length in range(1, 4097, 97))


NAMES = st.text("abcdef0123456789-é", min_size=1, max_size=12)
HELD = st.dictionaries(NAMES, st.binary(max_size=80), max_size=4).map(lambda held: list(held.items()))
MAKERS = st.sampled_from([ours, streamed, wide])


@given(HELD, MAKERS)
def test_what_is_held_is_read(held, make):
    assert same_or_refused(make(held), held)


@given(HELD, MAKERS, st.data())
def test_a_changed_byte_or_a_cut_never_gives_other_entries(held, make, data):
    archive = bytearray(make(held))
    place = data.draw(st.integers(0, len(archive) - 1))
    change = data.draw(st.integers(0, 255))
    if change:
        archive[place] ^= change
        same_or_refused(bytes(archive), held)
    else:
        assert not same_or_refused(bytes(archive[:place]), held)


@given(HELD, MAKERS, st.data())
def test_a_part_that_is_repeated_or_moved_never_gives_other_entries(held, make, data):
    archive = make(held)
    begin, end, to = sorted(data.draw(st.integers(0, len(archive))) for _ in range(3))
    same_or_refused(archive[:to] + archive[begin:end] + archive[to:], held)
    same_or_refused(archive[:begin] + archive[end:to] + archive[begin:end] + archive[to:], held)
