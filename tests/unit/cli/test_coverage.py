"""`audit coverage` as a person calls it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from metadrill.governance import coverage
from metadrill.governance.coverage import Asked
from metadrill.governance.picking import Candidate
from metadrill.model.backup import Mode
from metadrill.model.verdict import Verdict


@pytest.fixture
def picked(here):
    """Two picks, one of them a failure; returns the file."""
    now = datetime.now(UTC)
    sets = [
        Candidate(f"s{days}", "0", "prod", Mode.FULL, now - timedelta(days=days), {"table": 1000})
        for days in (0, 2, 4)
    ]
    for number, verdict in enumerate((Verdict.FAIL, Verdict.PASS)):
        coverage.note_pick(
            here / ".metadrill", Asked(f"r{number}", "nightly", now.date() - timedelta(days=1 - number)), sets
        )
        coverage.note_result(here / ".metadrill", f"r{number}", verdict, {"table": 20})
    return here / ".metadrill" / coverage.FILE


def test_no_pick_is_said_and_makes_nothing(call, here):
    assert call("audit", "coverage") == (0, "no pick\n", "") and call("audit", "coverage", "-q")[1] == ""
    assert list(here.iterdir()) == []


def test_the_table_has_a_line_for_each_stratum_and_one_for_all(call, picked):
    code, out, err = call("audit", "coverage")
    head, *rows, said, types = out.splitlines()
    assert (code, err) == (0, "") and head.split()[:3] == ["environment", "age", "sets"]
    assert [row.split()[0] for row in rows] == ["prod", "prod", "all"]
    assert rows[-1].split() == ["all", "3", "2", "1", "0", "at", "most", "66.7", "%"]
    assert said == "2 picks, 0 of them by hand; 0 gave no result, 0 an inconclusive one"
    assert types == "table: 40 of 2,000 entities looked at"
    assert call("audit", "coverage", "-q")[1].splitlines() == [head, *rows]


def test_programs_get_the_same_as_the_assessment_and_a_failure_is_a_warning(call, picked):
    code, out, _ = call("audit", "coverage", "--json", "--fail-on", "warnings")
    body = json.loads(out)
    assert (code, body["code"], body["kind"]) == (3, 3, "audit.coverage")
    assert (body["whole"]["failed"], body["picks"], len(body["strata"])) == (1, 2, 2)


def test_a_changed_ledger_exits_20_and_names_the_line(call, picked):
    picked.write_bytes(picked.read_bytes().replace(b'"verdict":"fail"', b'"verdict":"pass"'))
    code, out, err = call("audit", "coverage")
    assert (code, out) == (20, "") and "coverage.jsonl:3: the chain is broken here" in err
