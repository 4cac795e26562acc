"""A YAML file read safely: a tree of values that each keep their place.

Works on PyYAML's event stream, which needs no recursion and stops at the first budget that is
overrun, so that a hostile file costs little time and memory. Nothing is constructed: events
become scalars, series and tables of our own, and nothing else.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml

from metadrill.errors import DocumentError
from metadrill.loading import scalars
from metadrill.loading.problems import START, Place, Problems, Quote, brief

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FAST = _LOADER is not yaml.SafeLoader
SIZE = 1 << 20 if _FAST else 1 << 17
"""Largest file, in bytes; less where libyaml is missing, since the reader in Python is slow."""
NODES = 20_000 if _FAST else 8_000
DEPTH = 32
ALIASES = 100
KEY = 128

_CORE = "tag:yaml.org,2002:"
_TAGS = {yaml.ScalarEvent: "str", yaml.SequenceStartEvent: "seq", yaml.MappingStartEvent: "map"}
_LINE_END = r"\r\n|\r|\n"


class Scalar(NamedTuple):
    """A plain value, and where it stands."""

    value: scalars.Value
    place: Place


class Series(NamedTuple):
    """A list, and where it begins."""

    items: tuple["Node", ...]
    place: Place


class Entry(NamedTuple):
    """A key with its value; `at` is where the key stands."""

    key: str
    at: Place
    value: "Node"


class Table(NamedTuple):
    """A mapping, its entries in the order written, and where it begins."""

    entries: tuple[Entry, ...]
    place: Place


Node = Scalar | Series | Table


def read(path: Path, shown: str) -> tuple[str, str]:
    """Given a file, return its text and the SHA-256 (hex) of its bytes; `shown` is how messages name it.

    Raises DocumentError for whatever is wrong with the file, never anything else.
    """
    raw = _bytes(path, shown)
    return _decode(raw, shown), hashlib.sha256(raw).hexdigest()


def parse(text: str, shown: str, quote: Quote = brief) -> Node:
    """Given YAML text, return its tree; `quote` is how messages show what stands in it.

    Raises DocumentError.
    """
    body = text.removeprefix("\ufeff")
    bad = scalars.forbidden(body)
    if bad:
        hint = "control, invisible and bidirectional characters are refused"
        _refuse(shown, _place_of(body[: bad[0]]), f"forbidden character {bad[1]}", hint)
    events = yaml.parse(body, Loader=_LOADER)
    try:
        return _Composer(events, shown, quote).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = _place(mark) if mark else START
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        shows = quote is brief  # else a traceback, and the reader in Python, would show a line of the file
        told = what if shows or _FAST else "it cannot be read"
        raise _error(shown, place, f"not YAML: {told}") from (error if shows else None)


def _error(shown: str, place: Place, what: str, hint: str = "") -> DocumentError:
    try:
        problems = Problems(shown)
        problems.add(place, what, hint)
        problems.settle()
    except DocumentError as error:
        return error
    raise AssertionError("unreachable")


def _refuse(shown: str, place: Place, what: str, hint: str = "") -> NoReturn:
    raise _error(shown, place, what, hint)


def _bytes(path: Path, shown: str) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(f"{shown}: not a regular file", "name a YAML file")
        if status.st_size > SIZE:
            _refuse(shown, START, f"{status.st_size} bytes, {SIZE} allowed")
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            raw = file.read(SIZE + 1)
    except (OSError, ValueError) as error:
        because = getattr(error, "strerror", None) or str(error)
        raise DocumentError(f"{shown}: cannot be read: {because.lower()}") from error
    if len(raw) > SIZE:
        _refuse(shown, START, f"more than {SIZE} bytes")
    return raw


def _decode(raw: bytes, shown: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        _refuse(shown, _place_of(before), "not UTF-8", "save the file as UTF-8")


def _place_of(before: str) -> Place:
    """Given the text before a character, return the place of that character."""
    lines = re.split(_LINE_END, before)
    return Place(len(lines), len(lines[-1]) + 1)


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _height(node: Node) -> int:
    inner: list[Node] = []
    if isinstance(node, Series):
        inner = list(node.items)
    elif isinstance(node, Table):
        inner = [entry.value for entry in node.entries]
    return 1 + max(map(_height, inner), default=0)


class _Composer:
    """Events of one document into a tree, within the budgets.

    An alias costs as many nodes as what it stands for, so an expansion cannot outgrow the
    budget; an alias inside its own anchor is unknown there, so there are no cycles.
    """

    def __init__(self, events: Iterator[Any], shown: str, quote: Quote) -> None:
        self._events, self._shown, self._quote = events, shown, quote
        self._count = self._aliases = 0
        self._anchors: dict[str, tuple[Node, int]] = {}

    def document(self) -> Node:
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            self._refuse(START, "the file is empty")
        root = self._node(next(self._events), depth=1)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._refuse(_place(after.start_mark), "a second document", "one document per file")
        return root

    def _refuse(self, place: Place, what: str, hint: str = "") -> NoReturn:
        _refuse(self._shown, place, what, hint)

    def _charge(self, nodes: int, depth: int, place: Place) -> None:
        self._count += nodes
        if self._count > NODES:
            self._refuse(place, f"more than {NODES} values", "aliases count as what they stand for")
        if depth > DEPTH:
            self._refuse(place, f"nested deeper than {DEPTH} levels")

    def _node(self, event: Any, depth: int) -> Node:
        place = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor, depth, place)
        before = self._count
        self._charge(1, depth, place)
        if event.tag is not None:
            self._check_tag(event, place)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(self._value(event, place), place)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Series(tuple(self._items(depth)), place)
        else:
            node = Table(tuple(self._entries(depth)), place)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._count - before)
        return node

    def _alias(self, anchor: str | None, depth: int, place: Place) -> Node:
        self._aliases += 1
        if self._aliases > ALIASES:
            self._refuse(place, f"more than {ALIASES} aliases")
        if anchor is None or anchor not in self._anchors:
            told = self._quote(anchor or "")
            self._refuse(place, f"unknown anchor {told}", "an alias follows what it stands for")
        node, weight = self._anchors[anchor]
        self._charge(weight, depth, place)
        self._charge(0, depth + _height(node) - 1, place)
        return node

    def _check_tag(self, event: Any, place: Place) -> None:
        if event.tag != _CORE + _TAGS[type(event)]:
            hint = "values need no tags: write text in quotes, numbers plainly"
            self._refuse(place, f"tag {self._quote(event.tag)} is refused", hint)

    def _value(self, event: Any, place: Place) -> scalars.Value:
        try:
            quoted = event.style not in (None, "") or event.tag is not None
            return scalars.text(event.value) if quoted else scalars.plain(event.value)
        except scalars.Unfit as unfit:
            self._refuse(place, unfit.what, unfit.hint)

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> Iterator[Entry]:
        seen: dict[str, Place] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                return
            at = _place(event.start_mark)
            key = self._key(event, depth, at)
            if key in seen:
                self._refuse(at, f"key {self._quote(key)} stands twice", f"first in line {seen[key].line}")
            seen[key] = at
            yield Entry(key, at, self._node(next(self._events), depth + 1))

    def _key(self, event: Any, depth: int, at: Place) -> str:
        node = self._node(event, depth) if isinstance(event, yaml.ScalarEvent) else None
        if node is None or not isinstance(node, Scalar) or not isinstance(node.value, str):
            self._refuse(at, "a key that is not text", "put it in quotes")
        if node.value == "<<":
            self._refuse(at, "merge keys are refused", "write the keys out")
        if len(node.value) > KEY:
            self._refuse(at, f"a key of {len(node.value)} characters, {KEY} allowed")
        return node.value
