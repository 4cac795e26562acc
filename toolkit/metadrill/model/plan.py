"""A drill made ready to run: what `plan` prints."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from metadrill.model.drill import Drill
from metadrill.model.scenario import Action, Scenario
from metadrill.model.stack import Dataset, StackRecipe
from metadrill.model.suite import Suite


@dataclass(frozen=True)
class Step:
    """One step of the straight line: its name, what it does here, and its deadline."""

    name: str
    what: str
    deadline: timedelta
    mutates: bool = False


@dataclass(frozen=True)
class Plan:
    """Drill, scenario, stack, data and suites, resolved, for one recovery."""

    drill: Drill
    scenario: Scenario
    recovery: Action
    stack: StackRecipe
    dataset: Dataset
    suites: tuple[Suite, ...]
    steps: tuple[Step, ...]
    not_provable: tuple[str, ...] = ()

    def deadline(self, step: str) -> timedelta:
        """Return the deadline of a step by name."""
        return next(item.deadline for item in self.steps if item.name == step)

    @property
    def inputs(self) -> tuple[Mapping[str, str], ...]:
        """The files that decide what this run is, as they were read: kind, name, source, sha256, text."""
        named = [
            _input("drill", self.drill),
            _input("scenario", self.scenario),
            _input("stack", self.stack),
            _input("dataset", self.dataset),
            *(_input("suite", suite) for suite in self.suites),
        ]
        return tuple(item for item in named if item["text"])

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of every file that decides what this run is."""
        named = {f"suite:{suite.name}": suite.digest for suite in self.suites}
        return {
            "drill": self.drill.digest,
            "scenario": self.scenario.digest,
            "stack": self.stack.digest,
            "dataset": self.dataset.digest,
            **named,
        }


def _input(kind: str, value: Drill | Scenario | StackRecipe | Dataset | Suite) -> Mapping[str, str]:
    return {
        "kind": kind,
        "name": value.name,
        "source": value.source,
        "sha256": value.digest,
        "text": value.text,
    }
