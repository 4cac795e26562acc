"""`metadrill qualify` on the shipped stack: every contract, every damage, the round trip, for real.

One boot for all: the rows of one call are looked at one by one.
"""

import json
import os
import subprocess
import sys

import pytest

from metadrill.app.settings import default_cache
from metadrill.sandboxes import lease
from metadrill.testing import conducting

pytestmark = [pytest.mark.timeout(3000), pytest.mark.slow]  # one call for all, of a quarter of an hour

RED = {
    "a type too many": {1},
    "a type defined otherwise": {2},
    "an entity invented": {3, 7, 27},
    "an attribute altered": {12, 15},
    "a label added": {12, 32},
    "a document lost": {33},
    "a byte of an index file flipped": {40},
}
"""Damages that are seen by these checks and by no other."""


@pytest.fixture(scope="module")
def called(tmp_path_factory):
    """What one call told, line by line, and the ledger that it was kept in."""
    folder = tmp_path_factory.mktemp("qualify")
    words = ("qualify", "atlas-2.1", "--dataset", "synthetic-small", "--sandbox", "process", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "metadrill", *words], cwd=folder, env={**os.environ},
        capture_output=True, text=True, check=False, timeout=3000,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines() if line]
    return done, lines, folder / ".metadrill"


@pytest.fixture(scope="module")
def said(called):
    _, lines, _ = called
    assert lines[-1]["kind"] == "qualification", lines[-1]
    return lines[-1]["said"]


def test_the_shipped_stack_is_qualified(called):
    done, lines, _ = called
    assert (done.returncode, lines[-1].get("said", {}).get("because")) == (0, []), done.stderr


def test_it_keeps_every_contract_of_a_stack(said):
    asked = sum(name.startswith("test_") for part in conducting.PARTS for name in vars(part.suite))
    assert [row for row in said["contracts"] if row["came"] != "good"] == []
    assert len(said["contracts"]) == asked


def test_nothing_done_turns_nothing_red(said):
    assert said["damages"][0]["red"] == [] and said["damages"][0]["came"] == "good"


def test_each_damage_turns_its_checks_red(said):
    assert [row for row in said["damages"] if row["came"] != "good"] == []
    assert len(said["damages"]) > 16


def test_some_damages_are_seen_by_no_other_check(said):
    red = {row["damage"]: set(row["red"]) for row in said["damages"]}
    assert {name: red[name] for name in RED} == RED


def test_a_logical_restore_keeps_what_the_table_foretells(said):
    rows = {row["key"]: row for row in said["fidelity"]}
    assert [row for row in rows.values() if row["came"] not in ("good", "absent")] == []
    assert rows["update_stamps"]["same"] == 0 < rows["update_stamps"]["changed"]
    assert rows["checks"]["same"] == rows["checks"]["count"] > 40


def test_the_versions_are_those_that_the_servers_said(said):
    assert said["versions"] == {"elasticsearch": "7.10.2", "atlas": "2.1.0"}


def test_nothing_is_left(called):
    _, lines, _ = called
    sandbox = next(line["facts"]["id"] for line in lines if line.get("step") == "sandbox")
    assert sandbox not in {item.id for item in lease.read(default_cache())}
    assert not (lease.folder(default_cache()) / sandbox).exists()
