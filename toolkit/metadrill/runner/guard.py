"""What must be sure of a target before anything in it is broken, where it is not ours alone."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from metadrill.runner.stage import Stage


@runtime_checkable
class Guarded(Protocol):
    """A sandbox that somebody else may use, and that carries a claim. Both raise Refused."""

    def prove(self) -> Mapping[str, Any]: ...
    def confirm(self) -> None: ...


def prove(stage: Stage) -> None:
    """Record the claim, and that nobody used the target while it was watched. Raises Refused."""
    if isinstance(stage.sandbox, Guarded):
        stage.record("claim.proved", **stage.sandbox.prove())


def confirm(stage: Stage) -> None:
    """Look whether the claim still holds, just before something breaks. Raises Refused."""
    if isinstance(stage.sandbox, Guarded):
        stage.sandbox.confirm()
