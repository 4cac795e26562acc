"""Signals: the first SIGINT or SIGTERM stops what is under way, later ones do not disturb the clean-up."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from metadrill.errors import Code, Interrupted

_HINT = "the sandbox is removed, the journal closed"


def at_once(error: Interrupted) -> NoReturn:
    """Raise it where the program is."""
    raise error


@contextmanager
def caught(deliver: Callable[[Interrupted], None]) -> Iterator[None]:
    """Hand the first signal over as Interrupted; in a thread that signals do not reach: nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: object) -> None:
        for known in before:
            signal.signal(known, signal.SIG_IGN)
        code = Code.SIGTERM if number == signal.SIGTERM else Code.SIGINT
        deliver(Interrupted("stopped by a signal", _HINT, code))

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
