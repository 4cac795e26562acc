"""Tables as comma-separated values, safe in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from metadrill import glyphs

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV under a head; what a spreadsheet would take for a formula gets an apostrophe."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(head)
    out.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str):
        shown = glyphs.visible(value)
        return f"'{shown}" if shown.startswith(_FORMULA) else shown
    return value
