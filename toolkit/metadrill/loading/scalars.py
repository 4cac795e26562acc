"""Scalars and characters: what a YAML file of ours may hold, by the core schema of YAML 1.2.

So `on`, `no` and `12:30:00` are text and a date is text; what YAML 1.1 and 1.2 read
differently (`010`, `0x1f`) is refused, and so is every number that is not plainly finite.
"""

import math
import re

Value = str | int | float | bool | None

LONGEST = 8_192
_WORDS: dict[str, Value] = {"": None, "~": None, "null": None, "true": True, "false": False}
_WORDS |= {word.capitalize(): value for word, value in list(_WORDS.items()) if word.isalpha()}
_WORDS |= {word.upper(): value for word, value in list(_WORDS.items()) if word.isalpha()}
_INT = r"[-+]?(0|[1-9][0-9]*)"
_AMBIGUOUS = r"[-+]?0([0-9]+|o[0-7]+|x[0-9a-fA-F]+|b[01]+)"
_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
_ENDLESS = r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
_NUMBERS_BEGIN = frozenset("+-.0123456789")
_DIGITS = 18
_NUMBER_LENGTH = 64
_FORBIDDEN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, NEL included
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # bidi, invisible, other line ends
    "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"  # surrogates, non-characters, tags
)
_TEMPLATE = r"\{\{|\{%"
_BLANKS = str.maketrans("", "", "\t\n\r")


class Unfit(ValueError):
    """A scalar that is refused; `hint` says what to write instead."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def forbidden(text: str) -> tuple[int, str] | None:
    """Return offset and name (`U+202E`) of the first forbidden character, or None."""
    if text.isascii() and (text.isprintable() or text.translate(_BLANKS).isprintable()):
        return None  # nearly every text, in no time
    found = re.search(_FORBIDDEN, text)
    return (found.start(), f"U+{ord(found.group()):04X}") if found else None


def text(value: str) -> str:
    """Given text of a file, return it. Raises Unfit: too long, forbidden characters, a template."""
    if len(value) > LONGEST:
        raise Unfit(f"text of {len(value)} characters, {LONGEST} allowed")
    bad = forbidden(value)
    if bad:
        raise Unfit(
            f"forbidden character {bad[1]}", "control, invisible and bidirectional characters are refused"
        )
    template = re.search(_TEMPLATE, value) if "{" in value else None
    if template:
        raise Unfit(f"template braces '{template.group()}'", "nothing in these files is ever templated")
    return value


def plain(value: str) -> Value:
    """Given an unquoted scalar, return its value. Raises Unfit."""
    if value in _WORDS:
        return _WORDS[value]
    if value[0] not in _NUMBERS_BEGIN:
        return text(value)
    if len(value) <= _NUMBER_LENGTH:
        return _number(value)
    if re.fullmatch(_INT, value) or re.fullmatch(_FLOAT, value):
        raise Unfit(f"a number of {len(value)} characters", "put it in quotes if it is text")
    return text(value)


def _number(value: str) -> Value:
    if re.fullmatch(_INT, value):
        if len(value.lstrip("+-")) > _DIGITS:
            raise Unfit(f"a number of more than {_DIGITS} digits", "put it in quotes if it is text")
        return int(value)
    if re.fullmatch(_AMBIGUOUS, value):
        raise Unfit("a number that YAML versions read differently", "write it in decimal, or in quotes")
    if re.fullmatch(_ENDLESS, value):
        raise Unfit("a number that is not finite", "put it in quotes if it is text")
    if re.fullmatch(_FLOAT, value):
        number = float(value)
        if not math.isfinite(number):
            raise Unfit("a number that is not finite", "put it in quotes if it is text")
        return number
    return text(value)
