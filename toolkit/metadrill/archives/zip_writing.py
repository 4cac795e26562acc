"""Writing a zip file in one forward pass: sizes stand before each content, the directory waits on disk.

The same entries give the same bytes (of one zlib): no clock, no user, no machine is in them.
"""

import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterable
from typing import BinaryIO

from metadrill.archives import zip_records as records
from metadrill.archives.names import Names
from metadrill.archives.zip_records import FULL, FULL_SHORT, Header, Wrong
from metadrill.errors import ArchiveError

_NEEDS, _NEEDS_WIDE = 20, 45
_MADE_BY = 3 << 8
_EARLIEST = 0x0021
"""The date of every entry: the earliest a zip file can say, 1980-01-01."""
_ATTRIBUTES = (stat.S_IFREG | 0o600) << 16


def write(entries: Iterable[tuple[str, bytes]], file: BinaryIO, level: int = 1) -> int:
    """Given entries of name and content, write them as a zip file; return how many bytes it has.

    `file` need not seek, and stays open. `level` is zlib's. Raises ArchiveError for a name that is
    there twice, or that `zips.entries` would refuse.
    """
    offset = count = 0
    with Names() as names, tempfile.TemporaryFile() as directory:
        for text, content in entries:
            name = text.encode()
            _expect_new(name, names)
            header, body = _packed(name, content, offset, level)
            start = local(header)
            file.write(start)
            file.write(body)
            directory.write(central(header))
            offset += len(start) + len(body)
            count += 1
        if names.repeated():
            raise ArchiveError("a name is there twice", "who made these entries?")
        size = directory.tell()
        directory.seek(0)
        shutil.copyfileobj(directory, file)
    last = end(count, size, offset)
    file.write(last)
    return offset + size + len(last)


def local(header: Header) -> bytes:
    """Return the header that stands before a content, with sizes."""
    packed, size, extra, needs = header.packed, header.size, b"", _NEEDS
    if packed >= FULL or size >= FULL:
        extra, needs = records.wide_field(size, packed), _NEEDS_WIDE
        packed = size = FULL
    fields = (needs, header.flags, header.method, 0, _EARLIEST, header.crc, packed, size)
    start = records.LOCAL.pack(records.LOCAL_MARK, *fields, len(header.name), len(extra))
    return start + header.name + extra


def central(header: Header) -> bytes:
    """Return the header of an entry in the directory."""
    true = (header.size, header.packed, header.offset)
    size, packed, offset = (min(value, FULL) for value in true)
    above = [value for value in true if value >= FULL]
    extra = records.wide_field(*above) if above else b""
    needs = _NEEDS_WIDE if above else _NEEDS
    facts = (_MADE_BY | needs, needs, header.flags, header.method, 0, _EARLIEST, header.crc, packed, size)
    rest = (len(header.name), len(extra), 0, 0, 0, _ATTRIBUTES, offset)
    return records.CENTRAL.pack(records.CENTRAL_MARK, *facts, *rest) + header.name + extra


def end(count: int, size: int, offset: int) -> bytes:
    """Return what ends a file: given entries, bytes of the directory, and where that begins."""
    least = min(count, FULL_SHORT)
    short = (0, 0, least, least, min(size, FULL), min(offset, FULL), 0)
    last = records.END.pack(records.END_MARK, *short)
    if count < FULL_SHORT and size < FULL and offset < FULL:
        return last
    whole = (records.END64_SIZE, _MADE_BY | _NEEDS_WIDE, _NEEDS_WIDE, 0, 0, count, count, size, offset)
    wide = records.END64.pack(records.END64_MARK, *whole)
    return wide + records.LOCATOR.pack(records.LOCATOR_MARK, 0, offset + size, 1) + last


def _packed(name: bytes, content: bytes, offset: int, level: int) -> tuple[Header, bytes]:
    deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(content) + deflate.flush()
    method = records.DEFLATED
    if len(body) >= len(content):
        body, method = content, records.STORED
    facts = (records.UTF8, method, zlib.crc32(content), len(body), len(content))
    return Header(name, *facts, offset), body


def _expect_new(name: bytes, names: Names) -> None:
    try:
        records.text(name, records.UTF8)
    except Wrong as error:
        raise ArchiveError(str(error), "who made these entries?") from None
    if not names.add(name):
        raise ArchiveError(f"{records.shown(name)}: is there twice", "who made these entries?")
