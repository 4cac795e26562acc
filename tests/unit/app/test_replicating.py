"""`backup replicate`, as typed: what it says, what it refuses, what the audit log keeps of it."""

import os
import time

from metadrill.app import depots, exposing
from metadrill.depot.shelf import Depot
from metadrill.governance import audit

TWO = """
sandbox: process
depots:
  main: {path: .metadrill/depot}
  far: {path: ../far}
"""


def far(backed):
    return Depot(backed.project.folder.parent / "far")


def test_every_set_goes_there_once_and_that_is_noted(backed):
    backed.configure(TWO)
    sets = [backed.take().manifest.name, backed.take(environment="west").manifest.name]
    first = backed.call("backup", "replicate", "--from", "main", "--to", "far")
    assert first.code == 0, first.err
    assert [line.split(":")[0] for line in first.out.splitlines()] == sorted(sets)
    assert "after its cut" in first.out and far(backed).names() == sorted(sets)
    again = backed.call("backup", "replicate", "--from", "main", "--to", "far")
    assert (again.code, again.out) == (0, "nothing to copy: every set is there\n")
    assert backed.call("backup", "verify", "latest", "--depot", "far").code == 0
    noted = [entry for entry in audit.read(backed.ledger) if entry.action == "backup.replicate"]
    assert [entry.outcome for entry in noted] == ["begun", "done"] * 4
    assert noted[1].facts["sets"] == [sorted(sets)[0]] and noted[1].facts["copied"] > 0
    assert noted[1].facts["lag_s"] >= 0
    assert [entry.facts["lag_s"] for entry in noted[5::2]] == [None, None], "nothing was measured there"


def test_what_was_replicated_counts_as_that_from_then_on(backed):
    backed.configure(TWO)
    name = backed.take().manifest.name
    depot = depots.depot(backed.settings)
    assert [cut.replicated for cut in exposing._cuts(backed.settings, depot)] == [None]
    said = backed.call("backup", "replicate", name, "--from", "main", "--to", "far", "--json")
    assert (said.code, said.lines[0]["name"], said.lines[0]["there"]) == (0, name, False)
    (cut,) = exposing._cuts(backed.settings, depot)
    assert cut.replicated and cut.replicated >= cut.started


def test_a_depot_that_may_not_hold_it_is_refused(backed):
    backed.configure(TWO.replace("path: ../far", "path: ../far, jurisdictions: [eu]"))
    backed.take()
    ended = backed.call("backup", "replicate", "--from", "main", "--to", "far")
    assert ended.code == 32 and "takes sets of eu" in ended.err and not far(backed).path.exists()


def test_what_makes_no_sense_is_said(backed):
    backed.configure(TWO)
    backed.take()
    words = ("backup", "replicate", "--from", "main", "--to")
    for more, told in (
        (("main",), "same folder"),
        (("nowhere",), "nowhere"),
        (("far", "--limit", "fast"), "write 500kB/s"),
        (("far", "--limit", "0kB/s"), "write 500kB/s"),
        (("far", "--window", "22-06"), "22:00-06:00"),
        (("far", "--window", "25:00-06:00"), "22:00-06:00"),
        (("far", "--window", "06:00-06:00"), "22:00-06:00"),
    ):
        ended = backed.call(*words, *more)
        assert ended.code == 2 and told in ended.err, (more, ended.err)
    assert not far(backed).path.exists()


def test_gc_removes_copies_that_nobody_went_on_with_for_a_week(backed):
    backed.configure(TWO)
    for name, days in (("old", 8), ("new", 6)):
        left = far(backed).path / f".replica-{name}"
        left.mkdir(parents=True)
        (left / "part").write_bytes(b"half of it")
        moment = time.time() - days * 86_400
        for path in (left / "part", left):
            os.utime(path, (moment, moment))
    ended = backed.call("gc")
    assert (ended.code, ended.out) == (0, "backup .replica-old: removed\n")
    assert [path.name for path in far(backed).path.iterdir()] == [".replica-new"]
    assert backed.call("gc").out == "nothing to remove\n"
