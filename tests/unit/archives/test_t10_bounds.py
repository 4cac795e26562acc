"""T10: what a hostile zip file may cost, measured in a child; the file is made as it is read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import metadrill

GROWTH_KIB = 64 * 1024
MEBI = 1 << 20

CHILD = """
import pathlib, random, struct, sys, zlib
from metadrill.archives import zips
from metadrill.errors import ArchiveError

def peak_kib():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])

class Made:
    "A file out of an iterator of its pieces."
    def __init__(self, pieces): self.pieces = pieces
    def read(self, count): return next(self.pieces, b"")

def local(name, flags=0x800, method=0, crc=0, packed=0, size=0):
    facts = (20, flags, method, 0, 33, crc, packed, size, len(name), 0)
    return struct.pack("<4s5H3L2H", b"PK\\3\\4", *facts) + name

def many(count, twice=None):
    "Entries with the name of their number; one of them, where asked for, with the name of the first."
    def parts():
        for number in range(count):
            name = b"%08d.json" % (0 if number == twice else number)
            body = b"%d" % (number % 10)
            yield name, body, zlib.crc32(body)
    def all_of_them():
        for name, body, crc in parts():
            yield local(name, crc=crc, packed=1, size=1) + body
        for number, (name, _, crc) in enumerate(parts()):
            facts = (0x31E, 20, 0x800, 0, 0, 33, crc, 1, 1, len(name), 0, 0, 0, 0, 0)
            place, extra = number * 44, b""
            yield struct.pack("<4s6H3L5H2L", b"PK\\1\\2", *facts, place) + name
        size, begin = count * 59, count * 44
        yield struct.pack("<4sQ2H2L4Q", b"PK\\6\\6", 44, 45, 45, 0, 0, count, count, size, begin)
        yield struct.pack("<4sLQL", b"PK\\6\\7", 0, begin + size, 1)
        yield struct.pack("<4s4H2LH", b"PK\\5\\6", 0, 0, 65535, 65535, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    pending = []
    for piece in all_of_them():
        pending.append(piece)
        if len(pending) == 4000:
            yield b"".join(pending)
            pending.clear()
    yield b"".join(pending)

def bomb(out):
    "One entry without end, of blocks that give so many bytes out of each 4096 that go in."
    yield local(b"a.json", flags=0x808, method=8)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    noise = random.Random(1)
    while True:
        yield deflate.compress(noise.randbytes(4000) + bytes(out)) + deflate.flush(zlib.Z_FULL_FLUSH)

kind, number, *budget = sys.argv[1:]
number = int(number)
pieces = {"many": many(number), "twice": many(number, number - 1), "bomb": bomb(number)}[kind]
budget = zips.Budget(**{name: int(value) for name, value in (word.split("=") for word in budget)})
list(zips.entries(Made(many(10)), "warm"))
before, entries, written, said = peak_kib(), 0, 0, "read"
try:
    for entry in zips.entries(Made(pieces), "it.zip", budget):
        entries, written = entries + 1, written + len(entry.content)
except ArchiveError as error:
    said = error.message
print(entries, written, peak_kib() - before, said, sep="|")
"""


def child(*words):
    """Return entries and bytes that were given, growth in KiB, and what was said."""
    folder = str(Path(metadrill.__file__).parents[1])
    argv = [sys.executable, "-c", CHILD, *map(str, words)]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": folder}
    )
    entries, written, growth, said = done.stdout.strip().split("|")
    return int(entries), int(written), int(growth), said


@pytest.mark.parametrize("out", [1_500_000, 40_000_000])
def test_t10_a_bomb_ends_at_its_ratio(out):
    entries, written, growth, said = child("bomb", out)
    assert (entries, written) == (0, 0) and "bytes out of" in said
    assert growth <= GROWTH_KIB


@pytest.mark.parametrize("budget", [{"entry_bytes": 16 * MEBI}, {"total_bytes": 16 * MEBI}])
def test_t10_a_bomb_below_the_ratio_ends_at_the_budget(budget):
    entries, written, growth, said = child("bomb", 600_000, *(f"{k}={v}" for k, v in budget.items()))
    assert (entries, written) == (0, 0) and f"more than {16 * MEBI} bytes" in said
    assert growth <= GROWTH_KIB


@pytest.mark.parametrize("kind", ["many", "twice"])
@pytest.mark.parametrize(
    "count",
    [300_000, pytest.param(10_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])],
)
def test_t10_any_number_of_entries_is_read_in_the_same_memory(kind, count):
    entries, written, growth, said = child(kind, count)
    assert said == ("read" if kind == "many" else "it.zip: a name is there twice")
    assert entries == written == count
    assert growth <= GROWTH_KIB


def test_t10_more_entries_than_the_budget_are_not_given():
    entries, written, growth, said = child("many", 300_000, "entries=1000", "total_bytes=1000")
    assert (entries, written, said) == (1000, 1000, "it.zip: holds more than 1000 entries")
    assert growth <= GROWTH_KIB
