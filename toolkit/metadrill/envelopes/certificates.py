"""Certificates and signatures looked at. The only module of the room that imports cryptography, and late."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from metadrill.errors import JournalError


@dataclass(frozen=True)
class Certificate:
    """A P-256 certificate: the SHA-256 (hex) of its SubjectPublicKeyInfo, its subject, who vouches for it."""

    fingerprint: str
    subject: str
    self_signed: bool
    _key: Any = field(repr=False)

    def signed(self, payload: bytes, signature: bytes) -> bool:
        """Return whether this is a signature of the certificate's key over the payload."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        try:
            self._key.verify(signature, payload, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def read(pem: bytes, name: str) -> Certificate:
    """Given a certificate in PEM, return what is in it; `name` is how an error names it.

    Raises JournalError for anything that is not one P-256 certificate.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
        subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
        if certificate.public_bytes(Encoding.PEM) != pem:
            raise ValueError
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise JournalError(f"{name}: not a certificate", "the file was changed") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise JournalError(f"{name}: not of a P-256 key", "the file was changed")
    plain = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Certificate(hashlib.sha256(plain).hexdigest(), subject, subject == issuer, key)
