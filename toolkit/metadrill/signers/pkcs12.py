"""A key in a PKCS#12 file, its passphrase in a file or in the environment, never in an argument."""

import os

from metadrill import private
from metadrill.errors import KeyRefused
from metadrill.model.signing import KeyPlace
from metadrill.signers import p256


class Pkcs12(p256.Pair):
    """The key of a PKCS#12 file (`.p12`, `.pfx`). Raises KeyRefused."""

    def __init__(self, place: KeyPlace) -> None:
        if place.key is None:
            raise KeyRefused("pkcs12 needs the file of the key", "say `key: PATH` under `evidence`")
        try:
            content = private.read(place.key)
        except FileNotFoundError:
            raise KeyRefused(f"{place.key}: no key there", "see `key` under `evidence`") from None
        super().__init__(place.key, *p256.from_pkcs12(place.key, content, _passphrase(place)))


def _passphrase(place: KeyPlace) -> bytes | None:
    """The passphrase: of a file its first line, so that an editor's line break does not count."""
    if place.passphrase_file and place.passphrase_env:
        raise KeyRefused("passphrase_file and passphrase_env are both given", "leave one of them away")
    if place.passphrase_file:
        try:
            return private.read(place.passphrase_file).split(b"\n")[0].removesuffix(b"\r")
        except FileNotFoundError:
            raise KeyRefused(
                f"{place.passphrase_file}: no passphrase there", "see `passphrase_file`"
            ) from None
    if place.passphrase_env:
        told = os.environ.get(place.passphrase_env)
        if told is None:
            raise KeyRefused(f"{place.passphrase_env}: not in the environment", "see `passphrase_env`")
        return told.encode()
    return None
