"""A journal's events, read by type: what is not as the kinds say is an error with its place.

Everything else in this room reads events through here, so a journal that is chained but
hostile ends in a JournalError that names the event, never in a traceback.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from metadrill.errors import JournalError
from metadrill.model.event import Event

DEPTH = 32
LARGEST = 2**62
HINT = "the journal was not written by metadrill, or by another version of it"


@dataclass(frozen=True)
class Facts:
    """The data of one event, or a row in it; each reader raises JournalError naming `place`."""

    place: str
    data: Mapping[str, Any]

    def wrong(self, key: str, what: str) -> NoReturn:
        """Raise JournalError: a key whose value has another form than its kind."""
        raise JournalError(f"{self.place}: {key}: {what}", HINT)

    def has(self, key: str) -> bool:
        """Whether the key is there with a value that is not null."""
        return self.data.get(key) is not None

    def text(self, key: str) -> str:
        """Return a text. Raises JournalError."""
        value = self.data.get(key)
        if not isinstance(value, str):
            self.wrong(key, "not a text")
        return str(value)

    def whole(self, key: str) -> int:
        """Return a whole number, 0 or more."""
        value = self.data.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.wrong(key, "not a whole number of 0 or more")
        return value

    def number(self, key: str) -> float:
        """Return a number, 0 or more."""
        value = self.data.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            self.wrong(key, "not a number of 0 or more")
        return float(value)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Return a mapping; one that is absent is empty."""
        value = self.data.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.wrong(key, "not a mapping")
        return value

    def below(self, key: str) -> "Facts":
        """Return the mapping under a key as facts."""
        return Facts(f"{self.place}: {key}", self.mapping(key))

    def items(self, key: str) -> Sequence[Any]:
        """Return a list; one that is absent is empty."""
        value = self.data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.wrong(key, "not a list")
        return value

    def rows(self, key: str) -> tuple["Facts", ...]:
        """Return a list of mappings, each as facts."""
        found = []
        for index, value in enumerate(self.items(key)):
            if not isinstance(value, Mapping):
                self.wrong(f"{key}[{index}]", "not a mapping")
            found.append(Facts(f"{self.place}: {key}[{index}]", value))
        return tuple(found)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts. Raises JournalError."""
        values = self.items(key)
        if not all(isinstance(value, str) for value in values):
            self.wrong(key, "not a list of texts")
        return tuple(values)

    def wholes(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers. Raises JournalError."""
        values = self.items(key)
        if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
            self.wrong(key, "not a list of whole numbers")
        return tuple(values)


@dataclass(frozen=True)
class Entry:
    """One event whose outer form was checked."""

    seq: int
    at: datetime
    mono_ns: int
    kind: str
    facts: Facts


@dataclass(frozen=True)
class Log:
    """All entries of a journal, asked by kind and phase."""

    entries: tuple[Entry, ...]

    def all(self, *kinds: str) -> tuple[Entry, ...]:
        """Return the entries of these kinds, in order."""
        return tuple(entry for entry in self.entries if entry.kind in kinds)

    def first(self, *kinds: str) -> Entry | None:
        """Return the first entry of these kinds, if there is one."""
        return next(iter(self.all(*kinds)), None)

    def last(self, *kinds: str) -> Entry | None:
        """Return the last entry of these kinds, if there is one."""
        return next(reversed(self.all(*kinds)), None)

    def phase(self, kind: str, phase: str) -> tuple[Entry, ...]:
        """Return the entries of a kind whose data says this phase."""
        return tuple(entry for entry in self.all(kind) if entry.facts.text("phase") == phase)


def log(events: Sequence[Event]) -> Log:
    """Given events, return them checked. Raises JournalError with the place of what is wrong."""
    if not events:
        raise JournalError("journal: no events", "the run ended before it recorded anything")
    entries = tuple(_entry(event, index) for index, event in enumerate(events))
    if entries[0].kind != "run.opened":
        raise JournalError("journal event 0: not run.opened", "every journal begins with its criteria")
    return Log(entries)


def _entry(event: Event, index: int) -> Entry:
    place = f"journal event {index}"
    if not isinstance(event.kind, str) or event.seq != index or not isinstance(event.data, Mapping):
        raise JournalError(f"{place}: not an event in its place", HINT)
    place = f"{place} ({event.kind[:40]!r})"
    _plain(event.kind, place, 0)
    _plain(event.data, place, 0)
    if not isinstance(event.mono_ns, int) or not 0 <= event.mono_ns < LARGEST:
        raise JournalError(f"{place}: mono_ns: not nanoseconds", HINT)
    try:
        at = datetime.fromisoformat(event.at)
        if at.tzinfo is None:
            raise JournalError(f"{place}: at: a time without a zone", HINT)
        at = at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise JournalError(f"{place}: at: not a time", HINT) from None
    return Entry(index, at, event.mono_ns, event.kind, Facts(place, event.data))


def _plain(value: object, place: str, depth: int) -> None:
    if depth > DEPTH:
        raise JournalError(f"{place}: nested deeper than {DEPTH}", HINT)
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise JournalError(f"{place}: text that is not Unicode", HINT)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise JournalError(f"{place}: a key that is not a text", HINT)
            _plain(key, place, depth + 1)
            _plain(item, place, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _plain(item, place, depth + 1)
    elif isinstance(value, int):
        if abs(value) > LARGEST:
            raise JournalError(f"{place}: a number out of range", HINT)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise JournalError(f"{place}: a number that is not finite", HINT)
    elif value is not None:
        raise JournalError(f"{place}: a value that is not plain JSON", HINT)
