"""The docker sandbox with small containers: where programs run, under which limits, and what is left."""

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from metadrill import clock
from metadrill.clients import engine
from metadrill.errors import DeadlineExceeded
from metadrill.model.sandboxed import Program
from metadrill.sandboxes import lease, leftovers, machine, proc
from metadrill.sandboxes.docker import DockerSandboxes
from metadrill.sandboxes.images import PLACE, Images

pytestmark = pytest.mark.needs("docker")
AS_IT_GOES = timedelta(seconds=30)
PATH = {"PATH": "/usr/bin:/bin"}
OWNER = """
import pathlib, sys, time
from metadrill.model.sandboxed import Program
from metadrill.sandboxes.docker import DockerSandboxes
sandbox = DockerSandboxes(pathlib.Path(sys.argv[1])).create("owner")
sandbox.spawn(Program("sleeper", ("sleep", "300"), sandbox.root, {"PATH": "/usr/bin:/bin"},
                      sandbox.root / "sleeper.log"))
print(sandbox.id, flush=True)
time.sleep(300)
"""


@pytest.fixture
def sandbox(cache):
    made = DockerSandboxes(cache, {"memory_mb": 300, "cpus": 1}).create("test")
    yield made
    made.remove()


@pytest.fixture
def program(sandbox):
    def make(line, name="child", **env):
        log = sandbox.root / f"{name}.log"
        return Program(name, ("sh", "-c", line), sandbox.root, {**PATH, **env}, log)

    return make


def carried(label):
    """The names of all that the engine holds under a label."""
    found = engine.connect().labelled(label)
    return sorted(item.name for items in found.values() for item in items)


def test_a_program_writes_as_the_unprivileged_user_where_the_host_reads(sandbox, program):
    assert sandbox.run(program("echo $WORD; id -u; touch made", WORD="hello"), AS_IT_GOES) == 0
    number, _ = machine.ids()
    assert (sandbox.root / "child.log").read_text().split() == ["hello", str(number)]
    assert (sandbox.root / "made").stat().st_uid == number != 0


def test_programs_meet_on_loopback_and_are_reached_from_the_host_at_one_address(sandbox, program):
    serve = "import socket\nwith socket.create_server(('', %d)) as s:\n while True: s.accept()[0].send(b'hi')"
    sandbox.spawn(program(f'exec python3 -c "{serve % sandbox.port("http")}"', "server"))

    def reached():
        try:
            with socket.create_connection((sandbox.address, sandbox.port("http")), 1) as line:
                return line.recv(2)
        except ConnectionRefusedError:
            return None

    assert clock.wait_until(reached, AS_IT_GOES, "reached") == b"hi"
    ask = f"import socket; print(socket.create_connection(('127.0.0.1', {sandbox.port('http')}), 2).recv(2))"
    assert sandbox.run(program(f'python3 -c "{ask}"', "client"), AS_IT_GOES) == 0
    sandbox.stop("server", AS_IT_GOES)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((sandbox.address, sandbox.port("http")), 1)


def test_every_container_is_limited_labelled_and_without_rights(sandbox, program):
    sandbox.spawn(program("sleep 300"))
    found = engine.connect().labelled(f"{leftovers.SANDBOX}={sandbox.id}")
    assert len(found["container"]) == 2 and len(found["network"]) == 1
    for box in found["container"]:
        how = box.attrs["HostConfig"]
        assert how["Memory"] in (300_000_000, 128 * 2**20) and how["PidsLimit"] in (4096, 64)
        assert how["CapDrop"] == ["ALL"] and "no-new-privileges" in how["SecurityOpt"]
        assert not how["Privileged"] and not how["PortBindings"]
        assert box.attrs["Config"]["User"].split(":")[0] == str(machine.ids()[0])
        assert box.labels[leftovers.CACHE] == str(sandbox.images.cache)
    child = next(box for box in found["container"] if box.name.endswith("child"))
    assert child.attrs["HostConfig"]["NanoCpus"] == 10**9


def test_a_proxy_of_the_users_never_comes_into_a_sandbox(sandbox, program, monkeypatch, tmp_path):
    told = {"proxies": {"default": {"httpProxy": "http://user:word@192.0.2.1:3128"}}}
    (tmp_path / "config.json").write_text(json.dumps(told))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    other = DockerSandboxes(sandbox.images.cache).create("proxied")
    try:
        log = other.root / "child.log"
        assert other.run(replace(program("env"), folder=other.root, log=log), AS_IT_GOES) == 0
        assert "METADRILL_SANDBOX" in log.read_text() and "word" not in log.read_text()
        for box in engine.connect().labelled(f"{leftovers.SANDBOX}={other.id}")["container"]:
            assert not any("word" in line for line in box.attrs["Config"]["Env"])
    finally:
        assert other.remove().clean


def test_more_memory_than_the_limit_ends_the_program_and_nothing_else(sandbox, program):
    sandbox.spawn(program("sleep 300", "other"))
    eat = "b = bytearray(600_000_000)"
    assert sandbox.run(program(f'python3 -c "{eat}"', "eater"), AS_IT_GOES) == 137
    assert sandbox.running("other")


def test_what_passes_its_deadline_is_killed(sandbox, program):
    with pytest.raises(DeadlineExceeded, match="not done within") as caught:
        sandbox.run(program("sleep 60"), timedelta(seconds=1))
    assert caught.value.code == 30 and not sandbox.running("child")


def test_a_program_that_ended_by_itself_can_be_started_again(sandbox, program):
    for _ in range(2):
        sandbox.spawn(program("exit 3"))
        clock.wait_until(lambda: not sandbox.running("child") or None, AS_IT_GOES, "ended")


def test_a_program_that_takes_no_notice_is_killed_after_the_deadline(sandbox, program):
    pid = sandbox.spawn(program("trap '' TERM; while :; do sleep 1; done"))
    assert proc.started(pid)
    sandbox.stop("child", timedelta(seconds=1))
    assert not proc.started(pid)


def test_an_image_is_made_of_folders_once(cache, tmp_path):
    cache.mkdir()
    folder = tmp_path / "tool"
    folder.mkdir()
    (folder / "word").write_text("hello")
    images = Images(engine.connect(), cache)
    key = os.urandom(8).hex()
    tag = images.image("test", key, {"tool": folder})
    try:
        assert tag == f"metadrill-test:{key}" and tag in dict(images.known())
        made = images.engine.image(tag)
        assert images.image("test", key, {"tool": folder}) == tag and images.engine.image(tag) == made
        sandbox = DockerSandboxes(cache).create("image")
        try:
            log = sandbox.root / "cat.log"
            told = Program("cat", ("cat", str(PLACE / "tool/word")), sandbox.root, PATH, log, tag)
            assert sandbox.run(told, AS_IT_GOES) == 0 and log.read_text() == "hello"
        finally:
            sandbox.remove()
    finally:
        images.engine.client.images.remove(tag, force=True)


def test_what_a_killed_owner_left_in_the_engine_is_removed_by_one_sweep(cache, sandbox):
    child = subprocess.Popen([sys.executable, "-c", OWNER, str(cache)], stdout=subprocess.PIPE, text=True)
    orphan = child.stdout.readline().strip()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert len(carried(f"{leftovers.SANDBOX}={orphan}")) == 3
    assert list(removed := leftovers.sweep(cache)) == [orphan] and removed[orphan].clean
    assert carried(f"{leftovers.SANDBOX}={orphan}") == [] and not proc.marked(orphan)
    assert len(carried(f"{leftovers.SANDBOX}={sandbox.id}")) == 2, "another run's is left alone"
    assert leftovers.sweep(cache) == {}


def test_containers_whose_lease_was_lost_are_seen_and_swept(cache, sandbox):
    (lease.folder(cache) / f"{sandbox.id}.lease").unlink()
    assert leftovers.strays(cache) == [sandbox.id]
    assert leftovers.sweep(cache)[sandbox.id].clean
    assert carried(f"{leftovers.CACHE}={cache}") == [] and not sandbox.root.exists()


def test_a_sweep_of_another_cache_takes_nothing(cache, sandbox, tmp_path):
    assert leftovers.sweep(tmp_path) == {}
    assert len(carried(f"{leftovers.SANDBOX}={sandbox.id}")) == 2


def test_two_sandboxes_side_by_side_do_not_reach_each_other(cache, sandbox, program):
    other = DockerSandboxes(cache).create("other")
    try:
        serve = "import socket; s = socket.create_server(('', 20000)); s.accept()"
        sandbox.spawn(program(f'exec python3 -c "{serve}"', "server"))
        assert other.address != sandbox.address
        ask = f"import socket; socket.create_connection(('{sandbox.address}', 20000), 1)"
        there = replace(program(f'python3 -c "{ask}"', "client"), folder=other.root,
                        log=other.root / "client.log")  # fmt: skip
        assert other.run(there, AS_IT_GOES) == 1
        assert "timed out" in (other.root / "client.log").read_text()
    finally:
        assert other.remove().clean
    assert sandbox.running("server")


def test_a_lease_says_its_kind(cache, sandbox):
    body = json.loads((lease.folder(cache) / f"{sandbox.id}.lease").read_text())
    assert body["kind"] == "docker" and body["pid"] == os.getpid()
