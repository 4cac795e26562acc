"""Sets of a depot that is served elsewhere, read over a network; what breaks on the way is `Unreachable`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import urllib3

from metadrill import clock
from metadrill.clients.http import Server
from metadrill.depot.shelf import Held
from metadrill.errors import Unreachable
from metadrill.model.secret import Secret

_PATIENCE = timedelta(seconds=30)


class Fetching:
    """Reads files of sets at an address. One at a time: give each thread its own."""

    def __init__(self, address: tuple[str, int], word: Secret, time: clock.Clock = clock.SYSTEM) -> None:
        self._server = Server("depot", f"http://{address[0]}:{address[1]}")
        self._server.with_fields({"Authorization": f"Bearer {word.reveal()}"})
        self._time = time

    @contextmanager
    def open(self, held: Held, file: str, offset: int) -> Iterator["Body"]:
        """Give what a file of a set holds from an offset on. Raises Unreachable."""
        path = f"/{held.manifest.name}/{file}"
        fields = {"Range": f"bytes={offset}-"}
        with self._server.send("GET", path, timeout=_PATIENCE, headers=fields, stream=True) as answer:
            yield Body(answer.raw, path)

    def measured(self, held: Held, amount: int) -> dict[str, float]:
        """Return what the way there does with its largest part: `first_byte_s`, and `bytes_s` on average."""
        part = max(held.manifest.parts, key=lambda one: one.bytes)
        began = self._time.monotonic_ns()
        with self.open(held, part.name, 0) as body:
            got = len(body.read(1))
            first = clock.seconds(began, self._time.monotonic_ns())
            while got < min(amount, part.bytes):
                got += len(body.read(amount - got))
        took = clock.seconds(began, self._time.monotonic_ns())
        return {"first_byte_s": first, "bytes_s": round(got / max(took, 1e-9))}


class Body:
    """What comes, block by block."""

    def __init__(self, raw: Any, path: str) -> None:
        self._raw, self._path = raw, path

    def read(self, size: int) -> bytes:
        """Return at most so many bytes; none at its end. Raises Unreachable where it was cut off."""
        try:
            return bytes(self._raw.read(size))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(f"depot: {self._path}: {type(error).__name__}", "is the link up?") from None
