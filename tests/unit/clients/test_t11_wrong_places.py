"""T11: no address that hides a user or leads to a metadata service, and no call that leaves its server."""

import ast
import inspect
import ipaddress
import random
import socket
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

import metadrill.app.restoring as restoring
from metadrill.clients.http import HttpError, Server
from metadrill.depot import given
from metadrill.errors import Refused
from metadrill.loading import addresses
from metadrill.loading.scalars import Unfit
from metadrill.model.secret import Secret
from metadrill.stacks.atlas_elasticsearch.attached import Attached, Reached

METADATA = ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "fe80::1", "fd00:ec2::254")
NAMES = ("metadata.google.internal", "metadata", "metadata.goog", "instance-data")
SOON = timedelta(seconds=5)


def spelled(number, chance):
    """Return one of the ways of writing an address."""
    value = ipaddress.ip_address(number)
    if value.version == 6:
        return f"[{chance.choice([value.compressed, value.exploded, value.compressed.upper()])}]"
    octets = number.split(".")
    whole = int(value)
    return chance.choice([
        number, number + ".", str(whole), hex(whole), f"0{whole:o}",
        ".".join(f"{int(octet):#x}" for octet in octets), ".".join(f"0{int(octet):o}" for octet in octets),
        f"{octets[0]}.{octets[1]}.{int(octets[2]) * 256 + int(octets[3])}",
        f"{octets[0]}.{int(octets[1]) * 65536 + int(octets[2]) * 256 + int(octets[3])}",
        f"[::ffff:{number}]", f"[::ffff:{whole >> 16:x}:{whole & 0xFFFF:x}]", f"[64:ff9b::{number}]",
        f"[2002:{whole >> 16:x}:{whole & 0xFFFF:x}::1]", "%31" + number[1:], number.replace(".", "%2e"),
        number.replace(".", "\u3002"), "".join(chr(ord(sign) + 0xFEE0) for sign in number),
    ])  # fmt: skip


def hostile(chance):
    """Yield an address that leads where none may, or that hides somebody's password."""
    scheme = chance.choice(["http", "https", "HTTP", "hTTps"])
    port = chance.choice(["", ":80", ":21000", ":"])
    tail = chance.choice(["", "/", "/api/atlas", "/../x", ";x"])
    where = chance.choice([
        lambda: spelled(chance.choice(METADATA), chance),
        lambda: chance.choice(NAMES) + chance.choice(["", "."]),
        lambda: chance.choice(NAMES).upper(),
        lambda: f"{chance.choice(['u', 'u:p', ':p', '', 'a%40b', 'atlas.example:80'])}@atlas.example",
        lambda: f"atlas.example@{spelled(METADATA[0], chance)}",
        lambda: "atlas.example\\@" + METADATA[0],
        lambda: f"atlas.example#@{METADATA[0]}",
        lambda: f"atlas.example?@{METADATA[0]}",
        lambda: chance.choice(["ätlas.example", "xn--.example\u200b", "atlas\u2024example", "a b"]),
        lambda: chance.choice(["0.0.0.0", "0", "[::]", "224.0.0.1", "[ff02::1]", "255.255.255.255"]),
        lambda: chance.choice(["", ".", "..", "atlas..example", "-atlas", "atlas%00.example", "[", "[::1"]),
    ])()  # fmt: skip
    form = chance.randrange(8)
    if form == 0:
        return (
            chance.choice(["file", "gopher", "ftp", "ldap", "dict", "javascript", "data", "jar"])
            + "://"
            + where
        )
    return f"{scheme}://{where}{port}{tail}"


def test_t11_of_ten_thousand_hostile_addresses_none_is_taken():
    chance, taken, kinds = random.Random(11), [], set()
    for _ in range(10_000):
        text = hostile(chance)
        kinds.add(text)
        try:
            addresses.server(text)
        except Unfit:
            continue
        taken.append(text)
    assert [text for text in taken if text] == [] and len(kinds) > 1500


def test_t11_plain_addresses_are_taken():
    chance = random.Random(12)
    for _ in range(1000):
        host = chance.choice(
            ["atlas.example", "10.0.0.7", "[fd12:3456::1]", "xn--tlas-loa.example", "127.0.0.1"]
        )
        text = f"http{chance.choice(['', 's'])}://{host}:{chance.randrange(1, 65536)}"
        assert addresses.server(text + "/") == text
        assert urlsplit(text).hostname


@pytest.mark.parametrize("leads_to", METADATA)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_t11_a_name_that_leads_to_a_metadata_service_is_never_connected(monkeypatch, leads_to, scheme):
    made = []
    family = socket.AF_INET6 if ":" in leads_to else socket.AF_INET

    def resolve(host, port, *args, **more):
        return [(family, socket.SOCK_STREAM, 6, "", (leads_to, port or 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: made.append(address))
    server = Server("atlas", f"{scheme}://rebind.example:21000", "admin", Secret("admin", "sesame-7391"))
    with pytest.raises(Refused, match="leads to"):
        server.get("/api", SOON)
    with pytest.raises(Refused, match="leads to"):
        server.change("DELETE", "/api", timeout=SOON)
    assert made == []


class Recorder(ThreadingHTTPServer):
    """A server that notes every request, and sends each elsewhere."""

    def __init__(self, elsewhere=""):
        super().__init__(("127.0.0.1", 0), Recording)
        self.asked, self.elsewhere = [], elsewhere
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Recording(BaseHTTPRequestHandler):
    def serve(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path))
        self.send_response(int(self.path.rpartition("/")[2]) if self.server.elsewhere else 200)
        if self.server.elsewhere:
            self.send_header("Location", self.server.elsewhere + "/stolen")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = do_DELETE = do_CONNECT = serve

    def log_message(self, *args):
        """Say nothing."""


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_t11_no_call_follows_a_redirect_or_goes_by_a_proxy_of_the_environment(monkeypatch, status):
    with Recorder() as elsewhere, Recorder(elsewhere.url) as ours:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, elsewhere.url)
        server = Server("atlas", ours.url, "admin", Secret("admin", "sesame-7391"))
        for method in ("GET", "POST", "PUT", "DELETE"):
            with pytest.raises(HttpError, match=str(status)):
                server.call(method, f"/{status}", timeout=SOON, json={"a": 1})
        with pytest.raises(HttpError):
            server.change("POST", f"/{status}", {"a": 1}, SOON)
        assert elsewhere.asked == [] and len(ours.asked) == 5
        elsewhere.shutdown()
        ours.shutdown()


def test_t11_nothing_that_restores_takes_a_connection():
    """By construction: what restores makes its own sandbox, and cannot be told of another place."""
    tree = ast.parse(inspect.getsource(restoring))
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not {"connecting", "Connection", "metadrill.app.connecting"} & named
    assert "connection" not in {field.name for field in restoring.Wanted.__dataclass_fields__.values()}
    assert "settings.connection" not in inspect.getsource(restoring)


class Whole:
    """What an attached stack wraps: every request of it is noted."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        self.asked.append(name)
        raise AssertionError(name)


@pytest.mark.parametrize("kind", [Attached, Reached])
@pytest.mark.parametrize("name", ["put_files", "put_export", "destroy", "renew"])
def test_t11_a_stack_that_stands_can_be_restored_into_by_no_one(kind, name):
    whole = Whole()
    assert not hasattr(kind(whole), name)
    assert whole.asked == []
    assert "isinstance(target, Restorable)" in inspect.getsource(given.GivenSet.put)
