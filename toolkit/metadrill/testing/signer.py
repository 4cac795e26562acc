"""A signer in memory: a key that was made a moment ago and lies nowhere."""

from datetime import UTC, datetime
from typing import Any, NoReturn

_BEGINS, _ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)


class MemorySigner:
    """Signs with a self-signed key of its own: each one that is made has another."""

    self_signed = True

    def __init__(self, name: str = "a twin's key, worth nothing") -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.certified(name)

    def sign(self, payload: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        return self._key.sign(payload, ec.ECDSA(hashes.SHA256()))

    def certified(self, name: str) -> bytes:
        """Return another certificate of the same key, in PEM."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import NameOID

        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(subject, subject, self._key.public_key(), 1, _BEGINS, _ENDS)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def __repr__(self) -> str:
        return "MemorySigner()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key cannot be pickled")


def load(certificate: bytes) -> Any:
    """Given a certificate in PEM, return it read."""
    from cryptography import x509

    return x509.load_pem_x509_certificate(certificate)


def verifies(certificate: bytes, payload: bytes, signature: bytes) -> bool:
    """Return whether a signature over the payload is by the certificate's key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        load(certificate).public_key().verify(signature, payload, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
