"""Signed notes, as C2SP's signed-note has them (c2sp.org/signed-note), with Ed25519 keys alone.

A note is a text that ends in a newline, a blank line, and a line for each signature: em dash, space,
name of the key, space, base64 of the key's id (4 bytes) and the signature. The id is the first four
bytes of SHA-256(name || 0x0A || 0x01 || public key). A key to verify with is written
`name+id+base64(0x01 || public key)`, the id in 8 hexadecimal digits (golang.org/x/mod/sumdb/note).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from metadrill.governance import ed25519

_ED25519 = b"\x01"
_MOST_SIGNATURES = 100
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class NoteError(ValueError):
    """A note or a key that is malformed or has a wrong signature; says why."""


class Unknown(NoteError):
    """A note that no known key has signed; says who has."""


@dataclass(frozen=True)
class VerifierKey:
    """The name and the public key that a note is verified with; `str` gives its one line."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that tell keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


def verifier_key(text: str) -> VerifierKey:
    """Given the one line of a key, return the key. Raises NoteError."""
    found = _VKEY.fullmatch(text.strip())
    if found is None:
        raise NoteError("not a key: it is written name+hash+base64")
    kind, public = (raw := decoded(found[3]))[:1], raw[1:]
    key = VerifierKey(found[1], public)
    if kind != _ED25519 or len(public) != 32:
        raise NoteError("not an Ed25519 key")
    if key.id.hex() != found[2]:
        raise NoteError("its hash is not that of its name and key: it was changed, or copied in part")
    return key


def sign(text: str, name: str, key: ed25519.Key) -> str:
    """Given a text that ends in a newline, return the note of it, signed under a name."""
    verifier = VerifierKey(name, key.public)
    signature = base64.b64encode(verifier.id + key.sign(text.encode())).decode()
    return f"{text}\n— {name} {signature}\n"


def opened(note: bytes, keys: Iterable[VerifierKey]) -> str:
    """Given a note's bytes, return its text, which at least one of the keys has signed.

    Signatures of other keys are not looked at; a wrong one of a known key refuses the note. Raises
    NoteError; Unknown where none of the keys has signed.
    """
    text, lines = _taken_apart(note)
    known = {(key.name, key.id): key for key in keys}
    signed = False
    for name, raw in lines:
        key = known.get((name, raw[:4]))
        if key is None:
            continue
        if not ed25519.verifies(key.public, raw[4:], text.encode()):
            raise NoteError(f"the signature by {name} is wrong")
        signed = True
    if not signed:
        names = ", ".join(f"{name}+{raw[:4].hex()}" for name, raw in lines)
        raise Unknown(f"signed by no key that is known here, but by {names}")
    return text


def _taken_apart(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise NoteError("not a signed note: not UTF-8") from None
    body, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n") or any(char < " " and char != "\n" for char in whole):
        raise NoteError("not a signed note: a text, a blank line, and lines with signatures")
    lines = tail[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise NoteError("not a signed note: too many signatures")
    found = [_LINE.fullmatch(line) for line in lines]
    signatures = [(item[1], decoded(item[2])) for item in found if item]
    if len(signatures) < len(lines) or any(len(raw) <= 4 for _, raw in signatures):
        raise NoteError("not a signed note: a line behind the blank one is no signature")
    return body + "\n", signatures


def decoded(text: str) -> bytes:
    """Return what base64 says, in its one canonical form: no bit can be changed and mean the same.

    Raises NoteError.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise NoteError("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise NoteError("base64 with bits that mean nothing")
    return raw
