"""The hooks' topic in Atlas' embedded Kafka: sent to, read, and read again from an earlier place."""

import itertools
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.clients.http import HttpError
from metadrill.errors import DeadlineExceeded, MetadrillError
from metadrill.ports import WriteUnknown
from metadrill.stacks.atlas_elasticsearch import configuration, programs
from metadrill.stacks.atlas_elasticsearch.base import query
from metadrill.stacks.atlas_elasticsearch.copying import Copying
from metadrill.stacks.atlas_elasticsearch.filling import CANARY

_OPENS, _TOLD, _ASKED = timedelta(minutes=1), timedelta(seconds=15), timedelta(minutes=2)
_SENDER, _LOOK = "hooks", timedelta(milliseconds=20)


@dataclass
class Queueing(Copying):
    """Port `Rewindable`."""

    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def open_queue(self) -> None:
        """Start the program that sends, as a hook's would, with Atlas' own classes; it runs to the end."""
        desk = self.place.root / "scratch" / _SENDER
        desk.mkdir(exist_ok=True)
        self.sandbox.spawn(programs.groovy(self.there, self.place, programs.shipped(_SENDER), str(desk)))
        clock.wait_until(lambda: (desk / "ready.told").exists() or None, _OPENS, "hooks: ready to send")

    def send(self, name: str) -> None:
        """Hand a name to that program; its answer comes when the broker has the message."""
        desk, number = self.place.root / "scratch" / _SENDER, f"{next(self._numbers):06}"
        draft, told = desk / f"{number}.new", desk / f"{number}.told"
        draft.write_text(name)
        draft.rename(desk / f"{number}.ask")
        try:
            clock.wait_until(lambda: told.exists() or None, _TOLD, "hooks: an answer", interval=_LOOK)
        except DeadlineExceeded as error:
            raise WriteUnknown(error.message) from None
        if (said := told.read_text()) != "ok":
            raise WriteUnknown(said)

    def arrived(self, names: Sequence[str]) -> set[str]:
        """Ask for each by its unique name: reads the graph."""
        there = set()
        for name in names:
            asked = query([("attr:qualifiedName", name)])
            try:
                found = self.atlas.get(f"/v2/entity/uniqueAttribute/type/{CANARY}?{asked}")["entity"]
            except HttpError as error:
                if error.status != 404:
                    raise
                continue
            if found["status"] == "ACTIVE":
                there.add(name)
        return there

    def position(self) -> Mapping[str, int]:
        """Ask the broker, while Atlas runs."""
        answer = self.place.root / "scratch" / "position.json"
        self.groovy(programs.shipped("position"), answer, _ASKED)
        return {name: int(at) for name, at in json.loads(answer.read_text()).items()}

    def lose_graph(self) -> Mapping[str, Any]:
        """Stop every server, so that the broker ends well, and delete both stores' data."""
        queue = self.position()
        begun = clock.SYSTEM.monotonic_ns()
        for name in reversed(self.components):
            self.stop(name)
        ended = clock.SYSTEM.monotonic_ns()
        lost = self._stored()
        for folder in configuration.state(self.recipe):
            shutil.rmtree(self.place.root / folder, ignore_errors=True)
        return {"lost": lost, "queue": queue, "invoked_ns": begun, "served_until_ns": ended}

    def keep_queue(self) -> None:
        """Let `put_files` leave the broker's data where they are."""
        self.keeps_queue = True

    def rewind(self, position: int) -> Mapping[str, Any]:
        """Stop Atlas, start its broker alone, commit the offset."""
        self.stop("atlas")
        answer = self.place.root / "scratch" / "rewound.json"
        self.groovy(programs.shipped("rewind"), answer, _ASKED, str(position))
        return dict(json.loads(answer.read_text()))

    def caught_up(self, deadline: timedelta) -> Mapping[str, int]:
        """Ask how far it is, until that is the end."""

        def all_read() -> Mapping[str, int] | None:
            try:
                now = self.position()
            except MetadrillError:
                return None  # the broker is not up yet
            return now if now["read"] >= now["end"] else None

        return clock.wait_until(all_read, deadline, "the queue read to its end")
