"""What sandboxes and stacks are told, and what they answer: values of the ports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Program:
    """A child process: what to run, in which folder, with which environment, logging where.

    Secrets go in an owner-only file, never into `argv` or `env`. `image` is what it runs from where
    a sandbox runs images; without one, the sandbox's own.
    """

    name: str
    argv: Sequence[str]
    folder: Path
    env: Mapping[str, str]
    log: Path
    image: str = ""


@dataclass(frozen=True)
class Isolation:
    """What probes from inside the sandbox found. Unproved is said, not hidden."""

    proved: bool
    probes: tuple[Mapping[str, str], ...]
    because: str = ""


@dataclass(frozen=True)
class Removal:
    """What was left after removal; empty lists prove it gone.

    `engine` names containers, networks and volumes; None where no container engine took part.
    """

    processes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    engine: tuple[str, ...] | None = None

    @property
    def clean(self) -> bool:
        """Whether nothing was left."""
        return not any(self.remaining.values())

    @property
    def remaining(self) -> dict[str, list[str]]:
        """Return what was left, by kind."""
        left = {"processes": list(self.processes), "files": list(self.files), "ports": list(self.ports)}
        return left if self.engine is None else {**left, "engine": list(self.engine)}


@dataclass(frozen=True)
class Boot:
    """How the stack came to serve. `start` is `cold`, `warm` from a kept state, or `standing`."""

    start: str
    seconds: float
    components: Mapping[str, Mapping[str, Any]]
    last_cold_s: float | None = None


@dataclass(frozen=True)
class Answer:
    """What a component said when asked. `ok`: it answered as a working one does."""

    ok: bool
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Segment:
    """A file of the search index; `kind` says what lies at [start, end) within `path`."""

    path: Path
    name: str
    size: int
    stored_fields: tuple[int, int] | None
