"""Nothing is left behind: by removal, and by `gc` after the owner was killed."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from metadrill import clock
from metadrill.errors import EnvironmentNotReady
from metadrill.sandboxes import lease, proc
from metadrill.sandboxes.leftovers import sweep
from metadrill.sandboxes.process import ProcessSandboxes

AS_IT_GOES = timedelta(seconds=30)
OWNER = """
import pathlib, sys, time
from metadrill.model.sandboxed import Program
from metadrill.sandboxes.process import ProcessSandboxes
sandbox = ProcessSandboxes(pathlib.Path(sys.argv[1])).create(sys.argv[2])
line = "sleep 300 & (setsid sleep 300 &) ; wait"
sandbox.port("http")
sandbox.spawn(Program("tree", ("sh", "-c", line), sandbox.root, {"PATH": "/usr/bin:/bin"},
                      sandbox.root / "tree.log"))
if sys.argv[3] == "kept":
    sandbox.detach()
print(sandbox.id, flush=True)
if sys.argv[3] != "kept":
    time.sleep(300)
"""


def there(sandbox: str, count: int) -> list[int]:
    """Wait until a sandbox has so many processes, and return them."""
    return clock.wait_until(
        lambda: pids if len(pids := proc.marked(sandbox)) == count else None, AS_IT_GOES, "its processes"
    )


@pytest.fixture
def owner(cache: Path):
    """Start a process that owns a sandbox with a tree of children; return it and the sandbox's id."""
    begun: list[subprocess.Popen[str]] = []

    def begin(label: str, how: str = "run") -> tuple["subprocess.Popen[str]", str]:
        child = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(cache), label, how], stdout=subprocess.PIPE, text=True
        )
        begun.append(child)
        assert child.stdout is not None
        return child, child.stdout.readline().strip()

    yield begin
    for child in begun:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
    for item in lease.read(cache):
        lease.remove(cache, item)


def test_removal_ends_every_process_of_the_tree(sandbox, program, cache):
    line = "sleep 300 & (sleep 300 &) ; (setsid sh -c 'sleep 300 & sleep 300' &) ; wait"
    sandbox.spawn(program(line))
    there(sandbox.id, 6)
    port = sandbox.port("http")
    assert sandbox.remove().clean
    assert proc.marked(sandbox.id) == []
    assert not sandbox.root.exists() and lease.read(cache) == []
    assert proc.free_port(port)
    assert list(lease.folder(cache).iterdir()) == []
    assert sandbox.remove().clean


def test_removal_frees_a_port_that_a_grandchild_listens_on(sandbox, program):
    listen = "import socket,time; s=socket.create_server(('127.0.0.1', %d)); time.sleep(300)"
    port = sandbox.port("http")
    sandbox.spawn(program(f'(setsid /usr/bin/env python3 -c "{listen % port}" &)'))

    def listening():
        with sandbox.inside():
            return not proc.free_port(port)

    clock.wait_until(listening, AS_IT_GOES, "listening")
    pids = proc.marked(sandbox.id)
    assert sandbox.remove().clean and proc.free_port(port)
    assert pids and not any(proc.started(pid) for pid in pids)


def test_a_port_that_somebody_else_holds_is_said_and_the_lease_stays(sandbox, cache):
    import socket

    with socket.create_server(("127.0.0.1", sandbox.port("http"))):
        left = sandbox.remove()
        assert left.ports == (str(sandbox.port("http")),) and not left.clean
        assert [item.id for item in lease.read(cache)] == [sandbox.id]
    assert sandbox.remove().clean
    assert lease.read(cache) == []


def test_a_process_that_wears_the_mark_is_found_but_never_this_one(monkeypatch):
    monkeypatch.setenv(proc.MARK, "some-sandbox")
    child = subprocess.Popen([sys.executable, "-c", """
import os, sys
from metadrill.sandboxes import proc
print(os.getpid() in proc.marked('some-sandbox'), flush=True)
sys.stdin.read()
"""], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "False\n"
    assert proc.marked("some-sandbox") == [child.pid]
    child.communicate()


def test_what_a_killed_owner_left_is_removed_and_nothing_else(owner, cache):
    dead, orphan = owner("dead")
    _, living = owner("living")
    kept_owner, kept = owner("kept", "kept")
    kept_owner.wait()
    for name in (orphan, living, kept):
        there(name, 3)
    assert sweep(cache) == {}
    dead.send_signal(signal.SIGKILL)
    dead.wait()
    state = {item.id: (item.orphaned, item.kept) for item in lease.read(cache)}
    assert state == {orphan: (True, False), living: (False, False), kept: (False, True)}

    removed = sweep(cache)

    assert list(removed) == [orphan] and removed[orphan].clean
    assert proc.marked(orphan) == [] and not (lease.folder(cache) / orphan).exists()
    assert [len(proc.marked(name)) for name in (living, kept)] == [3, 3]
    assert sweep(cache) == {}


def test_an_id_used_again_by_another_process_does_not_hold_the_lease(cache):
    lease.write(cache, lease.Lease("old-1", "old", os.getpid(), 1, "", ()))
    (item,) = lease.read(cache)
    assert item.orphaned
    assert list(sweep(cache)) == ["old-1"]
    assert lease.read(cache) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"id": "x"}', "\x00\x01", "[" * 100_000,
        '{"id":"broken-1","label":"","pid":"1","pid_started":0,"created":"","ports":["http"],"kept":true}',
    ],
)  # fmt: skip
def test_a_lease_that_cannot_be_read_belongs_to_nobody_and_goes_with_its_folder(cache, text):
    place = lease.folder(cache) / "broken-1"
    place.mkdir(parents=True)
    (place / "data").write_text("x")
    place.with_suffix(".lease").write_text(text)
    (item,) = lease.read(cache)
    assert item.orphaned and item.id == "broken-1"
    removed = sweep(cache)
    assert removed["broken-1"].clean
    assert list(lease.folder(cache).iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "../precious", "/{cache}/precious", "other-1"])
def test_a_forged_name_in_a_lease_removes_nothing_but_its_own_folder(cache, name):
    precious = cache / "precious"
    precious.mkdir(parents=True)
    other = ProcessSandboxes(cache).create("other")
    lease.write(cache, lease.Lease("other-1", "other", *proc.owner(os.getpid()), "", ()))
    (lease.folder(cache) / "other-1").mkdir()
    body = {"id": name.replace("{cache}", str(cache)), "label": "x", "pid": 1, "pid_started": 0,
            "created": "", "ports": [], "kept": False}  # fmt: skip
    (lease.folder(cache) / "forged-1.lease").write_text(json.dumps(body))
    assert set(sweep(cache)) == {"forged-1"}
    assert precious.is_dir() and other.root.is_dir() and (lease.folder(cache) / "other-1").is_dir()
    other.remove()


def test_a_folder_without_a_lease_is_removed(cache):
    (lease.folder(cache) / "nobodys-1").mkdir(parents=True)
    assert list(sweep(cache)) == ["nobodys-1"]
    assert list(lease.folder(cache).iterdir()) == []


def test_a_leased_folder_is_its_users_alone_not_swept_away_and_goes_with_its_end(cache):
    with lease.leased(cache, "depot") as place:
        (held,) = lease.read(cache)
        assert (held.id, held.kind, held.orphaned) == (place.name, "depot", False)
        assert place.stat().st_mode & 0o777 == 0o700
        (place / "part").write_text("x")
        assert sweep(cache) == {} and place.is_dir()
    assert list(lease.folder(cache).iterdir()) == []


def test_a_leased_folder_that_was_removed_already_and_one_that_cannot_be_made(cache):
    with lease.leased(cache, "depot") as place:
        place.rmdir()
    assert list(lease.folder(cache).iterdir()) == []
    (cache / "file").write_text("no folder")
    with pytest.raises(EnvironmentNotReady, match="cannot be written"), lease.leased(cache / "file", "depot"):
        pass


def test_a_lease_half_written_by_a_killed_run_is_removed_and_one_under_way_is_not(cache):
    lease.folder(cache).mkdir(parents=True)
    dead = lease.folder(cache) / "dead-1.draft"
    dead.write_text(json.dumps({"id": "dead-1", "pid": os.getpid(), "pid_started": 1}))
    mine = lease.folder(cache) / "mine-1.draft"
    mine.write_text(
        json.dumps({"id": "mine-1", "pid": os.getpid(), "pid_started": proc.started(os.getpid())})
    )
    sweep(cache)
    assert [path.name for path in lease.folder(cache).iterdir()] == ["mine-1.draft"]


def test_a_sandbox_in_the_making_is_never_swept_away(cache):
    """`gc` beside a run that begins: a lease is older than its folder, and folders are listed first."""
    import threading

    done, swept = threading.Event(), []

    def sweep_on() -> None:
        while not done.is_set():
            swept.extend(sweep(cache))

    sweeper = threading.Thread(target=sweep_on)
    sweeper.start()
    made = [ProcessSandboxes(cache).create(f"made-{number}") for number in range(60)]
    alive = [one.root.is_dir() for one in made]
    done.set()
    sweeper.join()
    for one in made:
        one.remove()
    assert swept == [] and all(alive)


def test_nothing_to_sweep_in_a_cache_that_is_not_there(cache):
    assert sweep(cache) == {}
    assert lease.read(cache) == []
    assert not cache.exists()


def test_a_process_that_bears_its_mark_late_is_ended_too(sandbox, program, cache, monkeypatch):
    """One that a signal caught between its fork and its program is not to be seen at the first look."""
    sandbox.spawn(program("sleep 300"))
    pids = clock.wait_until(lambda: proc.marked(sandbox.id) or None, AS_IT_GOES, "its processes")
    looks, look = [], proc.marked

    def late(name):
        looks.append(name)
        return look(name) if len(looks) > 1 else []

    monkeypatch.setattr(proc, "marked", late)
    assert sandbox.remove().clean
    assert not any(map(proc.started, pids)) and lease.read(cache) == []
