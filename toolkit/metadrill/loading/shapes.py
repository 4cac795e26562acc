"""What a value may look like: each shape reads a node, and says the same as JSON Schema.

A shape that meets a wrong value notes the problem and returns a stand-in, so that one reading
finds everything; nobody uses stand-ins, since `Problems.settle` raises before a value is built.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from metadrill.loading import scalars
from metadrill.loading.document import Node, Scalar, Series, Table
from metadrill.loading.problems import Place, Problems, nearest
from metadrill.model import units

Names = frozenset[str] | None


class Known(NamedTuple):
    """Names that plugins and sources answer to, given by the caller. None: any name passes."""

    faults: Names = None
    probes: Names = None
    recoveries: Names = None
    frames: Names = None
    steps: Names = frozenset({"quickstart", "archive", "synthetic", "by_api"})

    def of(self, role: str) -> Names:
        """Return the names of a role."""
        names: Names = getattr(self, role)
        return names


class Reading(NamedTuple):
    """One file being read: where its paths start, the names known, the problems found."""

    root: Path
    known: Known
    problems: Problems

    def wrong(self, place: Place, what: str, hint: str = "") -> None:
        """Note a problem at a place; reading goes on."""
        self.problems.add(place, what, hint)

    def quote(self, text: str) -> str:
        """Return text of the file as a message may show it."""
        return self.problems.quote(text)


class Shape(Protocol):
    """A kind of value."""

    def read(self, node: Node, reading: Reading) -> Any: ...
    def schema(self) -> dict[str, Any]: ...


def called(node: Node) -> str:
    """Given a node, return what a person would call it."""
    if isinstance(node, Table):
        return "a mapping"
    if isinstance(node, Series):
        return "a list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return "true or false"
    return "text" if isinstance(node.value, str) else "a number"


def text_of(node: Node, reading: Reading, what: str = "text") -> str:
    """Return the text of a node that is not empty; else note the problem and return nothing."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
        return node.value
    plain = isinstance(node, Scalar) and isinstance(node.value, int | float)
    empty = isinstance(node, Scalar) and isinstance(node.value, str)
    found = "empty text" if empty else called(node)
    reading.wrong(node.place, f"expected {what}, found {found}", "put it in quotes" if plain else "")
    return ""


class Text(NamedTuple):
    """Text; `pattern` is what all of it must match, `what` names it in messages."""

    what: str = "text"
    pattern: str = ""
    longest: int = 2_000

    def read(self, node: Node, reading: Reading) -> str:
        value = text_of(node, reading, self.what)
        if len(value) > self.longest:
            reading.wrong(node.place, f"{self.what} of {len(value)} characters, {self.longest} allowed")
        elif value and self.pattern and not re.fullmatch(self.pattern, value, re.ASCII):
            reading.wrong(
                node.place, f"{reading.quote(value)} is not {self.what}", f"allowed: {self.pattern}"
            )
        return value

    def schema(self) -> dict[str, Any]:
        pattern = {"pattern": f"^({self.pattern})$"} if self.pattern else {}
        return {"type": "string", "minLength": 1, "maxLength": self.longest, **pattern}


class Choice(NamedTuple):
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, node: Node, reading: Reading) -> str:
        value = text_of(node, reading, f"one of {', '.join(self.words)}")
        if value and value not in self.words:
            reading.wrong(node.place, f"unknown value {reading.quote(value)}", nearest(value, self.words))
        return value

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


_PLUGIN = "[a-z][a-z0-9_]*"


class Named(NamedTuple):
    """A name that a plugin answers to; `role` is a field of `Known`, `more` is known besides."""

    role: str
    singular: str
    more: tuple[str, ...] = ()

    def read(self, node: Node, reading: Reading) -> str:
        value = text_of(node, reading, f"the name of a {self.singular}")
        if value:
            self.check(value, node.place, reading)
        return value

    def check(self, value: str, place: Place, reading: Reading) -> None:
        """Note a problem when the name is malformed or unknown."""
        names = reading.known.of(self.role)
        if names is not None and value not in names and value not in self.more:
            hint = nearest(value, names | set(self.more))
            reading.wrong(place, f"unknown {self.singular} {reading.quote(value)}", hint)
        elif len(value) > 100 or not re.fullmatch(_PLUGIN, value, re.ASCII):
            reading.wrong(place, f"{reading.quote(value)} is not the name of a {self.singular}")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_PLUGIN}$", "maxLength": 100}


class Integer(NamedTuple):
    """A whole number within bounds."""

    low: int = 0
    high: int = 10**15

    def read(self, node: Node, reading: Reading) -> int:
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, int) or isinstance(value, bool):
            reading.wrong(node.place, f"expected a whole number, found {called(node)}")
            return self.low
        if not self.low <= value <= self.high:
            reading.wrong(node.place, f"{value} is not between {self.low} and {self.high}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


class Flag:
    """true or false."""

    def read(self, node: Node, reading: Reading) -> bool:
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, bool):
            reading.wrong(node.place, f"expected true or false, found {called(node)}")
        return value is True

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


_DURATION = r"(\d{1,9}(\.\d{1,3})?\s*(ms|s|m|h|d)\s*)+"


class Duration(NamedTuple):
    """A time such as `15m`, longer than nothing, at most ten years."""

    def read(self, node: Node, reading: Reading) -> timedelta:
        value = text_of(node, reading, "a time such as 90s or 15m")
        length = timedelta()
        if value:
            try:
                length = self._length(value)
            except ValueError:
                reading.wrong(
                    node.place, f"{reading.quote(value)} is not a time", "such as 90s, 15m or 1h30m"
                )
        return length

    def _length(self, value: str) -> timedelta:
        if len(value) > 40 or not re.fullmatch(_DURATION, value, re.ASCII):
            raise ValueError(value)
        length = units.duration(value)
        if not timedelta() < length <= timedelta(days=3660):
            raise ValueError(value)
        return length

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_DURATION}$", "maxLength": 40}


class Written(NamedTuple):
    """Whatever the inner shape accepts, kept as it was written: `60s` stays `60s`."""

    inner: Shape

    def read(self, node: Node, reading: Reading) -> scalars.Value:
        self.inner.read(node, reading)
        return node.value if isinstance(node, Scalar) else None

    def schema(self) -> dict[str, Any]:
        return self.inner.schema()


class Day:
    """A date such as 2026-09-01, kept as text."""

    def read(self, node: Node, reading: Reading) -> str:
        value = text_of(node, reading, "a date such as 2026-09-01")
        if value:
            try:
                if len(value) != 10 or not value.isascii():
                    raise ValueError(value)
                date.fromisoformat(value)
            except ValueError:
                reading.wrong(node.place, f"{reading.quote(value)} is not a date", "such as 2026-09-01")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


class Free(NamedTuple):
    """A mapping of names to anything plain. The keys in `special` are held to their shape."""

    special: Mapping[str, Shape] = MappingProxyType({})

    def read(self, node: Node, reading: Reading) -> dict[str, Any]:
        if isinstance(node, Scalar) and node.value is None:
            return {}
        if not isinstance(node, Table):
            reading.wrong(node.place, f"expected a mapping, found {called(node)}")
            return {}
        value: dict[str, Any] = self._plain(node, reading)
        return value

    def _plain(self, node: Node, reading: Reading) -> Any:
        if isinstance(node, Scalar):
            return node.value
        if isinstance(node, Series):
            return [self._plain(item, reading) for item in node.items]
        return {
            entry.key: self.special[entry.key].read(entry.value, reading)
            if entry.key in self.special
            else self._plain(entry.value, reading)
            for entry in node.entries
        }

    def schema(self) -> dict[str, Any]:
        properties = {key: shape.schema() for key, shape in self.special.items()}
        return {"type": ["object", "null"], **({"properties": properties} if properties else {})}
