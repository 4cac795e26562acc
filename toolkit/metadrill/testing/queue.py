"""The twin's queue: a list of names, and how far it was read."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.ports import WriteUnknown
from metadrill.testing.graph import CANARY, Entity, Graph


class Queueing:
    """Port `Rewindable` of the twin."""

    graph: Graph
    components: tuple[str, ...]
    _lock: Any
    _up: set[str]
    _messages: tuple[str, ...] = ()
    _read = 0

    def open_queue(self) -> None:
        """Nothing has to be made ready."""

    def send(self, name: str) -> None:
        """Add it; read on, where the server runs. The broker ends with the server."""
        with self._lock:
            if "atlas" not in self._up:
                raise WriteUnknown("no broker")
            self._messages = (*self._messages, name)
            self._read_on()

    def arrived(self, names: Sequence[str]) -> set[str]:
        """Return which the graph has."""
        there = {entity.name for entity in list(self.graph.entities.values())}
        return there & set(names) if "atlas" in self._up else set()

    def position(self) -> Mapping[str, int]:
        """Return both."""
        return {"read": self._read, "end": len(self._messages)}

    def lose_graph(self) -> Mapping[str, Any]:
        """Stop, and lose graph and index."""
        begun, queue, lost = clock.SYSTEM.monotonic_ns(), self.position(), len(self.graph.entities)
        for component in reversed(self.components):
            self.stop(component)
        ended = clock.SYSTEM.monotonic_ns()
        self.graph.clear()
        self._replaced([])
        return {"lost": {"graph": lost}, "queue": queue, "invoked_ns": begun, "served_until_ns": ended}

    def keep_queue(self) -> None:
        """It is kept anyway."""

    def rewind(self, position: int) -> Mapping[str, Any]:
        """Stop, and set it back."""
        was, self._read = self._read, position
        self.stop("atlas")
        return {"was": was, "now": position}

    def caught_up(self, deadline: timedelta) -> Mapping[str, int]:
        """Read on to the end."""
        with self._lock:
            self._read_on()
        return self.position()

    def _read_on(self) -> None:
        known = {entity.name for entity in self.graph.entities.values()}
        for name in self._messages[self._read :]:
            if name not in known:
                entity = Entity(str(uuid.uuid4()), CANARY, name, created=1, updated=1)
                self.graph.put(entity)
                self._indexed([entity.document()])
        self._read = len(self._messages)

    def stop(self, component: str) -> None:
        raise NotImplementedError

    def _replaced(self, documents: Any) -> None:
        raise NotImplementedError

    def _indexed(self, documents: Any) -> None:
        raise NotImplementedError
