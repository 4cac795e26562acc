"""Tables as comma-separated values, safe in a spreadsheet; text with what cannot be seen made seen."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV under a head; what a spreadsheet would take for a formula gets an apostrophe."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(head)
    out.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def visible(text: str) -> str:
    """Given text from a repository, return it with what cannot be seen shown as its escape.

    Control characters end lines and comments, bidirectional marks make a name look like
    another one, and XML 1.0 has no place for either: category C of Unicode, all of it.
    """
    return "".join(escape(char) if unicodedata.category(char)[0] == "C" else char for char in text)


def escape(char: str) -> str:
    """Given a character, return its escape: `\\n`, `\\u6f22`."""
    code = ord(char)
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(
        char, f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )


def _cell(value: object) -> object:
    if isinstance(value, str):
        shown = visible(value)
        return f"'{shown}" if shown.startswith(_FORMULA) else shown
    return value
