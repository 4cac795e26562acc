"""The ground truth of a fault, as the fault recorded it, in the order a reader wants it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metadrill.packs import words

_FILE = ("path", "file", "name", "segment")
_UNSAID = ("invoked_ns", "flips", "guids", "touched")


@dataclass(frozen=True)
class Damage:
    """One changed byte, and its file; empty text where the fault is of another kind."""

    file: str = ""
    offset: int | None = None
    old: str = ""
    new: str = ""
    crc_before: str = ""
    crc_after: str = ""
    flips: tuple[tuple[int, str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def of_bytes(self) -> bool:
        """Whether it is the kind that has a place and two values."""
        return bool(self.file and self.offset is not None and self.old and self.new)

    @property
    def bits(self) -> tuple[str, str]:
        """The two bytes as bits, where both are one byte."""
        if len(self.old) != 2 or len(self.new) != 2:
            return "", ""
        return f"{int(self.old, 16):08b}", f"{int(self.new, 16):08b}"


def read(truth: Mapping[str, Any]) -> Damage:
    """Given the `truth` of `fault.injected`, return it. Unknown facts are kept, as text.

    `crc32` is `{before: {stored, computed}, after: ...}`; the computed ones are shown, since
    the stored one lies in the footer and does not change.
    """
    rest = {key: value for key, value in truth.items() if key not in _UNSAID}
    file = next((str(rest.pop(key)) for key in _FILE if isinstance(rest.get(key), str)), "")
    offset = rest.pop("offset") if isinstance(rest.get("offset"), int) else None
    old, new = _byte(rest, "old"), _byte(rest, "new")
    before, after = _sums(rest)
    flips = _flips(truth.get("flips")) or (((offset, old, new),) if offset is not None else ())
    whole = Damage(file, offset, old, new, before, after, flips, _facts(rest))
    return whole if whole.of_bytes else Damage(facts=_facts(truth))


def _facts(rest: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    kept = {key: value for key, value in rest.items() if key not in _UNSAID}
    return tuple(row for key, value in kept.items() for row in _rows(key, value))


def _rows(key: str, value: Any) -> tuple[tuple[str, str], ...]:
    """Return a fact as a row; a mapping of mappings is a row for each, in words."""
    if isinstance(value, Mapping) and value and all(isinstance(item, Mapping) for item in value.values()):
        return tuple((f"{words.spoken(key)}: {name}", _counted(item)) for name, item in value.items())
    return ((words.spoken(key), words.plain(value)),)


def _counted(item: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{value:,} {name}" if isinstance(value, int) else f"{name} {words.plain(value)}"
        for name, value in item.items()
    )


def _byte(rest: dict[str, Any], key: str) -> str:
    """A byte is recorded as hexadecimal text, or as a number; what is neither stays a fact."""
    value = rest.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 256:
        return f"{rest.pop(key):02x}"
    if not _hexadecimal(rest.get(key)):
        return ""
    return str(rest.pop(key)).lower()


def _hexadecimal(value: Any) -> bool:
    digits = set("0123456789abcdefABCDEF")
    return isinstance(value, str) and bool(value) and len(value) % 2 == 0 and set(value) <= digits


def _flips(rows: Any) -> tuple[tuple[int, str, str], ...]:
    """Given `[[offset, old, new], ...]`, return them; a row that is something else is left out."""
    if not isinstance(rows, list | tuple):
        return ()
    return tuple(
        (row[0], row[1].lower(), row[2].lower())
        for row in rows
        if isinstance(row, list | tuple) and len(row) == 3
        if isinstance(row[0], int) and _hexadecimal(row[1]) and _hexadecimal(row[2])
    )


def _sums(rest: dict[str, Any]) -> tuple[str, str]:
    sums = rest.get("crc32")
    if not isinstance(sums, Mapping) or "before" not in sums or "after" not in sums:
        return "", ""
    del rest["crc32"]
    return _sum(sums["before"]), _sum(sums["after"])


def _sum(value: Any) -> str:
    return words.plain(value.get("computed") if isinstance(value, Mapping) else value)
