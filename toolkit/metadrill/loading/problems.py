"""What is wrong in a file, each with its place: collected, then raised as one error."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from metadrill.errors import DocumentError

MOST = 20
_LONGEST_GUESS = 40
Quote = Callable[[str], str]
"""Given text from a file, returns it as a message may show it: `brief`, or `withheld`."""


class Place(NamedTuple):
    """Line and column, both counted from 1, the column in characters."""

    line: int
    column: int


START = Place(1, 1)


def brief(text: str) -> str:
    """Given text from a file, return it quoted, printable and short, for a message."""
    kept = text if len(text) <= 60 else text[:57] + "..."
    return "'" + "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in kept) + "'"


def withheld(text: str) -> str:
    """Given text from a file that may hold a secret in a wrong place, return what stands for it."""
    return "(not shown)"


class Problems:
    """The problems of one file, in the order they were met; at most `MOST` are collected.

    `quote` is how they show what stands in the file.
    """

    def __init__(self, shown: str, quote: Quote = brief) -> None:
        self.shown = shown
        self.quote = quote
        self.texts: list[str] = []
        self.first = ("", "")

    def add(self, place: Place, what: str, hint: str = "") -> None:
        """Note a problem. Raises DocumentError when there are too many to go on."""
        text = f"{self.shown}:{place.line}:{place.column}: {what}"
        if not self.texts:
            self.first = (text, hint)
        self.texts.append(f"{text}\nhint: {hint}" if hint else text)
        if len(self.texts) >= MOST:
            self.texts.append(f"{self.shown}: more problems than {MOST}: the rest is not read")
            self.settle()

    def settle(self) -> None:
        """Raise DocumentError when anything was noted: the first in `message` and `hint`, all in
        `problems` (each with its hint on a second line)."""
        if self.texts:
            message, hint = self.first
            raise DocumentError(message, hint, tuple(self.texts))


def nearest(word: str, known: Iterable[str]) -> str:
    """Given a word and the known ones, return a hint: the nearest, else all when they are few."""
    import difflib  # of use only where something is wrong

    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5) if len(word) <= _LONGEST_GUESS else []
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= 12 else ""
