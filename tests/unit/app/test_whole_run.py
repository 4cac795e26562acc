"""`metadrill run` from the file to the verdict, in a process of its own, on the twin."""

import hashlib
import json
import subprocess

from metadrill import journal


def test_the_drill_passes_and_every_file_of_a_run_is_there(finished):
    project, ended = finished
    assert ended.code == 0 and ended.err == ""
    (run,) = project.runs
    assert {path.name for path in run.iterdir()} == {
        "journal.jsonl", "assessment.json", "report.html", "junit.xml", "as-run.sh", "SHA256SUMS", "logs",
        "statement.dsse.json", "certificate.pem", "verify.py", "deviations",
    }  # fmt: skip
    reading = journal.read(run / "journal.jsonl")
    assert reading.events[-1].kind == "drill.closed" and reading.events[-1].data["outcome"] == "completed"
    assert json.loads((run / "assessment.json").read_text())["verdict"] == "pass"


def test_json_is_one_line_per_event_and_ends_in_the_assessment(finished):
    project, ended = finished
    *events, last = ended.lines
    assert {line["kind"] for line in events} == {"event"}
    assert [line["event"]["kind"] for line in events] == project.kinds(project.runs[0])
    assert last["kind"] == "assessment" and last["assessment"]["verdict"] == "pass"
    assert last["folder"] == f".metadrill/runs/{project.runs[0].name}"
    assert {line["schema"] for line in ended.lines} == {"metadrill/v1"}


def test_sha256sum_agrees_with_every_file_and_notices_a_changed_one(finished):
    project, _ = finished
    (run,) = project.runs
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=run, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    summed = {line.split("  ", 1)[1].lstrip("*./") for line in (run / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
    assert summed == there - {"SHA256SUMS"}


def test_the_journal_names_where_every_adapter_came_from(finished):
    project, _ = finished
    opened = journal.read(project.runs[0] / "journal.jsonl").events[0]
    assert opened.kind == "run.opened"
    rows = {row["role"]: (row["name"], row["distribution"]) for row in opened.data["plugins"]}
    assert rows["stacks"] == ("twin", "metadrill-twins")
    assert rows["sandboxes"] == ("process", "metadrill")


def test_no_secret_stands_in_any_file_of_the_run(finished):
    """The twin writes its password into its log on purpose; a copy of the log must not hold it."""
    project, _ = finished
    log = (project.runs[0] / "logs" / "stack.log").read_text()
    assert "stopped, password" in log
    for line in log.splitlines():
        if "password" in line:
            word = line.rsplit(" ", 1)[-1]
            assert len(word) != 32, "the password itself"


def test_nothing_is_left_of_the_sandbox(finished):
    project, _ = finished
    assert list((project.cache / "sandboxes").iterdir()) == []


def test_an_old_run_is_judged_and_rendered_again_by_the_same_words(finished):
    project, _ = finished
    (run,) = project.runs
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    again = project.call("assess", "last")
    assert again.code == 0 and "✓ PASS" in again.out and again.err == ""
    built = project.call("report", "build", run.name[:12])
    assert built.code == 0 and "report.html" in built.out
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_all_recoveries_are_run_and_ranked_for_a_person(project):
    ended = project.call("run", "ranked")
    assert ended.code == 0 and ended.err == ""
    assert ended.out.count("✓ PASS") == 4
    assert "ranked, run 1 of 2: " in ended.out and "ranked, run 2 of 2: " in ended.out
    assert "\n\nRecoveries, the fastest that passed first" in ended.out and "\n\n\n" not in ended.out
    assert len(project.runs) == 2
    intents = (project.folder / ".metadrill" / "intents.jsonl").read_text().splitlines()
    assert [json.loads(line)["recovery"] for line in intents] == ["index_snapshot", "index_rebuild"]


def test_all_recoveries_are_ranked_for_a_program_too(project):
    last = project.call("run", "ranked", "--json").lines[-1]
    assert (last["kind"], last["drill"]) == ("ranking", "ranked") and last["drawn"].endswith(".svg")
    rows = last["recoveries"]
    assert {row["recovery"] for row in rows} == {"index_snapshot", "index_rebuild"}
    assert {row["run"] for row in rows} == {run.name for run in project.runs}
    for row in rows:
        assert row["verdict"] == "pass" and (row["lost_s"], row["lost_writes"]) == (0.0, 0)
        assert 0 < row["rta_s"] < 60
    assert rows == sorted(rows, key=lambda row: row["rta_s"])


def test_a_drill_without_its_fault_is_inconclusive(project):
    ended = project.call("run", "twin", "--leave-out", "fault", "-q")
    assert ended.code == 5 and "? INCONCLUSIVE" in ended.out
    milder = project.call("assess", "last", "--json", "--fail-on", "integrity")
    assert milder.code == 0 and milder.lines[0]["assessment"]["code"] == 5


def test_a_stack_that_breaks_down_leaves_a_closed_journal_and_no_sandbox(project):
    ended = project.call("run", "twin", TWIN_BREAKS="boot")
    assert ended.code not in (0, 5) and "Traceback" not in ended.err + ended.out
    (run,) = project.runs
    kinds = project.kinds(run)
    assert kinds[-2:] == ["sandbox.removed", "drill.closed"] and "run.failed" in kinds
    assert (run / "report.html").exists()
    assert list((project.cache / "sandboxes").iterdir()) == []


def test_a_reader_that_goes_away_changes_nothing_of_the_drill(project):
    child = project.begin("run", "twin", "--json")
    assert child.stdout is not None and child.stdout.readline()
    child.stdout.close()
    assert child.wait(timeout=120) == 0
    assert child.stderr is not None and child.stderr.read() == ""
    (run,) = project.runs
    assert json.loads((run / "assessment.json").read_text())["verdict"] == "pass"


def test_the_journal_holds_the_files_that_decide_the_run_to_the_byte(finished):
    project, _ = finished
    events = journal.read(project.runs[0] / "journal.jsonl").events
    (read,) = [event.data["files"] for event in events if event.kind == "inputs.read"]
    digests = events[0].data["digests"]
    assert {row["kind"] for row in read} == {"drill", "scenario", "stack", "dataset", "suite"}
    for row in read:
        digest = hashlib.sha256(row["text"].encode()).hexdigest()
        name = f"suite:{row['name']}" if row["kind"] == "suite" else row["kind"]
        assert digest == row["sha256"] == digests[name]


def test_the_opening_says_how_it_was_called_and_which_attempt_it_is(finished):
    project, _ = finished
    opened = journal.read(project.runs[0] / "journal.jsonl").events[0].data
    assert opened["command"].startswith("metadrill run ")
    assert opened["intent"]["attempt"] == 1 and opened["intent"]["run"] == opened["run"]
    assert set(opened["host"]["clock"]) == {"synchronised", "offset_ms", "error_ms"}
