"""A network of a sandbox's own: a Linux network namespace with nothing in it but loopback.

What is opened inside it has no interface, no route and no way out; not even the host's own
loopback is reached. A socket belongs to the namespace of the thread that creates it
(network_namespaces(7)), so metadrill itself speaks to the sandbox by stepping inside for the
moment of connecting. Making one needs CAP_SYS_ADMIN; without it isolation is unproved, and said.
"""

import ctypes
import errno
import fcntl
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNET = 0x40000000  # sched.h
_SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x8913, 0x8914  # linux/sockios.h
_IFF_UP = 0x1
_THREAD = Path("/proc/thread-self/ns/net")
_ELSEWHERE = "192.0.2.1"  # RFC 5737: an address for documentation, of nobody

_libc = ctypes.CDLL(None, use_errno=True)


class Network:
    """One namespace, held open by a descriptor; it is gone with its last process and `close`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.identity = f"net:[{os.fstat(descriptor).st_ino}]"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Let this thread, and what it starts or opens meanwhile, be inside. Others stay where they are."""
        outside = os.open(_THREAD, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(self._descriptor)
            yield
        finally:
            _enter(outside)
            os.close(outside)

    def shut(self) -> None:
        """Take loopback down: nothing in it is reached any more, by nobody. Raises OSError."""
        with self.inside():
            _switch_loopback(up=False)

    def close(self) -> None:
        """Let go of it; again: no error."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def probes(self) -> tuple[bool, tuple[dict[str, str], ...]]:
        """Look for ways out from inside; return whether there is none, and what each probe found.

        Nothing is sent: where there is no interface but loopback, there is nothing to send it by.
        """
        with socket.create_server(("127.0.0.1", 0)) as listener, self.inside():
            names = sorted(name for _, name in socket.if_nameindex())
            routes = Path("/proc/thread-self/net/route").read_text().splitlines()[1:]
            host = _attempt("127.0.0.1", listener.getsockname()[1])
            outside = _attempt(_ELSEWHERE, 9) if names == ["lo"] else "not tried: there are interfaces"
        found = (
            {"target": "network interfaces", "outcome": ", ".join(names)},
            {"target": "routes", "outcome": f"{len(routes)}" if routes else "none"},
            {"target": "an outside address", "outcome": outside},
            {"target": "a listener on the host's loopback", "outcome": host},
        )
        shut = names == ["lo"] and not routes
        return shut and outside == _name(errno.ENETUNREACH) and host == _name(errno.ECONNREFUSED), found


def create() -> Network:
    """Make a namespace with loopback up. Raises OSError where the kernel does not let us."""
    made: list[Network] = []
    failed: list[OSError] = []

    def make() -> None:
        try:
            if _libc.unshare(_CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            _switch_loopback(up=True)
            made.append(Network(os.open(_THREAD, os.O_RDONLY | os.O_CLOEXEC)))
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=make)  # of its own: the namespace it leaves is only this thread's
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0]


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"network namespace: {os.strerror(number)}")


def _switch_loopback(*, up: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(link, _SIOCGIFFLAGS, request))[1]
        wanted = flags | _IFF_UP if up else flags & ~_IFF_UP
        fcntl.ioctl(link, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", wanted))


def _attempt(address: str, port: int) -> str:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError as error:
        return _name(error.errno) if error.errno else str(error)
    return "reached"


def _name(number: int) -> str:
    return os.strerror(number).lower()
