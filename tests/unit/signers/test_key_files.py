"""A key is used only where its owner alone can read it, and fits."""

import os
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from metadrill.errors import Code, KeyRefused
from metadrill.model.signing import KeyPlace
from metadrill.signers import p256
from metadrill.signers.file_key import FileKey, local
from metadrill.signers.pkcs12 import Pkcs12


def put(path, content, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.fixture
def key(tmp_path):
    return put(tmp_path / "key.pem", p256.make())


def refused(place, match, kind=FileKey):
    with pytest.raises(KeyRefused, match=match) as caught:
        kind(place)
    assert caught.value.code is Code.KEY and caught.value.hint
    return caught.value


def pem(key, encryption=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def test_the_local_key_is_made_once_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("METADRILL_KEYS", str(tmp_path / "made" / "keys"))
    first, second = FileKey(KeyPlace()), FileKey(KeyPlace())
    assert first.certificate == second.certificate and first.self_signed
    assert b"metadrill local key (self-signed)" in subject(first)
    assert local().stat().st_mode & 0o777 == 0o600 and local().parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in local().parent.iterdir()] == ["evidence.pem"]


def subject(signer):
    from cryptography import x509

    return x509.load_pem_x509_certificate(signer.certificate).subject.rfc4514_string().encode()


def test_the_same_payload_gets_the_same_signature(key):
    signer = FileKey(KeyPlace(key))
    assert signer.sign(b"evidence") == signer.sign(b"evidence") != signer.sign(b"evidence ")


@pytest.mark.parametrize(("variables", "place"), [
    ({"METADRILL_KEYS": "/k", "XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/k/evidence.pem"),
    ({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/metadrill/keys/evidence.pem"),
    ({"HOME": "/h"}, "/h/.config/metadrill/keys/evidence.pem"),
])  # fmt: skip
def test_where_the_local_key_lies(monkeypatch, variables, place):
    for name in ("METADRILL_KEYS", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(local()) == place


def test_of_eight_runs_that_make_the_local_key_at_once_all_use_the_same(tmp_path):
    code = (
        "import hashlib\n"
        "from metadrill.model.signing import KeyPlace\n"
        "from metadrill.signers.file_key import FileKey\n"
        "print(hashlib.sha256(FileKey(KeyPlace()).certificate).hexdigest())"
    )
    environment = {**os.environ, "METADRILL_KEYS": str(tmp_path / "keys")}
    children = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    assert len({child.communicate(timeout=60)[0] for child in children}) == 1
    assert [child.returncode for child in children] == [0] * 8
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["evidence.pem"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644, 0o601, 0o610])
def test_a_key_that_others_can_touch_is_refused(key, mode):
    key.chmod(mode)
    error = refused(KeyPlace(key), "others may read it")
    assert error.hint == f"chmod 600 {key}"


def test_a_key_in_a_folder_that_others_can_write_to_is_refused(key):
    key.parent.chmod(0o777)
    refused(KeyPlace(key), "others may write to it")


def test_a_link_is_refused_wherever_it_leads(key, tmp_path):
    (tmp_path / "link.pem").symlink_to(key)
    refused(KeyPlace(tmp_path / "link.pem"), "is a link")
    (tmp_path / "nowhere.pem").symlink_to(tmp_path / "gone")
    refused(KeyPlace(tmp_path / "nowhere.pem"), "is a link")


def test_a_local_key_that_is_a_link_to_nowhere_is_not_made_through_it(tmp_path, monkeypatch):
    monkeypatch.setenv("METADRILL_KEYS", str(tmp_path))
    (tmp_path / "evidence.pem").symlink_to(tmp_path / "elsewhere.pem")
    refused(KeyPlace(), "is a link")
    assert not (tmp_path / "elsewhere.pem").exists()


@pytest.mark.needs("root")
def test_a_key_of_another_user_is_refused(key):
    os.chown(key, 65534, -1)
    refused(KeyPlace(key), "belongs to another user")


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "folder.pem").mkdir()
    refused(KeyPlace(tmp_path / "folder.pem"), "not a file")
    os.mkfifo(tmp_path / "pipe.pem", 0o600)
    refused(KeyPlace(tmp_path / "pipe.pem"), "not a file")


def test_a_named_key_that_is_not_there_is_refused_and_not_made(tmp_path):
    refused(KeyPlace(tmp_path / "kye.pem"), "no key there")
    assert list(tmp_path.iterdir()) == []


def test_a_key_folder_that_cannot_be_made_is_refused(tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("in the way")
    monkeypatch.setenv("METADRILL_KEYS", str(tmp_path / "taken" / "keys"))
    refused(KeyPlace(), "cannot be written")


def test_keys_of_another_kind_are_refused(key):
    certificate = key.read_bytes().split(b"-----BEGIN CERTIFICATE", 1)[1]
    for other in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        put(key, pem(other) + b"-----BEGIN CERTIFICATE" + certificate)
        refused(KeyPlace(key), "not a P-256 key")


def test_a_key_that_does_not_fit_its_certificate_is_refused(key):
    certificate = p256.make().split(b"-----BEGIN CERTIFICATE", 1)[1]
    put(
        key, key.read_bytes().split(b"-----BEGIN CERTIFICATE", 1)[0] + b"-----BEGIN CERTIFICATE" + certificate
    )
    refused(KeyPlace(key), "does not fit its certificate")


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_refused(key, content):
    put(key, content)
    refused(KeyPlace(key), "no private key in PEM")


def test_a_key_without_its_certificate_is_refused(key):
    put(key, key.read_bytes().split(b"-----BEGIN CERTIFICATE", 1)[0])
    refused(KeyPlace(key), "no certificate in PEM")


def test_an_encrypted_pem_is_refused_with_the_way_out(key):
    secret = load_pem_private_key(key.read_bytes(), None)
    put(key, pem(secret, BestAvailableEncryption(b"x")))
    assert "pkcs12" in refused(KeyPlace(key), "encrypted").hint


def test_a_cut_or_flipped_key_file_never_signs_as_another(key):
    """Whatever is left of it, either it is refused or it is the same key under the same certificate."""
    whole, fine = key.read_bytes(), FileKey(KeyPlace(key)).certificate
    for at in range(0, len(whole), 7):
        for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
            put(key, content)
            try:
                made = FileKey(KeyPlace(key)).certificate
            except KeyRefused:
                continue
            assert made == fine or certificate_key(made) == certificate_key(fine)


def certificate_key(certificate):
    from cryptography import x509

    return x509.load_pem_x509_certificate(certificate).public_key()


@pytest.fixture
def p12(key, tmp_path):
    secret, certificate = p256.from_pem(key, key.read_bytes())
    body = pkcs12.serialize_key_and_certificates(
        b"e", secret, certificate, None, BestAvailableEncryption(b"geheim")
    )
    return put(tmp_path / "key.p12", body)


def test_a_passphrase_comes_from_a_file_or_from_the_environment(p12, tmp_path, monkeypatch):
    written = put(tmp_path / "passphrase", b"geheim\r\n")
    monkeypatch.setenv("DR_PASSPHRASE", "geheim")
    by_file = Pkcs12(KeyPlace(p12, passphrase_file=written))
    assert Pkcs12(KeyPlace(p12, passphrase_env="DR_PASSPHRASE")).certificate == by_file.certificate


def test_a_passphrase_that_is_wrong_missing_or_open_to_others_is_refused(p12, tmp_path, monkeypatch):
    refused(KeyPlace(p12), "cannot be opened", Pkcs12)
    refused(KeyPlace(p12, passphrase_file=tmp_path / "gone"), "no passphrase there", Pkcs12)
    refused(KeyPlace(p12, passphrase_env="NOT_SET_AT_ALL"), "not in the environment", Pkcs12)
    refused(
        KeyPlace(p12, passphrase_file=put(tmp_path / "open", b"geheim", 0o644)), "others may read", Pkcs12
    )
    monkeypatch.setenv("WRONG", "gehein")
    error = refused(KeyPlace(p12, passphrase_env="WRONG"), "another passphrase", Pkcs12)
    assert "gehein" not in f"{error} {error.hint}"
    refused(KeyPlace(p12, tmp_path / "open", "WRONG"), "both given", Pkcs12)
    refused(KeyPlace(), "needs the file of the key", Pkcs12)
    refused(KeyPlace(tmp_path / "none.p12"), "no key there", Pkcs12)
    refused(KeyPlace(passphrase_env="WRONG"), "takes no passphrase", FileKey)


def test_a_pkcs12_file_that_others_can_read_is_refused(p12):
    p12.chmod(0o640)
    refused(KeyPlace(p12, passphrase_env="X"), "others may read", Pkcs12)
