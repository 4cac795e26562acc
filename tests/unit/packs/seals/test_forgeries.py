"""Forgeries: sums written anew, statements signed anew, PDFs stripped, updated and swapped."""

import base64
import json

import pytest

from metadrill.envelopes import certificates, dsse
from metadrill.packs import pdf_signature, sums
from metadrill.testing import MemorySigner

from .conftest import PDF, named

SIGNED = [
    "report.html",
    "assessment.json",
    "journal.jsonl",
    "logs/stack.log",
    PDF,
    "verify.py",
    "certificate.pem",
]


@pytest.mark.parametrize("name", SIGNED)
def test_sums_that_were_written_anew_after_a_change_hide_nothing(pack, judges, name):
    path = pack.folder / name
    path.write_bytes(path.read_bytes().replace(b"e", b"E", 3))
    sums.write_sums(pack.folder)
    ours, theirs = judges(pack.folder)
    assert named(ours, name) and named(theirs, name)


@pytest.mark.parametrize("where", ["added", "removed"])
def test_sums_that_were_written_anew_hide_no_file_that_came_or_went(pack, judges, where):
    if where == "added":
        (pack.folder / "approval.txt").write_text("approved\n")
    else:
        (pack.folder / "logs" / "stack.log").unlink()
    sums.write_sums(pack.folder)
    ours, theirs = judges(pack.folder)
    name = "approval.txt: added" if where == "added" else "logs/stack.log: missing"
    assert named(ours, name) and named(theirs, name)


def test_a_line_of_the_sums_that_was_changed_is_told_from_a_file_that_was(pack, judges):
    path = pack.folder / "SHA256SUMS"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join("0" * 64 + line[64:] if "report.html" in line else line for line in lines))
    ours, _ = judges(pack.folder)
    assert ours == ["SHA256SUMS: changed: what it says of report.html is not what was signed"]


def resigned(pack, signer, change):
    """The pack as somebody with another key would forge it: signed anew, all of it."""
    folder = pack.folder
    envelope = dsse.unwrap((folder / "statement.dsse.json").read_bytes(), "it")
    body = json.loads(envelope.payload)
    change(body)
    (folder / "certificate.pem").write_bytes(signer.certificate)
    digests = sums.digests(folder)
    for one in body["subject"]:
        one["digest"]["sha256"] = digests[one["name"]]
    payload = json.dumps(body, separators=(",", ":")).encode()
    (folder / "statement.dsse.json").write_bytes(dsse.wrap(payload, signer))
    sums.write_sums(folder)


def test_a_pack_signed_anew_with_another_key_is_caught_by_the_fingerprint(pack, judges):
    theirs_ = MemorySigner("Somebody Else")
    (pack.folder / PDF).write_bytes(pdf_signature.sign(pack.documents[PDF], theirs_, _when()))
    resigned(pack, theirs_, lambda body: None)
    assert judges(pack.folder) == ([], []), "it holds together: only the fingerprint tells"
    mine = certificates.read(pack.signer.certificate, "it").fingerprint
    ours, theirs = judges(pack.folder, mine)
    assert named(ours, "certificate.pem") and named(theirs, "certificate.pem")
    other = certificates.read(theirs_.certificate, "it").fingerprint
    assert judges(pack.folder, other) == ([], [])


def _when():
    from datetime import UTC, datetime

    return datetime(2026, 9, 14, tzinfo=UTC)


def test_a_statement_signed_anew_leaves_the_pdfs_of_the_first_key(pack, judges):
    resigned(pack, MemorySigner("Somebody Else"), lambda body: None)
    ours, theirs = judges(pack.folder)
    assert named(ours, PDF) and named(theirs, PDF)


def test_a_statement_with_another_verdict_is_refused_without_the_key(pack, judges):
    path = pack.folder / "statement.dsse.json"
    body = json.loads(path.read_bytes())
    payload = base64.b64decode(body["payload"]).replace(b'"verdict":"inconclusive"', b'"verdict":"pass"')
    body["payload"] = base64.b64encode(payload).decode()
    path.write_text(json.dumps(body, separators=(",", ":")) + "\n")
    sums.write_sums(pack.folder)
    ours, theirs = judges(pack.folder)
    assert named(ours, "statement.dsse.json") and named(theirs, "statement.dsse.json")


def test_a_statement_that_lies_with_the_key_is_caught_where_files_say_otherwise(pack, judges):
    """Whoever has the key can sign anything: but head, count and verdict must agree with the files."""
    resigned(pack, pack.signer, lambda body: body["predicate"]["journal"].update(events=6))
    ours, theirs = judges(pack.folder)
    assert named(ours, "journal.jsonl") and named(theirs, "journal.jsonl")
    resigned(pack, pack.signer, lambda body: body["predicate"].update(verdict="pass"))
    assert named(judges(pack.folder)[0], "assessment.json: another verdict or run than the signed one (pass)")


def test_a_pdf_without_its_signature_is_refused_whatever_the_sums_say(pack, judges):
    (pack.folder / PDF).write_bytes(pack.documents[PDF])
    sums.write_sums(pack.folder)
    ours, theirs = judges(pack.folder)
    assert f"{PDF}: not signed" in ours and named(theirs, PDF)


def test_t14_a_pdf_with_an_update_appended_is_refused_and_the_bytes_named(pack, judges):
    from io import BytesIO

    from pyhanko.pdf_utils.generic import DictionaryObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    whole = (pack.folder / PDF).read_bytes()
    writer = IncrementalPdfFileWriter(BytesIO(whole))
    writer.add_object(DictionaryObject())
    writer.update_root()
    updated = BytesIO()
    writer.write(updated)
    (pack.folder / PDF).write_bytes(updated.getvalue())
    sums.write_sums(pack.folder)
    ours, theirs = judges(pack.folder)
    end = len(updated.getvalue()) - 1
    assert f"{PDF}: bytes {len(whole)}-{end} were appended after it was signed" in ours and named(theirs, PDF)


def test_a_line_of_the_journal_that_was_changed_is_named(pack, judges):
    path = pack.folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], lines[3].replace(b":", b": ", 1), *lines[4:]]))
    ours, theirs = judges(pack.folder)
    assert named(ours, "journal.jsonl: 5: the chain is broken here")
    assert named(theirs, "journal.jsonl")
    path.write_bytes(b"".join(lines[:-1]))
    sums.write_sums(pack.folder)
    ours, _ = judges(pack.folder)
    assert any("7 events were signed" in line and "6 are there" in line for line in ours)
