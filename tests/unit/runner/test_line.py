"""The straight line, walked on the twins from end to end."""

import csv
import hashlib
import io
import time

import pytest

from metadrill import clock
from metadrill.testing import drills

LINE = [
    "run.opened", "plan.fixed", "sandbox.created", "isolation.proved", "stack.served", "data.placed",
    "index.settled", "census.taken", "witness.heard", "checks.run", "backup.taken", "fault.injected",
    "outage.observed", "census.taken", "checks.run", "decision.made", "recovery.started", "recovery.step",
    "recovery.finished", "stack.serving", "writes.read", "index.settled", "census.taken", "witness.heard",
    "checks.run", "recovery.verified", "logs.collected", "sandbox.removed", "drill.closed",
]  # fmt: skip


def stations(kinds):
    """The kinds in order, each run of one kind once, without the calls and the probes between."""
    kept = [kind for kind in kinds if kind not in ("call.made", "probe.answered")]
    return [kind for place, kind in enumerate(kept) if place == 0 or kept[place - 1] != kind]


@pytest.mark.parametrize("form", ["checksum", "none"])
@pytest.mark.parametrize("recovery", ["index_snapshot", "index_rebuild"])
def test_a_drill_walks_the_whole_line_in_its_order(player, form, recovery):
    start = time.process_time()
    played = player.play(drills.plan(recovery, startup_check=form))
    assert time.process_time() - start < 2
    assert played.error is None
    line = [kind for kind in LINE if kind != "backup.taken" or recovery == "index_snapshot"]
    assert stations(played.kinds) == line
    assert set(played.verdicts("baseline").values()) == {"pass"}
    assert set(played.verdicts("verified").values()) == {"pass"}
    assert played.data("writes.read")["search"]["absent"] == []
    assert played.data("drill.closed")["outcome"] == "completed"
    assert played.sandboxes.left() == []


def test_the_loud_form_is_seen_by_a_search_and_turns_the_engine_red(player):
    played = player.play(drills.plan())
    seen = played.data("outage.observed")
    assert seen["probe"] == "search_answers"
    assert seen["views"] == {"elasticsearch": "red", "atlas": "ACTIVE"}
    assert played.verdicts("outage")[40] == "fail"
    assert 33 not in played.verdicts("outage")  # only the suites that notice are run while the clock runs


def test_the_silent_form_is_seen_by_the_checksums_while_the_engine_says_green(player):
    plan = drills.plan(startup_check="none")
    played = player.play(plan, probes=())
    seen = played.data("outage.observed")
    assert seen["probe"] == "suite segments"
    assert "check 40 fail" in seen["answer"]
    assert seen["views"]["elasticsearch"] == "green"
    assert played.verdicts("outage")[40] == "fail"


def test_at_least_ten_writes_are_acknowledged_between_the_backup_and_the_fault(player):
    played = player.play(drills.plan())
    backup = next(event for event in played.events if event.kind == "backup.taken")
    t0 = played.data("fault.injected")["invoked_ns"]
    acked = [event for event in played.events if event.kind == "write.acked"]
    assert sum(backup.mono_ns < event.mono_ns < t0 for event in acked) >= 10


def test_no_write_is_acknowledged_after_the_writes_were_read(player):
    played = player.play(drills.plan())
    kinds = [event.kind for event in played.events]
    assert "write.acked" not in kinds[kinds.index("writes.read") :]
    assert played.data("writes.read")["acked"] == kinds.count("write.acked")


def test_the_bare_snapshot_leaves_the_tail_out_of_search(player):
    played = player.play(drills.plan("index_snapshot_bare"))
    assert played.error is None
    read = played.data("writes.read")
    assert len(read["search"]["absent"]) >= 10
    assert read["guid"]["absent"] == []
    assert played.verdicts("verified")[33] == "fail"
    assert played.verdicts("verified")[6] == "pass"
    settled = played.data("index.settled", phase="verified")
    assert settled["graph"] - settled["index"] == len(read["search"]["absent"])


def test_every_mutating_call_of_the_stack_is_recorded(player):
    played = player.play(drills.plan())
    calls = [event.data["path"] for event in played.events if event.kind == "call.made"]
    assert "sample" in calls and "/_snapshot/repo/snapshot-1/_restore" in calls and "repair-tail" in calls


def test_the_copies_of_the_logs_hold_no_secret(player):
    played = player.play(drills.plan())
    text = (played.folder / "logs" / "stack.log").read_text()
    assert "elasticsearch stopped, password [admin]" in text
    assert played.data("logs.collected")["files"][0]["name"] == "stack.log"


def test_a_witness_is_asked_about_every_type_and_agrees(player):
    rows = player.play(drills.plan()).data("witness.heard", phase="verified")["counts"]
    assert {"graph:hive_table", "graph:entities", "index:entities"} <= {row["what"] for row in rows}
    assert all(row["census"] == row["witness"] for row in rows)
    assert {row["by"] for row in rows} == {"checkstate", "_count"}


def test_every_row_that_does_not_hold_is_listed_beside_the_journal(player):
    played = player.play(drills.plan())
    event = next(event for event in played.events if event.kind == "checks.run" and event.data.get("listed"))
    listed = event.data["listed"]
    path = played.folder / listed["file"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == listed["sha256"]
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    results = event.data["results"]
    assert len(rows) == listed["rows"] == sum(row["unexpected"] for row in results)
    named = (one for row in results for one in row["deviations"])
    told = [(one["guids"], one["expected"], one["observed"]) for one in named]
    shown = [(row["guids"].split(), row["expected"], row["observed"]) for row in rows]
    assert told and all(one in shown for one in told)


def test_a_phase_in_which_all_holds_lists_nothing(player):
    played = player.play(drills.plan())
    for event in played.events:
        if event.kind == "checks.run" and event.data["phase"] == "baseline":
            assert "listed" not in event.data
    assert {path.name.split("-")[0] for path in (played.folder / "deviations").iterdir()} == {"outage"}


def test_a_warm_start_places_no_data(player, tmp_path):
    from metadrill.testing import MemoryStack

    kept = tmp_path / "state.json"
    for origin in ("seeded", "warm"):
        played = player.play(drills.plan(), stack=lambda sandbox: MemoryStack(sandbox, warm=kept))
        assert played.data("data.placed")["origin"] == origin
        assert set(played.verdicts("verified").values()) == {"pass"}


def test_the_runs_clock_is_the_journals(player):
    played = player.play(drills.plan())
    fault = next(event for event in played.events if event.kind == "fault.injected")
    assert 0 <= clock.seconds(fault.data["invoked_ns"], fault.mono_ns) < 1
