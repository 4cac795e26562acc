"""T12: nothing gets out of a docker sandbox, every way was tried, and the tries would show a way out."""

import os
import socket
import struct
import subprocess
import sys
from contextlib import contextmanager

import pytest

from metadrill.clients import engine
from metadrill.sandboxes.docker import DockerSandboxes

pytestmark = pytest.mark.needs("docker")


@pytest.fixture
def sandbox(cache):
    made = DockerSandboxes(cache).create("test")
    yield made
    made.remove()


def test_t12_nothing_gets_out_and_each_way_was_tried(sandbox):
    found = sandbox.isolation()
    seen = {row["target"]: row["outcome"] for row in found.probes}
    assert found.proved and not found.because, seen
    assert seen["control: a listener of its own"] == "reached"
    assert seen["heard by the host"] == "nothing"
    for kind in ("TCP", "UDP", "ICMP", "DNS", "IPv6"):
        assert any(target.startswith(kind) for target in seen), kind
    assert seen["TCP to 169.254.169.254"] == "timed out"
    assert "reached" not in [seen[target] for target in seen if not target.startswith("control")]
    assert "answered" not in seen.values() and "a route" not in seen.values()


def test_t12_once_the_rule_is_taken_away_the_probes_find_the_way_to_the_host(sandbox):
    how = {"network_mode": f"container:metadrill-{sandbox.id}-network", "user": "0:0",
           "cap_drop": ["ALL"], "cap_add": ["NET_ADMIN"]}  # fmt: skip
    argv = ("iptables", "-F", "OUTPUT")
    box = engine.Box(f"metadrill-{sandbox.id}-breach", sandbox.images.base(), argv, sandbox.labels, how=how)
    assert sandbox.engine.once(box) == (0, "")
    found = sandbox.isolation()
    seen = {row["target"]: row["outcome"] for row in found.probes}
    assert not found.proved and found.because == "a probe from inside found a way out"
    assert seen["TCP to a service of the host"] == "reached"
    assert seen["ICMP to the host"] == "answered" and seen["heard by the host"] == "TCP, UDP"


def test_a_sandbox_that_was_asked_for_without_a_rule_says_so(cache):
    sandbox = DockerSandboxes(cache, enclosed=False).create("open")
    try:
        found = sandbox.isolation()
        assert not found.proved and "asked for" in found.because
    finally:
        assert sandbox.remove().clean


@pytest.mark.needs("root")
def test_t12_no_packet_of_the_probes_comes_over_the_bridge(sandbox):
    with listening(f"mdr-{sandbox.id.rpartition('-')[2]}") as heard:
        assert sandbox.isolation().proved
        assert [packet for packet in heard() if packet[1] == sandbox.address] == []
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((sandbox.address, 9), 2)
        answers = [packet for packet in heard() if packet[1] == sandbox.address]
        assert answers, "what answers a connection from outside is heard: the listener works"


@contextmanager
def listening(interface):
    """Hear every frame on an interface; yields what gives the IP packets so far as (protocol, source)."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3)) as line:
        line.bind((interface, 0))
        line.settimeout(0.5)

        def heard():
            packets = []
            while True:
                try:
                    frame = line.recv(65535)
                except TimeoutError:
                    return packets
                if struct.unpack("!H", frame[12:14])[0] == 0x0800:
                    packets.append((frame[23], socket.inet_ntoa(frame[26:30])))

        yield heard


AS_A_USER = """
import os, pathlib, sys
from datetime import timedelta
import docker, testcontainers.core.container  # loaded before the user who may not read root's Python
from metadrill.clients import engine
from metadrill.model.sandboxed import Program
from metadrill.sandboxes.docker import DockerSandboxes
engine.connect().labelled("none")
group = os.stat("/var/run/docker.sock").st_gid
os.setgroups([group]); os.setgid(54321); os.setuid(54321)
sandbox = DockerSandboxes(pathlib.Path(sys.argv[1])).create("user")
try:
    program = Program("id", ("id", "-u"), sandbox.root, {"PATH": "/usr/bin:/bin"}, sandbox.root / "id.log")
    code = sandbox.run(program, timedelta(seconds=20))
    print(code, (sandbox.root / "id.log").read_text().strip(), sandbox.isolation().proved)
finally:
    print(sandbox.remove().clean)
"""


@pytest.mark.needs("root")
def test_t12_without_root_isolation_is_proved_as_well(cache):
    """As a user that has no entry, no home, and nothing but the right to use the engine."""
    cache.mkdir()
    os.chown(cache, 54321, 54321)
    done = subprocess.run([sys.executable, "-c", AS_A_USER, str(cache)], capture_output=True, text=True,
                          check=False, env={**os.environ, "HOME": str(cache)})  # fmt: skip
    assert done.stdout.split() == ["0", "54321", "True", "True"], done.stderr[-2000:]
