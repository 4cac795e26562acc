"""Looks for ways out, from inside a container's network: run there, by its own small Python.

Arguments: the host's address on the bridge, a TCP and a UDP port on which it listens, our own address.
Prints a line per probe, target and outcome, parted by a tab. Each sends one packet at most: TCP
would send its next after a second. Addresses of nobody (RFC 5737, RFC 3849), and `.invalid`.
"""

import errno
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

_LIMIT = 0.9
_ELSEWHERE, _METADATA, _RESOLVER = "192.0.2.1", "169.254.169.254", "127.0.0.11"
_ELSEWHERE_6 = "2001:db8::1"
_ECHO = struct.pack("!BBHHH", 8, 0, 0xF7FE, 0, 1)
_QUERY = (
    struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + b"\x09metadrill\x07invalid\0" + struct.pack("!HH", 1, 1)
)
_DATAGRAM = b"metadrill"


def main(host: str, tcp: int, udp: int, own: str) -> None:
    """Try every way out and print what came of each."""
    probes: dict[str, Callable[[], str]] = {
        "control: a listener of its own": lambda: _own(own),
        f"TCP to {_ELSEWHERE}": lambda: _tcp(_ELSEWHERE, 9),
        f"UDP to {_ELSEWHERE}": lambda: _datagram(_ELSEWHERE, 9, _DATAGRAM),
        f"ICMP to {_ELSEWHERE}": lambda: _echo(_ELSEWHERE),
        f"DNS by {_RESOLVER}": lambda: _datagram(_RESOLVER, 53, _QUERY),
        "IPv6": _version_6,
        f"TCP to {_METADATA}": lambda: _tcp(_METADATA, 80),
        "TCP to a service of the host": lambda: _tcp(host, tcp),
        "UDP to a service of the host": lambda: _datagram(host, udp, _DATAGRAM),
        "ICMP to the host": lambda: _echo(host),
    }
    for target, look in probes.items():
        try:
            outcome = look()
        except OSError as error:
            outcome = os.strerror(error.errno).lower() if error.errno else "timed out"
        print(f"{target}\t{outcome}")  # noqa: T201 - the answer of a program of its own


def _own(address: str) -> str:
    """Reach a listener on its own address: a probe that could reach nothing would prove nothing."""
    with socket.create_server((address, 0)) as listener:
        return _tcp(address, listener.getsockname()[1])


def _tcp(address: str, port: int) -> str:
    with socket.create_connection((address, port), timeout=_LIMIT):
        return "reached"


def _datagram(address: str, port: int, content: bytes) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        return _exchange(line, (address, port), content)


def _echo(address: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as line:
        return _exchange(line, (address, 0), _ECHO)


def _exchange(line: socket.socket, where: tuple[str, int], content: bytes) -> str:
    line.settimeout(_LIMIT)
    line.sendto(content, where)
    try:
        line.recv(512)
    except TimeoutError:
        return "sent, no answer"
    return "answered"


def _version_6() -> str:
    """Say whether there is a way by IPv6: connecting a datagram's socket asks for a route, sends nothing."""
    file = Path("/proc/net/if_inet6")
    own = [line.split()[5] for line in file.read_text().splitlines()] if file.exists() else []
    if set(own) - {"lo"}:
        return f"an address on {', '.join(sorted(set(own)))}"
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as line:
            line.connect((_ELSEWHERE_6, 9))
    except OSError as error:
        if error.errno in (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return "no address, no route"
        raise
    return "a route"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
