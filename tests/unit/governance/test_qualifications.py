"""Records of qualified stacks: the newest counts, and one that is not what it was counts for nothing."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from metadrill.clock import stamp
from metadrill.envelopes import certificates
from metadrill.errors import JournalError
from metadrill.governance import audit, qualifications
from metadrill.governance.audit import Deed
from metadrill.governance.qualifications import NotQualified, Wanted
from metadrill.model.qualification import Came, ContractRow, DamageRow, FidelityRow, Qualification
from metadrill.testing import MemorySigner

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DIGEST, SUITES = "d" * 64, {"structure": "a" * 64, "index": "b" * 64}


@pytest.fixture
def signer():
    return MemorySigner()


def fingerprint(signer):
    return certificates.read(signer.certificate, "it").fingerprint


def said(signer, at=NOW, *, valid=timedelta(days=90), **other):
    row = DamageRow("an attribute altered", "by its API", (12,), (12,), Came.GOOD, "", 1.0)
    fields = {
        "stack": "mine", "kind": "twin", "digest": DIGEST, "versions": {"atlas": "2.1.0"},
        "images": {},
        "sandbox": "process", "dataset": "starter", "dataset_digest": "e" * 64,
        "at": stamp(at), "until": stamp(at + valid), "seconds": 3.5,
        "tool": {"name": "metadrill", "version": "1", "commit": ""}, "suites": SUITES,
        "suites_digest": "f" * 64,
        "contracts": (ContractRow("Stack", "it stops", Came.GOOD, "", 0.5),), "damages": (row,),
        "fidelity": (FidelityRow("guids", "guids", "kept", 3, 3, 0, 0, 0, Came.GOOD),),
        "unproved": (8,), "qualified": True, "because": (),
        "certificate": hashlib.sha256(signer.certificate).hexdigest(),
    }  # fmt: skip
    return Qualification(**{**fields, **other})


def put(ledger, signer, record):
    """Keep a record as `qualify` does: counted in the audit log."""
    kept = qualifications.put(ledger, record, signer)
    facts = {"stack": record.digest, "record": kept.sha256, "qualified": record.qualified}
    audit.Log(ledger).record(Deed(qualifications.NOTED, record.stack, "done", facts))
    return kept


def standing(ledger, signer, *, now=NOW + timedelta(days=1), digest=DIGEST, suites=SUITES):
    trusted = frozenset({fingerprint(signer)})
    return qualifications.standing(ledger, Wanted(digest, suites), trusted, now)


def refused(ledger, signer, **how):
    with pytest.raises(NotQualified) as caught:
        standing(ledger, signer, **how)
    return caught.value.message


def envelope(ledger, kept):
    return ledger / qualifications.FOLDER / f"{kept.name}.dsse.json"


def test_a_record_reads_back_as_it_was_signed_and_stands(ledger, signer):
    kept = put(ledger, signer, said(signer))
    assert kept.said == said(signer) and kept.fingerprint == fingerprint(signer)
    assert standing(ledger, signer) == kept
    assert qualifications.read(ledger) == (kept,)


def test_without_a_record_a_stack_is_not_qualified(ledger, signer):
    assert refused(ledger, signer) == "the stack is not qualified"


def test_a_record_of_another_stack_does_not_count(ledger, signer):
    put(ledger, signer, said(signer))
    assert refused(ledger, signer, digest="0" * 64) == "the stack is not qualified"


def test_one_that_has_expired_is_named_with_its_day(ledger, signer):
    put(ledger, signer, said(signer, valid=timedelta(days=2)))
    standing(ledger, signer, now=NOW + timedelta(days=2) - timedelta(seconds=1))
    told = refused(ledger, signer, now=NOW + timedelta(days=2))
    assert told == "the stack's qualification expired on 2026-11-26"


def test_one_of_the_future_does_not_stand(ledger, signer):
    put(ledger, signer, said(signer))
    assert "is of the future" in refused(ledger, signer, now=NOW - timedelta(seconds=1))


def test_a_record_that_calls_itself_newer_does_not_count_for_the_one_that_was_counted_last(ledger, signer):
    put(ledger, signer, said(signer, NOW + timedelta(hours=3)))
    last = put(ledger, signer, said(signer, NOW, valid=timedelta(days=30)))
    assert standing(ledger, signer) == last


def test_a_revocation_that_was_not_counted_any_more_revokes_all_the_same(ledger, signer):
    put(ledger, signer, said(signer))
    bad = said(signer, NOW + timedelta(hours=1), qualified=False, because=("damage: not seen",))
    qualifications.put(ledger, bad, signer)
    other = MemorySigner()
    qualifications.put(ledger, said(other, NOW + timedelta(hours=2)), other)
    assert "not qualified on 2026-11-24: damage: not seen" in refused(ledger, signer)


def test_a_later_failed_one_revokes_and_a_later_good_one_stands_again(ledger, signer):
    put(ledger, signer, said(signer))
    bad = said(signer, NOW + timedelta(hours=1), qualified=False, because=("damage: not seen",))
    put(ledger, signer, bad)
    assert refused(ledger, signer) == ("the stack was found not qualified on 2026-11-24: damage: not seen")
    again = put(ledger, signer, said(signer, NOW + timedelta(hours=2)))
    assert standing(ledger, signer) == again
    assert len(qualifications.read(ledger)) == 3, "nothing was overwritten"


def test_taking_the_failed_one_away_does_not_bring_the_good_one_back(ledger, signer):
    put(ledger, signer, said(signer))
    bad = put(ledger, signer, said(signer, NOW + timedelta(hours=1), qualified=False, because=("x",)))
    envelope(ledger, bad).unlink()
    assert "was taken away or changed" in refused(ledger, signer)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw.replace(b'"payload": "', b'"payload":"'), "not a signed envelope|signature"),
        (lambda raw: raw[:-20], "not a signed envelope"),
        (lambda raw: b"", "not a signed envelope"),
    ],
)
def test_a_record_that_was_tampered_with_is_named(ledger, signer, change, reason):
    kept = put(ledger, signer, said(signer))
    path = envelope(ledger, kept)
    changed = change(path.read_bytes())
    path.write_bytes(changed if changed != path.read_bytes() else changed.replace(b"A", b"B", 1))
    told = refused(ledger, signer)
    assert "taken away or changed" in told and kept.name in told


def test_a_payload_exchanged_under_an_old_signature_does_not_hold(ledger, signer):
    kept = put(ledger, signer, said(signer))
    body = json.loads(envelope(ledger, kept).read_bytes())
    payload = base64.b64decode(body["payload"]).replace(b"2027", b"2099")
    body["payload"] = base64.b64encode(payload).decode()
    envelope(ledger, kept).write_bytes(json.dumps(body, separators=(",", ":")).encode() + b"\n")
    assert "its signature does not hold" in refused(ledger, signer)


def test_a_record_signed_by_a_key_that_is_not_trusted_is_refused_by_its_fingerprint(ledger, signer):
    other = MemorySigner()
    put(ledger, other, said(other))
    told = refused(ledger, signer)
    assert "not trusted here" in told and fingerprint(other) in told


def test_a_certificate_exchanged_for_another_of_the_same_key_is_found(ledger, signer):
    kept = put(ledger, signer, said(signer))
    path = ledger / qualifications.FOLDER / f"{kept.name}.pem"
    path.write_bytes(signer.certified("somebody else"))
    assert "another one of the same key" in refused(ledger, signer)


def test_a_record_copied_from_elsewhere_that_cannot_be_read_is_named(ledger, signer):
    folder = ledger / qualifications.FOLDER
    folder.mkdir(parents=True)
    (folder / "20270101T000000Z__mine__0.dsse.json").write_bytes(b"{}")
    assert refused(ledger, signer).startswith("the stack is not qualified; 20270101T000000Z__mine__0: ")
    put(ledger, signer, said(signer))
    assert "newest qualification cannot be read" in refused(ledger, signer)


def test_suites_that_the_qualification_did_not_look_with_are_named(ledger, signer):
    put(ledger, signer, said(signer))
    told = refused(ledger, signer, suites={**SUITES, "mine": "c" * 64})
    assert told == "the stack's qualification did not look with the suite mine"


def test_a_suite_that_was_changed_since_is_named(ledger, signer):
    put(ledger, signer, said(signer))
    told = refused(ledger, signer, suites={"index": "c" * 64})
    assert told == "the suite index is another than the one that the stack was qualified with"
    assert standing(ledger, signer, suites={"index": "b" * 64}).said is not None


@pytest.mark.parametrize(
    "change",
    [{"qualified": "yes"}, {"seconds": "3"}, {"suites": {"a": 1}}, {"because": ("x", 1)}],
)
def test_a_signed_record_of_another_form_is_none(ledger, signer, change):
    with pytest.raises(JournalError, match="is no qualification"):
        qualifications.put(ledger, replace(said(signer), **change), signer)
    assert [kept.said for kept in qualifications.read(ledger)] == [None]


def test_a_record_that_ends_before_it_begins_is_none(ledger, signer):
    with pytest.raises(JournalError, match="ends before it begins"):
        qualifications.put(ledger, said(signer, valid=timedelta(0)), signer)
