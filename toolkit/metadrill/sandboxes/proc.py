"""What the kernel says of processes and ports, read from /proc (Linux)."""

import os
import signal
import socket
from collections.abc import Iterable
from pathlib import Path

from metadrill import clock

_PROC = Path("/proc")
MARK = "METADRILL_SANDBOX"


def started(pid: int) -> int | None:
    """Return when a process began, in clock ticks since boot (proc(5), stat field 22), or None if gone.

    A zombie counts as gone: it holds nothing any more.
    """
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()
    return None if state in ("Z", "X") else int(rest[18])


def marked(sandbox: str) -> list[int]:
    """Return the processes that carry a sandbox's mark in their environment, this one apart."""
    wanted = f"{MARK}={sandbox}".encode()
    found = []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        pid = int(entry.name)
        if wanted in environment and pid != os.getpid() and started(pid) is not None:
            found.append(pid)
    return found


def kill(pids: Iterable[int], sign: signal.Signals) -> None:
    """Send a signal to each process that is still there."""
    for pid in pids:
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            continue


def reap(pid: int) -> None:
    """Collect a child that has ended, where it is ours."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def free_port(port: int) -> bool:
    """Return whether nobody listens on a loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def network_of(pid: int | str) -> str:
    """Return the identity of a process's network namespace, or an empty text where it cannot be read."""
    try:
        return str((_PROC / str(pid) / "ns" / "net").readlink())
    except OSError:
        return ""


def memory_available() -> int:
    """Return the bytes of memory that can be had without swapping (proc(5), MemAvailable)."""
    for line in (_PROC / "meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def owner(pid: int) -> tuple[int, int]:
    """Return a process's identity over time: its id, and when it began."""
    return pid, started(pid) or 0


def now() -> str:
    """Return the moment as UTC text, for a lease."""
    return clock.stamp(clock.SYSTEM.utc())
