"""A manifest as signed bytes, and back. Form: JSON in a DSSE envelope (house.md, "A backup set")."""

import hashlib
import json
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any

from metadrill.envelopes import certificates, dsse
from metadrill.errors import BackupError, JournalError
from metadrill.model.backup import SCHEMA, Manifest
from metadrill.ports import Signer

KIND = "application/vnd.metadrill.backup+json"
FILE = "manifest.dsse.json"
CERTIFICATE = "certificate.pem"


@dataclass(frozen=True)
class Signed:
    """A manifest that was read: what it says, its digest, and whose key signed it."""

    manifest: Manifest
    sha256: str
    fingerprint: str


def text(manifest: Manifest) -> bytes:
    """Return a manifest as it is signed: JSON, keys in order."""
    body = {"schema": SCHEMA, **_plain(asdict(manifest))}
    return json.dumps(body, sort_keys=True, ensure_ascii=False, indent=1).encode()


def named(manifest: Manifest) -> Manifest:
    """Return the manifest with its name: `<UTC>__<environment>__<repository>-<version>__<mode>__<digest>`."""
    short = hashlib.sha256(text(replace(manifest, name=""))).hexdigest()[:8]
    moment = manifest.cut.started[:19].replace("-", "").replace(":", "") + "Z"
    told = manifest.identity
    name = f"{moment}__{told.environment}__{told.repository}-{told.version}__{manifest.mode}__{short}"
    return replace(manifest, name=name)


def sign(manifest: Manifest, signer: Signer) -> bytes:
    """Return the envelope of a named manifest."""
    return dsse.wrap(text(manifest), signer, KIND)


def read(raw: bytes, certificate: bytes, place: str) -> Signed:
    """Given envelope and certificate, return the manifest; whether the key is trusted is another question.

    Raises BackupError where it is not signed by that key, or not of the form.
    """
    try:
        envelope = dsse.unwrap(raw, place, KIND)
        key = certificates.read(certificate, CERTIFICATE)
    except JournalError as error:
        raise BackupError(f"{place}: {error.message}", error.hint) from None
    if envelope.keyid != key.fingerprint or not key.signed(
        dsse.pae(envelope.payload, KIND), envelope.signature
    ):
        raise BackupError(f"{place}: its signature does not hold", "the manifest was changed")
    return Signed(
        parse(envelope.payload, place), hashlib.sha256(envelope.payload).hexdigest(), key.fingerprint
    )


def parse(payload: bytes, place: str) -> Manifest:
    """Given a manifest's JSON, return it. Raises BackupError for another version, or another form."""
    try:
        body = json.loads(payload)
        if body.pop("schema") != SCHEMA:
            raise BackupError(f"{place}: not of the form {SCHEMA}", "a newer metadrill may read it")
        manifest: Manifest = _built(Manifest, body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BackupError(f"{place}: not a manifest: {error}", "the set was made by something else") from None
    if named(manifest).name != manifest.name:
        raise BackupError(f"{place}: its name is not the one that it comes to", "the set was renamed")
    return manifest


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _built(kind: Any, value: Any) -> Any:
    """Build a value of a type of the model out of JSON; whatever does not fit is a TypeError."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        if set(value) != {field.name for field in fields(kind)}:
            raise TypeError(f"keys of {getattr(kind, '__name__', kind)}: {sorted(value)}"[:200])
        return kind(**{name: _built(hints[name], value[name]) for name in hints})  # type: ignore[operator]  # a class
    if origin is tuple:
        return tuple(_built(inner[0], item) for item in _of(list, value))
    if origin is not None and issubclass(origin, Mapping):
        return {_of(str, key): _built(inner[1], item) for key, item in _of(dict, value).items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is float and type(value) is int:
        return float(value)
    return value if kind is Any else _of(kind, value)


def _of(kind: Any, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{str(value)[:60]!r} is no {kind.__name__}")
    return value
