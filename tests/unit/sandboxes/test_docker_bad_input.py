"""Whatever is wrong with a container engine: a typed error with a hint, code 30, and nothing left behind."""

import os
import pwd
from pathlib import Path

import pytest

from metadrill.clients import engine
from metadrill.clients.engine import EngineError, ImageMissing, NoEngine
from metadrill.errors import EnvironmentNotReady
from metadrill.sandboxes import lease
from metadrill.sandboxes.docker import DockerSandboxes
from metadrill.sandboxes.images import Images
from metadrill.sandboxes.leftovers import sweep

POOL = "could not find an available, non-overlapping IPv4 address pool among the defaults"
TAKEN = 'name "/metadrill-x" is already in use by container'
FULL = "write /var/lib/docker/tmp/x: no space left on device"


@pytest.fixture
def sandboxes(cache, twin_engine):
    return DockerSandboxes(cache, address=twin_engine.address)


def refused(sandboxes, cache, kind, match, hint):
    with pytest.raises(kind, match=match) as caught:
        sandboxes.create("x")
    assert caught.value.code == 30 and hint in caught.value.hint
    assert isinstance(caught.value, EnvironmentNotReady)
    place = lease.folder(cache)
    assert not place.exists() or list(place.iterdir()) == []


def test_the_twin_engine_gives_and_takes_back_a_sandbox(sandboxes, twin_engine, cache):
    sandbox = sandboxes.create("x")
    assert len(twin_engine.left) == 2, "a network and its holder; the helper is gone"
    assert sandbox.remove().clean and twin_engine.left == []
    assert list(lease.folder(cache).iterdir()) == []


def test_no_engine_is_said_with_the_way_out(cache, tmp_path):
    sandboxes = DockerSandboxes(cache, address=f"unix://{tmp_path}/nobody.sock")
    refused(sandboxes, cache, NoEngine, "no container engine answers: no such file", "--sandbox process")


def test_a_socket_that_nobody_listens_on_is_said(cache, tmp_path):
    import socket

    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    sandboxes = DockerSandboxes(cache, address=f"unix://{tmp_path}/dead.sock")
    refused(sandboxes, cache, NoEngine, "no container engine answers: connection refused", "start it")


def test_an_engine_on_another_machine_is_said(cache):
    sandboxes = DockerSandboxes(cache, address="tcp://192.0.2.1:2375")
    refused(sandboxes, cache, NoEngine, "must be on this machine", "DOCKER_HOST")


def test_an_engine_that_is_too_old_is_said(sandboxes, cache, twin_engine):
    twin_engine.version = {"Version": "19.03.15", "ApiVersion": "1.40", "MinAPIVersion": "1.12"}
    refused(sandboxes, cache, NoEngine, r"Docker 19\.03\.15 is too old, 20\.10 is needed", "update it")


def test_what_answers_but_is_no_engine_is_said(sandboxes, cache, twin_engine):
    twin_engine.instead["GET /version"] = (500, "something else listens here")
    refused(sandboxes, cache, NoEngine, "something else listens here", "--sandbox process")


@pytest.mark.needs("root")
def test_no_right_to_use_the_engine_is_said(twin_engine):
    Path(twin_engine.address.removeprefix("unix://")).chmod(0o600)
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        with pytest.raises(NoEngine, match="this user may not use") as caught:
            engine.connect(twin_engine.address)
    finally:
        os.seteuid(0)
    assert caught.value.code == 30 and "join its group" in caught.value.hint


@pytest.mark.needs("root")
def test_a_base_image_that_can_neither_be_fetched_nor_made_is_said(cache, twin_engine):
    twin_engine.images.clear()
    twin_engine.instead["POST /images/create"] = (500, "no such host")
    cache.mkdir(mode=0o777)
    cache.chmod(0o777)
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        refused(DockerSandboxes(cache, address=twin_engine.address), cache, ImageMissing,
                "no such host; debootstrap needs root", "sandbox images --build")  # fmt: skip
    finally:
        os.seteuid(0)
    assert twin_engine.left == []


def test_a_users_image_that_is_not_there_is_said(cache, twin_engine):
    images = Images(engine.connect(twin_engine.address), cache)
    with pytest.raises(ImageMissing, match=r"registry\.invalid/atlas:2: cannot be fetched") as caught:
        images.users("registry.invalid/atlas:2")
    assert caught.value.code == 30 and caught.value.hint


def test_a_folder_that_cannot_be_read_for_an_image_is_said(cache, twin_engine, tmp_path):
    cache.mkdir()
    images = Images(engine.connect(twin_engine.address), cache)
    with pytest.raises(EngineError, match="image metadrill-x:k: no such file") as caught:
        images.image("x", "k", {"gone": tmp_path / "gone"})
    assert caught.value.code == 30 and caught.value.hint


def test_an_engine_that_dies_while_it_fetches_is_said(cache, twin_engine):
    twin_engine.instead["POST /images/create"] = (0, "")
    with pytest.raises(ImageMissing, match="cannot be fetched"):
        Images(engine.connect(twin_engine.address), cache).users("mine/atlas:2")


@pytest.mark.parametrize(
    ("call", "answer", "hint"),
    [
        ("POST /networks/create", (403, POOL), "docker network prune"),
        ("POST /networks/create", (409, "network with name metadrill-x already exists"), "metadrill gc"),
        ("POST /networks/create", (500, FULL), "free some space"),
        ("POST /containers/create", (500, FULL), "free some space"),
        ("POST /containers/create", (409, TAKEN), "metadrill gc"),
        (r"POST /containers/\w+/start", (500, "port is already allocated"), "run it again"),
        (r"POST /containers/\w+/start", (400, 'exec: "docker-init": not found'), "tini"),
        (r"POST /containers/\w+/start", (500, "something nobody thought of"), "engine's log"),
    ],
)
def test_what_the_engine_refuses_is_said_and_nothing_is_left(cache, twin_engine, call, answer, hint):
    twin_engine.instead[call] = answer
    sandboxes = DockerSandboxes(cache, address=twin_engine.address)
    refused(sandboxes, cache, EngineError, answer[1][:40], hint)
    assert twin_engine.left == []


@pytest.mark.parametrize("call", ["POST /networks/create", "POST /containers/create"])
def test_an_engine_that_dies_in_the_middle_is_said(sandboxes, cache, twin_engine, call):
    twin_engine.instead[call] = (0, "")
    refused(sandboxes, cache, EngineError, "did not answer", "is it running")
    assert twin_engine.left == []


def test_a_rule_that_cannot_be_set_leaves_isolation_unproved_and_said(cache, twin_engine):
    twin_engine.instead[r"POST /containers/\w+/wait"] = (500, "iptables: not permitted")
    sandbox = DockerSandboxes(cache, address=twin_engine.address).create("x")
    try:
        found = sandbox.isolation()
        assert not found.proved and "no rule could be set" in found.because and found.probes
    finally:
        assert sandbox.remove().clean


def test_what_the_engine_does_not_let_go_of_is_said_and_the_lease_stays(sandboxes, cache, twin_engine):
    sandbox = sandboxes.create("x")
    name = sandbox.id
    twin_engine.instead[r"DELETE /networks/\w+"] = (403, "network has active endpoints")
    left = sandbox.remove()
    assert left.engine == (f"network metadrill-{name}",) and not left.clean
    assert [item.id for item in lease.read(cache)] == [name]
    twin_engine.instead.clear()
    assert sandbox.remove().clean and lease.read(cache) == []


def test_an_engine_that_is_gone_at_the_end_is_said_and_a_later_sweep_finishes(cache, twin_engine):
    sandbox = DockerSandboxes(cache, address=twin_engine.address).create("x")
    twin_engine.instead[".*"] = (0, "")
    left = sandbox.remove()
    assert left.engine and not left.clean and [item.id for item in lease.read(cache)] == [sandbox.id]
    twin_engine.instead.clear()
    assert sandbox.remove().clean and sweep(cache) == {}
