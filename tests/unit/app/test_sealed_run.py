"""The seal at the end of a run, and the key that must be there before one begins."""

import base64
import json
import shutil
import signal
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from metadrill import journal
from metadrill.packs import verify
from metadrill.signers import p256

CANARY = "cAnAry/passphrase+7391"


def test_a_run_is_sealed_with_the_local_key_and_verifies(finished):
    project, ended = finished
    assert ended.lines[-1]["sealed"] is True
    told = project.call("evidence", "verify", "last", "--json")
    assert told.code == 0, told.out + told.err
    body = told.lines[0]
    assert (body["sealed"], body["tier"], body["key"]["self_signed"]) == (True, 1, True)
    key = body["key"]["fingerprint"]
    assert project.call("evidence", "verify", "last", "--fingerprint", f"SHA256:{key}").code == 0
    assert project.call("evidence", "verify", "last", "--fingerprint", "0" * 64).code == 20
    done = subprocess.run(
        [sys.executable, "-I", project.runs[0] / "verify.py"], capture_output=True, text=True
    )
    assert done.returncode == 0 and key in done.stdout


def test_the_statement_carries_the_criteria_that_the_intent_recorded_before(finished):
    project, _ = finished
    intent = json.loads((project.folder / ".metadrill" / "intents.jsonl").read_text().splitlines()[0])
    body = json.loads((project.runs[0] / "statement.dsse.json").read_text())
    assert json.loads(base64.b64decode(body["payload"]))["predicate"]["criteriaSha256"] == intent["criteria"]


def test_the_journal_names_the_signer_and_the_frameworks(finished):
    project, _ = finished
    opened = journal.read(project.runs[0] / "journal.jsonl").events[0].data
    assert [row["name"] for row in opened["plugins"] if row["role"] == "signers"] == ["file_key"]
    assert opened["frameworks"] == []
    assert opened["signer"]["name"] == "file_key" and opened["signer"]["self_signed"] is True
    body = json.loads((project.runs[0] / "statement.dsse.json").read_text())
    assert opened["signer"]["fingerprint"] == f"SHA256:{body['signatures'][0]['keyid']}"


def test_a_sealed_run_is_rendered_again_beside_it_and_is_the_same_bytes(finished):
    project, _ = finished
    (run,) = project.runs
    built = project.call("report", "build", "last")
    assert built.code == 0 and "differs" not in built.out, built.out
    rebuilt = project.folder / ".metadrill" / "rebuilt" / run.name
    for name in ("assessment.json", "report.html", "junit.xml", "as-run.sh"):
        assert (rebuilt / name).read_bytes() == (run / name).read_bytes()
        assert f"{name}  the same bytes" in built.out
    assert verify(run).tier == 1
    assert project.call("report", "build", "last", "--out", str(run)).code == 2
    assert verify(run).tier == 1


def test_a_key_that_cannot_be_used_ends_a_run_before_it_begins(project):
    keys = project.folder.parent / "keys"
    keys.mkdir(mode=0o700)
    (keys / "evidence.pem").write_bytes(p256.make())
    (keys / "evidence.pem").chmod(0o644)
    ended = project.call("run", "twin", "-vv")
    assert ended.code == 21 and "others may read it" in ended.err and "chmod 600" in ended.err
    assert "PRIVATE KEY" not in ended.out + ended.err
    assert not (project.folder / ".metadrill").exists() and not (project.cache / "sandboxes").exists()
    refused = project.call("run", "twin", "--json").lines[-1]
    assert refused["kind"] == "error" and refused["code"] == 21


def test_an_unknown_signer_is_a_usage_error(project):
    (project.folder / "metadrill.yaml").write_text("evidence: {signer: pkcs21}\n")
    ended = project.call("run", "twin")
    assert ended.code == 2 and "did you mean 'pkcs12'?" in ended.err
    assert not (project.folder / ".metadrill").exists()


def test_a_seal_that_fails_leaves_journal_and_verdict_and_says_how_to_seal_later(project):
    child = project.begin("run", "twin", TWIN_LINGERS="boot")
    run = project.reaches("sandbox.created")
    (run / "verify.py").mkdir()
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 143, out + err
    assert (
        "not sealed" in err and f"metadrill evidence seal {run.name}" in err and "Traceback" not in out + err
    )
    assert project.kinds(run)[-1] == "drill.closed" and (run / "assessment.json").exists()
    assert verify(run).code == 5 and not (run / "SHA256SUMS").exists()
    assert project.call("evidence", "verify", run.name).code == 5
    assert project.call("evidence", "seal", run.name).code == 30
    (run / "verify.py").rmdir()
    assert project.call("evidence", "seal", run.name).code == 0
    assert verify(run).tier == 1


def test_a_seal_that_fails_after_a_pass_exits_with_30(project):
    """A folder stands where a file must go: as with a full disk, the run is over and judged."""
    child = project.begin("run", "twin", "--json")
    run = project.reaches("sandbox.created")
    (run / "verify.py").mkdir()
    out, err = child.communicate(timeout=120)
    last = json.loads(out.splitlines()[-1])
    assert child.returncode == 30, out[-500:] + err
    assert (
        last["assessment"]["verdict"] == "pass" and last["sealed"] is False and last["unsealed"]["code"] == 30
    )


def _forms(secret: str) -> list[bytes]:
    raw = secret.encode()
    return [raw, base64.b64encode(raw), raw.hex().encode(), urllib.parse.quote_plus(secret).encode()]


def _command_lines() -> bytes:
    found = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += path.read_bytes() + b"\n"
        except OSError:
            continue
    return found


@pytest.mark.parametrize("by", ["passphrase_env", "passphrase_file"])
def test_t13_neither_key_nor_passphrase_leaves_the_signer(project, by):
    """In no file of the run, no output, no traceback, no process list, no child's environment."""
    pem = p256.make()
    key, certificate = p256.from_pem(Path("made"), pem)
    (project.folder / "e.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"e", key, certificate, None, BestAvailableEncryption(CANARY.encode())
        )
    )
    (project.folder / "pass").write_text(CANARY + "\n")
    for name in ("e.p12", "pass"):
        (project.folder / name).chmod(0o600)
    place = "passphrase_env: DR_CANARY" if by == "passphrase_env" else "passphrase_file: pass"
    (project.folder / "metadrill.yaml").write_text(f"evidence: {{signer: pkcs12, key: e.p12, {place}}}\n")
    environment = {"DR_CANARY": CANARY} if by == "passphrase_env" else {}
    child = project.begin("run", "twin", "-vv", TWIN_LINGERS="restore", **environment)
    run = project.reaches("recovery.started")
    seen = _command_lines()
    for path in Path("/proc").glob("[0-9]*/environ"):
        if b"METADRILL_SANDBOX=" in (_read(path)):
            seen += _read(path)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert verify(run).tier == 1 and b"METADRILL_SANDBOX=" in seen
    seen += out.encode() + err.encode()
    told = project.call("evidence", "verify", "last", "-vv", **environment)
    (project.folder / "e.p12").write_bytes(b"broken")
    refused = project.call("run", "twin", "-vv", **environment)
    assert refused.code == 21 and "Traceback" in refused.err
    seen += (told.out + told.err + refused.out + refused.err).encode()
    for path in (*run.rglob("*"), project.folder / ".metadrill" / "intents.jsonl"):
        seen += path.read_bytes() if path.is_file() else b""
    scalar = key.private_numbers().private_value.to_bytes(32, "big")
    lines = [line.encode() for line in pem.decode().split("-----BEGIN CERT")[0].splitlines()[1:-1]]
    for secret in (*_forms(CANARY), *lines, scalar, scalar.hex().encode(), base64.b64encode(scalar)):
        assert secret not in seen


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_another_key_signs_what_a_configuration_names(project):
    (project.folder / "own.pem").write_bytes(p256.make())
    (project.folder / "own.pem").chmod(0o600)
    (project.folder / "metadrill.yaml").write_text("evidence: {key: own.pem}\n")
    assert project.call("run", "twin", "-q").code == 0
    assert not (project.folder.parent / "keys" / "evidence.pem").exists(), (
        "no local key is made where another one is named"
    )
    shutil.rmtree(project.folder / ".metadrill")


@pytest.mark.needs("verapdf", "pdfsig", "qpdf")
def test_t14_a_drill_with_frameworks_ends_with_pdfs_that_outside_judges_find_valid(project, verapdf):
    """The whole way: run, render, sign, seal; then judges that are not ours, and the same bytes again."""
    drill = project.folder / "drills" / "twin.yaml"
    drill.write_text(drill.read_text() + "frameworks: [soc2, iso27001]\n")
    ended = project.call("run", "twin")
    assert ended.code == 0, ended.out + ended.err
    (run,) = project.runs
    for name in ("evidence-soc2.pdf", "evidence-iso27001.pdf"):
        told = subprocess.run(["pdfsig", run / name], capture_output=True, text=True).stdout
        assert "Signature is Valid" in told and "Total document signed" in told
        assert subprocess.run(["qpdf", "--check", run / name], capture_output=True).returncode == 0
    signed = [(path, flavour) for path in sorted(run.glob("*.pdf")) for flavour in ("3a", "ua1")]
    assert verapdf.judged(signed) == [[]] * 4
    assert verify(run).tier == 1
    done = subprocess.run([sys.executable, "-I", run / "verify.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    built = project.call("report", "build", "last")
    assert built.out.count("the same bytes") == 6 and "differs" not in built.out, built.out
