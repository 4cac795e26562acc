import hashlib

import pytest

from metadrill.census import stored
from metadrill.depot.listing import ENTRIES, Listing


def digest(number):
    return hashlib.sha256(str(number).encode()).digest()


@pytest.fixture
def listed(tmp_path):
    rows = [{"name": f"entry-{n}.json", "sha256": digest(n).hex()} for n in range(1000)]
    return Listing(stored.write(tmp_path / "entries.parquet", rows, ENTRIES))


def test_an_entry_has_its_digest_and_another_has_none(listed):
    assert listed.digest("entry-7.json") == digest(7)
    assert listed.digest("entry-1000.json") is None


def test_an_entry_is_taken_once_and_only_with_its_content(listed):
    assert not listed.take("entry-7.json", digest(8)) and listed.left == 1000
    assert listed.take("entry-7.json", digest(7)) and listed.left == 999
    assert not listed.take("entry-7.json", digest(7)) and listed.left == 999
    assert not listed.take("nothing", digest(7))


def test_what_was_not_taken_is_named(listed):
    for number in range(998):
        assert listed.take(f"entry-{number}.json", digest(number))
    assert list(listed.remaining()) == ["entry-998.json", "entry-999.json"]


def test_an_empty_list_holds_nothing():
    empty = Listing(None)
    assert empty.digest("x") is None and empty.left == 0 and list(empty.remaining()) == []


@pytest.mark.parametrize("text", ["", "ab", "zz" * 32])
def test_a_digest_of_another_form_is_refused(tmp_path, text):
    path = stored.write(tmp_path / "entries.parquet", [{"name": "x", "sha256": text}], ENTRIES)
    with pytest.raises(ValueError):
        Listing(path)
