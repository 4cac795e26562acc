"""The process sandbox with small children: ports, programs, ends, and what it says of itself."""

import contextlib
import json
import os
import pwd
import socket
import stat
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from metadrill import clock
from metadrill.errors import DeadlineExceeded, EnvironmentNotReady
from metadrill.model.sandboxed import Program
from metadrill.sandboxes import lease, machine, proc
from metadrill.sandboxes.process import ProcessSandboxes

SOON = timedelta(seconds=5)
AS_IT_GOES = timedelta(seconds=30)


def wait_for(path: Path) -> str:
    """Return what a child wrote, once it has."""
    return clock.wait_until(
        lambda: (path.read_text() or None) if path.exists() else None, AS_IT_GOES, str(path)
    )


def test_a_sandbox_has_its_lease_on_disk_with_its_owner(sandbox, cache):
    body = json.loads((lease.folder(cache) / f"{sandbox.id}.lease").read_text())
    assert body["id"] == sandbox.id and body["label"] == "test" and body["kept"] is False
    assert (body["pid"], body["pid_started"]) == (os.getpid(), proc.started(os.getpid()))


def test_the_lease_is_written_before_the_folder(cache):
    (cache / "sandboxes").mkdir(parents=True)
    seen = set()

    def watch() -> None:
        while not done.is_set():
            places = [path for path in lease.folder(cache).glob("*") if path.is_dir()]
            seen.update((place.name, place.with_suffix(".lease").exists()) for place in places)

    done, watcher = threading.Event(), threading.Thread(target=watch)
    watcher.start()
    made = [ProcessSandboxes(cache).create("watched") for _ in range(20)]
    done.set()
    watcher.join()
    for one in made:
        assert one.remove().clean
    assert all(leased for _, leased in seen)


def test_the_folder_is_closed_to_other_users(sandbox):
    assert stat.S_IMODE(sandbox.root.stat().st_mode) == 0o700


def test_a_port_stays_the_same_and_stands_in_the_lease(sandbox, cache):
    first, other = sandbox.port("http"), sandbox.port("transport")
    assert sandbox.port("http") == first != other
    (held,) = lease.read(cache)
    assert held.ports == (first, other)


def test_a_port_of_another_sandbox_is_not_given_again(sandboxes):
    one, other = sandboxes.create("one"), sandboxes.create("other")
    try:
        mine = {one.port(str(number)) for number in range(8)}
        theirs = {other.port(str(number)) for number in range(8)}
        assert len(mine) == len(theirs) == 8 and not mine & theirs
    finally:
        one.remove()
        other.remove()


def test_a_port_that_somebody_listens_on_is_passed_over(sandboxes, sandbox):
    import socket

    first = sandbox.port("a")
    sandbox.remove()
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        busy.bind(("127.0.0.1", first))
        busy.listen()
        again = sandboxes.create("again")
        try:
            assert again.port("a") != first
        finally:
            assert again.remove().clean


def test_sandboxes_made_at_once_never_share_a_port(sandboxes):
    made = [sandboxes.create(f"at-once-{number}") for number in range(8)]
    given: list[int] = []

    def take(one) -> None:
        given.extend(one.port(str(number)) for number in range(5))

    threads = [threading.Thread(target=take, args=(one,)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in made:
        one.remove()
    assert len(given) == len(set(given)) == 40


def test_a_program_logs_into_its_file_and_carries_the_mark(sandbox, program):
    sandbox.spawn(program(f'echo "mark ${proc.MARK}"; echo "told $TOLD" >&2; sleep 60', TOLD="so"))
    log = sandbox.root / "child.log"
    clock.wait_until(lambda: "told" in log.read_text() or None, AS_IT_GOES, "both lines")
    assert log.read_text().splitlines() == [f"mark {sandbox.id}", "told so"]
    assert sandbox.running("child")


def test_a_program_gets_none_of_our_own_environment(sandbox, program, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret")
    sandbox.run(program("env"), AS_IT_GOES)
    assert "canary-secret" not in (sandbox.root / "child.log").read_text()


@pytest.mark.needs("root")
def test_as_root_a_program_runs_as_nobody_without_any_group_of_ours(sandbox, program):
    sandbox.run(program("id -u; id -g; id -G; touch written"), AS_IT_GOES)
    nobody = pwd.getpwnam("nobody")
    told = (sandbox.root / "child.log").read_text().splitlines()
    assert told == [str(nobody.pw_uid), str(nobody.pw_gid), str(nobody.pw_gid)]
    assert (sandbox.root / "written").stat().st_uid == nobody.pw_uid


@pytest.mark.needs("root")
def test_as_root_files_that_vanish_while_they_are_given_away_are_no_error(sandbox, program):
    sandbox.spawn(
        program("while :; do mkdir -p d; for n in 1 2 3 4 5 6 7; do : > d/$n; done; rm -rf d; done")
    )
    for number in range(40):
        (sandbox.root / f"ours-{number}").touch()
        machine.own(sandbox.root)
    assert (sandbox.root / "ours-39").stat().st_uid == pwd.getpwnam("nobody").pw_uid


@pytest.mark.needs("root")
def test_as_root_a_cache_that_nobody_may_enter_is_not_ready(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EnvironmentNotReady, match="unprivileged user cannot get there") as caught:
        ProcessSandboxes(closed / "cache").create("x")
    assert caught.value.code == 30 and "METADRILL_CACHE" in caught.value.hint


def test_a_program_that_is_not_there_is_not_ready(sandbox):
    nowhere = Program("ghost", ("/no/such/program",), sandbox.root, {}, sandbox.root / "ghost.log")
    with pytest.raises(EnvironmentNotReady, match="ghost: cannot be started: No such file"):
        sandbox.spawn(nowhere)
    assert not sandbox.running("ghost")


def test_stop_asks_first(sandbox, program):
    sandbox.spawn(program("trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.05; done"))
    wait_for(sandbox.root / "child.log")
    sandbox.stop("child", SOON)
    assert (sandbox.root / "child.log").read_text().split() == ["up", "asked"]
    assert not sandbox.running("child")


def test_stop_kills_what_does_not_listen(sandbox, program):
    pid = sandbox.spawn(program("trap '' TERM; echo up; while :; do sleep 0.05; done"))
    wait_for(sandbox.root / "child.log")
    began = time.monotonic()
    sandbox.stop("child", timedelta(milliseconds=300))
    assert 0.3 <= time.monotonic() - began < 5
    assert proc.started(pid) is None


def test_run_returns_the_exit_code(sandbox, program):
    assert sandbox.run(program("exit 7"), AS_IT_GOES) == 7
    assert not sandbox.running("child")


def test_run_kills_what_passes_its_deadline(sandbox, program):
    with pytest.raises(DeadlineExceeded, match="child: not done within") as caught:
        sandbox.run(program("sleep 60"), timedelta(milliseconds=200))
    assert caught.value.code == 30
    assert not sandbox.running("child")


def test_isolation_is_unproved_and_says_why_with_programs_and_without(cache, program):
    sandbox = ProcessSandboxes(cache, enclosed=False).create("open")
    try:
        for _ in range(2):
            found = sandbox.isolation()
            assert not found.proved and "host's network" in found.because
            assert {row["target"] for row in found.probes} == {"network", "user of the programs"}
            sandbox.spawn(replace(program("sleep 60"), folder=sandbox.root, log=sandbox.root / "child.log"))
    finally:
        assert sandbox.remove().clean


@pytest.mark.needs("root")
def test_a_network_of_its_own_has_no_way_out_and_is_proved_by_probes_from_inside(sandbox):
    found = sandbox.isolation()
    seen = {row["target"]: row["outcome"] for row in found.probes}
    assert found.proved and not found.because
    assert seen["network interfaces"] == "lo" and seen["routes"] == "none"
    assert seen["an outside address"] == "network is unreachable"
    assert seen["a listener on the host's loopback"] == "connection refused"


@pytest.mark.needs("root")
def test_a_program_inside_is_reached_from_inside_and_from_nowhere_else(sandbox, program):
    port = sandbox.port("http")
    listen = f"import socket,time; s=socket.create_server(('127.0.0.1', {port})); time.sleep(300)"
    sandbox.spawn(program(f'exec /usr/bin/env python3 -c "{listen}"'))

    def reached():
        with contextlib.suppress(OSError), sandbox.inside():
            return socket.create_connection(("127.0.0.1", port), timeout=1)

    clock.wait_until(reached, timedelta(seconds=30), "reached from inside").close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    assert proc.network_of("self") == proc.network_of("thread-self")


@pytest.mark.needs("root")
def test_a_network_that_was_cut_is_reached_by_nobody_and_its_programs_run_on(sandbox, program):
    port = sandbox.port("http")
    listen = f"import socket,time; s=socket.create_server(('127.0.0.1', {port})); time.sleep(300)"
    running = program(f'exec /usr/bin/env python3 -c "{listen}"')
    sandbox.spawn(running)

    def reached():
        with contextlib.suppress(OSError), sandbox.inside():
            return socket.create_connection(("127.0.0.1", port), timeout=1)

    clock.wait_until(reached, timedelta(seconds=30), "reached from inside").close()
    assert sandbox.cut() == "every interface of its network is down"
    assert reached() is None and sandbox.running(running.name)


def test_what_shares_the_hosts_network_cannot_be_cut(cache):
    shared = ProcessSandboxes(cache, enclosed=False).create("shared")
    try:
        assert shared.cut() == ""
    finally:
        assert shared.remove().clean


@pytest.mark.parametrize(("what", "match"), [("disk_mb", "MB free"), ("memory_mb", "MB of memory available")])
def test_too_little_of_the_machine_is_said_before_anything_is_made(cache, what, match):
    with pytest.raises(EnvironmentNotReady, match=match) as caught:
        ProcessSandboxes(cache, {what: 10**12}).create("x")
    assert caught.value.code == 30 and caught.value.hint
    assert not lease.folder(cache).exists()


def test_a_file_in_the_place_of_the_cache_is_said(cache):
    cache.write_text("in the way")
    with pytest.raises(EnvironmentNotReady, match="cannot be written: file exists") as caught:
        ProcessSandboxes(cache).create("x")
    assert "METADRILL_CACHE" in caught.value.hint


def test_a_cache_that_may_not_be_written_is_said_and_nothing_is_left(cache):
    cache.mkdir()
    cache.chmod(0o555)
    before = os.geteuid()
    if before == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        with pytest.raises(EnvironmentNotReady, match="cannot be written: permission denied") as caught:
            ProcessSandboxes(cache).create("x")
        with pytest.raises(EnvironmentNotReady, match="cannot be written: permission denied"):
            ProcessSandboxes(cache / "deeper").create("x")
    finally:
        os.seteuid(before)
    assert caught.value.code == 30 and "METADRILL_CACHE" in caught.value.hint
    assert list(cache.iterdir()) == []
    cache.chmod(0o755)


def test_a_file_in_the_place_of_the_sandboxes_is_said_and_nothing_is_left(cache):
    cache.mkdir(mode=0o755)
    (cache / "sandboxes").write_text("in the way")
    with pytest.raises(EnvironmentNotReady, match="cannot be written"):
        ProcessSandboxes(cache).create("x")
    assert [path.name for path in cache.iterdir()] == ["sandboxes"]
