"""The twin, the key in a file, and the key in PKCS#12 keep one contract."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from metadrill.model.signing import KeyPlace
from metadrill.signers.file_key import FileKey
from metadrill.signers.pkcs12 import Pkcs12
from metadrill.testing import MemorySigner
from metadrill.testing.contracts import SignerContract

PASSPHRASE = "correct-horse-7391"


class TestMemorySigner(SignerContract):
    @pytest.fixture
    def signer(self):
        return MemorySigner()

    @pytest.fixture
    def secrets(self, signer):
        return (str(signer._key.private_numbers().private_value),)


class TestFileKey(SignerContract):
    @pytest.fixture
    def signer(self, tmp_path, monkeypatch):
        monkeypatch.setenv("METADRILL_KEYS", str(tmp_path / "keys"))
        return FileKey(KeyPlace())

    @pytest.fixture
    def secrets(self, signer, tmp_path):
        return tuple((tmp_path / "keys" / "evidence.pem").read_text().splitlines()[1:3])


class TestPkcs12(SignerContract):
    """An issued certificate: somebody else vouches for the key."""

    @pytest.fixture
    def signer(self, tmp_path):
        key, issuer = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        who, time = _name("Evidence of Example Ltd"), (now - timedelta(days=1), now + timedelta(days=90))
        built = x509.CertificateBuilder(_name("An issuer"), who, key.public_key(), 7, *time)
        body = pkcs12.serialize_key_and_certificates(
            b"evidence",
            key,
            built.sign(issuer, hashes.SHA256()),
            None,
            BestAvailableEncryption(PASSPHRASE.encode()),
        )
        for name, content in (("evidence.p12", body), ("passphrase", PASSPHRASE.encode() + b"\n")):
            (tmp_path / name).write_bytes(content)
            (tmp_path / name).chmod(0o600)
        return Pkcs12(KeyPlace(tmp_path / "evidence.p12", passphrase_file=tmp_path / "passphrase"))

    @pytest.fixture
    def secrets(self, signer):
        return (PASSPHRASE,)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
