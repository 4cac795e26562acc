"""T14: programs that are not ours judge the signatures of a sealed pack."""

import base64
import json
import subprocess

import pytest

from metadrill.envelopes import certificates, dsse

from .conftest import PDF


def said(*words, folder):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.needs("pdfsig")
def test_t14_pdfsig_finds_the_signature_valid_and_the_whole_document_signed(pack):
    code, told = said("pdfsig", PDF, folder=pack.folder)
    assert "Signature Validation: Signature is Valid." in told and "Total document signed" in told, told
    assert "Signature Type: ETSI.CAdES.detached" in told and "SHA-256" in told and code == 0


@pytest.mark.needs("pdfsig")
def test_t14_pdfsig_finds_a_flipped_byte_and_an_appended_one(pack):
    path = pack.folder / PDF
    whole = path.read_bytes()
    path.write_bytes(whole[:600] + bytes([whole[600] ^ 1]) + whole[601:])
    assert "Signature is Valid" not in said("pdfsig", PDF, folder=pack.folder)[1]
    path.write_bytes(whole + b"\n% appended\n")
    assert "Total document signed" not in said("pdfsig", PDF, folder=pack.folder)[1].replace("Not total", "")


@pytest.mark.needs("qpdf")
def test_t14_qpdf_finds_no_error_in_the_signed_pdf(pack):
    code, told = said("qpdf", "--check", PDF, folder=pack.folder)
    assert code == 0 and "No syntax or stream encoding errors found" in told, told


@pytest.mark.needs("openssl")
def test_t14_openssl_verifies_the_signature_of_the_statement(pack, tmp_path):
    """As evidence.md tells a stranger to do it."""
    body = json.loads((pack.folder / "statement.dsse.json").read_bytes())
    (tmp_path / "signed").write_bytes(dsse.pae(base64.b64decode(body["payload"])))
    (tmp_path / "signature").write_bytes(base64.b64decode(body["signatures"][0]["sig"]))
    certificate = str(pack.folder / "certificate.pem")
    _, key = said("openssl", "x509", "-in", certificate, "-noout", "-pubkey", folder=tmp_path)
    (tmp_path / "key.pem").write_text(key)
    check = ("openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed")
    assert said(*check, folder=tmp_path) == (0, "Verified OK\n")
    (tmp_path / "signed").write_bytes(dsse.pae(base64.b64decode(body["payload"]) + b" "))
    assert said(*check, folder=tmp_path)[0] == 1
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", "key.pem", "-outform", "DER"], cwd=tmp_path,
                         capture_output=True, check=True).stdout  # fmt: skip
    (tmp_path / "key.der").write_bytes(der)
    told = said("openssl", "dgst", "-sha256", "-r", "key.der", folder=tmp_path)[1]
    assert told.split()[0] == certificates.read(pack.signer.certificate, "it").fingerprint
