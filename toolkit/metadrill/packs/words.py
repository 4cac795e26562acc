"""Values as a reader sees them. What is not there is an em dash, never a zero."""

import json
from typing import Any

from metadrill import glyphs
from metadrill.model import units

NOTHING = "—"
_LATIN_END, _TYPOGRAPHIC = "\u0180", frozenset("–—…‘’“”→−≤≥·×✓")


def lasting(seconds: float | None) -> str:
    """Given seconds, return them for a reader: `0.4 s`, `1 m 58 s`."""
    if seconds is None:
        return NOTHING
    if seconds == 0:
        return "0 s"
    return f"−{units.short(-seconds)}" if seconds < 0 else units.short(seconds)


def lost(seconds: float, writes: int) -> str:
    """Given the work lost before an outage, and how many writes in all, return it for a reader."""
    if not seconds:
        return f"{writes:,} writes lost during the recovery" if writes else "nothing lost"
    return f"{writes:,} writes lost, the last {units.short(seconds)} of work"


def amount(count: float | None) -> str:
    """Given a count, return it with thousands set apart: `250,000`."""
    return NOTHING if count is None else f"{count:,}"


def plain(value: Any) -> str:
    """Given any JSON value, return it as text on one line."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, list | tuple | dict) and not value:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(plain(item) for item in value)
    if isinstance(value, list | tuple) and all(isinstance(item, dict) for item in value):
        return " · ".join(plain(item) for item in value)
    if isinstance(value, dict) and not any(isinstance(item, dict) for item in value.values()):
        return "; ".join(f"{spoken(str(key))} {plain(item)}" for key, item in value.items())
    return json.dumps(value, ensure_ascii=False, default=str)


def spoken(name: str) -> str:
    """Given a key such as `crc_before`, return it as words: `crc before`."""
    return name.replace("_", " ")


def latin(text: str) -> str:
    """Given text for a drawing, return it with what the shipped fonts may lack shown as its escape."""
    return "".join(
        char if char < _LATIN_END or char in _TYPOGRAPHIC else glyphs.escape(char) for char in text
    )
