"""P3: what metadrill itself adds to a drill: wall time less the time spent inside the stack.

Inside means that the main thread waits: for bytes or a connection of Atlas or Elasticsearch (at
the socket, so that making requests and decoding answers count as ours, and a long answer that
comes in pieces does not), for a child process to end, or for a condition of the stack (booted,
index caught up), the looks at it included. All else is ours: files copied and removed, programs
started, archives read, digests, joins, checks.

On a machine that others use as well, what is ours takes longer than it is: so the processor
seconds of the main thread are given beside it (about half of them are Great Expectations).
"""

import resource
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import Line

from metadrill import clock
from metadrill.app import running
from metadrill.app.settings import Settings
from metadrill.model.event import Event


class Inside:
    """Adds up the time the main thread spends in the calls it is wrapped around; nested ones once."""

    def __init__(self) -> None:
        self.ns, self._deep = 0, 0

    def around(self, owner: Any, name: str) -> None:
        plain = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return plain(*args, **kwargs)
            start = clock.SYSTEM.monotonic_ns()
            self._deep += 1
            try:
                return plain(*args, **kwargs)
            finally:
                self._deep -= 1
                if not self._deep:
                    self.ns += clock.SYSTEM.monotonic_ns() - start

        setattr(owner, name, wrapped)


def p3(folder: Path) -> Iterator[Line]:
    """Yield one line: seconds outside the stack, beside the wall time of a warm silent drill."""
    settings = Settings(ledger=Path(".metadrill") / "bench", sandbox="process")
    inside = Inside()
    inside.around(socket.SocketIO, "readinto")
    inside.around(socket.socket, "connect")
    inside.around(clock, "wait_until")
    inside.around(subprocess.Popen, "wait")
    list(running.run(settings, "corrupted-index-silent"))  # so that the next is warm
    closing: list[tuple[int, int, float]] = []

    def hear(event: Event) -> None:
        if event.kind == "drill.closed":  # what comes after it, the evidence, is P6
            closing.append((event.mono_ns, inside.ns, _processor()))

    inside.ns, before = 0, _processor()
    start = clock.SYSTEM.monotonic_ns()
    list(running.run(settings, "corrupted-index-silent", running.RunOptions(listeners=(hear,))))
    ((closed, waited, used),) = closing
    wall = (closed - start) / 1e9
    own = wall - waited / 1e9
    yield Line("P3", "seconds outside Atlas and Elasticsearch, of a drill's wall time", own, wall,
               "≤ 3 s below 5 min, else ≤ 0.02", 1)  # fmt: skip
    yield Line("P3", "processor seconds of metadrill's main thread, of its seconds outside",
               used - before, own, "none", 1)  # fmt: skip


def _processor() -> float:
    """Return the processor seconds that this thread has used."""
    used = resource.getrusage(resource.RUSAGE_THREAD)
    return used.ru_utime + used.ru_stime
