"""Verifying a run's folder, offline: what agrees with what was signed, and what does not, by name."""

import json
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from metadrill import __version__, journal, judging, placing
from metadrill.envelopes import certificates, dsse
from metadrill.errors import Code, JournalError
from metadrill.packs import assemble, pdf_signature, statement, sums

JOURNAL = "journal.jsonl"
CERTIFICATE = "certificate.pem"
_LATER = re.compile(r"assessment-(?:[2-9]|[1-9][0-9]+)\.json")


class State(StrEnum):
    """How one thing that was looked at stands."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Line:
    """One thing looked at: a file of the run, and what was seen."""

    state: State
    name: str
    told: str

    def __str__(self) -> str:
        return f"{self.name}: {self.told}"


@dataclass(frozen=True)
class Verification:
    """All that was looked at, and whose key signed.

    `tier` is None where something is wrong, or nothing is summed.
    """

    lines: tuple[Line, ...]
    sealed: bool
    tier: int | None
    fingerprint: str | None = None
    subject: str = ""
    self_signed: bool = False

    @property
    def wrong(self) -> tuple[Line, ...]:
        """What does not agree."""
        return tuple(line for line in self.lines if line.state is State.WRONG)

    @property
    def code(self) -> Code:
        """The exit code: 0 verified, 5 nothing is signed, 20 something is wrong."""
        if self.wrong:
            return Code.BACKUP_TAMPERED
        return Code.OK if self.sealed else Code.INCONCLUSIVE


def later(name: str) -> bool:
    """Return whether a name is that of a judgement which `assess` wrote after the seal."""
    return _LATER.fullmatch(name) is not None


def sealed(folder: Path) -> bool:
    """Return whether a run was sealed; whether the seal holds is another question. Raises JournalError."""
    if (folder / statement.NAME).exists():
        return True
    return (folder / sums.NAME).exists() and statement.NAME in sums.read(folder)


def verify(folder: Path, fingerprint: str | None = None) -> Verification:
    """Given a run's folder, look at everything in it, and return what was seen. Never raises for its content.

    `fingerprint` (SHA-256 of the key's SubjectPublicKeyInfo, hex) demands that very key.
    """
    look = _Looking(folder, fingerprint)
    lines = tuple(look.all())
    wrong = any(line.state is State.WRONG for line in lines)
    tier = None if wrong or not look.summed else 1 if look.sealed else 0
    found = look.certificate
    if found is None:
        return Verification(lines, look.sealed, tier)
    return Verification(lines, look.sealed, tier, found.fingerprint, found.subject, found.self_signed)


class _Looking:
    """One look at a folder, from the outside in: sums, key, statement, journal, PDFs, judgement."""

    def __init__(self, folder: Path, fingerprint: str | None) -> None:
        self._folder, self._wanted = folder, fingerprint
        self._present = sums.digests(folder)
        self._noted: Mapping[str, str] | None = None
        self._files: dict[str, str] = {}
        self._predicate: Mapping[str, Any] = {}
        self._holds = False
        self.sealed = False
        self.certificate: certificates.Certificate | None = None

    @property
    def summed(self) -> bool:
        """Whether there are sums."""
        return self._noted is not None

    def all(self) -> Iterator[Line]:
        """Everything, in the order in which a reader asks."""
        summed = list(self._read_sums())
        self.sealed = statement.NAME in self._present or statement.NAME in (self._noted or {})
        signed = [*self._key(), *self._statement()] if self.sealed else []
        yield from summed
        yield from self._sums()
        yield from signed
        if not self.sealed and self._wanted is not None:
            yield Line(State.WRONG, statement.NAME, "not there, so no key has signed this run")
        yield from self._subjects()
        reading = yield from self._journal()
        if self.sealed:
            yield from self._documents()
            yield from self._opened_with(reading)
        if reading is not None and reading.events:
            yield from self._judgement(reading)

    def _read_sums(self) -> Iterator[Line]:
        try:
            self._noted = sums.read(self._folder)
        except JournalError as error:
            yield self._unsummed(error)
            return
        written = placing.encoded(sums.text(self._noted))
        if (self._folder / sums.NAME).read_bytes() != written:
            yield Line(State.WRONG, sums.NAME, "changed: not written as sums are")

    def _sums(self) -> Iterator[Line]:
        """What differs from the sums. Of two that disagree the signed statement says which was changed."""
        if self._noted is None:
            return
        found = sums.differences(self._noted, self._present)
        for name, what in found.items():
            if what == "added" and later(name):
                yield Line(State.NOTE, name, "judged later, not covered by the seal")
            elif name in self._files and self._files[name] == self._present.get(name):
                yield Line(State.WRONG, sums.NAME, f"changed: what it says of {name} is not what was signed")
            elif name not in self._files and name not in self._present and self._holds:
                yield Line(State.WRONG, sums.NAME, f"changed: {name} is no file that was signed")
            else:
                yield Line(State.WRONG, name, what)
        if all(later(name) for name in found):
            yield Line(State.OK, sums.NAME, f"{len(self._noted)} files, each as it was summed")

    def _unsummed(self, error: JournalError) -> Line:
        if (self._folder / sums.NAME).exists():
            return Line(
                State.WRONG, sums.NAME, error.message.removeprefix(f"{self._folder / sums.NAME}:").strip()
            )
        if statement.NAME in self._present:
            return Line(State.WRONG, sums.NAME, "missing")
        return Line(
            State.NOTE, sums.NAME, "there are none: this run was never sealed, or its sealing was stopped"
        )

    def _key(self) -> Iterator[Line]:
        try:
            self.certificate = found = certificates.read(self._bytes(CERTIFICATE), CERTIFICATE)
        except JournalError as error:
            yield _wrong(CERTIFICATE, error)
            return
        told = f"{found.subject}, SHA256:{found.fingerprint}"
        if self._wanted not in (None, found.fingerprint):
            yield Line(State.WRONG, CERTIFICATE, f"another key than SHA256:{self._wanted}: {told}")
        else:
            yield Line(State.OK, CERTIFICATE, told)

    def _statement(self) -> Iterator[Line]:
        name = statement.NAME
        try:
            envelope = dsse.unwrap(self._bytes(name), name)
            files, predicate = statement.parse(envelope.payload, name)
        except JournalError as error:
            yield _wrong(name, error)
            return
        key = self.certificate
        if key is None or envelope.keyid != key.fingerprint:
            yield Line(State.WRONG, name, f"not by the key of {CERTIFICATE}")
        elif not key.signed(dsse.pae(envelope.payload), envelope.signature):
            yield Line(State.WRONG, name, "its signature does not hold")
        else:
            self._holds, self._files, self._predicate = True, files, predicate
            self._files[name] = self._present[name]  # it cannot name itself: its signature stands for it
            yield Line(State.OK, name, f"signature holds; it names {len(files) - 1} files")

    def _subjects(self) -> Iterator[Line]:
        """What the signed statement says that the sums did not: they may have been written anew."""
        if not self._holds:
            return
        noted = self._present if self._noted is None else self._noted
        for name, what in sums.differences(self._files, self._present).items():
            if noted.get(name) == self._present.get(name) and not (what == "added" and later(name)):
                yield Line(State.WRONG, name, f"{what}, says the signed statement")

    def _journal(self) -> Generator[Line, None, journal.Reading | None]:
        try:
            reading = journal.read(self._folder / JOURNAL)
        except JournalError as error:
            yield Line(State.WRONG, JOURNAL, error.message.removeprefix(f"{self._folder / JOURNAL}:").strip())
            return None
        if self._predicate:
            yield from self._head(reading)
        else:
            yield Line(State.OK, JOURNAL, f"{len(reading.events)} events, chained to {reading.head}")
        return reading

    def _head(self, reading: journal.Reading) -> Iterator[Line]:
        signed, count = self._predicate["journal"], len(reading.events)
        if not count or statement.journal(reading) != signed:
            more = "the last line was changed" if signed.get("events") == count else f"{count} are there"
            told = f"{signed.get('events')} events were signed, up to {signed.get('head')}: {more}"
            yield Line(State.WRONG, JOURNAL, told)
        else:
            yield Line(State.OK, JOURNAL, f"{count} events, chained to the signed head {reading.head}")

    def _opened_with(self, reading: journal.Reading | None) -> Iterator[Line]:
        """The journal named the key before the run; an old run may be sealed with another one."""
        named = statement.first(reading, "run.opened").get("signer") if reading else None
        told = named.get("fingerprint") if isinstance(named, dict) else None
        key = f"SHA256:{self.certificate.fingerprint}" if self.certificate else told
        if told not in (None, key):
            yield Line(State.NOTE, CERTIFICATE, f"another key than the one this run began with, {told}")

    def _documents(self) -> Iterator[Line]:
        for name in (name for name in self._present if name.endswith(".pdf") and "/" not in name):
            found = pdf_signature.validate(self._bytes(name) if self._plain(name) else b"")
            key = self.certificate.fingerprint if self.certificate else None
            if found.wrong:
                yield from (Line(State.WRONG, name, told) for told in found.wrong)
            elif found.fingerprint != key:
                yield Line(State.WRONG, name, f"signed by another key, SHA256:{found.fingerprint}")
            else:
                yield Line(State.OK, name, "signature holds, over the whole file, by the same key")

    def _judgement(self, reading: journal.Reading) -> Iterator[Line]:
        """Today's rules may be newer than the run's: that they differ is said, and is no error."""
        name = assemble.ASSESSMENT
        if not self._plain(name):
            return
        raw = self._bytes(name)
        try:
            issued = json.loads(raw)
            verdict, run = str(issued["verdict"]), issued["run"]
        except (ValueError, TypeError, KeyError, RecursionError):
            yield Line(State.WRONG, name, "not an assessment")
            return
        signed = self._predicate
        if signed and (verdict, run) != (signed.get("verdict"), signed.get("run")):
            yield Line(
                State.WRONG, name, f"another verdict or run than the signed one ({signed.get('verdict')})"
            )
            return
        try:
            today = judging.assess(reading.events, reading.head)
        except JournalError as error:
            yield Line(
                State.NOTE, name, f"{verdict}; today's rules cannot judge the journal: {error.message}"
            )
            return
        if raw == placing.encoded(assemble.assessment_text(today)):
            yield Line(State.OK, name, f"{verdict}, which today's rules make of the journal too")
        else:
            told = f"{verdict}; today's rules make {today.verdict.value} of it, and not the same bytes"
            made = statement.first(reading, "run.opened").get("tool")
            yield Line(State.NOTE, name, f"{told} (the run's tool was {made}, this is {__version__})")

    def _bytes(self, name: str) -> bytes:
        if not self._plain(name):
            raise JournalError(f"{name}: missing", "the file was removed")
        return (self._folder / name).read_bytes()

    def _plain(self, name: str) -> bool:
        path = self._folder / name
        return path.is_file() and not path.is_symlink()


def _wrong(name: str, error: JournalError) -> Line:
    return Line(State.WRONG, name, error.message.removeprefix(f"{name}: "))
