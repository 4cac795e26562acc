"""What clients hold of a repository in two regions: their writes go through it, or are refused by it."""

import threading
from typing import Any

from metadrill.ports import WriteRefused


class Alias:
    """Stands before the writes of a stack. One write at a time, so that none is under way once it is held."""

    def __init__(self, target: Any) -> None:
        self._target, self._lock = target, threading.Lock()
        self._held = False
        self.written = 0
        target.__dict__["write"] = self.write  # stays, whichever region the stack is of

    def write(self, name: str) -> str:
        """Write, and return the guid. Raises WriteRefused while it is held."""
        with self._lock:
            if self._held:
                raise WriteRefused("held: another region is about to take over")
            guid = str(type(self._target).write(self._target, name))
            self.written += 1
            return guid

    def hold(self) -> None:
        """Refuse writes from now on; returns when the one under way has ended."""
        with self._lock:
            self._held = True

    def release(self) -> None:
        """Let writes through again; one that hangs in a region that was lost is not waited for."""
        self._held = False
