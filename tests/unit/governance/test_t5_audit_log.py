"""T5, the fast form: the power fails after any byte of an append. Nothing acknowledged is lost."""

import hashlib

import pytest

from metadrill.governance import audit, proof
from metadrill.governance.audit import Deed

from .conftest import fill

NEXT = Deed("gc", "sandboxes", "done", {"removed": []})


def _after(kept_before, ledger):
    """Note something after the power came back; return what the log then says."""
    audit.Log(ledger).record(NEXT)
    entries = audit.read(ledger)
    assert entries[: len(kept_before)] == kept_before
    assert entries[-1].action == "gc" and entries[-1].outcome == "done"
    proof.verify(ledger, [], None)
    return entries[len(kept_before) :]


def test_t5_a_crash_after_any_byte_of_an_append_loses_nothing_and_is_repaired_and_noted(ledger):
    log = fill(ledger, 3)
    path = ledger / audit.FILE
    before, known = path.read_bytes(), audit.read(ledger)
    log.record(Deed("run", "run-1", "begun", {"drill": "x"}))
    line = path.read_bytes()[len(before) :]
    for length in range(1, len(line)):
        path.write_bytes(before + line[:length])
        assert audit.read(ledger) == known
        assert proof.verify(ledger, [], None).torn == length
        repair, _ = _after(known, ledger)
        assert (repair.action, repair.outcome) == ("audit.repair", "done")
        assert repair.facts == {
            "torn_bytes": length,
            "torn_sha256": hashlib.sha256(line[:length]).hexdigest(),
        }
    for whole in (b"", line):
        path.write_bytes(before + whole)
        assert [entry.action for entry in _after(known, ledger)][-1] == "gc"
        assert "audit.repair" not in path.read_text()


@pytest.mark.parametrize("size", [1, 60, 2000])
def test_t5_a_crash_while_a_torn_tail_is_repaired_leaves_one_that_is_repaired(ledger, size):
    fill(ledger, 2)
    path = ledger / audit.FILE
    before, known = path.read_bytes(), audit.read(ledger)
    torn = b"x" * size
    path.write_bytes(before + torn)
    audit.Log(ledger).record(NEXT)
    repair = path.read_bytes()[len(before) :].split(b"\n")[0] + b"\n"
    for length in range(0, len(repair) + 1, 3):
        path.write_bytes(before + repair[:length] + torn[length:])
        actions = [entry.action for entry in _after(known, ledger)]
        assert actions[0] == "audit.repair" and actions[-1] == "gc"


def test_t5_a_crash_while_the_log_is_made_leaves_one_that_can_be_begun(ledger, keys):
    fill(ledger, 0)
    audit.Log(ledger).record(NEXT)
    path, first = ledger / audit.FILE, ledger / "checkpoints" / "0.note"
    line, note = path.read_bytes().splitlines(keepends=True)[0], first.read_bytes()
    for length in range(0, len(line), 7):
        path.write_bytes(line[:length])
        created, _ = _after((), ledger)
        assert created.action == "audit.create" and created.facts.get("torn_bytes", 0) == length
        assert first.read_bytes() == note
    path.write_bytes(b"")
    first.unlink()
    (ledger / "checkpoints" / ".0.note.1.part").write_bytes(note[:20])
    created, _ = _after((), ledger)
    assert created.object in first.read_text()
