"""The records of a zip file (APPNOTE 6.3, sections 4.3 and 4.5), as bytes; read and written."""

import re
import stat
import struct
from typing import NamedTuple

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
END = struct.Struct("<4s4H2LH")
END64_SIZE = END64.size - 12
"""What a zip64 end record says of its own length: without its mark and that number."""
FACTS = struct.Struct("<2HL2Q")
PLACE = struct.Struct("<Q")

LOCAL_MARK, CENTRAL_MARK = b"PK\3\4", b"PK\1\2"
END64_MARK, LOCATOR_MARK, END_MARK = b"PK\6\6", b"PK\6\7", b"PK\5\6"
_DESCRIPTOR_MARK = b"PK\7\x08"

STORED, DEFLATED = 0, 8
LATER, UTF8 = 1 << 3, 1 << 11
"""Flags: size and CRC follow the content; the name is UTF-8."""
_KNOWN_FLAGS = 0b110 | LATER | UTF8
_ENCRYPTED = 1 | 1 << 6 | 1 << 13
FULL, FULL_SHORT = 0xFFFFFFFF, 0xFFFF
"""Said in a field whose value stands in the zip64 record instead."""
_WIDE, _OTHER_NAME = 0x0001, 0x7075
_LONGEST_EXTRA = 4096

_STRANGE = re.compile(rb"[\x00-\x1f\x7f\\]")
_ELSEWHERE = re.compile(rb"^[A-Za-z]:|(?:^|/)\.{0,2}(?:/|$)")
_MODES = (0, stat.S_IFREG)
_FOLDER = 0x10


class Wrong(Exception):
    """A record that is refused; its text says why."""


class Header(NamedTuple):
    """What a header says of an entry. `name` is as it stands, `offset` where the local header is."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int = 0


def text(name: bytes, flags: int) -> str:
    """Given a name as it stands, return it. Raises Wrong: it leads elsewhere, or is not plain."""
    if _STRANGE.search(name):
        raise Wrong(f"{shown(name)}: a control character or a backslash in a name")
    if _ELSEWHERE.search(name):
        raise Wrong(f"{shown(name)}: not the name of a file inside")
    if not flags & UTF8 and not name.isascii():
        raise Wrong(f"{shown(name)}: a name in no known encoding")
    try:
        return name.decode()
    except UnicodeDecodeError:
        raise Wrong(f"{shown(name)}: a name that is not UTF-8") from None


def shown(name: bytes) -> str:
    """Return a name as an error shows it."""
    return ascii(name[:80].decode("utf-8", "backslashreplace"))


def expect_known(flags: int, method: int, name: bytes) -> None:
    """Raise Wrong for encryption, for methods but stored and deflate, and for flags of no meaning here."""
    if flags & _ENCRYPTED:
        raise Wrong(f"{shown(name)}: is encrypted")
    if method not in (STORED, DEFLATED):
        raise Wrong(f"{shown(name)}: compression method {method} is not read")
    if flags & ~_KNOWN_FLAGS:
        raise Wrong(f"{shown(name)}: flags {flags:#06x} are not known")
    if flags & LATER and method == STORED:
        raise Wrong(f"{shown(name)}: stored, and of no stated size")


def expect_plain_file(attributes: int, name: bytes) -> None:
    """Given external attributes, raise Wrong for a link, a folder, a device."""
    if stat.S_IFMT(attributes >> 16) not in _MODES or attributes & _FOLDER:
        raise Wrong(f"{shown(name)}: is no plain file: mode {attributes >> 16:#o}")


def wide(extra: bytes, wanted: int) -> tuple[int, ...]:
    """Given extra fields, return the values of the zip64 one: so many, or none where it must be absent."""
    if len(extra) > _LONGEST_EXTRA:
        raise Wrong(f"{len(extra)} bytes of extra fields")
    values: tuple[int, ...] | None = None
    at = 0
    while at < len(extra):
        if at + 4 > len(extra):
            raise Wrong("extra fields that are cut short")
        kind, length = struct.unpack_from("<2H", extra, at)
        body = extra[at + 4 : at + 4 + length]
        at += 4 + length
        if len(body) != length:
            raise Wrong("extra fields that are cut short")
        if kind == _OTHER_NAME:
            raise Wrong("a second name in its extra fields")
        if kind == _WIDE:
            if values is not None or length != 8 * wanted:
                raise Wrong("a zip64 field that does not fit its header")
            values = struct.unpack(f"<{wanted}Q", body)
    if wanted and values is None:
        raise Wrong("a size that stands nowhere")
    return values or ()


def wide_field(*values: int) -> bytes:
    """Return the zip64 extra field with these values, in the order of their header's fields."""
    return struct.pack(f"<2H{len(values)}Q", _WIDE, 8 * len(values), *values)


def descriptors(crc: int, packed: int, size: int) -> tuple[bytes, ...]:
    """Return the forms in which size and CRC may follow the content, longest first.

    No shorter form followed by a header is the beginning of a longer one.
    """
    long = struct.pack("<L2Q", crc, packed, size)
    if packed >= FULL or size >= FULL:
        return _DESCRIPTOR_MARK + long, long
    short = struct.pack("<3L", crc, packed, size)
    return _DESCRIPTOR_MARK + long, long, _DESCRIPTOR_MARK + short, short
