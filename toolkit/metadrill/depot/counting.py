"""The entities of an export laid into the tables of a census: here, or in a process of their own.

Reading an archive and laying down what its entries say take about the same time, so with many
entries the second half goes into a child (`counting_child`). A small export is not worth one.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any

from metadrill.census import laying
from metadrill.errors import EnvironmentNotReady
from metadrill.ports.backing import Dialect

JOB, ANSWER = "job", "answer"
"""Files of the folder through which the child is asked and answers."""
LENGTH = Struct("<q")
END = -1
"""Stands where a length would, once no entry follows: a stream that was cut has none."""

_HERE = 1 << 24
"""Bytes of entries up to which they are counted in this process: some ten thousand entities."""
_CHILD = "metadrill.depot.counting_child"
_KEPT = ("PATH", "LD_LIBRARY_PATH", "HOME", "TMPDIR")
_BUFFER, _PIPE = 1 << 16, 1 << 20
"""Bytes that are written at once, and that lie between the two: neither waits for the other's every turn."""


@dataclass(frozen=True)
class Job:
    """What has to be known to lay entries down; without a schema there are no shortfalls."""

    dialect: Dialect
    folder: Path
    schema: bytes | None
    tables: frozenset[str]


class Counter:
    """Lays entries into a census."""

    def __init__(self, job: Job) -> None:
        self._dialect = job.dialect
        self._types = None if job.schema is None else job.dialect.types(job.schema)
        tables = job.tables - (frozenset() if self._types else {"shortfalls"})
        self._laying = laying.Laying(job.folder, tables)

    def add(self, content: bytes) -> None:
        """Lay down the entities of an entry. Raises ArchiveError."""
        for guid, rows in self._dialect.entities(content, self._types, self._laying.needs):
            self._laying.add(guid, rows)

    def finish(self) -> dict[str, Path]:
        """Put the tables in order and return their files. Raises as `Laying.finish`."""
        return self._laying.finish()


class Counting:
    """Takes entries; holds the first, and hands them to a child once they are too many for that."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._child: _Child | None = None

    def add(self, content: bytes) -> None:
        """Take an entry. Raises ArchiveError, now or with one of the next."""
        if self._child is not None:
            self._child.add(content)
            return
        self._waiting.append(content)
        self._bytes += len(content)
        if self._bytes > _HERE:
            self._child = _Child(self._job)
            for one in self._waiting:
                self._child.add(one)
            self._waiting.clear()

    def finish(self) -> Mapping[str, Path]:
        """Return the file of each table. Raises ArchiveError, EnvironmentNotReady: a full disk."""
        if self._child is not None:
            return self._child.finish()
        counter = Counter(self._job)
        for content in self._waiting:
            counter.add(content)
        self._waiting.clear()
        return counter.finish()

    def stop(self) -> None:
        """End the child, if there is one: what it has counted is worth nothing."""
        if self._child is not None:
            self._child.stop()


class _Child:
    """The process that counts; it ends with this one, and hears of no signal of the terminal."""

    def __init__(self, job: Job) -> None:
        self._folder = job.folder
        (job.folder / JOB).write_bytes(pickle.dumps(job))
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        path = os.pathsep.join(place for place in sys.path if place)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", _CHILD, str(job.folder)], env={**kept, "PYTHONPATH": path},
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            bufsize=_BUFFER, pipesize=_PIPE, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._into = self._process.stdin

    def add(self, content: bytes) -> None:
        try:
            self._into.write(LENGTH.pack(len(content)))
            self._into.write(content)
        except BrokenPipeError:
            self._answer()

    def finish(self) -> Mapping[str, Path]:
        with suppress(BrokenPipeError):
            self._into.write(LENGTH.pack(END))
            self._into.close()
        return self._answer()

    def _answer(self) -> Mapping[str, Path]:
        """Wait for the child's end; return its tables or raise what it raised."""
        try:
            code = self._process.wait()
        finally:
            self.stop()
        try:
            answer: Any = pickle.loads((self._folder / ANSWER).read_bytes())  # noqa: S301 - our own child's
        except FileNotFoundError:
            ended = f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            raise EnvironmentNotReady(
                f"the census was not counted to its end: its process {ended}", "was memory short?"
            ) from None
        if isinstance(answer, Exception):
            raise answer
        tables: Mapping[str, Path] = answer
        return tables

    def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            self._process.wait()
        with suppress(BrokenPipeError):
            self._into.close()
