"""Commands as a person calls them: what they print, where, and how they end."""

import json
import os
from pathlib import Path

import pytest

from metadrill.cli import main
from metadrill.cli.commands import COMMANDS
from metadrill.errors import MEANING, Code

GROUPS = {
    "audit": ("checkpoint", "show", "verify"),
    "report": ("build", "open"),
    "sandbox": ("up", "down", "status"),
}
GOOD = """metadrill: suite/v1
name: good
title: A suite
checks:
  - check: 6
    title: no entity is lost
    frame: entities_joined
    expect: expect_column_values_to_be_in_set
    with: {column: side, value_set: [both]}
    severity: critical
    key: [guid]
"""


ALL = [[name] for name in COMMANDS] + [[name, each] for name, inner in GROUPS.items() for each in inner]


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_its_help(call, words):
    for flag in ("--help", "-h"):
        code, out, err = call(*words, flag)
        assert (code, err) == (0, "") and out.startswith(f"Usage: metadrill {' '.join(words)}")


def test_the_help_shows_every_command_once_in_its_section(call):
    code, out, _ = call("--help")
    listed = [line.split()[0] for line in out.splitlines() if line.startswith("  ") and line.split()]
    assert code == 0 and all(listed.count(name) == 1 for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "wrong", "hint"),
    [
        (["rn", "x"], "unknown command 'rn'", "did you mean 'run'?"),
        (["qqq"], "unknown command 'qqq'", "see metadrill --help"),
        (["run"], "missing argument", "see metadrill run --help"),
        (["explain", "--no-such"], "no such option", "see metadrill explain --help"),
        (["run", "x", "--fail-on", "y"], "invalid value for '--fail-on'", "see metadrill run --help"),
        (["completion", "nush"], "'nush' is not one of", "see metadrill completion --help"),
        (["schema", "dril"], "'dril' is not known", "did you mean 'drill'?"),
        (["explain", "nonsense"], "nothing known of 'nonsense'", "give an exit code"),
        (["explain", "²"], "nothing known of '²'", "give an exit code"),
        (["explain", "77"], "no exit code 77", "there are 0, 1, 2"),
        (["explain", "check-999"], "no suite has a check 999", "see fixtures/suites"),
        (["run", "no-such-drill"], "unknown drill 'no-such-drill'", ""),
        (["run", "corrupted-index", "--sandbox", "clouds"], "unknown sandbox 'clouds'", "process"),
        (["plan", "corupted-index"], "unknown drill", "corrupted-index"),
        (["validate"], "no file given", "metadrill validate FILE"),
        (["validate", "none.yaml"], "no such file or folder", ""),
        (["sandbox", "down", "x"], "sandbox 'x': none of that id stands", "sandbox status"),
        (["sandbox", "down", ""], "none of that id stands", ""),
        (["assess", "last"], "no run there", "--ledger"),
        (["report", "open"], "no run there", "--ledger"),
        (["audit", "show", "--since", "soon"], "'soon' is no time", "24h"),
        (["audit", "verify", "--checkpoint", "none.note"], "none.note: no such file", "kept elsewhere"),
        (["audit", "verify", "--key", "a+b"], "a+b: not a key", "NAME+HASH+BASE64"),
        (["audit", "verify", "--key", "none.vkey"], "none.vkey: no such file", "NAME+HASH+BASE64"),
        (["doctor", "--config", "none.yaml"], "none.yaml", ""),
    ],
)
def test_a_wrong_call_says_what_is_wrong_with_a_hint_and_writes_nothing(call, here, words, wrong, hint):
    code, out, err = call(*words)
    assert code == Code.USAGE and out == ""
    assert wrong in err.splitlines()[0] and hint in err and err.endswith("exit code 2: metadrill explain 2\n")
    assert list(here.iterdir()) == []
    if words[0] == "completion":  # a script for a shell has no JSON form
        return
    code, out, err = call(*words, "--json")
    assert code == Code.USAGE and err == ""
    (line,) = map(json.loads, out.splitlines())
    assert line["kind"] == "error" and wrong in line["error"] and line["code"] == 2 and hint in line["hint"]


def test_a_traceback_is_shown_when_asked_for_and_only_then(call, capsys):
    for words in (["-vv"], ["-v", "-v"], ["-qvv"]):
        assert main.run(["explain", "nonsense", *words]) == Code.USAGE
        assert "Traceback" in capsys.readouterr().err
    call("explain", "nonsense", "-v")


@pytest.mark.parametrize(
    "text", ["ledger: 5x: y\n", "nonsense: 1\n", "- a\n- b\n", "ledger: [x]\n", "a: &a [*a]\n", "\x00"]
)
def test_a_configuration_that_is_wrong_is_a_usage_error(call, here, text):
    (here / "metadrill.yaml").write_text(text)
    code, out, err = call("doctor")
    assert code == Code.USAGE and out == "" and "metadrill.yaml" in err


def test_the_configuration_is_followed_and_flags_win(call, here):
    (here / "metadrill.yaml").write_text("ledger: elsewhere\nsandbox: clouds\n")
    assert "elsewhere/runs: no run there" in call("assess", "last")[2]
    assert "flagged/runs: no run there" in call("assess", "last", "--ledger", "flagged")[2]
    assert "unknown sandbox 'clouds'" in call("run", "corrupted-index")[2]


def test_a_good_file_is_right_and_a_bad_one_is_named_with_line_and_column(call, here):
    (here / "good.yaml").write_text(GOOD)
    assert call("validate", "good.yaml") == (0, "1 of 1 files are right\n", "")
    (here / "bad.yaml").write_text(GOOD.replace("name: good", "name: bad\nnmae: x"))
    code, out, err = call("validate", ".")
    assert code == Code.USAGE and out == "1 of 2 files are right\n"
    assert err.startswith("bad.yaml:3:1: unknown key 'nmae'\n")
    code, out, _ = call("validate", "bad.yaml", "good.yaml", "--json")
    body = json.loads(out)
    assert code == Code.USAGE and body["files"] == 2 and body["problems"][0]["path"] == "bad.yaml"
    assert call("validate", "good.yaml", "-q") == (0, "", "")


def test_the_configuration_is_validated_like_every_other_file(call, here):
    (here / "metadrill.yaml").write_text("sandbox: process\nrolls: 1\nlegder: hunter2\n")
    code, out, err = call("validate")
    assert code == Code.USAGE and out == "0 of 1 files are right\n"
    assert err == (
        "metadrill.yaml:2:1: unknown key (not shown)\nhint: did you mean 'roles'?\n"
        "metadrill.yaml:3:1: unknown key (not shown)\nhint: did you mean 'ledger'?\n"
    )
    (here / "metadrill.yaml").write_text("sandbox: process\n")
    (here / "other.yaml").write_text("sandbox: [process]\n")
    assert call("validate", "metadrill.yaml") == (0, "1 of 1 files are right\n", "")
    code, out, err = call("validate", "metadrill.yaml", "--config", "none.yaml")
    assert code == Code.USAGE and "none.yaml: no such file" in err


def test_the_schema_of_the_configuration_is_printed(call):
    code, out, err = call("schema", "config", "--json")
    assert (code, err) == (0, "") and {"connections", "roles"} <= set(json.loads(out)["properties"])
    assert "config" in call("schema")[1].split()


def test_the_shipped_drills_are_planned_without_anything_being_written(call, here):
    code, out, err = call("plan", "corrupted-index")
    assert (code, err) == (0, "") and out.startswith("corrupted-index: ")
    assert "fault" in out and "≤" in out
    dry = call("run", "--dry-run", "corrupted-index")
    assert dry == (0, out, "")
    code, out, _ = call("run", "--dry-run", "--json", "corrupted-index-ranked")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["recovery"] for row in rows] == ["index_snapshot", "index_rebuild"]
    assert all(any(step["mutates"] for step in row["steps"]) for row in rows)
    assert list(here.iterdir()) == [] and not Path(os.environ["METADRILL_CACHE"]).exists()


@pytest.mark.parametrize("kind", ["scenario", "drill", "stack", "dataset", "suite"])
def test_the_schema_of_each_kind_is_a_json_schema(call, kind):
    code, out, _ = call("schema", kind)
    assert code == 0 and json.loads(out)["$schema"].startswith("https://json-schema.org/")
    assert json.loads(call("schema", kind, "--json")[1]) == json.loads(out)
    assert kind in call("schema")[1].splitlines()


@pytest.mark.parametrize("code", list(Code))
def test_every_exit_code_is_explained(call, code):
    assert call("explain", str(int(code)))[1].startswith(f"exit code {int(code)}: {MEANING[code]}")
    assert MEANING[code] in call("explain")[1]


def test_an_event_and_a_check_are_explained(call):
    assert "fault, form, truth" in call("explain", "fault.injected")[1]
    for word in ("check-33", "check 33", "check33"):
        code, out, _ = call("explain", word)
        assert code == 0 and out.startswith("check 33: ") and 'value_set ["both"]' in out


@pytest.mark.parametrize(("shell", "word"), [("bash", "complete"), ("zsh", "#compdef"), ("fish", "complete")])
def test_completion_is_a_script_of_the_shell(call, shell, word):
    code, out, _ = call("completion", shell)
    assert code == 0 and word in out and "_METADRILL_COMPLETE" in out


def test_nothing_left_over_is_said_plainly(call):
    assert call("gc") == (0, "nothing to remove\n", "")
    assert call("gc", "-q") == (0, "", "")
    assert json.loads(call("gc", "--json")[1])["removed"] == []
    assert call("sandbox", "status") == (0, "no sandbox\n", "")
    assert call("sandbox", "down") == (0, "nothing to remove\n", "")


def test_doctor_says_what_is_ready_and_leaves_no_sandbox(call):
    code, out, err = call("doctor")
    assert (code, err) == (0, "") and out.endswith("\nready\n") and "recoveries" in out
    body = json.loads(call("doctor", "--json")[1])
    assert body["ready"] and {row["state"] for row in body["lines"]} <= {"ready", "note"}
    assert call("sandbox", "status")[1] == "no sandbox\n"


def test_doctor_says_that_the_cache_cannot_be_written(call, cache):
    cache.write_text("in the way")
    code, out, _ = call("doctor")
    assert code == Code.ENVIRONMENT and "not ready: cache" in out and "METADRILL_CACHE" in out


def test_an_unwritable_ledger_is_an_environment_that_is_not_ready_and_nothing_is_left(call, here, cache):
    (here / "taken").write_text("in the way")
    code, out, err = call("run", "corrupted-index", "--ledger", "taken")
    assert code == Code.ENVIRONMENT and out == "" and "cannot be written" in err and "--ledger" in err
    assert [path.name for path in here.iterdir()] == ["taken"] and not [*(cache / "sandboxes").glob("*")]


def test_a_framework_without_a_catalogue_is_refused_before_anything_starts(call, tmp_path):
    shipped = Path(__file__).parents[3] / "drills" / "corrupted-index.yaml"
    (tmp_path / "drills").mkdir()
    path = tmp_path / "drills" / "mine.yaml"
    path.write_text(shipped.read_text().replace("frameworks: [soc2, iso27001]", "frameworks: [soc3]"))
    code, out, err = call("validate", str(path))
    assert code == Code.USAGE
    assert "unknown framework 'soc3'" in out + err and "iso27001, soc2" in out + err
