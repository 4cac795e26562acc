"""Fault: a file of the graph's store goes bad, on disk, while its server is down; or it is lost."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.errors import EnvironmentNotReady, Interrupted, MetadrillError, UsageError
from metadrill.faults import params
from metadrill.model.scenario import Action
from metadrill.ports.breaking import GraphFiles

_PARAMS = {"file": "newest", "bytes": 4096, "lost": False}
_FILES = ("newest", "oldest", "largest")
_MOST = 1 << 20


class DamageGraphFile:
    """Overwrites the first `bytes` of one `file` (newest, oldest, largest) with zeros; `lost`: deletes it.

    Like a sector that came back empty, or a file that a repair of the file system threw away. Raises
    UsageError for parameters that it does not know.
    """

    def __init__(self, action: Action, time: clock.Clock = clock.SYSTEM) -> None:
        given = params.merged(action, _PARAMS)
        if given["file"] not in _FILES:
            raise UsageError(f"{action.name}: file {given['file']!r}", f"it is {', '.join(_FILES)}")
        if type(given["lost"]) is not bool:
            raise UsageError(f"{action.name}: lost {given['lost']!r}", "true or false")
        count = given["bytes"]
        if type(count) is not int or not 1 <= count <= _MOST:
            raise UsageError(f"{action.name}: bytes {count!r}", f"a number from 1 to {_MOST}")
        self._which, self._count, self._lost = str(given["file"]), count, given["lost"]
        self._time = time

    def prepare(self, target: Any) -> None:
        """See that the graph's files can be reached. Raises EnvironmentNotReady."""
        if not isinstance(target, GraphFiles):
            raise EnvironmentNotReady(
                "damage_graph_file: the graph of this stack lies in no files that can be reached",
                "pick a stack with BerkeleyDB, in a sandbox of metadrill's own",
            )

    def inject(self, target: Any) -> Mapping[str, Any]:
        """Stop the server, hit the file, start the server; return what was hit, and how the start went."""
        invoked, server = self._time.monotonic_ns(), target.graph_server
        target.stop(server)
        ended = self._time.monotonic_ns()
        try:
            truth = self._hit(target.graph_files())
        except OSError as error:
            raise MetadrillError(
                f"{error.filename}: {error.strerror}", "may this user write the graph's files?"
            ) from None
        try:
            target.start(server)
            said = "it started"
        except Interrupted:
            raise
        except MetadrillError as error:
            said = error.message  # what a damaged store makes of it: the outage, not an error of the run
        times = {"invoked_ns": invoked, "served_until_ns": ended}
        return {"form": "loud", **times, "server": server, "start": said, **truth}

    def _hit(self, files: tuple[Path, ...]) -> Mapping[str, Any]:
        if not files:
            raise MetadrillError("the graph has no file to hit", "was it filled?", EnvironmentNotReady.code)
        path = {
            "newest": files[-1],
            "oldest": files[0],
            "largest": max(files, key=lambda one: (one.stat().st_size, one.name)),
        }[self._which]
        size = path.stat().st_size
        told = {"file": path.name, "size": size, "files": len(files), "lost": self._lost}
        if self._lost:
            path.unlink()
            return told
        length = min(self._count, size)
        with path.open("r+b") as file:
            before = file.read(length)
            file.seek(0)
            file.write(bytes(length))
            file.flush()
            os.fsync(file.fileno())
        sums = {
            "before": hashlib.sha256(before).hexdigest(),
            "after": hashlib.sha256(bytes(length)).hexdigest(),
        }
        return {**told, "offset": 0, "bytes": length, "sha256": sums}
