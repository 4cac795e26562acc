"""P8: a warm start of the real stack against a cold one, both up to an answered search with data; and two
regions started together against one after the other."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench import Line

from metadrill import clock, loading, plugins
from metadrill.app import boxes, filling
from metadrill.app.settings import Settings

PATIENCE = timedelta(minutes=10)


def p8_start(folder: Path) -> Iterator[Line]:
    """Yield a line per kind of sandbox that can be had here; one run each, since a cold start is long."""
    kinds = ["process"] if boxes.kind(Settings(sandbox=boxes.AUTO)) == "process" else ["process", "docker"]
    for kind in kinds:
        took = _both(kind)
        what = f"warm start against cold start in {kind}, serving with its data"
        yield Line("P8", what, took["warm"], took["cold"], "≤ 0.5", 1)


def _both(kind: str) -> dict[str, float]:
    """Start cold, keep the state, start warm; return the seconds of each, without fetching or building."""
    project = loading.Project(Path.cwd())
    recipe, dataset = project.stack("atlas-2.1"), project.dataset("synthetic-small")
    dataset = replace(dataset, digest=f"bench-{clock.SYSTEM.monotonic_ns()}")
    make = plugins.pick("stacks", recipe.kind).load()(recipe, dataset, Settings().cache, _nothing)
    source = plugins.pick("sources", "dataset").load()(dataset, make.part_file, PATIENCE)
    took = {}
    for wanted in ("cold", "warm"):
        sandbox = boxes.make(Settings(sandbox=kind), recipe).create("bench")
        try:
            stack = make(sandbox)
            _ = stack.there  # fetching, unpacking and building are not part of a start
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
    shutil.rmtree(stack.state)
    return took


def p8_regions(folder: Path) -> Iterator[Line]:
    """Yield two warm stacks started side by side, as regions are, against one after the other.

    A second line gives the least that this can be on the machine: all processors' seconds of work of the
    two, against those that there were while one was started after the other.
    """
    project = loading.Project(Path.cwd())
    recipe, dataset = project.stack("atlas-2.1"), project.dataset("synthetic-small")
    make = plugins.pick("stacks", recipe.kind).load()(recipe, dataset, Settings().cache, _nothing)
    kind = boxes.make(Settings(sandbox="process"), recipe)
    took, worked = {}, {}
    for together in (None, True, False):  # the first round makes both warm
        boxed = [kind.create(f"bench-{name}") for name in "ab"]
        try:
            stacks = [make(sandbox) for sandbox in boxed]
            start, before = clock.SYSTEM.monotonic_ns(), _work()
            if together:
                with ThreadPoolExecutor(2) as pool:
                    list(pool.map(lambda stack: stack.boot(PATIENCE), stacks))
            else:
                for stack in stacks:
                    filling.seeded(make, stack, dataset)
            took[together] = clock.seconds(start, clock.SYSTEM.monotonic_ns())
            worked[together] = _work() - before
        finally:
            for sandbox in boxed:
                sandbox.remove()
    what = "two regions started together against one after the other, in process"
    yield Line("P8", what, took[True], took[False], "≤ 0.8", 1)
    what = "processor seconds of two regions started together, of those there were one after the other"
    there = took[False] * len(os.sched_getaffinity(0))
    yield Line("P8", what, worked[True], there, "none; the line above cannot be below it", 1)


def _work() -> float:
    """Return the seconds that all processors of the machine have worked."""
    user, nice, system = map(int, Path("/proc/stat").read_text("ascii").split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def _nothing(kind: str, /, **data: object) -> None:
    """Record to nobody."""
