"""A P-256 key with its certificate. The only module of the room that imports cryptography, and late."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from metadrill import clock
from metadrill.errors import KeyRefused

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

SUBJECT = "metadrill local key (self-signed)"
_YEARS = timedelta(days=3653)
_MAKE = "openssl ecparam -name prime256v1 -genkey makes one"


class Pair:
    """A key and its certificate, checked against each other: what both signers are made of."""

    def __init__(self, place: Path, key: Any, certificate: "x509.Certificate") -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise KeyRefused(f"{place}: not a P-256 key", _MAKE)
        pem, self_signed, (begins, ends) = _looked_at(place, key, certificate)
        _check_time(place, begins, ends)
        self._place, self._key = place, key
        self.certificate, self.self_signed = pem, self_signed

    def sign(self, payload: bytes) -> bytes:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        try:  # RFC 6979: the same payload, the same signature, and no luck of a random number
            return self._key.sign(payload, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        except UnsupportedAlgorithm:
            return self._key.sign(payload, ec.ECDSA(hashes.SHA256()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._place)!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key cannot be pickled")


def _looked_at(
    place: Path, key: Any, certificate: "x509.Certificate"
) -> tuple[bytes, bool, tuple[datetime, datetime]]:
    """Return the certificate in PEM, whether it is self-signed, and its time; parts of it are read late."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        fits = key.public_key() == certificate.public_key()
        time = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        found = certificate.public_bytes(Encoding.PEM), certificate.issuer == certificate.subject, time
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyRefused(f"{place}: its certificate cannot be read", "have it issued again") from None
    if not fits:
        raise KeyRefused(
            f"{place}: the key does not fit its certificate", "name the two that belong together"
        )
    return found


def _check_time(place: Path, begins: datetime, ends: datetime) -> None:
    now = clock.SYSTEM.utc()
    if now > ends:
        raise KeyRefused(f"{place}: its certificate ended {ends:%Y-%m-%d}", "have it renewed")
    if now < begins:
        raise KeyRefused(
            f"{place}: its certificate begins {begins:%Y-%m-%d}", "is the machine's clock right?"
        )


def make() -> bytes:
    """Return a new key and its self-signed certificate: PKCS#8 and X.509 in PEM, one after the other."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + _certify(key).public_bytes(serialization.Encoding.PEM)


def _certify(key: "ec.EllipticCurvePrivateKey") -> "x509.Certificate":
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SUBJECT)])
    now = clock.SYSTEM.utc().replace(microsecond=0)
    uses = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
         "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **uses), critical=True)
        .sign(key, hashes.SHA256())
    )


def from_pem(place: Path, content: bytes) -> tuple[Any, "x509.Certificate"]:
    """Given a PEM file's content, return the key and the first certificate in it.

    Raises KeyRefused, which says what is wrong and nothing of the content.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(content, None)
    except TypeError:
        raise KeyRefused(
            f"{place}: its key is encrypted", "use signer: pkcs12 for a key with a passphrase"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused(f"{place}: no private key in PEM in it", _MAKE) from None
    try:
        return key, x509.load_pem_x509_certificate(content)
    except ValueError:
        raise KeyRefused(
            f"{place}: no certificate in PEM in it",
            "put the key's certificate behind the key, in the same file",
        ) from None


def from_pkcs12(place: Path, content: bytes, passphrase: bytes | None) -> tuple[Any, "x509.Certificate"]:
    """Given a PKCS#12 file's content and its passphrase, return key and certificate. Raises KeyRefused."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(content, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyRefused(
            f"{place}: cannot be opened: not PKCS#12, or another passphrase",
            "name the passphrase with passphrase_file or passphrase_env",
        ) from None
    if key is None or certificate is None:
        raise KeyRefused(f"{place}: a key or its certificate is not in it", "export both into it")
    return key, certificate
