"""`metadrill` called as a fork of a process that has imported the heavy libraries once.

Great Expectations takes seconds to import, in every process anew: nothing that the tests of whole
runs look at. A child is a process of its own, with its own folder, environment, signals and
outputs; it runs `python -m metadrill` from the first line on.
"""

import json
import os
import resource
import runpy
import select
import socket
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any

LIMIT = 1 << 20
FILE_SIZE = "TWIN_FILE_SIZE"
"""In a child's environment: how many bytes a file of it may have at most, as on a full disk."""


class Child:
    """A call of `metadrill` that runs: what the tests need of `subprocess.Popen`."""

    def __init__(self, words: tuple[str, ...], folder: Path, environment: dict[str, str]) -> None:
        self.args, self.returncode = words, None
        out, err, told = os.pipe(), os.pipe(), os.pipe()
        order = json.dumps({"words": words, "folder": str(folder), "environment": environment})
        _server().order(order, (out[1], err[1], told[1]))
        for _, end in (out, err, told):
            os.close(end)
        self.stdout, self.stderr, self._told = (os.fdopen(end, "r") for end, _ in (out, err, told))
        self.pid = int(self._told.readline())

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code, negative for a signal, once it is over."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = os.waitstatus_to_exitcode(int(self._told.read()))
        return self.returncode

    def poll(self) -> int | None:
        """Return its exit code if it is over."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return what it printed, once it is over and nobody can print any more."""
        printed: dict[str, str] = {}
        streams = [("out", self.stdout), ("err", self.stderr)]
        reading = [
            threading.Thread(target=lambda k, s: printed.update({k: "" if s.closed else s.read()}), args=one)
            for one in streams
        ]
        for thread in reading:
            thread.start()
        self.wait(timeout)
        for thread in reading:
            thread.join(timeout)
        if len(printed) < len(streams):
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return printed["out"], printed["err"]

    def send_signal(self, number: int) -> None:
        """Send it a signal if it is not over."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(15)

    def kill(self) -> None:
        """End it."""
        self.send_signal(9)


class Server:
    """The process that forks; it ends with the one that made it."""

    def __init__(self) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        with its:
            argv = [sys.executable, __file__, str(its.fileno())]
            path = os.pathsep.join(filter(None, sys.path))
            environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
            subprocess.Popen(argv, pass_fds=[its.fileno()], env=environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL)  # fmt: skip

    def order(self, what: str, ends: tuple[int, ...]) -> None:
        """Have a child made, which is given the writing ends."""
        socket.send_fds(self._control, [what.encode()], list(ends))


@cache
def _server() -> Server:
    return Server()


def serve(control: socket.socket) -> Any:
    """Fork a child per order, and tell how each ended; in a child, return what it is to run."""
    running: dict[int, tuple[int, int]] = {}
    while True:
        ready = select.select([control, *running], [], [])[0]
        for ended in [one for one in ready if one in running]:
            pid, told = running.pop(ended)
            os.write(told, str(os.waitpid(pid, 0)[1]).encode())
            os.close(told)
            os.close(ended)
        if control not in ready:
            continue
        order, ends, _, _ = socket.recv_fds(control, LIMIT, 3)
        if not order:
            return None
        out, err, told = ends
        pid = os.fork()
        if pid == 0:
            control.close()
            for handle, (_, other) in running.items():
                os.close(handle)
                os.close(other)
            return json.loads(order), out, err, told
        os.write(told, f"{pid}\n".encode())
        os.close(out)
        os.close(err)
        running[os.pidfd_open(pid)] = (pid, told)


def become(order: dict[str, Any], out: int, err: int, told: int) -> None:
    """Be `python -m metadrill` as it was ordered."""
    os.close(told)
    for end, stands in ((out, 1), (err, 2)):
        os.dup2(end, stands)
        os.close(end)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update({**order["environment"], "GX_ANALYTICS_ENABLED": "false"})
    if size := order["environment"].get(FILE_SIZE):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    places = order["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [order["folder"], *places]
    sys.argv = ["metadrill", *order["words"]]
    runpy.run_module("metadrill", run_name="__main__", alter_sys=True)


def main() -> None:
    """Import what is heavy, and serve."""
    from metadrill.checkers import library

    library.warm().join()
    assert threading.active_count() == 1, "a fork takes only the thread that forks along"
    task = serve(socket.socket(fileno=int(sys.argv[1])))
    if task is not None:
        become(*task)


if __name__ == "__main__":
    main()
