"""Pinned parts: a wrong file is never kept, and never used."""

import hashlib
import os
import signal
import subprocess
import sys

import pytest

from metadrill.errors import PartError
from metadrill.model.stack import Part
from metadrill.stacks import parts

RIGHT = b"the right bytes"


@pytest.fixture
def part():
    return Part("some-part", "maven", "group:artifact:1.0", hashlib.sha256(RIGHT).hexdigest(), len(RIGHT))


class Registry:
    """Gives one file after the other, the last for ever."""

    def __init__(self, *files: bytes) -> None:
        self.files, self.asked = list(files), 0

    def __call__(self, part, folder, progress):
        self.asked += 1
        path = folder / "download"
        path.write_bytes(self.files[min(self.asked, len(self.files)) - 1])
        return path


def kept(cache):
    return sorted(path.name for path in (cache / "parts").iterdir() if path.suffix != ".lock")


def test_a_part_is_fetched_once_and_kept_under_its_digest(cache, part):
    registry = Registry(RIGHT)
    for _ in range(2):
        assert parts.fetch(cache, part, download=registry).read_bytes() == RIGHT
    assert registry.asked == 1 and kept(cache) == [part.sha256]
    assert parts.missing(cache, (part,)) == ()


def test_a_wrong_file_is_fetched_once_more_and_then_refused_naming_both_digests(cache, part):
    registry = Registry(b"the wrong bytes")
    with pytest.raises(PartError) as caught:
        parts.fetch(cache, part, download=registry)
    wrong = hashlib.sha256(b"the wrong bytes").hexdigest()
    assert wrong in caught.value.message and part.sha256 in caught.value.message
    assert part.coordinates in caught.value.hint and caught.value.code == 30
    assert registry.asked == 2 and kept(cache) == []
    assert parts.missing(cache, (part,)) == (part,)


def test_a_wrong_file_followed_by_the_right_one_is_no_error(cache, part):
    registry = Registry(b"cut sho", RIGHT)
    assert parts.fetch(cache, part, download=registry).read_bytes() == RIGHT
    assert registry.asked == 2 and kept(cache) == [part.sha256]


@pytest.mark.parametrize("found", [b"", RIGHT[:-1], RIGHT + b"x", b"THE RIGHT BYTES"])
def test_a_file_that_was_changed_in_the_cache_is_fetched_again(cache, part, found):
    place = parts.place(cache, part)
    place.parent.mkdir(parents=True)
    place.write_bytes(found)
    with pytest.raises(PartError, match="was changed in the cache"):
        parts.verify(cache, part)
    assert parts.fetch(cache, part, download=Registry(RIGHT)).read_bytes() == RIGHT
    parts.verify(cache, part)


def test_a_changed_file_is_not_used_where_nothing_can_be_fetched(cache, part):
    place = parts.place(cache, part)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"THE RIGHT BYTES")

    def unreachable(part, folder, progress):
        raise PartError(f"{part.name}: could not be fetched")

    with pytest.raises(PartError, match="could not be fetched"):
        parts.fetch(cache, part, download=unreachable)
    assert kept(cache) == []


def test_a_part_that_is_not_there_is_said(cache, part):
    with pytest.raises(PartError, match="some-part: not in the cache"):
        parts.verify(cache, part)


def test_a_full_disk_is_said_and_leaves_nothing(cache, part):
    def full(part, folder, progress):
        (folder / "half").write_bytes(b"x")
        raise OSError(28, "No space left on device")

    with pytest.raises(PartError, match="no space left on device") as caught:
        parts.fetch(cache, part, download=full)
    assert "METADRILL_CACHE" in caught.value.hint and kept(cache) == []


def test_a_part_larger_than_the_disk_is_refused_before_it_is_asked_for(cache):
    huge = Part("huge", "maven", "no.such.group:none:1", "0" * 64, 10**18)
    with pytest.raises(PartError, match=r"MB free, \d+ MB needed"):
        parts.fetch(cache, huge)
    assert kept(cache) == []


def test_a_file_in_the_place_of_the_cache_is_said(cache, part):
    cache.write_text("in the way")
    with pytest.raises(PartError, match="cannot be put into"):
        parts.fetch(cache, part, download=Registry(RIGHT))


def test_what_a_killed_download_left_goes_with_the_next(cache, part):
    script = f"""
import os, pathlib, signal, sys
from metadrill.model.stack import Part
from metadrill.stacks import parts
def die(part, folder, progress):
    (folder / "half").write_bytes(b"x" * 100)
    os.kill(os.getpid(), signal.SIGKILL)
wanted = Part("some-part", "maven", "group:artifact:1.0", "{part.sha256}", {part.size})
parts.fetch(pathlib.Path(sys.argv[1]), wanted, download=die)
"""
    killed = subprocess.run([sys.executable, "-c", script, str(cache)], check=False)
    assert killed.returncode == -signal.SIGKILL and len(kept(cache)) == 1
    assert parts.missing(cache, (part,)) == (part,)
    parts.fetch(cache, part, download=Registry(RIGHT))
    assert kept(cache) == [part.sha256]


def test_two_that_need_the_same_part_fetch_it_once(cache, part):
    import threading

    registry = Registry(RIGHT)
    threads = [
        threading.Thread(target=parts.fetch, args=(cache, part), kwargs={"download": registry})
        for _ in "12345"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert registry.asked == 1


def test_a_part_may_be_read_by_the_user_that_the_programs_run_as(cache, part):
    before = os.umask(0o077)
    try:
        assert parts.fetch(cache, part, download=Registry(RIGHT)).stat().st_mode & 0o444 == 0o444
    finally:
        os.umask(before)
