"""What stands behind every sandbox that is brought up outside a run: its patience, its facts, its data."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from metadrill import clock, plugins
from metadrill.model.sandboxed import Boot
from metadrill.model.stack import StackRecipe

PATIENCE = timedelta(minutes=10)
"""How long a stack may take to boot, and to settle."""


def nobody(kind: str, /, **data: Any) -> None:
    """Record to nobody: what happens outside a run has no journal."""


def provenance(recipe: StackRecipe, **source: Any) -> Mapping[str, Any]:
    """Return what a manifest says of where the set comes from: its source, and the stack that held it."""
    stack = {"kind": recipe.kind, "name": recipe.name, "versions": dict(recipe.versions)}
    return {"source": source, "stack": stack}


def seeded(factory: Any, stack: Any, dataset: Any) -> Boot:
    """Boot with the data in place: from the kept state, or filled, settled, and kept for the next time."""
    source = plugins.pick("sources", "dataset").load()(dataset, factory.part_file, PATIENCE)
    boot: Boot = stack.boot(PATIENCE)
    if boot.start == "cold":
        began = clock.SYSTEM.monotonic_ns()
        source.fill(stack, nobody)
        stack.settle(PATIENCE)
        stack.keep(boot.seconds + clock.seconds(began, clock.SYSTEM.monotonic_ns()))
    return boot
