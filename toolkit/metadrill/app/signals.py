"""Signals: the first SIGINT or SIGTERM stops what is under way, later ones do not disturb the clean-up."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import NoReturn

from metadrill.errors import Code, Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
_AGAIN = timedelta(milliseconds=20)
_HINT = "the sandbox is removed, the journal closed"


def at_once(error: Interrupted) -> NoReturn:
    """Raise it where the program is."""
    raise error


@contextmanager
def caught(deliver: Callable[[Interrupted], None], limit: timedelta | None = None) -> Iterator[None]:
    """Hand the first signal over as Interrupted; in a thread that signals do not reach: nothing.

    `limit` is a signal too, after that time: Interrupted with the code of an environment that is
    not ready. While a module is imported it waits until that is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    taken: list[Interrupted] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if not taken:
            taken.append(_interruption(number))
            for known in before:
                signal.signal(known, signal.SIG_IGN)
        if _importing(frame):
            signal.signal(signal.SIGALRM, stop)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN.total_seconds())
            return
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        deliver(taken[0])

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in before:
        signal.signal(number, stop)
    if limit is not None:
        signal.setitimer(signal.ITIMER_REAL, limit.total_seconds())
    try:
        yield
    except Exception as error:
        if not taken or error is taken[0]:
            raise
        raise taken[0] from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _interruption(number: int) -> Interrupted:
    if number == signal.SIGALRM:
        return Interrupted("not done within --timeout", _HINT, Code.ENVIRONMENT)
    code = Code.SIGTERM if number == signal.SIGTERM else Code.SIGINT
    return Interrupted("stopped by a signal", _HINT, code)


def _importing(frame: FrameType | None) -> bool:
    """Whether an import is under way in a frame or around it.

    What is raised within Python's own import code can leave its lock held for good, and then
    every later import, in any thread, waits for ever.
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
