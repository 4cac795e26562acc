"""Sets of made-up data for an empty depot, so that a drill on a backup can be tried at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from metadrill import clock, plugins
from metadrill.app import auditing, backing, boxes, depots, host, material, signals
from metadrill.app.settings import Settings
from metadrill.depot import taking
from metadrill.depot.shelf import Depot
from metadrill.depot.taking import Crew, Order
from metadrill.model.backup import Method, Mode
from metadrill.model.stack import StackRecipe
from metadrill.ports import Signer

Told = Callable[[str], None]
ENVIRONMENTS = (("made-up-east", "starter"), ("made-up-west", "synthetic-small"))
_PATIENCE = timedelta(minutes=10)


def fill(settings: Settings, depot: Depot, recipe: StackRecipe, key: Signer, told: Told) -> None:
    """Bring up a stack for each of two environments, take a full and an incremental set of each, and say so.

    The sets say themselves that they are of made-up data: a run on one is a Demonstration.
    """
    told(f"depot {depot.path} is empty: two full and two incremental sets of made-up data are taken first")
    for environment, dataset in ENVIRONMENTS:
        with signals.caught(signals.at_once):
            _environment(settings, depot, recipe, key, (environment, dataset, told))


def _environment(
    settings: Settings, depot: Depot, recipe: StackRecipe, key: Signer, of: tuple[str, str, Told]
) -> None:
    environment, name, told = of
    dataset = material.project(settings).dataset(name)
    factory: Any = plugins.pick("stacks", recipe.kind).load()(recipe, dataset, settings.cache, _nothing)
    sandbox: Any = boxes.make(settings, recipe).create("starter-depot")
    try:
        stack = factory(sandbox)
        _seed(settings, factory, stack, dataset)
        for mode, methods in (
            (Mode.FULL, frozenset(Method)),
            (Mode.INCREMENTAL, frozenset({Method.LOGICAL})),
        ):
            facts = {
                "source": {"kind": "sandbox", "dataset": dataset.name, "production": False},
                "stack": {"kind": recipe.kind, "name": recipe.name, "versions": dict(recipe.versions)},
            }
            tool = {key: str(value) for key, value in host.tool().items() if key != "dirty"}
            with auditing.noted(
                settings, depots.CREATED, dataset.name, environment=environment, mode=mode.value
            ) as act:
                crew = Crew(factory.dialect, key, tool, facts)
                held = taking.take(depot, stack, Order(environment, mode, methods), crew)
                backing.proved(depot, held, factory.dialect)
                act.tell(
                    verified=True,
                    set=held.manifest.name,
                    environment=environment,
                    manifest=held.signed.sha256,
                )
            told(f"taken: {held.manifest.name}")
            stack.write(f"after/{held.manifest.name}")
    finally:
        sandbox.remove()


def _seed(settings: Settings, factory: Any, stack: Any, dataset: Any) -> None:
    """Boot with the data in place, from the kept state where there is one."""
    boot = stack.boot(_PATIENCE)
    if boot.start == "cold":
        source = plugins.pick("sources", "dataset").load()(dataset, factory.part_file, _PATIENCE)
        began = clock.SYSTEM.monotonic_ns()
        source.fill(stack, _nothing)
        stack.settle(_PATIENCE)
        stack.keep(boot.seconds + clock.seconds(began, clock.SYSTEM.monotonic_ns()))
    stack.settle(_PATIENCE)


def _nothing(kind: str, /, **data: Any) -> None:
    """Record to nobody."""
