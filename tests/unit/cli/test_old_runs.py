"""`assess` and `report` on recorded runs."""

import json
from pathlib import Path

import pytest

from metadrill.errors import Code

JOURNALS = Path(__file__).parents[2] / "golden" / "journals"


@pytest.mark.parametrize("name", sorted(path.stem for path in JOURNALS.glob("*.jsonl")))
def test_a_recorded_run_is_judged_as_it_was(call, ran, name):
    folder = ran(name)
    wanted = json.loads((JOURNALS / f"{name}.assessment.json").read_text())
    code, out, err = call("assess", "last", "--json", "--fail-on", "warnings")
    found = json.loads(out)["assessment"]
    assert err == "" and (found["verdict"], found["code"]) == (wanted["verdict"], wanted["code"])
    assert code == wanted["code"]
    assert call("assess", folder.name[:10])[1].count(wanted["verdict"].upper()) >= 1


def test_a_report_is_built_from_a_recorded_run_and_says_its_files(call, ran):
    folder = ran("pass-loud")
    code, out, err = call("report", "build", str(folder))
    assert (code, err) == (0, "")
    assert {Path(line).name for line in out.splitlines()} >= {"report.html", "assessment.json", "SHA256SUMS"}
    assert all(Path(line).is_file() for line in out.splitlines())
    assert call("assess", "last")[0] == 0
    assert not (folder / "assessment-2.json").exists()


def test_a_tampered_journal_is_refused_with_its_line_and_nothing_is_written(call, ran):
    folder = ran("pass-loud")
    path = folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"seq":4', b'"seq":4 ')
    path.write_bytes(b"".join(lines))
    for words in (["assess", "last"], ["report", "build", "last"]):
        code, out, err = call(*words)
        assert (
            code == Code.BACKUP_TAMPERED and out == "" and "journal.jsonl:6: the chain is broken here" in err
        )
    assert [item.name for item in folder.iterdir()] == ["journal.jsonl"]


def test_a_run_that_never_began_is_refused(call, ran):
    (ran("pass-loud") / "journal.jsonl").write_bytes(b"")
    code, _, err = call("assess", "last")
    assert code == Code.BACKUP_TAMPERED and "the run never began" in err
    (ran("pass-loud", "20260101T000000Z-drill-0002") / "journal.jsonl").unlink()
    assert call("assess", "last")[0] == Code.BACKUP_TAMPERED


def test_a_beginning_that_two_runs_share_is_said(call, ran):
    ran("pass-loud", "20260101T000000Z-drill-0001")
    ran("aborted", "20260102T000000Z-drill-0002")
    code, _, err = call("assess", "2026010")
    assert code == Code.USAGE and "2 begin so" in err and "20260102T000000Z-drill-0002" in err
    assert "unknown run 'x'" in call("assess", "x")[2]
    assert call("assess", "20260101")[0] == 0
    assert call("assess", "last")[0] != 0


@pytest.mark.parametrize(
    ("name", "level", "wanted"),
    [("fault-left-out", "inconclusive", 5), ("fault-left-out", "rpo", 0), ("fault-left-out", "never", 0),
     ("rpo-missed", "rpo", 12), ("rpo-missed", "integrity", 0), ("pass-loud", "warnings", 0)],
)  # fmt: skip
def test_codes_milder_than_the_level_exit_0_and_the_true_code_stays_in_the_json(
    call, ran, name, level, wanted
):
    ran(name)
    code, out, _ = call("assess", "last", "--json", "--fail-on", level)
    true = json.loads((JOURNALS / f"{name}.assessment.json").read_text())["code"]
    assert code == wanted and json.loads(out)["assessment"]["code"] == true
