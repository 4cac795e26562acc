"""Whatever is done to a coverage ledger is found, and a script of other code comes to the same picks."""

import json
import shutil
import subprocess
import sys

import pytest

from metadrill.errors import JournalError
from metadrill.governance import audit, chain, coverage, picking, proof
from metadrill.model.verdict import Verdict

from .conftest import day, fill, pick


def _edit(number, **changes):
    return lambda lines: [
        *lines[:number],
        chain.encode({**json.loads(lines[number]), **changes}),
        *lines[number + 1 :],
    ]


def _another_set(lines):
    body = json.loads(lines[0])
    name, digest, *_ = next(row for row in body["added"] if row[0] != body["set"])
    return _edit(0, set=name, digest=digest)(lines)


ATTACKS = {
    **{f"line {n} deleted": (lambda lines, n=n: lines[:n] + lines[n + 1 :]) for n in range(11)},
    **{f"line {n} moved": (lambda lines, n=n: [*lines[:n], *lines[n + 1 :][:1], lines[n], *lines[n + 2 :]])
       for n in range(10)},
    **{f"line {n} repeated": (lambda lines, n=n: [*lines[: n + 1], *lines[n:]]) for n in range(11)},
    "all deleted": lambda lines: [],
    "the failure made a pass": _edit(3, verdict="pass"),
    "the last verdict": _edit(10, verdict="pass"),
    "more looked at": _edit(1, entities={"table": 300}),
    "another occurrence": _edit(6, occurrence=day(1).isoformat()),
    "another set": lambda lines: _another_set(lines),
    "no drawing by hand": _edit(7, how="checkpoint"),
    "another drill": _edit(4, drill="of another name"),
    "another run": _edit(2, run="one and a half"),
    "half of them": lambda lines: lines[:5],
}  # fmt: skip


def _rechained(lines):
    prev, made = chain.GENESIS, []
    for line in lines:
        made.append(chain.encode({**json.loads(line), "prev": prev}))
        prev = chain.digest(made[-1])
    return made


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("mend", [list, _rechained], ids=["as it is", "chain made anew"])
def test_whatever_is_done_to_a_line_is_found(nights, ledger, name, mend):
    lines = nights.read_bytes().splitlines()
    assert len(lines) == 11 and len(coverage.verify(ledger).picks) == 6
    nights.write_bytes(b"".join(line + b"\n" for line in mend(ATTACKS[name](lines))))
    with pytest.raises(JournalError, match=r"coverage\.jsonl") as caught:
        coverage.verify(ledger)
    assert caught.value.code == 20


@pytest.mark.parametrize(
    ("number", "changes", "reason"),
    [(0, {"seed": "00" * 32}, "1: the seed is not that of its checkpoint and occurrence"),
     (0, {"set": "set-none"}, "1: set-none is picked, and is not among the sets"),
     (0, {"environment": "elsewhere"}, "1: .* not of the stratum that it was picked in"),
     (0, {"attempt": 2}, "1: the seed picks"), (4, {"attempt": 1}, "5: not the set and seed"),
     (7, {"given": ["43"]}, "8: the seed is not that of the text given by hand"),
     (0, {"rule": "pick/v9"}, "1: picked by pick/v9, which this version does not know"),
     (0, {"given": ["x", 1]}, "1: the seed names no checkpoint"),
     (1, {"run": "stray"}, "2: a result of stray"),
     (1, {"kind": "hope"}, "2: neither a pick nor a result"), (1, {"verdict": "good"}, "2: neither"),
     (0, {"added": [["x"]]}, "1: neither"), (0, {"more": 1}, "1: neither")],
)  # fmt: skip
def test_a_line_that_cannot_follow_is_named_even_where_the_chain_was_made_anew(
    nights, ledger, number, changes, reason
):
    lines = _rechained(_edit(number, **changes)(nights.read_bytes().splitlines()))
    nights.write_bytes(b"".join(line + b"\n" for line in lines))
    with pytest.raises(JournalError, match=rf"coverage\.jsonl:{reason}"):
        coverage.read(ledger)
    with pytest.raises(JournalError):
        pick(ledger, "another")


def test_a_whole_other_ledger_of_picks_does_not_fit_the_audit_log(nights, ledger):
    other = ledger.with_name("other")
    fill(other, 3)
    proof.checkpoint(other)
    pick(other, "one")
    assert len(coverage.verify(other).picks) == 1
    shutil.copyfile(other / coverage.FILE, nights)
    with pytest.raises(JournalError, match="is not the one that entry 1 of the audit log counted"):
        coverage.verify(ledger)
    (ledger / audit.FILE).unlink()
    with pytest.raises(JournalError, match="is not the log whose 4 entries a pick was drawn from"):
        coverage.verify(ledger)


def test_a_line_cut_short_by_a_power_failure_does_not_lock_the_ledger(nights, ledger):
    nights.write_bytes(nights.read_bytes() + b'{"kind":"result","at"')
    assert len(coverage.verify(ledger).results) == 5
    coverage.note_result(ledger, "killed", Verdict.FAIL, {})
    assert coverage.verify(ledger).results["killed"].verdict is Verdict.FAIL


def test_a_script_that_is_not_ours_recomputes_every_seed_and_pick(nights, ledger, coverage_verifier):
    kept = [path.read_bytes() for path in (ledger / "checkpoints").glob("*.note")]
    assert coverage_verifier.verify(nights.read_bytes(), kept) == 5
    script = [sys.executable, coverage_verifier.__file__, str(nights)]
    assert subprocess.run(script, capture_output=True, text=True).stdout == "5 picks, recomputed\n"
    lines = nights.read_bytes().splitlines()
    with pytest.raises(AssertionError):
        coverage_verifier.verify(b"\n".join(_rechained(_another_set(lines))))
    guids = [f"guid-{number}" for number in range(50)]
    seed = bytes.fromhex(json.loads(lines[0])["seed"])
    ours = picking.entities({"table": guids}, picking.Sampling(20), seed)["table"]
    assert coverage_verifier.sample(guids, 20, seed, "table") == list(ours)
