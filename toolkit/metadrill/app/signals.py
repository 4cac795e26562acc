"""Signals: the first SIGINT or SIGTERM stops what is under way, later ones do not disturb the clean-up."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NoReturn

from metadrill.errors import Code, Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
_HINT = "the sandbox is removed, the journal closed"


def at_once(error: Interrupted) -> NoReturn:
    """Raise it where the program is."""
    raise error


@contextmanager
def caught(deliver: Callable[[Interrupted], None], limit: timedelta | None = None) -> Iterator[None]:
    """Hand the first signal over as Interrupted; in a thread that signals do not reach: nothing.

    `limit` is a signal too, after that time: Interrupted with the code of an environment that is
    not ready.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: object) -> None:
        for known in before:
            signal.signal(known, signal.SIG_IGN)
        if number == signal.SIGALRM:
            deliver(Interrupted("not done within --timeout", _HINT, Code.ENVIRONMENT))
            return
        code = Code.SIGTERM if number == signal.SIGTERM else Code.SIGINT
        deliver(Interrupted("stopped by a signal", _HINT, code))

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in before:
        signal.signal(number, stop)
    if limit is not None:
        signal.setitimer(signal.ITIMER_REAL, limit.total_seconds())
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
