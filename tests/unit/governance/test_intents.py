"""Intents: every run is noted before it starts; what was changed afterwards shows."""

import json
import os
import threading

import pytest

from metadrill.errors import EnvironmentNotReady, JournalError
from metadrill.governance import audit, intents
from metadrill.governance.audit import Deed


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger"


@pytest.fixture
def four(ledger):
    for number in range(4):
        intents.note(ledger, f"run-{number}", "drill", "index_snapshot", "c0ffee")
    return ledger / intents.FILE


def test_attempts_count_runs_of_the_same_drill_and_criteria(ledger):
    given = [("a", "1"), ("a", "1"), ("b", "1"), ("a", "2"), ("a", "1")]
    noted = [intents.note(ledger, "run", drill, "any", criteria).attempt for drill, criteria in given]
    assert noted == [1, 2, 1, 1, 3]
    assert [item.attempt for item in intents.read(ledger)] == noted


def test_an_attempt_that_was_cut_off_counts_all_the_same(ledger):
    for number in range(3):
        begun = Deed("run", f"run-{number}", "begun", {"drill": "drill", "criteria": "c0ffee"})
        audit.Log(ledger).record(begun)
        audit.Log(ledger).record(Deed("run", f"run-{number}", "done", {"verdict": "fail"}))
        intents.note(ledger, f"run-{number}", "drill", "any", "c0ffee")
    (ledger / intents.FILE).unlink()
    audit.Log(ledger).record(Deed("run", "run-3", "begun", {"drill": "drill", "criteria": "c0ffee"}))
    assert intents.note(ledger, "run-3", "drill", "any", "c0ffee").attempt == 4
    assert intents.note(ledger, "other", "drill", "any", "0ther").attempt == 1


def test_a_ledger_without_runs_has_no_intents(ledger):
    assert intents.read(ledger) == ()
    assert not ledger.exists()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_changed_line_breaks_the_chain_behind_it(ledger, four, number):
    lines = four.read_bytes().splitlines(keepends=True)
    lines[number] = lines[number].replace(b'"drill":"drill"', b'"drill":"dri11"')
    four.write_bytes(b"".join(lines))
    with pytest.raises(
        JournalError, match=rf"intents.jsonl:{number + 2}: the chain is broken here"
    ) as caught:
        intents.read(ledger)
    assert caught.value.code == 20
    with pytest.raises(JournalError):
        intents.note(ledger, "run", "drill", "any", "c0ffee")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_removed_line_breaks_the_chain(ledger, four, number):
    lines = four.read_bytes().splitlines(keepends=True)
    four.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
    with pytest.raises(JournalError, match=rf":{number + 1}: the chain is broken"):
        intents.read(ledger)


def test_lines_in_another_order_break_the_chain(ledger, four):
    one, two, *rest = four.read_bytes().splitlines(keepends=True)
    four.write_bytes(b"".join([two, one, *rest]))
    with pytest.raises(JournalError, match=":1: the chain is broken"):
        intents.read(ledger)


@pytest.mark.parametrize(
    "line", [b"{}", b"[]", b"null", b"nonsense", b"\xff\xfe", b'{"at": 1, "more": 2}', b""]
)
def test_a_line_that_is_no_intent_is_named(ledger, four, line):
    four.write_bytes(four.read_bytes() + line + b"\n")
    with pytest.raises(JournalError, match=":5: not an intent"):
        intents.read(ledger)


def test_a_line_cut_short_by_a_power_failure_does_not_lock_the_ledger(ledger, four):
    whole = four.read_bytes()
    for length in (1, 40, len(whole.splitlines()[0])):
        four.write_bytes(whole + whole[:length])
        assert len(intents.read(ledger)) == 4
    assert intents.note(ledger, "run-4", "drill", "any", "c0ffee").attempt == 5
    assert [item.run for item in intents.read(ledger)] == [f"run-{number}" for number in range(5)]


def test_many_at_once_make_one_chain(ledger):
    threads = [
        threading.Thread(target=intents.note, args=(ledger, f"run-{number}", "drill", "any", "c"))
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(item.attempt for item in intents.read(ledger)) == list(range(1, 17))


def test_the_line_is_json_that_a_stranger_can_verify(four):
    import hashlib

    prev = "0" * 64
    for line in four.read_bytes().splitlines():
        assert json.loads(line)["prev"] == prev
        prev = hashlib.sha256(line).hexdigest()


def test_a_file_in_the_place_of_the_ledger_is_an_environment_that_is_not_ready(ledger):
    ledger.write_text("in the way")
    with pytest.raises(EnvironmentNotReady, match="cannot be written: file exists") as caught:
        intents.note(ledger, "run", "drill", "any", "c")
    assert caught.value.code == 30 and "--ledger" in caught.value.hint


def test_a_full_disk_leaves_the_chain_as_it_was(ledger, four):
    import resource
    import signal

    before = four.read_bytes()
    child = os.fork()
    if child == 0:  # a limit on the size of a file can only be lowered: in a process of its own
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, len(before) + 20))
            intents.note(ledger, "run-4", "drill", "any", "c0ffee")
        except EnvironmentNotReady:
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert four.read_bytes() == before
    assert intents.note(ledger, "run-4", "drill", "any", "c0ffee").attempt == 5
