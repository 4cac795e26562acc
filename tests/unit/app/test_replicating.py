"""`backup replicate`, as typed: what it says, what it refuses, what the audit log keeps of it."""

import os
import shutil
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time

import pytest

from metadrill.app import depots, exposing, replicating
from metadrill.app.replicating import Wanted
from metadrill.depot.replicating import Pace, Window
from metadrill.depot.shelf import Depot, locked
from metadrill.errors import Interrupted
from metadrill.governance import audit
from metadrill.governance.audit import Deed
from metadrill.model.backup import Mode
from metadrill.model.configuration import DepotPlace
from metadrill.testing import ManualClock

TWO = """
sandbox: process
depots:
  main: {path: .metadrill/depot}
  far: {path: ../far}
"""
PACE = Pace()


def far(backed):
    return Depot(backed.project.folder.parent / "far")


def test_every_set_goes_there_once_and_that_is_noted(backed):
    backed.configure(TWO)
    sets = [backed.take().manifest.name, backed.take(environment="west").manifest.name]
    first = backed.call("backup", "replicate", "--from", "main", "--to", "far")
    assert first.code == 0, first.err
    assert [line.split(":")[0] for line in first.out.splitlines()] == sorted(sets, reverse=True)
    assert "after its cut" in first.out and far(backed).names() == sorted(sets)
    again = backed.call("backup", "replicate", "--from", "main", "--to", "far")
    assert (again.code, again.out) == (0, "nothing to copy: every set is there\n")
    assert backed.call("backup", "verify", "latest", "--depot", "far").code == 0
    noted = [entry for entry in audit.read(backed.ledger) if entry.action == "backup.replicate"]
    assert [entry.outcome for entry in noted] == ["begun", "done"] * 4
    assert noted[1].facts["set"] == sets[1] and noted[1].facts["copied"] > 0
    assert noted[1].facts["lag_s"] >= 0
    assert [entry.facts["lag_s"] for entry in noted[5::2]] == [None, None], "nothing was measured there"


def test_what_was_replicated_is_said_beside_what_was_verified(backed):
    backed.configure(TWO)
    name = backed.take().manifest.name
    audit.Log(backed.ledger).record(Deed("backup.verify", name, "done", {"set": name, "problems": []}))
    none = "  east, replicated: none of 1 sets was ever verified and replicated: nothing to fall back on\n"
    assert backed.call("backup", "list", "--depot", "main").out.endswith(none)
    said = backed.call("backup", "replicate", name, "--from", "main", "--to", "far", "--json")
    assert (said.code, said.lines[0]["name"], said.lines[0]["outcome"]) == (0, name, "copied")
    *_, verified, replicated = backed.call("backup", "list", "--depot", "main").out.splitlines()
    assert verified.startswith("  east: RPO exposure ")
    assert replicated.startswith("  east, replicated: RPO exposure ")
    assert "; no verified and replicated set for 218" in replicated
    ((row,),) = (
        line["exposure"] for line in backed.call("backup", "list", "--depot", "main", "--json").lines
    )
    assert row["replicated"]["open_s"] >= row["open_s"] > 0
    assert row["replicated"]["uncovered_s"] > row["uncovered_s"] > 0
    assert (row["unverified"], row["replicated"]["unready"]) == (0, 0)


def twofold(backed, place=None):
    """Settings with a second depot."""
    places = {"main": backed.settings.depot(), "far": DepotPlace("far", place or far(backed).path)}
    return replace(backed.settings, depots=places)


def since(settings, depot="main"):
    """From when on each set of a depot counts as replicated."""
    return [cut.replicated for cut in exposing._cuts(settings, depots.depot(settings, depot))]


def test_a_set_is_replicated_from_when_it_lay_in_the_other_depot_while_it_is_sound_there(backed):
    name, settings = backed.take().manifest.name, twofold(backed)
    assert since(settings) == [None] and since(settings, "far") == []
    ended(backed)
    (first,) = since(settings)
    assert first == since(settings, "far")[0], "seen from there, it is here"
    ended(backed)
    assert since(settings) == [first], "it has been there since"
    spoil(far(backed).path / name)
    ended(backed)
    assert since(settings) == [None], "found damaged"
    shutil.rmtree(far(backed).path / name)
    ended(backed)
    (anew,) = since(settings)
    assert anew > first
    shutil.rmtree(far(backed).path)
    assert since(settings) == [None], "whatever the log says: it is gone"


def test_where_there_is_no_other_depot_nothing_is_said_of_replicas(backed):
    backed.take()
    (found,) = exposing.exposed(backed.settings, depots.depot(backed.settings))
    assert found.replicated is None and exposing.said(found)["replicated"] is None
    assert len(exposing.sentences(found)) == 1


def ended(backed, name=None, pace=PACE, place=None):
    """Copy within this process; return what came of each set: name, end, code."""
    outcomes = replicating.replicate(twofold(backed, place), Wanted(name, "main", "far", pace))
    return [(outcome.name, outcome.end.value, int(outcome.code)) for outcome in outcomes]


def chain(backed):
    """Take a full set, one that goes with it, and a newer one of another environment; return their names."""
    full = backed.take().manifest.name
    backed.stack.write("metadrill-canary/more")
    part = backed.take(Mode.INCREMENTAL).manifest.name
    return full, part, backed.take(environment="west").manifest.name


def spoil(folder):
    """Change a byte of a set's export."""
    path = next(folder.glob("export-*"))
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def ours(backed, name):
    return backed.ledger / "depot" / name


def test_the_newest_comes_first_and_each_behind_those_that_it_goes_with(backed):
    full, part, newest = chain(backed)
    assert ended(backed) == [(newest, "copied", 0), (full, "copied", 0), (part, "copied", 0)]
    assert ended(backed, part) == [(full, "there", 0), (part, "there", 0)]


def test_a_set_that_cannot_be_read_keeps_no_other_back(backed):
    full, part, newest = chain(backed)
    (ours(backed, newest) / "manifest.dsse.json").write_text("{}")
    assert ended(backed) == [(newest, "failed", 20), (full, "copied", 0), (part, "copied", 0)]


@pytest.mark.parametrize("harm", [spoil, lambda folder: next(folder.glob("export-*")).unlink()])
def test_what_goes_with_a_damaged_set_stays_behind_with_it_and_all_else_is_copied(backed, harm):
    full, part, newest = chain(backed)
    harm(ours(backed, full))
    assert ended(backed) == [(newest, "copied", 0), (full, "failed", 20), (part, "failed", 20)]
    assert far(backed).names() == [newest]
    noted = [(entry.object, entry.outcome) for entry in audit.read(backed.ledger)]
    assert noted[-2:] == [(full, "begun"), (full, "failed")], "of the other nothing was begun"


@pytest.mark.parametrize("harm", [spoil, lambda folder: (folder / "more").write_text("not of the set")])
def test_a_damaged_replica_keeps_no_other_set_back(backed, harm):
    _, _, newest = chain(backed)
    ended(backed, newest)
    harm(far(backed).path / newest)
    assert [row[1:] for row in ended(backed)] == [("failed", 20), ("copied", 0), ("copied", 0)]


def test_a_set_that_somebody_else_is_copying_keeps_no_other_back(backed):
    full, part, newest = chain(backed)
    under_way = far(backed).path / f".replica-{newest}"
    under_way.mkdir(parents=True)
    with locked(under_way / ".lock"):
        assert ended(backed) == [(newest, "failed", 31), (full, "copied", 0), (part, "copied", 0)]


def test_where_the_window_is_over_or_the_target_is_lost_the_rest_is_left(backed):
    full, part, newest = chain(backed)
    day = ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    shut = Pace(window=Window(clock_time(22), clock_time(6)), time=day)
    assert ended(backed, pace=shut) == [(newest, "failed", 32), (part, "left", 0), (full, "left", 0)]
    (backed.project.folder.parent / "taken").write_text("in the way")
    nowhere = ended(backed, place=backed.project.folder.parent / "taken" / "x")
    assert nowhere == [(newest, "failed", 30), (part, "left", 0), (full, "left", 0)]


def test_a_signal_stops_all_at_once(backed):
    _, _, newest = chain(backed)
    with pytest.raises(Interrupted):
        ended(backed, pace=Pace(told=lambda *copied: signal.raise_signal(signal.SIGINT)))
    assert far(backed).names() == []
    noted = [entry for entry in audit.read(backed.ledger) if entry.action == "backup.replicate"]
    assert [(entry.object, entry.outcome) for entry in noted] == [(newest, "begun"), (newest, "failed")]
    assert noted[1].facts["code"] == 130


def test_each_outcome_is_said_and_the_code_is_the_foremost(backed):
    backed.configure(TWO)
    full, _, newest = chain(backed)
    (ours(backed, newest) / "manifest.dsse.json").write_text("{}")
    words = ("backup", "replicate", "--from", "main", "--to", "far")
    shut = f"{datetime.now(UTC) + timedelta(hours=2):%H:%M}-{datetime.now(UTC) + timedelta(hours=3):%H:%M}"
    said = backed.call(*words, "--window", shut)
    assert said.code == 20, "not 32, by which it ended"
    for told in (
        f"{newest}/manifest.dsse.json",
        f"{full}: it is not between",
        "not looked at any more: 1, from",
    ):
        assert told in said.err, said.err
    assert "exit code 20: metadrill explain 20" in said.err and "nothing to copy" not in said.out
    rows = backed.call(*words, "--json")
    assert rows.code == 20 and [row["kind"] for row in rows.lines] == ["replica"] * 3
    assert [row["outcome"] for row in rows.lines] == ["failed", "copied", "copied"]
    assert (
        rows.lines[0]["code"] == 20 and "manifest" in rows.lines[0]["error"] and rows.lines[1]["copied"] > 0
    )


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
