"""`evidence seal` and `evidence verify` on recorded runs."""

import json

import pytest

from metadrill.errors import Code


@pytest.fixture
def sealed(call, ran):
    folder = ran("pass-loud")
    assert call("evidence", "seal", "last")[0] == 0
    return folder


def test_an_old_run_is_sealed_once(call, ran):
    folder = ran("pass-loud")
    code, out, err = call("evidence", "seal", "last")
    assert (code, err) == (0, "") and out.splitlines()[
        -1
    ] == ".metadrill/runs/20260101T000000Z-drill-0001/SHA256SUMS"
    code, out, _ = call("evidence", "seal", "last")
    assert code == 0 and "sealed already, and it verifies" in out
    code, out, _ = call("evidence", "seal", "last", "--json")
    assert json.loads(out)["files"] == [] and (folder / "statement.dsse.json").exists()


def test_a_sealed_run_is_said_to_be_signed_and_by_a_key_that_nobody_vouches_for(call, sealed):
    code, out, err = call("evidence", "verify", "last")
    assert (code, err) == (0, "")
    for told in (
        "trust tier 1: signed; times are asserted by the producer",
        "self-signed",
        "--fingerprint SHA256:",
    ):
        assert told in out
    key = out.rpartition("SHA256:")[2].strip()
    code, out, _ = call(
        "evidence", "verify", "last", "--fingerprint", ":".join(key[at : at + 2] for at in range(0, 64, 2))
    )
    assert code == 0 and f"the key is the one you named, SHA256:{key}" in out
    code, out, _ = call("evidence", "verify", str(sealed), "--fingerprint", "f" * 64)
    assert code == 20 and "another key than SHA256:ffff" in out


def test_what_is_wrong_is_named_with_exit_code_20(call, sealed):
    (sealed / "report.html").write_text("forged")
    (sealed / "evil\x1b[2J").write_text("")
    code, out, _ = call("evidence", "verify", "last")
    assert code == Code.BACKUP_TAMPERED and "not as it was sealed: 2 wrong" in out and "\x1b" not in out
    assert "report.html" in out and "changed" in out and "trust tier" not in out
    code, out, _ = call("evidence", "verify", "last", "--json", "--fail-on", "integrity")
    body = json.loads(out)
    wrong = [line["name"] for line in body["lines"] if line["state"] == "wrong"]
    assert code == 20 and body["tier"] is None and wrong == ["evil\x1b[2J", "report.html"]


def test_a_run_without_a_seal_proves_nothing_and_says_so(call, ran):
    ran("pass-loud")
    call("report", "build", "last")
    code, out, _ = call("evidence", "verify", "last")
    assert code == Code.INCONCLUSIVE and "trust tier 0: intact, and signed by nobody" in out
    assert "not sealed: metadrill evidence seal last" in out
    code, out, _ = call("evidence", "verify", "last", "--fingerprint", "f" * 64)
    assert code == 20 and "no key has signed this run" in out
    (ran("aborted", "20260102T000000Z-drill-0002") / "SHA256SUMS").unlink(missing_ok=True)
    code, out, _ = call("evidence", "verify", "last")
    assert code == Code.INCONCLUSIVE and "never sealed" in out and "trust tier" not in out


@pytest.mark.parametrize("text", ["", "SHA256:abc", "g" * 64, "f" * 63])
def test_what_is_no_fingerprint_is_a_usage_error(call, sealed, text):
    code, _, err = call("evidence", "verify", "last", "--fingerprint", text)
    assert code == Code.USAGE and "no fingerprint" in err


def test_an_issued_verdict_that_rules_of_today_do_not_make_is_not_sealed(call, ran):
    folder = ran("rto-missed")
    call("report", "build", "last")
    path = folder / "assessment.json"
    path.write_text(path.read_text().replace('"verdict": "fail"', '"verdict": "pass"', 1))
    (folder / "SHA256SUMS").unlink()
    code, _, err = call("evidence", "seal", "last")
    assert code == 20 and "assessment.json: says pass" in err and "make of the journal: fail" in err
    path.unlink()
    assert call("evidence", "seal", "last")[0] == 0
    assert json.loads(path.read_text())["verdict"] == "fail"


def test_judging_and_rendering_again_leave_the_seal_as_it_is(call, sealed):
    before = {path: path.read_bytes() for path in sealed.rglob("*") if path.is_file()}
    assert call("assess", "last")[0] == 0
    code, out, _ = call("report", "build", "last", "--json")
    body = json.loads(out)
    assert code == 0 and set(body["same"].values()) == {True} and len(body["same"]) == 4
    code, out, _ = call("report", "build", "last", "--out", "elsewhere/deep")
    assert code == 0 and "elsewhere/deep/report.html  the same bytes" in out
    code, _, err = call("report", "build", "last", "--out", str(sealed))
    assert code == Code.USAGE and "that run is sealed" in err
    assert {path: path.read_bytes() for path in sealed.rglob("*") if path.is_file()} == before
    (sealed.parents[1] / "taken").write_text("")
    assert (
        call("report", "build", "last", "--out", str(sealed.parents[1] / "taken" / "x"))[0]
        == Code.ENVIRONMENT
    )


def test_new_judgements_get_the_next_free_number(call, sealed):
    path = sealed / "assessment.json"
    path.write_text(path.read_text().replace('"title": "', '"title": "once '))
    call("assess", "last")
    call("assess", "last")
    assert [one.name for one in sealed.glob("assessment-*")] == ["assessment-2.json"]
    (sealed / "assessment-2.json").write_text("{}")
    call("assess", "last")
    assert (sealed / "assessment-2.json").read_text() == "{}" and (sealed / "assessment-3.json").exists()


def test_a_seal_whose_statement_is_gone_is_not_built_over(call, sealed):
    (sealed / "statement.dsse.json").unlink()
    before = {path: path.read_bytes() for path in sealed.rglob("*") if path.is_file()}
    call("report", "build", "last")
    assert {path: path.read_bytes() for path in sealed.rglob("*") if path.is_file()} == before
    code, out, _ = call("evidence", "verify", "last")
    assert code == 20 and "statement.dsse.json" in out


def test_a_key_that_others_can_read_is_exit_code_21(call, ran, tmp_path):
    folder = ran("pass-loud")
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "evidence.pem").write_text("nothing")
    code, _, err = call("evidence", "seal", "last")
    assert code == Code.KEY and "others may read it" in err
    assert [path.name for path in folder.iterdir()] == ["journal.jsonl"]
