"""A node's answers, byte by byte: as the specification of the protocol's version 4 writes them."""

import socket
import struct
import threading
from datetime import timedelta

import pytest

from metadrill.clients.cql import Node
from metadrill.errors import Unreachable

READY = (0x84, 0, 0x02, b"")
SHORT = timedelta(seconds=5)


def text(word):
    return struct.pack(">H", len(word)) + word.encode()


def rows(*cells, kinds=(0x0D, 0x02), names=("name", "at")):
    head = struct.pack(">iii", 2, 1, len(kinds)) + text("keyspace") + text("table")
    head += b"".join(text(name) + struct.pack(">H", kind) for name, kind in zip(names, kinds, strict=True))
    body = struct.pack(">i", len(cells) // len(kinds))
    for cell in cells:
        body += struct.pack(">i", -1) if cell is None else struct.pack(">i", len(cell)) + cell
    return head + body


@pytest.fixture
def asked():
    """Return a function that asks a node which answers with given frames."""
    heard = []

    def ask(*frames):
        with socket.create_server(("127.0.0.1", 0)) as door:
            port = door.getsockname()[1]

            def serve():
                line, _ = door.accept()
                with line:
                    for version, flags, kind, body in frames:
                        size = struct.unpack(">BBhBi", line.recv(9, socket.MSG_WAITALL))[4]
                        heard.append(line.recv(size, socket.MSG_WAITALL))
                        line.sendall(struct.pack(">BBhBi", version, flags, 0, kind, len(body)) + body)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            try:
                return Node("cassandra", "127.0.0.1", port).ask("SELECT", SHORT)
            finally:
                thread.join(5)

    ask.heard = heard
    return ask


def test_texts_and_whole_numbers_are_read_as_such(asked):
    body = rows(b"a", struct.pack(">q", -5), None, None)
    found = asked(READY, (0x84, 0, 0x08, body))
    assert found == [{"name": "a", "at": -5}, {"name": None, "at": None}]
    assert asked.heard[1] == struct.pack(">i", 6) + b"SELECT" + b"\x00\x01\x00"


def test_a_warning_before_the_rows_is_passed_over(asked):
    body = struct.pack(">H", 1) + text("aggregation without a key") + rows(b"a", struct.pack(">q", 1))
    assert asked(READY, (0x84, 0x08, 0x08, body)) == [{"name": "a", "at": 1}]


def test_an_answer_without_rows_is_none(asked):
    assert asked(READY, (0x84, 0, 0x08, struct.pack(">i", 5))) == []


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        ((0x84, 0, 0x00, struct.pack(">i", 0x2200) + text("no such table")), "0x2200: no such table"),
        ((0x84, 0, 0x03, b""), "answers with 3"),
        ((0x83, 0, 0x08, b""), "version 4"),
        ((0x84, 0x01, 0x08, b""), "version 4"),
        ((0x84, 0, 0x08, struct.pack(">i", 2)), "ends too early"),
        ((0x84, 0, 0x08, struct.pack(">i", 9)), "kind 9"),
        ((0x84, 0, 0x08, rows(b"a", kinds=(0x30,), names=("n",))), "column of kind 48"),
        ((0x84, 0, 0x08, rows(b"\xff", kinds=(0x0D,), names=("n",))), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_an_error_and_never_no_rows(asked, frame, what):
    with pytest.raises(Unreachable, match=what):
        asked(READY, frame)


def test_a_node_that_is_not_there_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(Unreachable, match="no connection"):
        Node("cassandra", "127.0.0.1", port).ask("SELECT", SHORT)


def test_a_node_that_hangs_up_is_unreachable(asked):
    with pytest.raises(Unreachable, match="no connection"):
        asked(READY)
