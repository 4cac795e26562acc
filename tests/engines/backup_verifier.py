"""Verify the files of one backup set, from toolkit/docs/backups.md alone.

Shares no code with metadrill: python backup_verifier.py SET FINGERPRINT
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KIND = "application/vnd.metadrill.backup+json"
OURS = ("manifest.dsse.json", "certificate.pem")


def expect(holds, told):
    if not holds:
        raise ValueError(told)


def signed(folder, fingerprint):
    envelope, pem = ((folder / name).read_bytes() for name in OURS)
    key = x509.load_pem_x509_certificate(pem).public_key()
    plain = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    expect(hashlib.sha256(plain).hexdigest() == fingerprint, "another key")
    body = json.loads(envelope)
    payload, (one,) = base64.b64decode(body["payload"], validate=True), body["signatures"]
    again = json.dumps(body, separators=(",", ":")).encode() + b"\n"
    expect(again == envelope and base64.b64encode(payload).decode() == body["payload"], "not written so")
    signature = base64.b64decode(one["sig"], validate=True)
    written = {"keyid": fingerprint, "sig": base64.b64encode(signature).decode()}
    expect(one == written and list(body) == ["payload", "payloadType", "signatures"], "not written so")
    expect(body["payloadType"] == KIND, "another kind")
    head = f"DSSEv1 {len(KIND)} {KIND} {len(payload)} ".encode()
    key.verify(signature, head + payload, ec.ECDSA(hashes.SHA256()))
    manifest = json.loads(payload)
    expect(hashlib.sha256(pem).hexdigest() == manifest["certificate"], "another certificate")
    return manifest


def verify(folder, fingerprint):
    """Return the manifest of a sound set; raise what its damage breaks for any other."""
    manifest = signed(folder, fingerprint)
    expect(manifest["name"] == folder.name and not folder.is_symlink(), "renamed")
    sums = {part["name"]: (part["bytes"], part["sha256"]) for part in manifest["parts"]}
    expect({path.name for path in folder.iterdir()} == {*sums, *OURS}, "a file too many, or missing")
    for name, told in sums.items():
        expect((folder / name).is_file() and not (folder / name).is_symlink(), f"{name}: no plain file")
        raw = (folder / name).read_bytes()
        expect((len(raw), hashlib.sha256(raw).hexdigest()) == told, f"{name}: changed")
    return manifest


if __name__ == "__main__":
    print(verify(Path(sys.argv[1]), sys.argv[2])["name"])
