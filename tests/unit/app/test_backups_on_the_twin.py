"""Backups, restores and drills on them, from the command line to the verdict, on the twin."""

import json
import shutil

import pytest

from metadrill import journal
from metadrill.app import depots
from metadrill.governance import actors, coverage
from metadrill.model.backup import Mode

from .backed import CONNECTION, SOON


def test_a_drill_on_the_newest_set_restores_it_loses_everything_and_restores_it_again(backed):
    backed.take()
    backed.stack.write("later")
    backed.stack.settle(SOON)
    newest = backed.take(Mode.INCREMENTAL).manifest
    ended = backed.call("run", backed.drill("on-latest", "{backup: latest}"), "--json")
    assert ended.code == 0, ended.err + ended.out[-2000:]
    (run,) = backed.project.runs
    events = {event.kind: event.data for event in journal.read(run / "journal.jsonl").events}
    assert events["backup.chosen"]["set"] == newest.name == events["run.opened"]["data"]["set"]
    assert events["fault.injected"]["truth"]["lost"]
    assessment = json.loads((run / "assessment.json").read_text())
    assert assessment["verdict"] == "pass"
    assert not (backed.ledger / "coverage.jsonl").exists(), "nobody picked it"


def test_a_random_pick_is_in_the_assessment_and_its_result_in_the_ledger(backed):
    for environment in ("east", "west"):
        backed.take(environment=environment)
    name = backed.drill("on-random", "{backup: random}")
    assert backed.call("run", name).code == 0
    (run,) = backed.project.runs
    assessment = json.loads((run / "assessment.json").read_text())
    assert assessment["seed"] and assessment["coverage"]
    book = coverage.read(backed.ledger)
    assert set(book.picks) == set(book.results) == {run.name}
    assert book.results[run.name].entities["hive_table"] > 0


def test_a_picked_run_that_fails_has_its_result_in_the_ledger(backed):
    backed.take()
    ended = backed.call("run", backed.drill("on-random", "{backup: random}"), TWIN_BREAKS="boot")
    (result,) = coverage.read(backed.ledger).results.values()
    assert ended.code != 0 and result.verdict == "inconclusive"
    assert dict(result.entities) == {}, "nothing was looked at"


def test_a_picked_run_that_is_stopped_by_a_signal_has_its_result_in_the_ledger(backed):
    backed.take()
    child = backed.project.begin("run", backed.drill("on-random", "{backup: random}"), TWIN_LINGERS="boot")
    backed.project.reaches("sandbox.created")
    child.terminate()
    child.communicate(timeout=60)
    assert child.returncode == 143
    (result,) = coverage.read(backed.ledger).results.values()
    assert result.verdict == "inconclusive" and dict(result.entities) == {}


def test_a_picked_run_that_is_killed_has_a_pick_and_no_result(backed):
    backed.take()
    child = backed.project.begin("run", backed.drill("on-random", "{backup: random}"), TWIN_LINGERS="boot")
    backed.project.reaches("sandbox.created")
    child.kill()
    child.communicate()
    book = coverage.read(backed.ledger)
    assert len(book.picks) == 1 and not book.results


def test_a_picked_run_whose_ledger_cannot_be_sealed_is_noted_all_the_same(backed):
    """The seal fails where a file of the run cannot be written: the result stands before it is tried."""
    backed.take()
    name = backed.drill("on-random", "{backup: random}")
    child = backed.project.begin("run", name, TWIN_LINGERS="boot")
    run = backed.project.reaches("sandbox.created")
    (run / "report.html").mkdir()
    child.terminate()
    child.communicate(timeout=60)
    assert not (run / "SHA256SUMS").exists()
    assert set(coverage.read(backed.ledger).results) == {run.name}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("{backup: SET, environment: west}", "environment.other"),
        ("{backup: SET}", "of atlas memory, stack twin of 9"),
    ],
)
def test_a_set_that_does_not_fit_is_refused_with_nothing_started(backed, data, told):
    name = backed.take().manifest.name
    if "twin of 9" in told:
        path = backed.project.folder / "fixtures" / "stacks" / "twin.yaml"
        path.write_text(path.read_text().replace("atlas: memory", "atlas: '9'"))
    ended = backed.call("run", backed.drill("unfit", data.replace("SET", name)))
    assert ended.code == 32 and told in ended.err
    assert backed.project.runs == [] and not list(backed.project.cache.glob("sandboxes/*"))


def test_a_changed_set_is_refused_with_nothing_started(backed):
    held = backed.take()
    held.path("export").write_bytes(b"another")
    for words in (("run", backed.drill("changed", "{backup: latest}")),
                  ("restore", "latest", "--stack", "twin", "--accept-unproved-isolation")):  # fmt: skip
        ended = backed.call(*words)
        assert ended.code == 20 and "part.changed" in ended.err
    assert backed.project.runs == [] and not list(backed.project.cache.glob("sandboxes/*"))
    assert backed.call("backup", "verify", "latest").code == 20


def test_an_older_set_passed_off_as_the_newest_is_refused(backed):
    env = backed.at_hand()
    backed.configure(CONNECTION)
    assert backed.call("backup", "create", **env).code == 0
    backed.stack.write("later")
    assert backed.call("backup", "create", "--mode", "incremental", **backed.at_hand()).code == 0
    newest = depots.depot(backed.settings).names()[-1]
    shutil.rmtree(backed.ledger / "depot" / newest)
    ended = backed.call("run", backed.drill("older", "{backup: latest}"))
    assert ended.code == 20 and "set.superseded" in ended.err and newest in ended.err


def test_who_may_not_restore_is_refused_and_that_is_noted(backed):
    backed.take()
    backed.configure(
        "sandbox: process\nroles: [{name: keepers, who: [nobody-else], may: [restore, create]}]\n"
    )
    for words in (("run", backed.drill("mine", "{backup: latest}")),
                  ("restore", "latest", "--stack", "twin", "--accept-unproved-isolation")):  # fmt: skip
        ended = backed.call(*words)
        assert ended.code == 32 and "may not restore" in ended.err
        assert (words[0], "refused") in backed.deeds
    assert backed.project.runs == []


def test_who_may_restore_in_one_environment_may_not_in_another(backed):
    backed.take()
    me = actors.current().user
    roles = f"roles: [{{name: ops, who: [{me}], may: [restore], environments: [west]}}]\n"
    backed.configure("sandbox: process\n" + roles)
    assert backed.call("run", backed.drill("mine", "{backup: latest}")).code == 32
    backed.configure("sandbox: process\n" + roles.replace("west", "east"))
    assert backed.call("run", "mine").code == 0


def test_an_empty_depot_is_filled_with_made_up_sets_and_that_is_said(backed):
    for name in ("starter", "synthetic-small"):
        text = f"metadrill: dataset/v1\nname: {name}\ntitle: Made up\nsteps: [quickstart]\n"
        (backed.project.folder / "fixtures" / "datasets" / f"{name}.yaml").write_text(text)
    ended = backed.call("run", backed.drill("first", "{backup: random}"))
    assert ended.code == 0, ended.err
    assert "made-up data are taken first" in ended.out + ended.err
    names = depots.depot(backed.settings).names()
    assert len(names) == 4 and sum("made-up-east" in name for name in names) == 2
    (run,) = backed.project.runs
    assessment = json.loads((run / "assessment.json").read_text())
    assert "a demonstration on made-up data" in json.dumps(assessment)


def test_a_set_is_created_listed_shown_verified_restored_and_held_against_what_is_live(backed):
    env = backed.at_hand()
    backed.configure(CONNECTION)
    made = backed.call("backup", "create", "--json", **env)
    assert made.code == 0, made.err
    name = made.lines[-1]["name"]
    assert backed.call("backup", "list", "--json").lines[-1]["sets"][0]["name"] == name
    shown = backed.call("backup", "show", "latest")
    assert shown.code == 0 and name in shown.out and "may change" in shown.out
    verified = backed.call("backup", "verify", name[:20], "--json")
    assert verified.code == 0 and verified.lines[-1]["problems"] == []
    same = backed.call("drift", "latest", **env)
    assert same.code == 0, same.err
    backed.stack.write("drifted")
    other = backed.call("drift", "latest", "--json", **backed.at_hand())
    assert "only in the second" in json.dumps(other.lines) and "only in the second" not in same.out
    back = backed.call("restore", "latest", "--stack", "twin", "--accept-unproved-isolation", "--json")
    assert back.code in (0, 5), back.err
    assert back.lines[-1]["name"] == name
    assert {
        ("backup.create", "done"),
        ("backup.verify", "done"),
        ("restore", "done"),
        ("drift", "done"),
    } <= set(backed.deeds)
    for path in backed.ledger.rglob("*"):
        assert not path.is_file() or b"secret-7391" not in path.read_bytes()


def test_a_set_that_moved_too_much_while_it_was_read_is_never_restored_with_success(backed):
    export = backed.stack.export

    def changing(into, deadline):
        facts = export(into, deadline)
        for number in range(3):
            backed.stack.write(f"canary/{number}")
        return facts

    sure = ("restore", "latest", "--stack", "twin", "--accept-unproved-isolation", "--json")
    backed.take()
    assert backed.call(*sure).lines[-1]["doubts"] == []
    backed.stack.export = changing
    backed.take()
    back = backed.call(*sure)
    assert back.code == 5 and "of its entities changed while the set was read" in back.lines[-1]["doubts"][0]


def test_a_ledger_of_picks_that_was_cut_off_picks_no_more(backed):
    backed.take()
    drill = backed.drill("random", "{backup: random, environment: east}")
    assert backed.call("run", drill).code == 0
    (backed.ledger / "coverage.jsonl").write_bytes(b"")
    ended = backed.call("run", drill)
    assert ended.code == 20 and "is not the one that entry" in ended.err
    assert (backed.ledger / "coverage.jsonl").read_bytes() == b""


def test_what_would_be_written_is_said_without_doing_it(backed):
    backed.configure(CONNECTION)
    ended = backed.call("backup", "create", "--dry-run", **backed.at_hand())
    assert ended.code == 0 and "POST /admin/export" in ended.out
    assert not (backed.ledger / "depot").exists() and not (backed.ledger / "audit.jsonl").exists()


def test_a_connection_without_its_password_reads_nothing(backed):
    backed.configure(CONNECTION)
    env = backed.at_hand()
    del env["TWIN_PASSWORD"]
    assert backed.call("backup", "create", **env).code == 21
    assert depots.depot(backed.settings).names() == []


RESTORE = ("restore", "latest", "--stack", "twin", "--accept-unproved-isolation")


def able(backed, abilities):
    """Let the twin's stack say of itself that it can do other things."""
    path = backed.project.folder / "fixtures" / "stacks" / "twin.yaml"
    lines = path.read_text().splitlines()
    told = f"abilities: [{', '.join(abilities)}]"
    path.write_text("\n".join(told if line.startswith("abilities") else line for line in lines) + "\n")


def test_a_restore_judges_the_files_of_the_index_wherever_the_stack_has_them(backed):
    backed.take()
    codes = []
    for abilities, verdict in (
        (("index_files", "logical_import"), "pass"),
        (("logical_import",), "not_provable"),
    ):
        able(backed, abilities)
        back = backed.call(*RESTORE, "--json")
        told = back.lines[-1]
        assert [row["verdict"] for row in told["checks"] if row["number"] == 40] == [verdict]
        assert told["limits"] == []
        codes.append(back.code)
    assert codes[0] == codes[1] == told["code"]


def test_a_logical_restore_says_that_it_brings_no_history_where_the_stack_keeps_one(backed):
    backed.take()
    plain = backed.call(*RESTORE, "--method", "logical")
    assert "history of changes" not in plain.out
    able(backed, ("index_files", "audit_kept"))
    back = backed.call(*RESTORE, "--method", "logical")
    assert back.code == plain.code
    assert "not shown: history of changes (check 34): an import brings none back" in back.out
    assert "check 34 " not in back.out
