"""A link that is slowed, lossy, mended, cut: over real sockets."""

import contextlib
import socket
import threading
import time

import pytest

from metadrill.clients.link import SOUND, Link, Shape

BYTES = bytes(range(256)) * 2_000  # 512 kB


@pytest.fixture
def echo():
    """A server that sends back what it gets, until its end; ends with the test."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        with connection, contextlib.suppress(OSError):
            while block := connection.recv(1 << 16):
                connection.sendall(block)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def link(echo):
    made = Link(echo)
    yield made
    made.close()


def through(link, sent):
    """Send bytes and return what came back, and how long the first byte and all of it took."""
    began = time.monotonic()
    with socket.create_connection(link.address, timeout=20) as connection:

        def send():
            with contextlib.suppress(OSError):
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)

        threading.Thread(target=send, daemon=True).start()
        back, first = bytearray(), 0.0
        while block := connection.recv(1 << 16):
            first = first or time.monotonic() - began
            back += block
    return bytes(back), first, time.monotonic() - began


def test_what_goes_through_comes_through(link):
    assert through(link, BYTES)[0] == BYTES
    assert through(link, b"")[0] == b""


def test_latency_is_of_each_way_and_does_not_add_up_over_a_long_message(link):
    link.reshape(Shape(latency_s=0.2))
    back, first, whole = through(link, BYTES)
    assert back == BYTES and first >= 0.4
    assert whole < 0.4 + 32 * 0.2, "each of 32 chunks waits beside the others, not after them"


def test_bandwidth_is_that_of_all_connections_together(link):
    link.reshape(Shape(bandwidth=500_000))
    took = []
    began = time.monotonic()
    threads = [
        threading.Thread(target=lambda: took.append(through(link, BYTES[:250_000])[2])) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 0.9 and len(took) == 2


def test_a_connection_that_carried_enough_is_reset_and_the_next_one_stands(link):
    link.reshape(Shape(cut_after=100_000))
    with contextlib.suppress(ConnectionResetError):
        back, *_ = through(link, BYTES)
        assert len(back) < len(BYTES)
    assert link.resets == 1
    assert through(link, b"little")[0] == b"little"


def test_mended_it_is_fast_for_what_is_under_way_too(link):
    link.reshape(Shape(bandwidth=20_000))
    mending = threading.Timer(0.5, link.reshape, [SOUND])
    mending.start()
    back, _, whole = through(link, BYTES)
    mending.join()
    assert back == BYTES and whole < 10, "it would have taken 25 s each way"


def test_cut_nothing_passes_and_nobody_connects(link):
    with socket.create_connection(link.address, timeout=5) as connection:
        connection.sendall(b"before")
        assert connection.recv(6) == b"before"
        link.cut()
        with contextlib.suppress(OSError):
            assert connection.recv(1) == b""
    with pytest.raises(OSError):
        socket.create_connection(link.address, timeout=5)
    link.cut()
    link.close()
    link.close()


def test_where_nobody_serves_a_connection_ends_at_once(echo):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    link = Link(address)
    with socket.create_connection(link.address, timeout=5) as connection, contextlib.suppress(OSError):
        assert connection.recv(1) == b""
    link.close()


def test_nothing_is_left_of_it(echo):
    before = threading.active_count()
    link = Link(echo)
    through(link, b"something")
    link.close()
    assert threading.active_count() <= before + 1  # the echo's own, which ends by itself
