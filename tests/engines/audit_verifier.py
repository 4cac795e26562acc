"""A verifier of audit logs and their checkpoints that shares nothing with metadrill.

Written from toolkit/docs/audit.md, with the standard library and `cryptography` alone, as a reader of
that page would: python audit_verifier.py audit.jsonl KEY CHECKPOINT...
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FIELDS = ["seq", "at", "actor", "action", "object", "outcome", "facts", "prev"]


class Wrong(Exception):
    """What does not hold."""


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def entries(log: bytes) -> list[bytes]:
    """Return the lines of a log whose chain holds."""
    *lines, torn = log.split(b"\n")
    if torn:
        raise Wrong("the last line is not whole")
    before = "0" * 64
    for number, line in enumerate(lines):
        try:
            body = json.loads(line)
        except ValueError:
            raise Wrong(f"line {number + 1} is not JSON") from None
        if not isinstance(body, dict) or list(body) != FIELDS:
            raise Wrong(f"line {number + 1} is no entry")
        if body["seq"] != number or body["prev"] != before:
            raise Wrong(f"line {number + 1} does not follow the one before it")
        before = sha256(line).hex()
    return lines


def root(lines: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it stands there: recursively."""
    if not lines:
        return sha256(b"")
    if len(lines) == 1:
        return sha256(b"\x00" + lines[0])
    half = 1
    while half * 2 < len(lines):
        half *= 2
    return sha256(b"\x01" + root(lines[:half]) + root(lines[half:]))


def exactly(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise Wrong("not canonical base64")
    return raw


def public_key(vkey: str) -> tuple[str, bytes, bytes]:
    """Return name, id and public key of `name+id+base64(0x01 || key)`."""
    try:
        name, written, encoded = vkey.split("+", 2)
    except ValueError:
        raise Wrong("not a key") from None
    raw = exactly(encoded)
    identity = sha256(name.encode() + b"\n" + raw)[:4]
    if raw[:1] != b"\x01" or len(raw) != 33 or identity.hex() != written:
        raise Wrong("not an Ed25519 key of its name and hash")
    return name, identity, raw[1:]


def opened(note: bytes, vkey: str) -> tuple[str, int, bytes]:
    """Return origin, size and root of a checkpoint that the key has signed."""
    name, identity, public = public_key(vkey)
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise Wrong("not UTF-8") from None
    if any(char < " " and char != "\n" for char in whole):
        raise Wrong("a control character")
    text, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise Wrong("not a signed note")
    text += "\n"
    signed = False
    for line in tail[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
            raise Wrong("a signature line that is none")
        raw = exactly(parts[2])
        if (parts[1], raw[:4]) != (name, identity):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
        except InvalidSignature:
            raise Wrong("a wrong signature") from None
        signed = True
    if not signed:
        raise Wrong("not signed by this key")
    origin, size, encoded, *_ = text.split("\n")
    return origin, int(size), exactly(encoded)


def verify(log: bytes, vkey: str, notes: list[bytes]) -> None:
    """Raise Wrong unless the log's chain holds and it contains what each checkpoint says."""
    lines = entries(log)
    for note in notes:
        origin, size, claimed = opened(note, vkey)
        if not lines or json.loads(lines[0])["object"] != origin:
            raise Wrong("the checkpoint is of another log")
        if size > len(lines):
            raise Wrong(f"{len(lines)} entries, and a checkpoint of {size}")
        if root(lines[:size]) != claimed:
            raise Wrong(f"the first {size} entries are not those of the checkpoint")


if __name__ == "__main__":
    try:
        log, key, *given = sys.argv[1:]
        verify(Path(log).read_bytes(), key, [Path(name).read_bytes() for name in given])
    except Wrong as wrong:
        sys.exit(f"wrong: {wrong}")
    print("it holds")
