"""Whole drills against the real stack, from the file to the verdict."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from metadrill import journal, packs
from metadrill.app import running
from metadrill.app.settings import Settings
from metadrill.clock import SYSTEM, wait_until
from metadrill.errors import Code
from metadrill.model import units
from metadrill.model.drill import LeaveOut
from metadrill.model.verdict import CheckVerdict, Verdict
from metadrill.sandboxes import lease, proc

TOP = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path):
    return Settings(project=TOP, ledger=tmp_path / "ledger", sandbox="process")


def play(settings, drill, **options):
    (outcome,) = running.run(settings, drill, running.RunOptions(**options))
    return outcome


def failing(assessment, phase):
    return sorted({row.number for row in assessment.checks[phase] if row.verdict is CheckVerdict.FAIL})


def nothing_is_left(settings, outcome):
    removed = [event for event in events(outcome) if event.kind == "sandbox.removed"]
    assert removed and not any(removed[0].data["remaining"].values())
    created = next(event for event in events(outcome) if event.kind == "sandbox.created").data["id"]
    assert created not in {item.id for item in lease.read(settings.cache)}
    assert not proc.marked(created)


def events(outcome):
    return journal.read(outcome.folder / "journal.jsonl").events


@dataclass
class Watched:
    """One drill, looked at by several tests, and the process list while it ran."""

    outcome: running.Outcome
    passwords: list[bytes]
    process_lists: list[bytes]


@pytest.fixture(scope="module")
def loud(tmp_path_factory):
    ledger = tmp_path_factory.mktemp("loud") / "ledger"
    settings = Settings(project=TOP, ledger=ledger, sandbox="process")
    passwords, lists = [], []

    def watch(event):
        if event.kind == "backup.taken":
            sandboxes = Path(settings.cache) / "sandboxes"
            passwords.extend(path.read_bytes() for path in sandboxes.glob("*/password"))
            lists.extend(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline"))

    return Watched(play(settings, "corrupted-index", listeners=(watch,)), passwords, lists)


def test_the_loud_form_is_recovered_by_snapshot_and_repair_of_the_tail(settings, loud):
    outcome, found = loud.outcome, loud.outcome.assessment
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    assert found.views["elasticsearch"] == "red" and found.views["atlas"] == "ACTIVE"
    assert failing(found, "baseline") == [] == failing(found, "verified")
    assert failing(found, "outage") == [40]
    assert found.rta.met and found.rta.actual > 0
    assert found.rpa_graph.seconds == 0.0 == found.rpa_search.seconds
    assert found.rpa_search.acknowledged >= 10
    repaired = next(step for step in found.steps if step["step"] == "repair_tail")
    assert repaired["facts"]["repaired"] >= 10
    nothing_is_left(settings, outcome)
    done = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=outcome.folder, check=False)
    assert done.returncode == 0


def test_no_secret_stands_in_any_file_of_a_run_or_in_a_process_list(loud):
    assert loud.passwords and loud.process_lists
    for word in loud.passwords:
        assert not any(word in line for line in loud.process_lists)
        for path in loud.outcome.folder.rglob("*"):
            assert path.is_dir() or word not in path.read_bytes(), path


@pytest.mark.needs("root")
def test_isolation_was_proved_from_inside(loud):
    found = loud.outcome.assessment.isolation
    assert found["proved"] and not found["because"]


@pytest.mark.slow  # the silent form runs in containers in every run: test_docker.py
def test_the_silent_form_is_missed_by_the_engine_and_found_by_the_checks(settings):
    found = play(settings, "corrupted-index-silent").assessment
    assert found.verdict is Verdict.PASS, found.sentence
    assert found.views["atlas"] == "ACTIVE"
    assert found.views["elasticsearch"] in ("green", "no answer")  # it may have died of the byte
    assert failing(found, "outage") == [40]


@pytest.mark.slow  # the same on the twin, in every run
def test_the_bare_snapshot_fails_by_what_is_missing_from_search(settings):
    found = play(settings, "drills/negative/bare-snapshot.yaml").assessment
    assert (found.verdict, found.code) == (Verdict.FAIL, Code.INTEGRITY_LOST), found.sentence
    assert 33 in failing(found, "verified")
    assert len(found.rpa_search.lost) >= 10 and not found.rpa_graph.lost


@pytest.mark.slow  # minutes; a selective restore of Atlas is in test_backup.py, in every run
def test_what_a_client_purged_is_brought_back_and_nothing_else_is_touched(settings):
    outcome = play(settings, "partial-deletion-lineage")
    found = outcome.assessment
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    assert failing(found, "baseline") == [] == failing(found, "verified")
    assert 6 in failing(found, "outage")
    assert found.rpa_graph.seconds == 0.0 == found.rpa_search.seconds
    assert found.truth["how"] == "purge" and found.truth["gone"] == {
        "hive_column": 80, "hive_process": 4, "hive_storagedesc": 5, "hive_table": 5,
    }  # fmt: skip
    steps = {step["step"]: step["facts"] for step in found.steps}
    assert steps["compare"]["by_type"] == found.truth["gone"]
    assert steps["compare"]["kept_new"] >= 10  # the canary's writes since the cut
    assert steps["look"]["moved"] > 0 and 0 < len(steps["look"]["guids"]) <= 50
    nothing_is_left(settings, outcome)


@pytest.mark.slow  # the same on the twin, in every run
def test_the_fault_left_out_is_inconclusive(settings):
    found = play(settings, "corrupted-index", leave_out=LeaveOut.FAULT).assessment
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, Code.INCONCLUSIVE), found.sentence


@pytest.mark.slow  # the same on the twin, in every run
def test_the_recovery_left_out_fails(settings):
    found = play(settings, "corrupted-index", leave_out=LeaveOut.RECOVERY).assessment
    assert found.verdict is Verdict.FAIL and found.code in (Code.INTEGRITY_LOST, Code.RTO_MISSED)
    assert found.rta.actual is None


@pytest.mark.slow  # the same on the twin, in every run
def test_the_rebuild_from_the_graph_recovers_everything(settings):
    found = play(settings, "corrupted-index-rebuild").assessment
    assert found.verdict is Verdict.PASS, found.sentence
    assert found.rpa_search.seconds == 0.0


@pytest.mark.slow  # two minutes of it wait for writes that never come into the index
def test_a_users_own_procedure_is_timed_observed_and_judged(settings):
    found = play(settings, "drills/negative/procedure-forgets-the-tail.yaml").assessment
    assert found.verdict is Verdict.FAIL and 33 in failing(found, "verified")
    assert [step["step"] for step in found.steps] == ["restore-index.py"]


def start(settings, *arguments):
    argv = [sys.executable, "-m", "metadrill", "run", "corrupted-index", "--json", "--sandbox", "process"]
    return subprocess.Popen(
        [*argv, "--ledger", str(settings.ledger), *arguments], cwd=TOP, stdout=subprocess.PIPE, text=True
    )


def until(child, kind):
    for line in child.stdout:
        body = json.loads(line)
        if body["kind"] == "event" and body["event"]["kind"] == kind:
            return
    raise AssertionError(f"the run ended before {kind}")


@pytest.mark.parametrize(
    ("sign", "code", "moment"),
    [
        (signal.SIGINT, 130, "write.acked"),
        pytest.param(signal.SIGTERM, 143, "recovery.started", marks=pytest.mark.slow),
    ],
)
def test_a_signal_leaves_nothing_behind_within_ten_seconds(settings, sign, code, moment):
    child = start(settings)
    until(child, moment)
    (folder,) = settings.runs.iterdir()
    began = SYSTEM.monotonic_ns()
    child.send_signal(sign)
    closed = b'"kind":"drill.closed"'
    wait_until(
        lambda: closed in (folder / "journal.jsonl").read_bytes(), units.duration("15s"), "journal closed"
    )
    assert SYSTEM.monotonic_ns() - began < 10e9
    child.stdout.read()
    assert child.wait(60) == code  # the evidence of an aborted run is made after it
    reading = journal.read(folder / "journal.jsonl")
    assert reading.events[-1].data["outcome"] == "aborted"
    assert {"run.aborted", "sandbox.removed"} <= {event.kind for event in reading.events}
    assert (folder / "report.html").exists() and (folder / "evidence-soc2.pdf").exists()
    assert packs.verify(folder).tier == 1
    created = next(event for event in reading.events if event.kind == "sandbox.created").data["id"]
    assert not proc.marked(created) and created not in {item.id for item in lease.read(settings.cache)}


def test_after_a_kill_doctor_shows_it_and_gc_removes_it(settings):
    before = {item.id for item in lease.read(settings.cache)}
    child = start(settings)
    until(child, "stack.served")
    child.send_signal(signal.SIGKILL)
    child.stdout.read()
    child.wait(20)
    (orphan,) = [item.id for item in lease.read(settings.cache) if item.orphaned and item.id not in before]
    assert proc.marked(orphan)

    def metadrill(*words):
        argv = [sys.executable, "-m", "metadrill", *words, "--ledger", str(settings.ledger)]
        return subprocess.run(argv, cwd=TOP, capture_output=True, text=True, check=False)

    told = metadrill("doctor")
    assert orphan in told.stdout and told.returncode == 30
    assert metadrill("gc").returncode == 0
    wait_until(lambda: not proc.marked(orphan), units.duration("5s"), "every process gone")
    assert orphan not in metadrill("doctor").stdout
    (folder,) = settings.runs.iterdir()
    assert metadrill("assess", str(folder)).returncode == int(Code.INCONCLUSIVE)


@pytest.mark.slow  # the same on the twin, in every run
def test_a_set_that_nobody_chose_is_restored_twice_and_proved(settings):
    said = []
    outcome = play(settings, "random-restore", told=said.append)
    found = outcome.assessment
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    assert "is empty" in said[0] and sum(line.startswith("taken: ") for line in said) == 4
    assert len(found.seed) == 64 and found.coverage["picks"] == 1
    assert {row["environment"] for row in found.coverage["exposure"]} == {"made-up-east", "made-up-west"}
    chosen = next(event for event in events(outcome) if event.kind == "backup.chosen").data
    placed = next(event for event in events(outcome) if event.kind == "data.placed").data
    assert placed["dataset"] == chosen["set"] and placed["origin"] == "restored"
    assert failing(found, "baseline") == [] == failing(found, "verified")
    assert found.rta.met and found.recovery_point_age > 0
    assert found.rpa_graph.lost == found.rpa_search.lost != (), (
        "what was written after the cut is lost, and told"
    )
    assert "made-up data" in found.class_because[0]
    nothing_is_left(settings, outcome)
