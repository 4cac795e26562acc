"""The pytest plugin, on the twin: what a user writes, run as a user runs it."""

import subprocess
import sys

NIGHTLY = """
import pytest


@pytest.mark.drill("{drill}")
def test_it_recovers(drill):
    assert drill.verdict == "pass", drill.sentence
"""


def played(project, text, *words):
    (project.folder / "test_it.py").write_text(text)
    env = {
        "PATH": "/usr/bin:/bin", "HOME": str(project.folder), "PYTHONPATH": str(project.plugins),
        "METADRILL_CACHE": str(project.cache), "METADRILL_KEYS": str(project.folder.parent / "keys"),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "pytest", "test_it.py", "-q", "-p", "no:cacheprovider", *words],
        cwd=project.folder, env=env, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_a_drill_that_passes_is_a_test_that_passes_and_its_report_is_kept(project):
    done = played(project, NIGHTLY.format(drill="twin"), "--drill-report", "reports")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    (report,) = (project.folder / "reports").iterdir()
    assert {path.name for path in report.iterdir()} >= {"report.html", "assessment.json", "journal.jsonl"}
    assert report.name == project.runs[0].name


def test_an_inconclusive_drill_is_a_test_that_fails_and_says_why(project):
    fine = project.folder / "fine.sh"
    fine.write_text("#!/bin/sh\nexit 0\n")
    fine.chmod(0o755)
    path = project.folder / "scenarios" / "twin-bytes.yaml"
    noticing = "noticed_by:\n  - command: {command: fine.sh, within: 1s}\nrecoveries"
    head, _, tail = path.read_text().partition("noticed_by")
    path.write_text(head + noticing + tail.partition("recoveries")[2])
    done = played(project, NIGHTLY.format(drill="twin"))
    assert done.returncode == 1 and "1 failed" in done.stdout
    assert "no probe saw an outage" in done.stdout


def test_without_its_marker_the_fixture_says_how_it_is_written(project):
    done = played(project, "def test_it(drill):\n    pass\n")
    assert done.returncode == 1 and 'mark it with @pytest.mark.drill("…")' in done.stdout


def test_an_unknown_drill_is_an_error_with_its_hint(project):
    done = played(project, NIGHTLY.format(drill="twim"))
    assert done.returncode == 1 and "unknown drill 'twim'" in done.stdout
