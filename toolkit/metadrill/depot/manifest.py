"""A manifest as signed bytes, and back. Form: JSON in a DSSE envelope (house.md, "A backup set")."""

import functools
import hashlib
import json
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any

from metadrill.depot import forms
from metadrill.depot.examining import Problem, Unsound, Wrong
from metadrill.envelopes import certificates, dsse
from metadrill.errors import JournalError
from metadrill.model.backup import SCHEMA, Manifest
from metadrill.ports import Signer

KIND = "application/vnd.metadrill.backup+json"
FILE = "manifest.dsse.json"
CERTIFICATE = "certificate.pem"
LARGEST = 1 << 26
"""Bytes that a manifest may have: one of a million types has fewer."""
_HIGHEST = 1 << 63


@dataclass(frozen=True)
class Signed:
    """A manifest that was read: what it says, its digest, and whose key signed it."""

    manifest: Manifest
    sha256: str
    fingerprint: str


def text(manifest: Manifest) -> bytes:
    """Return a manifest as it is signed: JSON, keys in order."""
    body = {"schema": SCHEMA, **_plain(manifest)}
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
        raise _unsound(Wrong.MANIFEST, place, error.message, error.hint) from None
    if envelope.keyid != key.fingerprint or not key.signed(
        dsse.pae(envelope.payload, KIND), envelope.signature
    ):
        raise _unsound(Wrong.MANIFEST, place, "its signature does not hold", "the manifest was changed")
    manifest = parse(envelope.payload, place)
    if hashlib.sha256(certificate).hexdigest() != manifest.certificate:
        raise _unsound(
            Wrong.MANIFEST, place, "its certificate is another one of the same key", "a file was changed"
        )
    return Signed(manifest, hashlib.sha256(envelope.payload).hexdigest(), key.fingerprint)


def parse(payload: bytes, place: str) -> Manifest:
    """Given a manifest's JSON, return it. Raises BackupError for another version, or another form.

    One form alone is taken, that of `text`, byte for byte: no key twice, no number without end.
    """
    try:
        body = json.loads(payload, parse_constant=_finite, parse_float=_finite)
        if body.pop("schema") != SCHEMA:
            raise _unsound(Wrong.FORM, place, f"not of the form {SCHEMA}", "a newer metadrill may read it")
        manifest: Manifest = _built(Manifest, body)
        written = text(manifest)
        told = next(forms.wrong(manifest), "" if written == payload else "not written as a manifest is")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise _unsound(Wrong.FORM, place, f"not a manifest: {str(error)[:200]}") from None
    if named(manifest).name != manifest.name:
        told = told or "its name is not the one that it comes to"
    if told:
        raise _unsound(Wrong.FORM, place, told, "the set was made by something else")
    return manifest


def _finite(token: str) -> float:
    number = float(token)
    if not math.isfinite(number):
        raise ValueError(f"{token[:20]} is no number")
    return number


def _unsound(
    wrong: Wrong, place: str, what: str, hint: str = "the set was made by something else"
) -> Unsound:
    return Unsound(Problem(wrong, place, what), hint)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _built(kind: Any, value: Any) -> Any:
    """Build a value of a type of the model out of JSON; whatever does not fit is a TypeError."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        if set(value) != {field.name for field in fields(kind)}:
            raise TypeError(f"keys of {getattr(kind, '__name__', kind)}: {sorted(value)}"[:200])
        return kind(**{name: _built(hints[name], value[name]) for name in hints})
    if origin is tuple:
        return tuple(_built(inner[0], item) for item in _of(list, value))
    if origin is not None and issubclass(origin, Mapping):
        return {_of(str, key): _built(inner[1], item) for key, item in _of(dict, value).items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value if kind is Any else _of(kind, value)


@functools.cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _of(kind: Any, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{str(value)[:60]!r} is no {kind.__name__}")
    if kind is int and not -_HIGHEST < value < _HIGHEST:
        raise TypeError("a number that no set comes to")
    return value
