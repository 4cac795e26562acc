"""P8: a warm start of the real stack against a cold one, both up to an answered search with data."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench import Line

from metadrill import clock, loading, plugins
from metadrill.app.settings import Settings

PATIENCE = timedelta(minutes=10)


def p8_start(folder: Path) -> Iterator[Line]:
    """Yield one line; one run each, since a cold start takes over a minute."""
    project = loading.Project(Path.cwd())
    recipe, dataset = project.stack("atlas-2.1"), project.dataset("synthetic-small")
    dataset = replace(dataset, digest=f"bench-{clock.SYSTEM.monotonic_ns()}")
    make = plugins.pick("stacks", recipe.kind).load()(recipe, dataset, Settings().cache, _nothing)
    source = plugins.pick("sources", "dataset").load()(dataset, make.part_file, PATIENCE)
    boxes = plugins.pick("sandboxes", "process").load()(Settings().cache, recipe.needs)
    took = {}
    for wanted in ("cold", "warm"):
        sandbox = boxes.create("bench")
        try:
            stack = make(sandbox)
            _ = stack.there  # fetching and unpacking the parts is not part of a start
            start = clock.SYSTEM.monotonic_ns()
            boot = stack.boot(PATIENCE)
            if boot.start == "cold":
                source.fill(stack, _nothing)
            stack.settle(PATIENCE)
            took[boot.start] = clock.seconds(start, clock.SYSTEM.monotonic_ns())
            if wanted == "cold":
                stack.keep(took["cold"])
        finally:
            sandbox.remove()
    yield Line(
        "P8", "warm start against cold start, serving with its data", took["warm"], took["cold"], "≤ 0.5", 1
    )


def _nothing(kind: str, /, **data: object) -> None:
    """Record to nobody."""
