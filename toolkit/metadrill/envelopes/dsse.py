"""DSSE v1 envelopes (secure-systems-lab/dsse): a payload with its type, signed as one."""

import base64
import binascii
import json
from dataclasses import dataclass

from metadrill.envelopes import certificates
from metadrill.errors import JournalError
from metadrill.ports import Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True)
class Envelope:
    """An envelope read back; `keyid` is the fingerprint of the key that is said to have signed."""

    payload: bytes
    keyid: str
    signature: bytes


def pae(payload: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    """Given a payload, return its pre-authentication encoding: the bytes that are signed."""
    named = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(named), named, len(payload), payload)


def wrap(payload: bytes, signer: Signer, kind: str = PAYLOAD_TYPE) -> bytes:
    """Given a payload, return the bytes of its envelope, signed: one JSON object on one line."""
    keyid = certificates.read(signer.certificate, "the signer's certificate").fingerprint
    return _encode(Envelope(payload, keyid, signer.sign(pae(payload, kind))), kind)


def unwrap(raw: bytes, name: str, kind: str = PAYLOAD_TYPE) -> Envelope:
    """Given an envelope's bytes, return it; whether its signature holds is another question.

    Raises JournalError, with `name`, for bytes that `wrap` would not have written.
    """
    try:
        body = json.loads(raw)
        (signature,) = body["signatures"]
        found = Envelope(
            base64.b64decode(body["payload"], validate=True),
            str(signature["keyid"]),
            base64.b64decode(signature["sig"], validate=True),
        )
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        raise JournalError(f"{name}: not a signed envelope", "the file was changed") from None
    if _encode(found, kind) != raw:
        raise JournalError(f"{name}: not written as an envelope is", "the file was changed")
    return found


def _encode(envelope: Envelope, kind: str) -> bytes:
    body = {
        "payload": base64.b64encode(envelope.payload).decode(),
        "payloadType": kind,
        "signatures": [{"keyid": envelope.keyid, "sig": base64.b64encode(envelope.signature).decode()}],
    }
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"
