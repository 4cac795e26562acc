"""Qualifications of stacks: signed records in the ledger, of which the newest counts.

`qualifications/<UTC>__<stack>__<digest>.dsse.json`, each beside the certificate that signed it. A record
is never changed; one that says "not qualified" revokes what came before it. So that it cannot simply be
taken away, the audit log counts every record. toolkit/docs/qualification.md has the form.
"""

import hashlib
import json
import typing
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from metadrill import clock, placing
from metadrill.envelopes import certificates, dsse
from metadrill.errors import JournalError, MetadrillError
from metadrill.governance import audit, chain
from metadrill.model.qualification import SCHEMA, Qualification
from metadrill.ports import Signer

FOLDER = "qualifications"
KIND = "application/vnd.metadrill.qualification+json"
NOTED = "qualify"
"""The action of the audit log whose last entry counts a record: `record` is its digest."""
_ENVELOPE, _CERTIFICATE = ".dsse.json", ".pem"
_LARGEST = 1 << 24


@dataclass(frozen=True)
class Kept:
    """A record in the ledger: its name and digest, what it says, whose key signed it; or what is wrong."""

    name: str
    sha256: str = ""
    fingerprint: str = ""
    said: Qualification | None = None
    wrong: str = ""


class NotQualified(MetadrillError):
    """Why a stack is not qualified for a run; the message is what a reader of its evidence is told."""


@dataclass(frozen=True)
class Wanted:
    """What a run needs a qualification of: the stack's digest, and the suites that it judges by."""

    digest: str
    suites: Mapping[str, str]


def text(said: Qualification) -> bytes:
    """Return a record as it is signed: JSON, keys in order."""
    body = {"schema": SCHEMA, **asdict(said)}
    return json.dumps(body, sort_keys=True, ensure_ascii=False, indent=1).encode()


def put(ledger: Path, said: Qualification, signer: Signer) -> Kept:
    """Sign a record and put it into the ledger; return it as it is then read.

    Raises EnvironmentNotReady where it cannot be written, JournalError where it does not read back.
    """
    folder = ledger / FOLDER
    raw = text(said)
    moment = said.at[:19].replace("-", "").replace(":", "") + "Z"
    name = f"{moment}__{said.stack}__{hashlib.sha256(raw).hexdigest()[:12]}"
    with chain.writable(ledger):
        folder.mkdir(parents=True, exist_ok=True)
        placing.put(folder / f"{name}{_CERTIFICATE}", signer.certificate)
        placing.put(folder / f"{name}{_ENVELOPE}", dsse.wrap(raw, signer, KIND))
    kept = _read(folder / f"{name}{_ENVELOPE}")
    if kept.said is None:
        raise JournalError(f"{folder / name}: {kept.wrong}", "the record that was just written is damaged")
    return kept


def read(ledger: Path) -> tuple[Kept, ...]:
    """Return every record, oldest first; one that cannot be read says what is wrong with it."""
    folder = ledger / FOLDER
    if not folder.is_dir():
        return ()
    return tuple(_read(path) for path in sorted(folder.glob(f"[!.]*{_ENVELOPE}")))


def standing(ledger: Path, wanted: Wanted, trusted: frozenset[str], now: datetime) -> Kept:
    """Return the qualification that stands for a stack now; `trusted` are fingerprints of keys.

    Raises NotQualified, with the reason: there is none, or the newest is tampered with, taken away,
    foreign, expired, negative, or of other suites; JournalError where the audit log does not verify.
    """
    kept = read(ledger)
    wrong = [item for item in kept if item.said is None]
    known = [item for item in kept if item.said is not None and item.said.digest == wanted.digest]
    counted = _counted(ledger, wanted.digest)
    if counted and counted not in {item.sha256 for item in known}:
        told = f"the stack's newest qualification ({counted[:12]}…) was taken away or changed"
        raise NotQualified("; ".join([told, *map(_wrong, wrong)]))
    if not known:
        raise NotQualified("; ".join(["the stack is not qualified", *map(_wrong, wrong)]))
    last = _last(known, counted)
    later = [item for item in wrong if item.name > last.name and f"__{_said(last).stack}__" in item.name]
    if later:
        raise NotQualified(f"the stack's newest qualification cannot be read: {_wrong(later[-1])}")
    _expect(last, wanted, trusted, now)
    return last


def _last(known: Sequence[Kept], counted: str) -> Kept:
    """Return the record that the audit log counted last, else the newest; or a later one that revokes it.

    A record that says of itself that it is newer does not count for that; a revocation does.
    """
    ordered = sorted(known, key=lambda item: _said(item).at)
    last = next((item for item in ordered if item.sha256 == counted), ordered[-1])
    revoked = [item for item in ordered if not _said(item).qualified and _said(item).at > _said(last).at]
    return (revoked or [last])[-1]


def _wrong(kept: Kept) -> str:
    return f"{kept.name}: {kept.wrong}"


def _said(kept: Kept) -> Qualification:
    assert kept.said is not None  # noqa: S101 - those that cannot be read were left out: for the type checker
    return kept.said


def _expect(kept: Kept, wanted: Wanted, trusted: frozenset[str], now: datetime) -> None:
    """Raise NotQualified unless a record is of a trusted key, positive, in its time, and of these suites."""
    said, told = _said(kept), "the stack's qualification"
    if kept.fingerprint not in trusted:
        raise NotQualified(f"{told} is signed by a key that is not trusted here, SHA256:{kept.fingerprint}")
    if not said.qualified:
        why = "; ".join(said.because) or "it says no more"
        raise NotQualified(f"the stack was found not qualified on {said.at[:10]}: {why}")
    if now < clock.moment(said.at):
        raise NotQualified(f"{told} is of the future, {said.at}")
    if now >= clock.moment(said.until):
        raise NotQualified(f"{told} expired on {said.until[:10]}")
    for name, digest in sorted(wanted.suites.items()):
        if name not in said.suites:
            raise NotQualified(f"{told} did not look with the suite {name}")
        if said.suites[name] != digest:
            raise NotQualified(f"the suite {name} is another than the one that the stack was qualified with")


def _counted(ledger: Path, digest: str) -> str:
    """Return the digest of the newest record of a stack that the audit log knows; empty where of none."""
    found = ""
    for entry in audit.read(ledger) if ledger.is_dir() else ():
        if entry.action == NOTED and entry.facts.get("stack") == digest and entry.facts.get("record"):
            found = str(entry.facts["record"])
    return found


def _read(path: Path) -> Kept:
    name = path.name.removesuffix(_ENVELOPE)
    try:
        raw, certificate = (_whole(file) for file in (path, path.with_name(f"{name}{_CERTIFICATE}")))
        envelope = dsse.unwrap(raw, name, KIND)
        key = certificates.read(certificate, f"{name}{_CERTIFICATE}")
        if envelope.keyid != key.fingerprint or not key.signed(
            dsse.pae(envelope.payload, KIND), envelope.signature
        ):
            return Kept(name, wrong="its signature does not hold")
        said = _parsed(envelope.payload)
    except JournalError as error:
        return Kept(name, wrong=error.message.removeprefix(f"{name}: "))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return Kept(name, wrong=f"is no qualification: {str(error)[:200]}")
    if hashlib.sha256(certificate).hexdigest() != said.certificate:
        return Kept(name, wrong="its certificate is another one of the same key")
    return Kept(name, hashlib.sha256(envelope.payload).hexdigest(), key.fingerprint, said)


def _whole(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path.name} is no plain file")
    with path.open("rb") as file:
        raw = file.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise ValueError(f"{path.name} is larger than {_LARGEST:,} bytes")
    return raw


def _parsed(payload: bytes) -> Qualification:
    """Read a record; one form alone is taken, that of `text`, byte for byte."""
    body = json.loads(payload)
    if body.pop("schema") != SCHEMA:
        raise ValueError(f"not of the form {SCHEMA}")
    said: Qualification = _built(Qualification, body)
    if text(said) != payload:
        raise ValueError("not written as a record is")
    if clock.moment(said.at) >= clock.moment(said.until):
        raise ValueError("it ends before it begins")
    return said


def _built(kind: Any, value: Any) -> Any:
    """Build a value of the model out of JSON; whatever does not fit is a TypeError."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        names = {field.name for field in fields(kind)}
        if not isinstance(value, dict) or set(value) != names:
            raise TypeError(f"a {kind.__name__} has other keys")
        return kind(**{name: _built(hints[name], value[name]) for name in names})
    if origin is tuple:
        return tuple(_built(inner[0], item) for item in _of(list, value))
    if origin is not None:
        return {_of(str, key): _built(inner[1], item) for key, item in _of(dict, value).items()}
    return kind(value) if issubclass(kind, StrEnum) else _of(kind, value)


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{str(value)[:60]!r} is no {kind.__name__}")
    return value
