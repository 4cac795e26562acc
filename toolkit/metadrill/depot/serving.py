"""A depot served to another region: its published sets, read only, to whoever knows the word of the day."""

import hmac
import os
import re
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO

from metadrill.depot.shelf import Depot
from metadrill.model.secret import Secret

_FILE = re.compile(r"/(?P<set>[\w+][\w.+-]*)/(?P<file>[\w+][\w.+-]*)")
_RANGE = re.compile(r"bytes=(\d+)-")
_BLOCK, _POLL_S = 1 << 18, 0.05


class Serving:
    """Serves a depot on loopback, from its making until `close`. `address` is where, `word` must be said."""

    def __init__(self, depot: Depot) -> None:
        self.word = Secret("the depot's word", secrets.token_urlsafe(32))
        self._server = _Server(depot, f"Bearer {self.word.reveal()}".encode())
        self.address: tuple[str, int] = ("127.0.0.1", self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="depot", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Serve no more; again: no error."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, depot: Depot, word: bytes) -> None:
        self.depot, self.word = depot, word
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever was cut off knows it."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file of a set, from where it is asked for."""
        said = self.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(said, self.server.word):
            return self.send_error(HTTPStatus.UNAUTHORIZED)
        found, asked = _FILE.fullmatch(self.path), _RANGE.fullmatch(self.headers.get("Range", "bytes=0-"))
        if found is None or asked is None or found["set"] not in self.server.depot.names():
            return self.send_error(HTTPStatus.NOT_FOUND)
        try:
            file = _opened(self.server.depot.path / found["set"] / found["file"])
        except OSError:
            return self.send_error(HTTPStatus.NOT_FOUND)
        with file:
            self._send(file, int(asked[1]))
        return None

    def _send(self, file: BinaryIO, offset: int) -> None:
        size = os.fstat(file.fileno()).st_size
        offset = min(offset, size)
        file.seek(offset)
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(size - offset))
        self.end_headers()
        while block := file.read(_BLOCK):
            self.wfile.write(block)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


def _opened(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
