"""`qualify` on the twin, as a user calls it; and what a run then says of the stack."""

import html
import json
import signal

import pytest

from metadrill import clock
from metadrill.app import material, qualifying
from metadrill.app.settings import Settings
from metadrill.errors import Refused
from metadrill.sandboxes import lease

from .conftest import PATIENCE


@pytest.fixture(scope="module")
def once(lasting):
    """A project in which the twin was qualified once; nothing in it may be changed."""
    return lasting, qualified(lasting)


def qualified(project, *words, **env):
    return project.call("qualify", "twin", "--dataset", "sample", "--json", *words, **env)


def records(project):
    return sorted((project.folder / ".metadrill" / "qualifications").glob("*.dsse.json"))


def opened(project):
    path = project.runs[-1] / "journal.jsonl"
    return json.loads(path.read_text().splitlines()[0])["data"]


def test_the_twin_is_qualified_and_every_part_has_its_rows(once):
    project, ended = once
    assert ended.code == 0, ended.out[-2000:] + ended.err
    assert ended.lines[-1]["kind"] == "qualification"
    said = ended.lines[-1]["said"]
    assert said["qualified"] is True and said["because"] == []
    assert {row["came"] for part in ("contracts", "damages") for row in said[part]} == {"good"}
    assert {row["came"] for row in said["fidelity"]} == {"good", "absent"}
    assert said["versions"] == {"elasticsearch": "memory", "atlas": "memory"}
    assert len(records(project)) == 1


def test_each_row_is_told_as_it_comes(once):
    _, ended = once
    parts = ("contract", "fidelity", "damage")
    told = [line for line in ended.lines if line["kind"] == "qualify.step" and line["step"] in parts]
    said = ended.lines[-1]["said"]
    assert len(told) == sum(len(said[part]) for part in ("contracts", "fidelity", "damages"))


def test_the_checks_that_nothing_here_is_for_are_said(once):
    _, ended = once
    assert {8, 9, 11, 13} <= set(ended.lines[-1]["said"]["unproved"])
    assert not {7, 12, 28, 33, 40} & set(ended.lines[-1]["said"]["unproved"])


def test_nothing_is_left_of_the_sandbox(once):
    project, _ = once
    assert lease.read(project.cache) == []
    assert list((project.cache / "sandboxes").glob("qualify-*")) == []


def test_the_audit_log_counts_the_record(once):
    project, ended = once
    lines = project.call("audit", "show", "--action", "qualify", "--json").lines
    done = lines[-1].get("entry", lines[-1])
    assert done["outcome"] == "done" and done["facts"]["record"] == ended.lines[-1]["record"]
    assert done["facts"]["qualified"] is True


def test_the_list_says_that_it_stands(once):
    project, ended = once
    (line,) = project.call("qualify", "--list", "--json").lines
    (row,) = line["records"]
    assert row["stands"] is True and row["record"] == ended.lines[-1]["record"]
    assert "until" in project.call("qualify", "--list").out


def test_a_run_cites_the_record_in_journal_and_report_or_says_why_it_has_none(project):
    last = qualified(project).lines[-1]
    assert project.call("run", "twin", "--json").code == 0
    because = "the stack's qualification did not look with the suite small"
    assert opened(project)["qualification"] == {"because": because}
    page = (project.runs[-1] / "report.html").read_text()
    assert "No qualification of the stack is cited" in page and because in html.unescape(page)

    scenario = project.folder / "scenarios" / "twin-bytes.yaml"
    scenario.write_text(scenario.read_text().replace("[small]", "[structure, index]"))
    assert project.call("run", "twin", "--json").code == 0
    told = opened(project)["qualification"]
    assert told["stack"] == opened(project)["digests"]["stack"] == last["said"]["digest"]
    assert told["record"] == last["record"] and told["until"] == last["said"]["until"]
    page = (project.runs[-1] / "report.html").read_text()
    assert f"Qualification of the stack: record {last['record']}" in page


def test_a_run_on_a_stack_that_was_changed_since_is_not_qualified(project):
    stack = project.folder / "fixtures" / "stacks" / "twin.yaml"
    before = material.project(Settings(project.folder)).stack("twin").digest
    stack.write_text(stack.read_text().replace("In memory", "In memory, changed"))
    assert material.project(Settings(project.folder)).stack("twin").digest != before
    assert project.call("run", "twin", "--json").code == 0
    assert opened(project)["qualification"] == {"because": "the stack is not qualified"}


def listed(project):
    (line,) = project.call("qualify", "--list", "--json").lines
    return line["records"]


def test_one_that_has_expired_does_not_stand_and_a_later_failed_one_revokes(project):
    ended = qualified(project, "--valid", "100ms")
    assert ended.code == 0
    day = ended.lines[-1]["said"]["until"][:10]
    assert [row["because"] for row in listed(project)] == [f"the stack's qualification expired on {day}"]

    plugin = project.plugins / "metadrill_twins.py"
    plugin.write_text(plugin.read_text() + "\n\nTwin.present = lambda self, names: set()\n")
    ended = qualified(project)
    assert ended.code == 10 and ended.lines[-1]["said"]["qualified"] is False
    assert any("contract: a write is read by guid" in line for line in ended.lines[-1]["said"]["because"])
    rows = listed(project)
    assert len(rows) == len(records(project)) == 2
    assert all(row["because"].startswith("the stack was found not qualified on") for row in rows)


def test_one_signed_by_another_key_counts_only_where_its_fingerprint_is_configured(project):
    elsewhere = str(project.folder.parent / "other-keys")
    assert qualified(project, METADRILL_KEYS=elsewhere).code == 0
    (row,) = listed(project)
    assert row["because"].startswith("the stack's qualification is signed by a key that is not trusted here")
    config = project.folder / "metadrill.yaml"
    config.write_text(config.read_text() + f"qualifications: {{trusted: ['SHA256:{row['key']}']}}\n")
    assert [row["stands"] for row in listed(project)] == [True]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_record_and_nothing_behind(project, number):
    child = project.begin("qualify", "twin", "--dataset", "sample", TWIN_LINGERS="snapshot")
    clock.wait_until(lambda: lease.read(project.cache) or None, PATIENCE, "a sandbox is there")
    clock.wait_until(
        lambda: any((project.cache / "sandboxes").glob("qualify-*/stack.log")) or None, PATIENCE, "it is up"
    )
    child.send_signal(number)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 128 + number, out + err
    assert records(project) == [] and lease.read(project.cache) == []


def test_what_a_kill_leaves_is_swept_away_and_revokes_nothing(project):
    child = project.begin("qualify", "twin", "--dataset", "sample", TWIN_LINGERS="snapshot")
    clock.wait_until(
        lambda: any((project.cache / "sandboxes").glob("qualify-*/stack.log")) or None, PATIENCE, "it is up"
    )
    child.kill()
    child.wait(60)
    assert project.call("gc").code == 0
    assert lease.read(project.cache) == [] and records(project) == []


def test_a_stack_that_does_not_boot_makes_no_record(project):
    ended = qualified(project, TWIN_BREAKS="boot")
    assert ended.code == 1 and records(project) == [] and lease.read(project.cache) == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("qualify",), 2, "which stack?"),
        (("qualify", "no-such"), 2, "no-such"),
        (("qualify", "twin", "--dataset", "no-such"), 2, "no-such"),
        (("qualify", "twin", "--valid", "soon"), 2, "soon"),
        (("qualify", "twin", "--sandbox", "attach"), 32, "an environment that stands is not qualified"),
        (("qualify", "twin", "--dataset", "sample", "--timeout", "10ms"), 30, ""),
    ],
)
def test_what_cannot_be_done_is_said_with_its_code(project, words, code, told):
    ended = project.call(*words)
    assert (ended.code, told in ended.err) == (code, True), ended.err
    assert records(project) == []


def test_attaching_is_refused_before_anything_is_looked_up(tmp_path):
    with pytest.raises(Refused):
        qualifying.qualify(Settings(ledger=tmp_path, sandbox="attach"), qualifying.Wanted("x"), print)
    assert list(tmp_path.iterdir()) == []
