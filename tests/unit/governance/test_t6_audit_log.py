"""T6: whatever is done to an audit log or a checkpoint is found, by us and by verifiers that are not ours."""

import json
import shutil
import subprocess

import pytest

from metadrill.errors import JournalError
from metadrill.governance import checkpoints, ed25519, notes, proof

from .conftest import rechained

COUNT = 7


def _edited(number):
    def act(lines):
        body = json.loads(lines[number])
        body["actor"] = {**body["actor"], "user": "somebody else"}
        return [
            *lines[:number],
            json.dumps(body, separators=(",", ":")).encode() + b"\n",
            *lines[number + 1 :],
        ]

    return act


def _deleted(number):
    return lambda lines: lines[:number] + lines[number + 1 :]


def _inserted(number):
    return lambda lines: [*lines[:number], lines[1], *lines[number:]]


def _swapped(number):
    return lambda lines: [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]


def _cut(number):
    return lambda lines: lines[:number]


ATTACKS = {
    **{f"edit {number}": _edited(number) for number in range(COUNT)},
    **{f"delete {number}": _deleted(number) for number in range(COUNT)},
    **{f"insert at {number}": _inserted(number) for number in range(COUNT)},
    **{f"swap {number}": _swapped(number) for number in range(COUNT - 1)},
    **{f"cut to {number}": _cut(number) for number in range(COUNT)},
}


def _refused(kept, audit_verifier):
    """Whether ours, and the one that is not ours, refuse the log against the checkpoint kept elsewhere."""
    with pytest.raises(JournalError) as caught:
        proof.verify(kept.ledger, [notes.verifier_key(kept.key)], kept.given)
    assert caught.value.code == 20 and str(kept.ledger.parent) in caught.value.message
    with pytest.raises(audit_verifier.Wrong):
        audit_verifier.verify(kept.path.read_bytes(), kept.key, [kept.given.read_bytes()])


def _holds(kept):
    found = proof.verify(kept.ledger, [notes.verifier_key(kept.key)], kept.given)
    assert found.given == found.now and found.now.size == COUNT and found.torn == 0
    return found


def test_t6_an_untouched_log_holds_for_everybody(kept, audit_verifier):
    found = _holds(kept)
    assert [item.size for item in found.kept] == [0, 4, COUNT]
    everything = [path.read_bytes() for path in (kept.ledger / "checkpoints").glob("*.note")]
    audit_verifier.verify(kept.path.read_bytes(), kept.key, [*everything, kept.given.read_bytes()])


@pytest.mark.parametrize("name", ATTACKS)
def test_t6_entries_edited_deleted_inserted_reordered_or_cut_off_are_detected(kept, audit_verifier, name):
    kept.put(ATTACKS[name](kept.lines))
    _refused(kept, audit_verifier)


@pytest.mark.parametrize("name", ATTACKS)
def test_t6_a_chain_made_anew_and_checkpoints_removed_do_not_hide_it(kept, audit_verifier, name):
    kept.put(rechained(ATTACKS[name](kept.lines)))
    kept.forget()
    _refused(kept, audit_verifier)


@pytest.mark.parametrize("name", [name for name in ATTACKS if "cut" not in name])
def test_t6_the_ledgers_own_checkpoints_find_it_too_where_they_were_left(kept, name):
    kept.put(rechained(ATTACKS[name](kept.lines)))
    with pytest.raises(JournalError, match=r"checkpoints/\d\.note|audit\.jsonl"):
        proof.verify(kept.ledger, [], None)


@pytest.mark.parametrize("count", range(1, COUNT))
def test_t6_a_cut_tail_is_caught_only_by_a_checkpoint(kept, count):
    kept.put(kept.lines[:count])
    kept.forget()
    assert proof.verify(kept.ledger, [], None).now.size == count
    with pytest.raises(JournalError, match=f"{count} entries, and .*elsewhere.note is of {COUNT}"):
        proof.verify(kept.ledger, [], kept.given)


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_t6_every_byte_of_the_log_counts(kept, audit_verifier, flip):
    whole = kept.path.read_bytes()
    for place in range(len(whole)):
        raw = bytearray(whole)
        raw[place] ^= flip
        kept.path.write_bytes(raw)
        _refused(kept, audit_verifier)
    kept.path.write_bytes(whole)
    _holds(kept)


@pytest.mark.parametrize("flip", [0x01, 0x02, 0x80, 0xFF])
def test_t6_every_byte_of_a_checkpoint_counts(kept, audit_verifier, flip):
    whole = kept.given.read_bytes()
    own = kept.ledger / "checkpoints" / f"{COUNT}.note"
    assert own.read_bytes() == whole
    for place in range(len(whole)):
        raw = bytearray(whole)
        raw[place] ^= flip
        kept.given.write_bytes(raw)
        _refused(kept, audit_verifier)
        own.write_bytes(raw)
        with pytest.raises(JournalError, match=rf"checkpoints/{COUNT}\.note"):
            proof.verify(kept.ledger, [], None)
        own.write_bytes(whole)


@pytest.mark.parametrize("cut", range(1, 40))
def test_t6_a_checkpoint_cut_short_is_refused(kept, audit_verifier, cut):
    kept.given.write_bytes(kept.given.read_bytes()[:-cut])
    _refused(kept, audit_verifier)


def test_t6_another_valid_log_in_its_place_is_detected(kept, another, audit_verifier):
    shutil.rmtree(kept.ledger)
    shutil.copytree(another.ledger, kept.ledger)
    assert proof.verify(kept.ledger, [], None).now.size == COUNT
    for keys in ([], [notes.verifier_key(kept.key)]):
        with pytest.raises(JournalError, match=r"elsewhere.note: is of the log metadrill.audit/\w+, this"):
            proof.verify(kept.ledger, keys, kept.given)
    with pytest.raises(audit_verifier.Wrong):
        audit_verifier.verify(kept.path.read_bytes(), kept.key, [kept.given.read_bytes()])


def test_t6_another_log_under_the_name_of_this_one_is_detected(kept, another, audit_verifier):
    first, *_ = kept.lines
    kept.put(rechained([first, *another.lines[1:-1], another.lines[1]]))
    kept.forget()
    assert proof.verify(kept.ledger, [], None).now.size == COUNT
    with pytest.raises(JournalError, match=f"its {COUNT} entries are others than those of"):
        proof.verify(kept.ledger, [], kept.given)
    _refused(kept, audit_verifier)


def test_t6_a_checkpoint_signed_by_another_key_under_the_same_name_is_refused(kept, audit_verifier):
    name = kept.key.partition("+")[0]
    now = proof.verify(kept.ledger, [], None).now
    forger = ed25519.Key(kept.given, ed25519.make())
    kept.given.write_text(notes.sign(now.text(), name, forger))
    _refused(kept, audit_verifier)
    with pytest.raises(JournalError, match="signed by no key that is known here, but by metadrill"):
        proof.verify(kept.ledger, [], kept.given)


@pytest.mark.parametrize("what", ["origin", "root", "size"])
def test_t6_a_signed_checkpoint_that_says_something_else_is_refused(kept, audit_verifier, keys, what):
    now = proof.verify(kept.ledger, [], None).now
    origin, size, root = now.origin, now.size, now.root
    told = {
        "origin": checkpoints.Checkpoint("metadrill.audit/other", size, root),
        "root": checkpoints.Checkpoint(origin, size, bytes(32)),
        "size": checkpoints.Checkpoint(origin, size - 1, root),
    }[what]
    key = ed25519.Key(keys / "audit.pem", (keys / "audit.pem").read_bytes())
    kept.given.write_text(notes.sign(told.text(), origin, key))
    _refused(kept, audit_verifier)


def test_t6_checkpoints_of_the_ledger_that_were_renamed_or_taken_away_are_named(kept, restored):
    folder = kept.ledger / "checkpoints"
    (folder / "4.note").rename(folder / "5.note")
    with pytest.raises(JournalError, match=r"5\.note: is the checkpoint of 4 entries"):
        proof.verify(kept.ledger, [], None)
    restored()
    (folder / "0.note").unlink()
    with pytest.raises(JournalError, match=r"0\.note: is gone"):
        proof.verify(kept.ledger, [], None)
    restored()
    kept.path.unlink()
    with pytest.raises(JournalError, match="no entry there"):
        proof.verify(kept.ledger, [], None)


@pytest.mark.needs("go")
def test_t6_the_go_tool_opens_what_we_sign_and_refuses_what_was_changed(kept, go_verifier, restored):
    def told(*checkpoints_):
        argv = [go_verifier, kept.path, kept.key, *checkpoints_]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60)

    own = sorted((kept.ledger / "checkpoints").glob("*.note"))
    done = told(*own, kept.given)
    assert done.returncode == 0, done.stderr
    sizes = [int(line.split()[1]) for line in done.stdout.splitlines()]
    assert sizes == [0, 4, COUNT, COUNT]
    for name, attack in ATTACKS.items():
        kept.put(rechained(attack(kept.lines)))
        assert told(kept.given).returncode == 1, name
        restored()
    whole = kept.given.read_bytes()
    for place in range(0, len(whole) - 4, 5):  # the last characters hold bits that Go does not look at
        kept.given.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert told(kept.given).returncode == 1, place
