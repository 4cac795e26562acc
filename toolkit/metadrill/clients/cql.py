"""One Cassandra node, asked in its native protocol, version 4: as much of it as a plain question needs.

Source: the specification `native_protocol_v4`, sections 2 (frames), 4.1.1, 4.1.4 and 4.2.5.
"""

import socket
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from metadrill.errors import Unreachable

Value = str | int | bytes | None
_REQUEST, _ANSWER = 0x04, 0x84
_ERROR, _STARTUP, _READY, _QUERY, _RESULT = 0x00, 0x01, 0x02, 0x07, 0x08
_ONE = 0x0001  # consistency
_ROWS = 0x0002  # kind of result
_OTHER = (0x0001, 0x0003, 0x0005)  # nothing; a keyspace was set; a schema changed
_ONE_TABLE, _MORE_PAGES = 0x0001, 0x0002  # flags of a result's metadata
_WARNED, _PLAIN = 0x08, 0x00  # flags of a frame
_TEXTS, _WHOLES = (0x01, 0x0A, 0x0D), (0x02, 0x09)  # ascii, text, varchar; bigint, int
_OF_ONE, _OF_TWO = (0x20, 0x22), (0x21,)  # list and set; map
_LONGEST = 256 << 20  # the protocol's own limit of a frame


@dataclass(frozen=True)
class Node:
    """Where a node listens. Each question has a connection of its own; nothing is tried again."""

    component: str
    address: str
    port: int
    door: Callable[[], AbstractContextManager[None]] = nullcontext

    def ask(self, text: str, timeout: timedelta = timedelta(seconds=30)) -> list[dict[str, Value]]:
        """Ask a question and return its rows: texts and whole numbers as such, other values as bytes.

        Raises Unreachable: no connection, an error of the node, an answer that cannot be read.
        """
        try:
            with (
                self.door(),
                socket.create_connection((self.address, self.port), timeout.total_seconds()) as line,
            ):
                self._call(line, _STARTUP, struct.pack(">H", 1) + _text("CQL_VERSION") + _text("3.0.0"))
                body = text.encode()
                answer = self._call(
                    line, _QUERY, struct.pack(">i", len(body)) + body + struct.pack(">HB", _ONE, 0)
                )
                return _rows(answer)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Unreachable(f"{self.component}: no connection: {reason}", "is it running?") from None
        except (struct.error, ValueError, IndexError) as error:
            raise Unreachable(f"{self.component}: an answer that cannot be read: {error}") from None

    def _call(self, line: socket.socket, kind: int, body: bytes) -> "_Reader":
        line.sendall(struct.pack(">BBhBi", _REQUEST, 0, 0, kind, len(body)) + body)
        version, flags, _, said, size = struct.unpack(">BBhBi", _exactly(line, 9))
        if version != _ANSWER or flags not in (_PLAIN, _WARNED) or not 0 <= size <= _LONGEST:
            raise Unreachable(f"{self.component}: it does not speak version 4 of the protocol")
        answer = _Reader(_exactly(line, size))
        if flags == _WARNED:
            _ = [answer.text() for _ in range(answer.short())]
        if said == _ERROR:
            raise Unreachable(f"{self.component}: error {answer.whole():#06x}: {answer.text()[:300]}")
        if said not in (_READY, _RESULT):
            raise Unreachable(f"{self.component}: it answers with {said}, which was not asked for")
        return answer


@dataclass
class _Reader:
    """The body of an answer, read from its start."""

    body: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        taken = self.body[self.at : self.at + count]
        if len(taken) < count:
            raise ValueError("it ends too early")
        self.at += count
        return taken

    def short(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def whole(self) -> int:
        return int.from_bytes(self.take(4), "big", signed=True)

    def text(self) -> str:
        return self.take(self.short()).decode()

    def value(self) -> bytes | None:
        size = self.whole()
        return self.take(size) if size >= 0 else None

    def kind(self) -> int:
        """Return the type of a column; what a collection is of is passed over."""
        found = self.short()
        if found > max(_OF_ONE):
            raise ValueError(f"a column of kind {found}")
        for _ in range(1 if found in _OF_ONE else 2 if found in _OF_TWO else 0):
            self.kind()
        if not found:
            self.text()
        return found


def _rows(answer: _Reader) -> list[dict[str, Value]]:
    kind = answer.whole()
    if kind in _OTHER:
        return []
    if kind != _ROWS:
        raise ValueError(f"a result of kind {kind}")
    flags, count = answer.whole(), answer.whole()
    if flags & _MORE_PAGES:
        raise ValueError("it comes in pages")
    if flags & _ONE_TABLE:
        answer.text(), answer.text()
    columns = []
    for _ in range(count):
        if not flags & _ONE_TABLE:
            answer.text(), answer.text()
        columns.append((answer.text(), answer.kind()))
    return [{name: _value(kind, answer.value()) for name, kind in columns} for _ in range(answer.whole())]


def _value(kind: int, raw: bytes | None) -> Value:
    if raw is None or kind not in _TEXTS + _WHOLES:
        return raw
    return raw.decode() if kind in _TEXTS else int.from_bytes(raw, "big", signed=True)


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()


def _exactly(line: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        block = line.recv(count - len(found))
        if not block:
            raise ConnectionError("it closed the connection")
        found += block
    return found
