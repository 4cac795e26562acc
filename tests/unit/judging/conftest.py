"""Journals to judge: the recorded pass, told again with something changed."""

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from metadrill import journal, judging
from metadrill.model.assessment import Assessment
from metadrill.model.event import Event

GOLDEN = Path(__file__).parents[2] / "golden" / "journals"


class Story:
    """Events that can be changed; `judge` numbers them anew and sets the closing count right."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = [copy.deepcopy(event) for event in events]

    def find(self, kind: str, **where: object) -> list[Event]:
        return [
            event
            for event in self.events
            if event.kind == kind and all(event.data.get(key) == value for key, value in where.items())
        ]

    def data(self, kind: str, **where: object) -> Any:
        """The data of the one event that fits, to be changed in place."""
        (event,) = self.find(kind, **where)
        return event.data

    def drop(self, kind: str, **where: object) -> "Story":
        gone = {id(event) for event in self.find(kind, **where)}
        assert gone, f"nothing to drop: {kind}"
        self.events = [event for event in self.events if id(event) not in gone]
        return self

    def add(self, kind: str, data: dict[str, Any], after: str) -> "Story":
        """One more event directly after the last of another kind, a microsecond later."""
        place = max(index for index, event in enumerate(self.events) if event.kind == after)
        former = self.events[place]
        self.events.insert(place + 1, Event(0, former.at, former.mono_ns + 1000, kind, data, ""))
        return self

    def judge(self) -> Assessment:
        for event in self.find("drill.closed"):
            if event.data["events"] == "recount":
                event.data["events"] = len(self.events)  # type: ignore[index]  # data of a copy: a plain dict
        told = [
            Event(seq, event.at, event.mono_ns, event.kind, event.data, event.prev)
            for seq, event in enumerate(self.events)
        ]
        return judging.assess(told, "0" * 64)


@pytest.fixture
def told() -> Callable[[str], Story]:
    """A recorded journal by name, as a story."""

    def by_name(name: str) -> Story:
        story = Story(journal.read(GOLDEN / f"{name}.jsonl").events)
        for event in story.find("drill.closed"):
            event.data["events"] = "recount"  # type: ignore[index]  # data of a copy: a plain dict
        return story

    return by_name


@pytest.fixture
def story(told: Callable[[str], Story]) -> Story:
    """The recorded pass."""
    return told("pass-loud")
