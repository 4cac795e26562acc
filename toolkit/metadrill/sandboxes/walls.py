"""What keeps a container's network in, and the proof of it.

One rule inside that network lets nothing out but answers: it drops whatever belongs to no
connection that was made from outside, whoever it is for (the host too), and every question to the
engine's own resolver. A helper with NET_ADMIN sets it and is gone; no program in the sandbox has
that right. It needs no root of ours, changes nothing on the host, and is gone with the network.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import resources
from typing import Any

from metadrill.clients.engine import Box, Engine, EngineError

_RULES = (
    "iptables -A OUTPUT -d 127.0.0.11 -j DROP && "
    "iptables -A OUTPUT ! -o lo -m conntrack ! --ctstate ESTABLISHED -j DROP"
)
_DROPPED = "operation not permitted"  # what sendto(2) says of a datagram that a rule drops
_SHUT: dict[str, frozenset[str]] = {
    "control": frozenset({"reached"}),
    "TCP": frozenset({"timed out", "network is unreachable"}),
    "UDP": frozenset({_DROPPED, "network is unreachable"}),
    "ICMP": frozenset({_DROPPED, "network is unreachable"}),
    "DNS": frozenset({_DROPPED, "sent, no answer", "connection refused"}),
    "IPv6": frozenset({"no address, no route"}),
}
"""By the first word of a probe, the outcomes that show no way out."""


def close(engine: Engine, holder: Any, box: Box) -> str:
    """Set the rule in a container's network; return nothing, or why it could not be set.

    `box` says image, name and labels of the helper.
    """
    how = {"network_mode": f"container:{holder.id}", "user": "0:0",
           "cap_drop": ["ALL"], "cap_add": ["NET_ADMIN"], "use_config_proxy": False}  # fmt: skip
    helper = Box(box.name, box.image, ("sh", "-c", _RULES), box.labels, how=how)
    try:
        code, said = engine.once(helper)
    except EngineError as error:
        return f"no rule could be set: {error.message}"
    return "" if code == 0 else f"no rule could be set: {' '.join(said.split())[-200:]}"


def probes(engine: Engine, holder: Any, host: str, own: str) -> tuple[bool, tuple[Mapping[str, str], ...]]:
    """Look for ways out from inside; return whether there is none, and what each probe found.

    `host` is this machine's address on the bridge, `own` the holder's.
    """
    source = (resources.files(__package__) / "outlook.py").read_text()
    with _listening(host) as (tcp, udp):
        argv = ("python3", "-c", source, host, str(_port(tcp)), str(_port(udp)), own)
        code, said = _executed(engine, holder, argv)
        came = [name for name, line in (("TCP", tcp), ("UDP", udp)) if line is not None and _came(line)]
    if code:
        return False, ({"target": "probes from inside", "outcome": f"could not run: {said.strip()[-200:]}"},)
    found = [
        {"target": target, "outcome": outcome}
        for target, _, outcome in (line.partition("\t") for line in said.splitlines())
    ]
    found.append({"target": "heard by the host", "outcome": ", ".join(came) or "nothing"})
    shut = not came and all(
        row["outcome"] in _SHUT[row["target"].split()[0].rstrip(":")] for row in found[:-1]
    )
    complete = {row["target"].split()[0].rstrip(":") for row in found[:-1]} == set(_SHUT)
    return shut and complete, tuple(found)


def _executed(engine: Engine, holder: Any, argv: tuple[str, ...]) -> tuple[int, str]:
    try:
        return engine.execute(holder, argv)
    except EngineError as error:
        return 1, error.message


@contextmanager
def _listening(host: str) -> Iterator[tuple[socket.socket | None, socket.socket | None]]:
    """Listen on the host's side of the bridge; where that address is not ours, nobody listens."""
    with ExitStack() as held:
        try:
            tcp = held.enter_context(socket.create_server((host, 0)))
            udp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp.bind((host, 0))
        except OSError:
            yield None, None
            return
        for line in (tcp, udp):
            line.settimeout(0.2)
        yield tcp, udp


def _port(line: socket.socket | None) -> int:
    return int(line.getsockname()[1]) if line is not None else 9


def _came(line: socket.socket) -> bool:
    try:
        if line.type == socket.SOCK_DGRAM:
            line.recv(64)
        else:
            line.accept()[0].close()
    except OSError:
        return False
    return True
