"""Sealing: what is written, what is left alone, and what a killed sealing leaves."""

import base64
import hashlib
import json
import os
import re
import signal
import sys

import pytest

from metadrill import journal
from metadrill.envelopes import certificates, dsse
from metadrill.errors import Code, JournalError
from metadrill.packs import statement, sums, verifying
from metadrill.testing import MemorySigner

from .conftest import PDF, VERIFIER, a_run

FILES = {
    "journal.jsonl", "assessment.json", "report.html", "junit.xml", "as-run.sh", "logs/stack.log", PDF,
    "verify.py", "certificate.pem", "statement.dsse.json", "SHA256SUMS",
}  # fmt: skip


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def content(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_sealed_run_holds_everything_a_stranger_needs(run, judges):
    written = run.seal()
    assert names(run.folder) == FILES
    assert {path.name for path in written} == {
        name for name in FILES if name not in ("journal.jsonl", "logs/stack.log")
    }
    assert written[-1].name == "SHA256SUMS"
    assert (run.folder / "verify.py").read_bytes() == VERIFIER.read_bytes()
    assert (run.folder / "certificate.pem").read_bytes() == run.signer.certificate
    assert judges(run.folder) == ([], [])


@pytest.mark.parametrize(
    "story", ["pass-loud", "pass-silent", "aborted", "check-inconclusive", "rto-missed", "torn"]
)
def test_every_kind_of_run_is_sealed_and_verifies(tmp_path, judges, story):
    run = a_run(tmp_path / story, story, MemorySigner(), {})
    run.seal()
    assert judges(run.folder) == ([], [])
    found = verifying.verify(run.folder)
    assert (found.sealed, found.tier, found.code, found.self_signed) == (True, 1, Code.OK, True)


def test_the_statement_says_what_journal_and_assessment_say(run):
    run.seal()
    raw = (run.folder / "statement.dsse.json").read_bytes()
    envelope = dsse.unwrap(raw, "it")
    body = json.loads(envelope.payload)
    reading = journal.read(run.folder / "journal.jsonl")
    assessment = json.loads((run.folder / "assessment.json").read_text())
    said = body["predicate"]
    assert (body["_type"], body["predicateType"]) == (statement.TYPE, "urn:metadrill:drill-evidence:v1")
    assert {one["name"]: one["digest"]["sha256"] for one in body["subject"]} == {
        name: hashlib.sha256((run.folder / name).read_bytes()).hexdigest()
        for name in FILES - {"statement.dsse.json", "SHA256SUMS"}
    }
    for key in ("run", "drill", "scenario", "recovery", "verdict", "code", "codes"):
        assert said[key] == assessment[key]
    assert said["rta"] == {
        "seconds": assessment["rta"]["actual"],
        "limit": assessment["rta"]["limit"],
        "met": None,
    }
    assert said["journal"] == {
        "name": "journal.jsonl", "head": reading.head, "events": 7, "outcome": "failed", "torn": False
    }  # fmt: skip
    assert (said["started"], said["closed"]) == (reading.events[0].at, reading.events[-1].at)
    assert envelope.keyid == certificates.read(run.signer.certificate, "it").fingerprint


def test_the_envelope_is_the_one_of_the_dsse_specification(run):
    """The example of the specification: its pre-authentication encoding, byte for byte."""
    assert dsse.pae(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    body = json.loads(dsse.wrap(b"{}", run.signer))
    assert set(body) == {"payload", "payloadType", "signatures"}
    assert (
        body["payloadType"] == "application/vnd.in-toto+json" and base64.b64decode(body["payload"]) == b"{}"
    )


CHANGES = [
    lambda raw: raw[:-1],
    lambda raw: raw + b"\n",
    lambda raw: raw.replace(b":", b": "),
    lambda raw: raw.replace(b'"keyid"', b'"Keyid"'),
    lambda raw: raw.replace(b'payload"', b'payl"'),
    lambda raw: raw.replace(b"in-toto", b"in-tota"),
    lambda raw: b"\xff" + raw,
    lambda raw: b"[]",
    lambda raw: b"",
    lambda raw: b"[" * 100_000,
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_envelope_that_is_not_written_as_one_is_refused(run, change):
    with pytest.raises(JournalError, match="it: not"):
        dsse.unwrap(change(dsse.wrap(b"{}", run.signer)), "it")


def test_a_run_that_is_sealed_and_verifies_is_left_alone(pack):
    before = content(pack.folder)
    assert pack.seal(MemorySigner()) == ()
    assert content(pack.folder) == before


def test_a_sealed_run_that_does_not_verify_is_not_sealed_again(pack):
    (pack.folder / "logs" / "stack.log").write_text("nothing happened\n")
    before = content(pack.folder)
    with pytest.raises(JournalError, match=r"logs/stack\.log: changed") as caught:
        pack.seal()
    assert caught.value.code is Code.BACKUP_TAMPERED and content(pack.folder) == before


def test_a_seal_whose_statement_was_taken_away_is_not_made_anew(pack):
    (pack.folder / "statement.dsse.json").unlink()
    with pytest.raises(JournalError, match=r"statement\.dsse\.json: missing"):
        pack.seal()


def test_an_old_run_whose_logs_no_longer_agree_with_its_sums_is_not_sealed(run):
    sums.write_sums(run.folder)
    (run.folder / "logs" / "stack.log").write_text("nothing happened\n")
    with pytest.raises(JournalError, match=r"logs/stack\.log: changed"):
        run.seal()
    assert not (run.folder / "statement.dsse.json").exists()


def test_an_old_run_with_good_sums_is_sealed_and_a_later_judgement_is_covered(run, judges):
    sums.write_sums(run.folder)
    (run.folder / "assessment-2.json").write_text("{}\n")
    run.seal()
    assert judges(run.folder) == ([], [])
    (run.folder / "assessment-2.json").write_text("{ }\n")
    ours, theirs = judges(run.folder)
    assert "assessment-2.json" in ours[0] and "assessment-2.json" in theirs[0]


def test_a_judgement_written_after_the_seal_is_said_and_no_error(pack, judges):
    (pack.folder / "assessment-2.json").write_text("{}\n")
    (pack.folder / "assessment-12.json").write_text("{}\n")
    assert judges(pack.folder) == ([], [])
    notes = [line.name for line in verifying.verify(pack.folder).lines if line.state is verifying.State.NOTE]
    assert notes == ["assessment-12.json", "assessment-2.json"]
    for name in (
        "assessment-1.json",
        "assessment-02.json",
        "assessment-2.json.bak",
        "logs/assessment-2.json",
    ):
        (pack.folder / name).write_text("{}\n")
        ours, theirs = judges(pack.folder)
        assert ours[0].startswith(f"{name}: added") and theirs[0].startswith(f"{name}: added")
        (pack.folder / name).unlink()


class Breaks(MemorySigner):
    """A twin whose second signature does not come."""

    def sign(self, payload):
        if payload.startswith(b"DSSEv1"):
            raise OSError(28, "No space left on device")
        return super().sign(payload)


def test_a_sealing_that_fails_leaves_a_run_that_is_not_sealed_and_can_be(run, judges):
    with pytest.raises(OSError, match="No space left"):
        run.seal(Breaks())
    found = verifying.verify(run.folder)
    assert (found.sealed, found.tier, found.code) == (False, None, Code.INCONCLUSIVE)
    assert "SHA256SUMS" not in names(run.folder)
    run.seal()
    assert judges(run.folder) == ([], []) and names(run.folder) == FILES


def _killed(run, at):
    """Seal in a child that is killed at its n-th change of a file; return whether it was."""
    child = os.fork()
    if child == 0:
        count = 0

        def watch(event, arguments):
            nonlocal count
            if event in ("os.rename", "os.remove") or (event == "open" and isinstance(arguments[2], int)
                                                       and arguments[2] & os.O_CREAT):  # fmt: skip
                count += 1
                if count == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        try:
            run.seal()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_t4_killed_at_any_change_of_a_file_it_is_not_sealed_and_is_sealed_again(tmp_path, pdf, judges):
    at = 0
    killed = True
    while killed:
        at += 1
        run = a_run(tmp_path / str(at), "failed", MemorySigner(), {PDF: pdf})
        sums.write_sums(run.folder)
        killed = _killed(run, at)
        found = verifying.verify(run.folder)
        if killed:
            assert (found.sealed and found.tier == 1) is False or names(run.folder) >= FILES, at
            run.seal()
        assert names(run.folder) == FILES and judges(run.folder) == ([], []), at
    assert at > 15, "every file has a place before and after it is put"


def test_nothing_that_is_written_names_a_place_on_this_machine(pack):
    for path in pack.folder.rglob("*"):
        if path.is_file() and path.name != "verify.py":
            assert not re.search(rb"/(?:home|root|tmp|work)/", path.read_bytes()), path.name
