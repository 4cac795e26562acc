"""A twin of a container engine: it speaks enough of its HTTP on a socket, and fails as it is told.

And what check 9 says of a census, for whatever reads one.
"""

import json
import re
import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from metadrill import loading
from metadrill.census import Census, frames
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.model.suite import CheckResult

STRUCTURE = Path(__file__).parents[2] / "fixtures" / "suites" / "structure.yaml"
VERSION = {"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}
BASE = "metadrill-base:1"


@dataclass
class TwinEngine:
    """What it holds, what it was asked, and what it must answer instead (method, path: status, message)."""

    address: str
    version: dict[str, str] = field(default_factory=lambda: dict(VERSION))
    images: set[str] = field(default_factory=lambda: {BASE})
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    instead: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def left(self) -> list[str]:
        """The names of the containers and networks that were not removed."""
        return sorted(item["Name"] for item in self.held.values())

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        """Return status and body for one request."""
        line = f"{method} {path}"
        self.asked.append(line)
        for pattern, (status, message) in self.instead.items():
            if re.fullmatch(pattern, line):
                return status, {"message": message}
        for pattern, answer in _ANSWERS.items():
            if match := re.fullmatch(pattern, line):
                return answer(self, match, query, body)
        return 404, {"message": f"no such thing: {line}"}


def _image(engine, match, query, body):
    name = match[1]
    if name not in engine.images:
        return 404, {"message": f"No such image: {name}"}
    return 200, {"Id": f"sha256:{name}", "RepoTags": [name], "Size": 5, "Config": {"Labels": {}}}


def _make(kind):
    def make(engine, match, query, body):
        number = f"{kind}{len(engine.asked)}"
        name = body.get("Name") or query["name"][0]
        labels = body.get("Labels") or {}
        state = {"Running": True, "Pid": 1, "ExitCode": 0, "Status": "running"}
        engine.held[number] = {
            "Id": number, "Name": name, "kind": kind, "Labels": labels,
            "Config": {"Labels": labels, "Tty": True}, "State": state, "Names": [f"/{name}"], "Image": BASE,
            "NetworkSettings": {"Networks": {name.removesuffix("-network"): {"IPAddress": "127.0.0.1"}}},
            "IPAM": {"Config": [{"Gateway": "127.0.0.1"}]},
        }  # fmt: skip
        return 201, {"Id": number, "Warnings": []}

    return make


def _show(engine, match, query, body):
    found = engine.held.get(match[1])
    return (200, found) if found else (404, {"message": "no such thing"})


def _list(kind):
    def shown(engine, match, query, body):
        label, _, value = json.loads(query["filters"][0])["label"][0].partition("=")
        return 200, [
            item
            for item in engine.held.values()
            if item["kind"] == kind and item["Labels"].get(label) == value
        ]

    return shown


def _drop(engine, match, query, body):
    engine.held.pop(match[1], None)
    return 204, None


_ANSWERS = {
    r"GET /version": lambda engine, *_: (200, engine.version),
    r"GET /images/(.+)/json": _image,
    r"POST /networks/create": _make("network"),
    r"POST /containers/create": _make("container"),
    r"POST /containers/\w+/(?:start|stop)": lambda *_: (204, None),
    r"POST /containers/\w+/wait": lambda *_: (200, {"StatusCode": 0}),
    r"GET /containers/\w+/logs": lambda *_: (200, ""),
    r"GET /containers/json": _list("container"),
    r"GET /networks": _list("network"),
    r"GET /volumes": lambda *_: (200, {"Volumes": []}),
    r"GET /(?:containers|networks)/(\w+)(?:/json)?": _show,
    r"DELETE /(?:containers|networks)/(\w+)": _drop,
}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def _handler(engine: TwinEngine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            sent = self.rfile.read(length)
            try:
                body = json.loads(sent or b"null")
            except ValueError:
                body = None
            asked = urlparse(self.path)
            path = re.sub(r"^/v\d+\.\d+", "", asked.path)
            status, told = engine.answer(self.command, path, parse_qs(asked.query), body)
            if status == 0:  # it dies instead of answering
                self.close_connection = True
                self.connection.close()
                return
            content = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _serve

        def address_string(self) -> str:
            return "twin"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def twin_engine() -> Iterator[TwinEngine]:
    with tempfile.TemporaryDirectory(prefix="metadrill-engine-") as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "engine.sock"
        engine = TwinEngine(f"unix://{path}")
        with _Server(str(path), _handler(engine)) as server:
            path.chmod(0o666)
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield engine
            server.shutdown()


@pytest.fixture
def ninth() -> Callable[[Census], CheckResult]:
    """What the shipped check 9 says of a census, judged by the real checker."""
    suite = loading.load_suite(STRUCTURE)
    alone = replace(suite, checks=tuple(check for check in suite.checks if check.number == 9))

    def judged(census: Census) -> CheckResult:
        (result,) = GreatExpectations().check(alone, frames.join(census, census), frozenset()).results
        return result

    return judged
