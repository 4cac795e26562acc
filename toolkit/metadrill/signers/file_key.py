"""A key in a file: PEM, the key and its certificate, readable by its owner alone."""

import os
from pathlib import Path

from metadrill import private
from metadrill.errors import KeyRefused
from metadrill.model.signing import KeyPlace
from metadrill.signers import p256

NAME = "evidence.pem"


class FileKey(p256.Pair):
    """The key of a PEM file. Without a place of its own it is the local key, made on first use.

    A local key is self-signed: it shows that a pack was not changed since, and by whom only to
    those who got its fingerprint elsewhere. A key that was named and is not there is an error:
    a slip of the pen must not make another one. Raises KeyRefused.
    """

    def __init__(self, place: KeyPlace) -> None:
        if place.passphrase_file or place.passphrase_env:
            raise KeyRefused("file_key takes no passphrase", "use signer: pkcs12 for a key with one")
        path = place.key or local()
        if place.key is None and not os.path.lexists(path):
            private.put_once(path, p256.make())
        try:
            content = private.read(path)
        except FileNotFoundError:
            raise KeyRefused(f"{path}: no key there", "leave `key` away, and a local one is made") from None
        super().__init__(path, *p256.from_pem(path, content))


def local() -> Path:
    """Return where the local key lies: `private.folder`."""
    return private.folder() / NAME
