"""The end of a zip file: its directory and end records, which must say what its entries have said.

Nothing of the entries is kept but running digests and counts, so it takes the same memory for
ten entries and for ten million.
"""

import hashlib

from metadrill.archives import zip_records as records
from metadrill.archives.forward import Forward
from metadrill.archives.zip_records import FULL, FULL_SHORT, Header, Wrong

_OFTEN = 1 << 16
_LONGEST_COMMENT = 1024


class Tally:
    """What a row of headers says, in order, as a few digests."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting = (bytearray(), bytearray(), bytearray())
        self._digests = (hashlib.sha256(), hashlib.sha256(), hashlib.sha256())

    def add(self, header: Header) -> None:
        """Add a header. Its name holds no NUL, which here ends each name."""
        names, facts, places = self._waiting
        self.count += 1
        names += header.name + b"\0"
        facts += records.FACTS.pack(header.flags, header.method, header.crc, header.packed, header.size)
        places += records.PLACE.pack(header.offset)
        if len(names) > _OFTEN or len(facts) > _OFTEN:
            self._flush()

    def told(self) -> tuple[bytes, bytes, bytes]:
        """Return the digests of names, of facts, and of places."""
        self._flush()
        names, facts, places = self._digests
        return names.digest(), facts.digest(), places.digest()

    def _flush(self) -> None:
        for waiting, digest in zip(self._waiting, self._digests, strict=True):
            digest.update(waiting)
            waiting.clear()


def finish(source: Forward, entries: Tally) -> None:
    """Given a file at the end of its entries, read it to its end.

    Raises ArchiveError where the directory or an end record does not agree with the entries, or
    where anything stands between or after them.
    """
    begin = source.offset
    try:
        _compare(entries, _directory(source, entries.count))
        _end(source, entries.count, begin)
    except Wrong as error:
        raise source.refused(str(error)) from None


def _directory(source: Forward, most: int) -> Tally:
    listed = Tally()
    while source.peek(4) == records.CENTRAL_MARK:
        if listed.count == most:
            raise Wrong(f"its directory lists more than its {most} entries")
        listed.add(_listed(source))
    _expect(source, records.END64_MARK, records.END_MARK)
    return listed


def _listed(source: Forward) -> Header:
    (
        _, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length, comment_length,
        disk, _, attributes, offset,
    ) = records.CENTRAL.unpack(source.take(records.CENTRAL.size))  # fmt: skip
    name = source.take(name_length)
    extra = source.take(extra_length) if extra_length else b""
    if comment_length:
        _pass_comment(source, comment_length)
    if disk:
        raise Wrong(f"{records.shown(name)}: lies on another disk")
    records.expect_plain_file(attributes, name)
    if extra or FULL in (size, packed, offset):
        values = iter(records.wide(extra, (size, packed, offset).count(FULL)))
        size, packed, offset = (next(values) if one == FULL else one for one in (size, packed, offset))
    return Header(name, flags, method, crc, packed, size, offset)


def _pass_comment(source: Forward, length: int) -> None:
    if length > _LONGEST_COMMENT:
        raise Wrong(f"a comment of {length} bytes")
    source.take(length)


def _compare(entries: Tally, listed: Tally) -> None:
    if listed.count != entries.count:
        raise Wrong(f"its directory lists {listed.count} of its {entries.count} entries")
    ours, theirs = entries.told(), listed.told()
    if ours[0] != theirs[0]:
        raise Wrong("its directory lists other names than its entries have, or in another order")
    if ours[1] != theirs[1]:
        raise Wrong("its directory gives other sizes, CRCs or methods than its entries have")
    if ours[2] != theirs[2]:
        raise Wrong("its directory gives other places than its entries have")


def _end(source: Forward, count: int, begin: int) -> None:
    size = source.offset - begin
    wide = source.peek(4) == records.END64_MARK
    if wide:
        _end64(source, count, begin, size)
    there = records.END.unpack(source.take(records.END.size))
    *said, comment_length = there[1:]
    true = [0, 0, count, count, size, begin]
    full = [FULL_SHORT] * 4 + [FULL] * 2
    for one, fact, masked in zip(said, true, full, strict=True):
        if one != fact and not (wide and one == masked):
            raise Wrong(f"its end record says {one}, and not {fact}")
    _pass_comment(source, comment_length)
    if source.peek(1):
        raise Wrong(f"something follows its end, at byte {source.offset}")


def _end64(source: Forward, count: int, begin: int, size: int) -> None:
    place = source.offset
    _, length, _, _, *said = records.END64.unpack(source.take(records.END64.size))
    if length != records.END64_SIZE:
        raise Wrong("a zip64 end record of another length")
    if said != [0, 0, count, count, size, begin]:
        raise Wrong("its zip64 end record does not agree with its entries")
    _expect(source, records.LOCATOR_MARK)
    where = records.LOCATOR.unpack(source.take(records.LOCATOR.size))
    if where[1:] != (0, place, 1):
        raise Wrong("its zip64 end record lies elsewhere than it says")
    _expect(source, records.END_MARK)


def _expect(source: Forward, *marks: bytes) -> None:
    there = source.peek(4)
    if len(there) == 4 and there not in marks:
        raise Wrong(f"something that is no record of a zip file, at byte {source.offset}")
