"""The parameters of a fault, as a scenario gives them."""

from collections.abc import Mapping
from typing import Any

from metadrill.errors import UsageError
from metadrill.model.scenario import Action

_ANY = "seed"  # a drill's own seed is given to every fault


def none(action: Action) -> None:
    """Raise UsageError for an action that has parameters."""
    params = sorted(name for name in action.params if name != _ANY)
    if params:
        raise UsageError(f"{action.name}: takes no parameters", f"found {', '.join(params)}")


def merged(action: Action, defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the defaults with what an action gives instead. Raises UsageError for what is not among them."""
    unknown = sorted(set(action.params) - {*defaults, _ANY})
    if unknown:
        raise UsageError(
            f"{action.name}: unknown parameter {unknown[0]!r}", f"it takes {', '.join(defaults)}"
        )
    return {**defaults, **action.params}
