"""Ed25519 keys in PEM. The only module of the room that imports cryptography, and late."""

from pathlib import Path
from typing import NoReturn

from metadrill.errors import KeyRefused


class Key:
    """A private key; `public` is its public key, 32 bytes as RFC 8032 encodes it."""

    def __init__(self, place: Path, pem: bytes) -> None:
        """Given the content of a file, load the key. Raises KeyRefused, which says nothing of the content."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyRefused(
                f"{place}: not an Ed25519 key in PEM, without a passphrase",
                "openssl genpkey -algorithm ed25519 makes one",
            )
        self._place, self._key = place, key
        self.public = key.public_key().public_bytes_raw()

    def sign(self, text: bytes) -> bytes:
        """Return the signature of a text, 64 bytes; the same text has the same."""
        return self._key.sign(text)

    def __repr__(self) -> str:
        return f"Key({str(self._place)!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key cannot be pickled")


def make() -> bytes:
    """Return a new private key: PKCS#8 in PEM."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def verifies(public: bytes, signature: bytes, text: bytes) -> bool:
    """Return whether a signature of a text was made by the key with this public key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
