"""The audit log as its writers and readers know it."""

import json
import os
import resource
import signal

import pytest

from metadrill.errors import EnvironmentNotReady, JournalError, KeyRefused
from metadrill.governance import actors, audit, proof
from metadrill.governance.audit import Deed
from metadrill.model.secret import Secret

from .conftest import fill, in_child

DEED = Deed("run", "run-1", "begun", {"drill": "x"})


def test_the_first_entry_says_which_log_it_is_and_the_first_checkpoint_is_of_no_entry(ledger, keys):
    entry = audit.Log(ledger).record(DEED)
    created, noted = audit.read(ledger)
    assert noted == entry and noted.seq == 1 and noted.facts == {"drill": "x"}
    assert created.action == "audit.create" and created.facts["key"].startswith(f"{created.object}+")
    text = (ledger / "checkpoints" / "0.note").read_text()
    assert text.startswith(
        f"{created.object}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— {created.object} "
    )
    (verifier,) = keys.glob("*.vkey")
    assert verifier.read_text() == created.facts["key"] + "\n"


def test_an_entry_says_who_acted_and_in_which_run_of_the_ci(ledger, monkeypatch):
    for name in actors.CI:
        monkeypatch.delenv(name, raising=False)
    assert audit.Log(ledger).record(DEED).actor["ci"] is None
    monkeypatch.setenv("GITHUB_RUN_ID", "123\udcff" + "4" * 300)
    monkeypatch.setenv("USER", "somebody-else")
    actor = audit.Log(ledger).record(DEED).actor
    assert actor["ci"].startswith("github 123") and len(actor["ci"]) < 220
    assert actor["uid"] == os.getuid() and actor["user"] != "somebody-else"
    assert audit.read(ledger)[-1].actor == actor


@pytest.mark.parametrize(
    "facts",
    [{"token": Secret("token", "s3cr3t")}, {"a": {"b": [Secret("c", "s3cr3t")]}}, {"x": float("nan")}],
)
def test_a_secret_is_refused_and_nothing_is_written(ledger, facts):
    with pytest.raises((TypeError, ValueError)):
        audit.Log(ledger).record(Deed("run", "x", "begun", facts))
    assert not ledger.exists()


def test_a_log_that_is_open_sees_what_others_add(ledger):
    one, other = audit.Log(ledger), audit.Log(ledger)
    seqs = [log.record(DEED).seq for log in (one, other, other, one, one, other)]
    assert seqs == [1, 2, 3, 4, 5, 6]
    assert proof.verify(ledger, [], None).now.size == 7


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_broken_chain_takes_no_further_entry(ledger, number):
    log = fill(ledger, 3)
    path = ledger / audit.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number] = lines[number].replace(b'"uid":', b'"uid": ')
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match=rf"audit\.jsonl:{number + 2}: the chain is broken here") as caught:
        audit.Log(ledger).record(DEED)
    assert caught.value.code == 20 and path.read_bytes() == b"".join(lines)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(JournalError, match=r"audit\.jsonl:4: was changed while it was in use"):
        log.record(DEED)


def test_a_log_that_is_shorter_than_a_checkpoint_or_gone_takes_no_entry(ledger):
    fill(ledger, 3)
    proof.checkpoint(ledger)
    path = ledger / audit.FILE
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
    with pytest.raises(JournalError, match="2 entries, and a checkpoint of 4"):
        audit.Log(ledger).record(DEED)
    path.unlink()
    with pytest.raises(JournalError, match="is gone, and its checkpoints are there"):
        audit.Log(ledger).record(DEED)
    assert not path.exists()


@pytest.mark.parametrize(
    "line", [b"{}", b"[]", b"null", b"nonsense", b"\xff\xfe", b"[" * 100_000, b'{"seq":true}', b""]
)
def test_a_line_that_is_no_entry_is_named(ledger, line):
    fill(ledger, 1)
    with (ledger / audit.FILE).open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(JournalError, match=r"audit\.jsonl:3: not an entry of an audit log"):
        audit.read(ledger)


def test_a_line_is_json_in_ascii_with_the_eight_keys_in_order(ledger):
    audit.Log(ledger).record(Deed("run", "rün\n\u202e", "begun", {}))
    raw = (ledger / audit.FILE).read_bytes()
    assert raw.isascii() and raw.count(b"\n") == 2
    keys = ["seq", "at", "actor", "action", "object", "outcome", "facts", "prev"]
    assert [list(json.loads(line)) for line in raw.splitlines()] == [keys, keys]


def test_a_ledger_that_cannot_be_written_is_an_environment_that_is_not_ready(ledger):
    ledger.write_text("in the way")
    with pytest.raises(EnvironmentNotReady, match="cannot be written: file exists") as caught:
        audit.Log(ledger).record(DEED)
    assert caught.value.code == 30


def test_a_key_that_others_can_read_is_refused_and_no_entry_is_made(ledger, keys):
    fill(ledger, 1)
    (keys / "audit.pem").chmod(0o640)
    with pytest.raises(KeyRefused, match=r"audit\.pem: others may read it \(mode 0640\)") as caught:
        audit.Log(ledger.with_name("other")).record(DEED)
    assert caught.value.code == 21 and audit.read(ledger.with_name("other")) == ()
    with pytest.raises(KeyRefused):
        proof.checkpoint(ledger)
    assert audit.Log(ledger).record(DEED).seq == 2, "an entry needs no key, once the log is there"


@pytest.mark.parametrize("torn", [0, 5, 900])
def test_a_full_disk_leaves_the_log_as_it_was(ledger, torn):
    fill(ledger, 2)
    path = ledger / audit.FILE
    path.write_bytes(path.read_bytes() + b"x" * torn)
    before = path.read_bytes()

    def writes() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        whole = len(before) - torn
        for room in range(0, 200, 10):
            resource.setrlimit(resource.RLIMIT_FSIZE, (whole + room, resource.RLIM_INFINITY))
            try:
                audit.Log(ledger).record(DEED)
                return 1
            except EnvironmentNotReady as error:
                if "file too large" not in error.message or path.read_bytes() != before:
                    return 2
        return 0

    assert in_child(writes) == 0
    assert audit.Log(ledger).record(DEED).seq == (4 if torn else 3)
    proof.verify(ledger, [], None)


def test_a_full_disk_while_the_log_is_made_leaves_no_half_checkpoint(ledger, keys):
    def writes() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        for room in range(0, 200, 20):
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            try:
                audit.Log(ledger).record(DEED)
                return 1
            except (EnvironmentNotReady, KeyRefused):
                if (ledger / audit.FILE).read_bytes() or list(ledger.rglob("*.part")):
                    return 2
        return 0

    assert in_child(writes) == 0
    assert not [path for path in keys.iterdir() if path.suffix == ".part"]
    assert audit.Log(ledger).record(DEED).seq == 1
    proof.verify(ledger, [], None)


def test_a_log_of_one_user_is_proved_by_another_with_the_first_ones_key(ledger, tmp_path, monkeypatch):
    fill(ledger, 1)
    _, key = proof.checkpoint(ledger)
    monkeypatch.setenv("METADRILL_KEYS", str(tmp_path / "others-keys"))
    with pytest.raises(KeyRefused, match="no key there"):
        proof.verify(ledger, [], None)
    assert not (tmp_path / "others-keys").exists(), "verifying makes no key"
    assert proof.verify(ledger, [key], None).now.size == 2
    with pytest.raises(KeyRefused, match=r"2\.note: signed by no key that is known here"):
        proof.checkpoint(ledger)
    audit.Log(ledger).record(DEED)
    _, own = proof.checkpoint(ledger)
    assert own.name == key.name and own.id != key.id
    with pytest.raises(JournalError, match=r"3\.note: signed by no key"):
        proof.verify(ledger, [key], None)
    assert proof.verify(ledger, [key, own], None).now.size == 3
