"""Units as people write them: `15m`, `90s`, `500kB/s`."""

import re
from datetime import timedelta

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kMG]?)B")
_PREFIX = {"": 1, "k": 1000, "M": 1000**2, "G": 1000**3}
_FACTOR = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(text: str) -> timedelta:
    """Given text such as `15m`, `1h30m` or `250ms`, return the duration. Raises ValueError."""
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError(f"not a duration: {text!r}")
    return timedelta(seconds=sum(float(number) * _FACTOR[unit] for number, unit in parts))


def amount(text: str) -> int:
    """Given text such as `500kB` or `2MB`, return bytes, at least one. Raises ValueError."""
    found = _SIZE.fullmatch(text)
    if found is None or (count := int(float(found[1]) * _PREFIX[found[2]])) < 1:
        raise ValueError(f"not an amount of bytes: {text!r}")
    return count


def rate(text: str) -> int:
    """Given text such as `500kB/s`, return bytes a second, at least one. Raises ValueError."""
    if not text.endswith("/s"):
        raise ValueError(f"not a rate: {text!r}")
    return amount(text.removesuffix("/s"))


def short(length: timedelta | float) -> str:
    """Given a duration (or seconds), return it for a reader: `0.4 s`, `25 s`, `1 m 58 s`."""
    total = length.total_seconds() if isinstance(length, timedelta) else length
    if round(total, 1) < 10:
        return f"{total:.1f} s"
    if round(total) < 60:
        return f"{total:.0f} s"
    minutes, rest = divmod(round(total), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s" if rest else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} m" if minutes else f"{hours} h"


def size(count: float) -> str:
    """Given bytes, return them for a reader in decimal units: `0.7 MB`, `291 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if round(count) < 1000 or unit == "GB":
            whole = round(count, 1) >= 10 or unit == "B"
            return f"{count:.0f} {unit}" if whole else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")
