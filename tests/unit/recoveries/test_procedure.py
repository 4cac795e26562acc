"""The user's own command or runbook: timed, observed, ended."""

import base64
import time

import pytest

from metadrill.errors import RecoveryError, UsageError
from metadrill.model.scenario import Action
from metadrill.recoveries import runbook
from metadrill.recoveries.procedure import Procedure
from metadrill.testing import MemorySandboxes, MemoryStack


@pytest.fixture
def stack(tmp_path):
    made = MemoryStack(MemorySandboxes(tmp_path / "sandboxes").create("procedure"))
    made.boot(None)
    return made


@pytest.fixture
def play(tmp_path, stack):
    def played(params, **more):
        steps = []
        recovery = Procedure(Action("procedure", params), tmp_path, **more)
        recovery.prepare(stack)
        facts = recovery.recover(stack, lambda kind, **data: steps.append(data["step"]))
        return facts, steps

    return played


def sh(text, **more):
    return {"command": "/bin/sh", "args": ["-c", text], **more}


def test_the_command_is_told_where_the_stack_is_and_which_snapshot_there_is(play, tmp_path):
    facts, steps = play(sh("env; cat $METADRILL_PASSWORD_FILE >/dev/null && echo readable"))
    log = (tmp_path / "procedure.log").read_text()
    assert "METADRILL_ATLAS_URL=http://127.0.0.1:" in log
    assert "METADRILL_ELASTICSEARCH_URL=http://127.0.0.1:" in log
    assert "METADRILL_SNAPSHOT=snapshot-1" in log and "readable" in log
    assert facts["exit_code"] == 0 and steps == ["sh"]


def test_the_command_does_not_see_the_rest_of_the_environment(play, tmp_path, monkeypatch):
    monkeypatch.setenv("SOMEBODYS_TOKEN", "private")
    play(sh("env"))
    assert "private" not in (tmp_path / "procedure.log").read_text()


def test_what_it_prints_of_the_stacks_password_does_not_stand_in_its_log(play, tmp_path, stack):
    word = stack.secrets()[0].reveal()
    header = base64.b64encode(f"admin:{word}".encode()).decode()
    play(sh(f'echo "+ curl -u admin:{word}"; echo "> Authorization: Basic {header}" >&2; printf end'))
    log = (tmp_path / "procedure.log").read_text()
    assert word not in log and header not in log
    assert log.splitlines() == [
        f"+ curl -u admin:[{stack.secrets()[0].name}]", "> Authorization: Basic [redacted]", "end",
    ]  # fmt: skip


def test_a_log_that_is_full_does_not_hold_it_up(play, tmp_path):
    (tmp_path / "procedure.log").symlink_to("/dev/full")
    facts, _ = play(sh("seq 100000; echo done"))
    assert (facts["exit_code"], facts["whole"]) == (0, False)


def test_another_exit_code_than_0_is_a_failed_recovery(play):
    with pytest.raises(RecoveryError, match="sh: exit code 3"):
        play(sh("exit 3"))


def test_a_program_that_is_not_there_is_a_failed_recovery(play):
    with pytest.raises(RecoveryError, match="No such file"):
        play({"command": "./dr/nowhere.sh"})


def test_at_its_deadline_the_whole_group_is_killed(play, tmp_path):
    mark = tmp_path / "alive"
    with pytest.raises(RecoveryError, match="not within 0 s"):
        play(sh(f"(sleep 0.6; touch {mark}) & wait", within="200ms"))
    time.sleep(0.8)
    assert not mark.exists()


def test_what_the_command_leaves_running_is_ended_with_it(play, tmp_path):
    mark = tmp_path / "alive"
    play(sh(f"(sleep 0.5; touch {mark}) & exit 0"))
    time.sleep(0.7)
    assert not mark.exists()


def test_each_step_of_a_runbook_is_confirmed_and_timed(play, tmp_path):
    book = tmp_path / "dr.md"
    book.write_text(
        "# Index\n\n1. Stop the catalog\n2. Restore the snapshot\n\nThat is all.\n- [ ] Tell them\n"
    )
    asked = []
    facts, steps = play({"runbook": str(book)}, confirm=lambda task: not asked.append(task))
    assert asked == steps == ["Stop the catalog", "Restore the snapshot", "Tell them"]
    assert facts == {"steps": 3}


def test_a_step_that_is_not_confirmed_stops_the_procedure(play):
    with pytest.raises(RecoveryError, match="'two' was not done"):
        play({"runbook": ["one", "two", "three"]}, confirm=lambda task: task != "two")


def test_without_a_person_a_runbook_fails(play):
    with pytest.raises(RecoveryError, match="nobody can confirm"):
        play({"runbook": ["one"]})


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"command": "a", "runbook": ["b"]},
        {"command": "a", "shell": True},
        {"command": "a", "within": "soon"},
    ],
)
def test_wrong_parameters_are_refused(params, tmp_path):
    with pytest.raises(UsageError):
        Procedure(Action("procedure", params), tmp_path)


def test_a_runbook_without_steps_is_refused(tmp_path):
    (tmp_path / "empty.md").write_text("Nothing to do.\n")
    with pytest.raises(UsageError, match="no steps"):
        runbook.read(str(tmp_path / "empty.md"))
    with pytest.raises(UsageError, match="cannot be read"):
        runbook.read(str(tmp_path / "absent.md"))
