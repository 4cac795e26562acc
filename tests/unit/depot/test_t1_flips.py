"""T1: no byte of any file of a set can be changed. Every flip is refused, and nothing of it is restored."""

import os
import random

import pytest

from metadrill import clock
from metadrill.depot import verifying

SHORT, PLACES = 240, 90
FLIPS = (lambda byte: byte + 1 & 0xFF, lambda byte: byte - 1 & 0xFF, lambda byte: byte ^ 0xFF)
LARGE = 1 << 30
MINUTES = 25


def damages(size, every):
    """Yield the places of a file and the flips to try there: all, or of a longer file some of each."""
    stride = 1 if every else max(1, size // PLACES)
    for turn, at in enumerate(range(0, size, stride)):
        if every or size <= SHORT:
            yield from ((at, flip) for flip in FLIPS)
        else:
            yield at, FLIPS[turn % len(FLIPS)]


@pytest.mark.parametrize(
    "every", [False, pytest.param(True, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def test_t1_every_flipped_byte_of_every_file_is_refused_and_nothing_restored(small, backup_verifier, every):
    assert small.wrong() == [] and small.judged(backup_verifier) and small.summed()
    tried = taken = disagreed = 0
    for path in small.files:
        whole = path.read_bytes()
        for at, flip in damages(len(whole), every):
            path.write_bytes(whole[:at] + bytes([flip(whole[at])]) + whole[at + 1 :])
            tried += 1
            taken += not small.wrong()
            disagreed += small.judged(backup_verifier)
            if every or tried % 16 == 0:
                taken += small.restores()
            if tried % 97 == 0:
                disagreed += small.summed()
        path.write_bytes(whole)
    assert (taken, disagreed) == (0, 0), f"of {tried}"
    assert small.wrong() == [] and small.summed()
    assert tried > 1000


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_t1_random_flips_in_a_set_of_a_gigabyte_are_all_seen(shop, tmp_path):
    """Each costs a reading of the whole set: as many as go into twenty-five minutes, 10,000 at the most."""
    chance, large = random.Random(1), tmp_path / "large"
    with large.open("wb") as file:
        for _ in range(LARGE >> 20):
            file.write(chance.randbytes(1 << 20))
    held = shop.take(files={"large": large})
    large.unlink()
    path, ends = held.path("files"), clock.SYSTEM.monotonic_ns() + MINUTES * 60 * 10**9
    assert path.stat().st_size >= LARGE
    flips = unseen = 0
    with path.open("r+b", buffering=0) as file:
        while flips < 10_000 and clock.SYSTEM.monotonic_ns() < ends:
            flips, at = flips + 1, chance.randrange(LARGE)
            byte = os.pread(file.fileno(), 1, at)
            os.pwrite(file.fileno(), bytes([FLIPS[flips % 3](byte[0])]), at)
            unseen += not verifying.files(shop.depot, held.manifest.name)[1]
            os.pwrite(file.fileno(), byte, at)
    assert (unseen, verifying.files(shop.depot, held.manifest.name)[1]) == (0, [])
    assert flips > 500
    print(f"T1: {flips:,} flips in a set of {held.manifest.bytes:,} bytes, every one seen")
