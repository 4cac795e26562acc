"""Zip files made by hand, byte by byte, so that each can tell one lie."""

import struct
import zlib
from dataclasses import dataclass, field

import pytest

PLAIN = 0o100644 << 16


@dataclass
class Made:
    """An entry: what is true of it, and what its header, its directory record and its end say instead.

    `local` and `listed` take need, flags, method, crc, packed, size, extra; `listed` also name,
    disk, attributes, offset, comment, and made.
    """

    name: bytes = b"a.json"
    content: bytes = b'{"a": "aaaaaaaaaaaaaaa"}'
    method: int = 8
    body: bytes | None = None
    local: dict = field(default_factory=dict)
    listed: dict = field(default_factory=dict)
    before: bytes = b""
    after: bytes = b""

    def packed(self):
        if self.body is not None:
            return self.body
        return raw(self.content) if self.method == 8 else self.content

    def facts(self):
        body = self.packed()
        crc = zlib.crc32(self.content)
        return {
            "need": 20, "flags": 0x800, "method": self.method, "crc": crc, "packed": len(body),
            "size": len(self.content), "extra": b"", "name": self.name, "disk": 0, "attributes": PLAIN,
            "comment": b"", "made": 0x31E,
        }  # fmt: skip

    def header(self):
        f = {**self.facts(), **self.local}
        sizes = (f["crc"], f["packed"], f["size"], len(f["name"]), len(f["extra"]))
        start = struct.pack("<4s5H3L2H", b"PK\3\4", f["need"], f["flags"], f["method"], 0, 33, *sizes)
        return start + f["name"] + f["extra"]

    def record(self, offset):
        f = {**self.facts(), "offset": offset, **self.listed}
        ways = (f["made"], f["need"], f["flags"], f["method"], 0, 33, f["crc"], f["packed"], f["size"])
        lengths = (len(f["name"]), len(f["extra"]), len(f["comment"]), f["disk"], 0)
        start = struct.pack("<4s6H3L5H2L", b"PK\1\2", *ways, *lengths, f["attributes"], f["offset"])
        return start + f["name"] + f["extra"] + f["comment"]


def raw(content, level=9):
    """Deflate, without the wrapping of zlib."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    return deflate.compress(content) + deflate.flush()


def wide(*values):
    """The zip64 extra field."""
    return struct.pack(f"<2H{len(values)}Q", 1, 8 * len(values), *values)


def zipped(*entries, order=list, tail=b"", comment=b"", end=None, end64=None):
    """A zip file of these. `end` and `end64` are fields to lie in: count, size, offset, place, length."""
    out, records = b"", []
    for entry in entries:
        out += entry.before
        records.append(entry.record(len(out)))
        out += entry.header() + entry.packed() + entry.after
    directory = b"".join(order(records))
    true = {"disk": 0, "count": len(records), "size": len(directory), "offset": len(out)}
    place = len(out) + len(directory)
    out += directory
    if end64 is not None:
        f = {**true, "length": 44, "place": place, **end64}
        counts = (f["disk"], 0, f["count"], f["count"], f["size"], f["offset"])
        out += struct.pack("<4sQ2H2L4Q", b"PK\6\6", f["length"], 45, 45, *counts)
        out += struct.pack("<4sLQL", b"PK\6\7", 0, f["place"], 1)
    f = {**true, "comment": len(comment), **(end or {})}
    counts = (f["disk"], 0, f["count"], f["count"], f["size"], f["offset"], f["comment"])
    return out + struct.pack("<4s4H2LH", b"PK\5\6", *counts) + comment + tail


@dataclass(frozen=True)
class Craft:
    """What the tests make zip files with."""

    made: type = Made
    raw: object = staticmethod(raw)
    wide: object = staticmethod(wide)
    zipped: object = staticmethod(zipped)


@pytest.fixture(scope="session")
def craft():
    return Craft()
