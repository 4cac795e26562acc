"""One HTTP server on loopback, and what it may do to us."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from metadrill.clients.http import HttpError, NotConnected, Server, Undecodable
from metadrill.errors import EnvironmentNotReady, Unreachable
from metadrill.model.secret import Secret


class Handler(BaseHTTPRequestHandler):
    """Answers by path; remembers what it was asked."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.asked.append((self.command, self.path, dict(self.headers), body))  # type: ignore[attr-defined]  # ours, below
        status, text = ANSWERS.get(self.path, (200, b'{"fine": true}'))
        if self.path == "/slow":
            self.server.released.wait(20)  # type: ignore[attr-defined]  # ours, below
        if self.path == "/hangup":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(text) + (100 if self.path == "/short" else 0)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *args: object) -> None:
        """Say nothing."""


ANSWERS = {
    "/error": (500, b'{"errorCode": "ATLAS-500", "errorMessage": "broken"}'),
    "/missing": (404, b"gone"),
    "/empty": (204, b""),
    "/spoilt": (200, b'{"name": "\xff\xfe\x00"}'),
    "/half": (200, b'{"name": '),
    "/deep": (200, b"[" * 100_000),
    "/redirect": (302, b""),
}


@pytest.fixture
def there() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.released = [], threading.Event()  # type: ignore[attr-defined]  # what Handler uses
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.released.set()  # type: ignore[attr-defined]  # set above
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(there: ThreadingHTTPServer) -> Server:
    return Server("elasticsearch", f"http://127.0.0.1:{there.server_port}")


def test_json_comes_back_and_an_empty_answer_is_none(client):
    assert client.get("/x") == {"fine": True}
    assert client.call("DELETE", "/empty", timeout=timedelta(seconds=5)) is None


def test_a_port_that_nobody_listens_on_certainly_received_nothing():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = Server("atlas", f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(NotConnected, match="atlas: GET /x: no connection") as caught:
            nobody.get("/x?secret=1")
    assert caught.value.code == 30 and "secret" not in str(caught.value)


@pytest.mark.parametrize("path", ["/hangup", "/short", "/hangup-refused"])
def test_a_connection_that_breaks_is_unreachable_but_may_have_arrived(client, path, monkeypatch):
    monkeypatch.setitem(ANSWERS, "/hangup-refused", (200, b"{"))
    with pytest.raises(Unreachable) as caught:
        client.get(path)
    assert not isinstance(caught.value, NotConnected)


def test_a_server_that_does_not_answer_in_time_is_unreachable_but_may_have_received_it(client):
    with pytest.raises(Unreachable, match="elasticsearch: GET /slow: ReadTimeout") as caught:
        client.get("/slow", timedelta(milliseconds=150))
    assert not isinstance(caught.value, NotConnected | HttpError)


@pytest.mark.parametrize(("path", "status"), [("/error", 500), ("/missing", 404)])
def test_an_error_status_carries_status_and_text(client, path, status):
    with pytest.raises(HttpError, match=f"status {status}") as caught:
        client.get(path)
    assert caught.value.status == status and caught.value.text == ANSWERS[path][1].decode()
    assert isinstance(caught.value, EnvironmentNotReady)


@pytest.mark.parametrize("path", ["/spoilt", "/half", "/deep"])
def test_an_answer_that_is_no_json_is_a_finding_and_never_guessed_at(client, path):
    with pytest.raises(Undecodable, match="not JSON that can be decoded"):
        client.get(path)


def test_a_redirect_is_not_followed(client, there):
    with pytest.raises(HttpError, match="status 302"):
        client.change("POST", "/redirect", {"a": 1})
    assert [path for _, path, *_ in there.asked] == ["/redirect"]


def test_a_proxy_in_the_environment_never_sees_a_sandbox(client, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert client.get("/x") == {"fine": True}


def test_credentials_of_a_netrc_are_not_used(client, there, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login thief password stolen\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client.get("/x")
    assert "Authorization" not in there.asked[0][2]


def test_a_call_that_changes_something_is_reported_before_it_is_sent(there):
    told = []

    def record(kind, /, **data):
        told.append((kind, data, len(there.asked)))

    client = Server("atlas", f"http://127.0.0.1:{there.server_port}", record=record)
    client.change("PUT", "/x", {"a": 1})
    client.change("POST", "/x", {"long": "x" * 3000})
    client.ask("/x", {"question": 1})
    client.get("/x")
    facts = {"component": "atlas", "path": "/x"}
    assert told[0] == ("call.made", {**facts, "method": "PUT", "body": {"a": 1}}, 0)
    assert told[1][1]["body"].endswith("characters)") and len(told) == 2
    with pytest.raises(HttpError):
        client.change("DELETE", "/error")
    assert len(told) == 3, "a call that fails was made all the same"


def test_the_password_goes_over_the_wire_and_nowhere_else(there):
    client = Server("atlas", f"http://127.0.0.1:{there.server_port}", "admin", Secret("atlas", "s3cret-word"))
    client.get("/x")
    assert there.asked[0][2]["Authorization"].startswith("Basic ")
    with pytest.raises(HttpError) as caught:
        client.get("/error")
    assert "s3cret-word" not in repr(client) + str(caught.value)
