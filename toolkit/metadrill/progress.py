"""How far something long has come, told to whoever listens: a command at a terminal, else nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

BYTES = "bytes"


class Listener(Protocol):
    """Told of stages, which may lie within each other: each is known by what `begin` returned."""

    def begin(self, what: str, total: int, unit: str) -> int:
        """Take note of a stage; a total of 0 is not known."""
        ...

    def advance(self, stage: int, amount: int) -> None:
        """Take note that a stage has come so much further."""
        ...

    def end(self, stage: int) -> None:
        """Take note that a stage is over, done or not."""
        ...


_listener: ContextVar[Listener | None] = ContextVar("progress", default=None)


@contextmanager
def heard(listener: Listener | None) -> Iterator[None]:
    """Let a listener be told of what this thread does; None: nobody is."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def stage(what: str, total: int = 0, unit: str = BYTES) -> Iterator[Callable[[int], None]]:
    """Begin a stage, and give what says how much further it has come, in its unit."""
    listener = _listener.get()
    if listener is None:
        yield _nobody
        return
    known = listener.begin(what, total, unit)
    try:
        yield lambda amount: listener.advance(known, amount)
    finally:
        listener.end(known)


def _nobody(amount: int) -> None:
    """Tell nobody."""
