"""What a run wrote down beside its assessment: read with care, since any journal may come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from metadrill.journal import Reading
from metadrill.model.event import Event
from metadrill.packs import words

UNATTENDED = "no gate"
"""How the journal's word on who decided begins where nobody did (`runner.NOBODY`)."""


@dataclass(frozen=True)
class Input:
    """One of the files that decide what a run is, as it was read."""

    kind: str
    name: str
    source: str
    sha256: str
    text: str


@dataclass(frozen=True)
class Record:
    """The facts of `run.opened`, the files that decided the run, and the journal itself."""

    opened: Mapping[str, Any]
    inputs: tuple[Input, ...]
    events: tuple[Event, ...]
    head: str
    torn: bool
    raw: bytes

    def of(self, key: str) -> Mapping[str, Any]:
        """Return a mapping of `run.opened`; an empty one where it has none by that name."""
        return mapping(self.opened.get(key))

    def rows(self, key: str) -> tuple[Any, ...]:
        """Return a list of `run.opened`; an empty one where it has none by that name."""
        value = self.opened.get(key)
        return tuple(value) if isinstance(value, list | tuple) else ()

    def all(self, *kinds: str) -> tuple[Event, ...]:
        """Return the events of some kinds, in their order."""
        return tuple(event for event in self.events if event.kind in kinds)

    def last(self, kind: str) -> Mapping[str, Any]:
        """Return the data of the last event of a kind; empty where there is none."""
        found = self.all(kind)
        return found[-1].data if found else {}

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of event there are."""
        return frozenset(event.kind for event in self.events)

    @property
    def closed(self) -> datetime:
        """The moment of the last event: what the pack is dated by."""
        try:
            moment = datetime.fromisoformat(self.events[-1].at)
        except (ValueError, IndexError):
            return datetime.fromtimestamp(0, UTC)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def record(reading: Reading) -> Record:
    """Given a journal that was read, return its record."""
    opened = next((event.data for event in reading.events if event.kind == "run.opened"), {})
    read = next((event.data for event in reading.events if event.kind == "inputs.read"), {})
    files = read.get("files")
    rows = [mapping(row) for row in files] if isinstance(files, list) else []
    names = Input.__dataclass_fields__
    inputs = tuple(Input(**{name: _text(row.get(name)) for name in names}) for row in rows)
    return Record(opened, inputs, reading.events, reading.head, reading.torn, reading.raw)


def mapping(value: Any) -> Mapping[str, Any]:
    """Given any JSON value, return it where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else words.plain(value)
