"""Sets of made-up data for an empty depot, so that a drill on a backup can be tried at once."""

from collections.abc import Callable
from typing import Any

from metadrill import plugins
from metadrill.app import auditing, backing, boxes, depots, filling, host, material, signals
from metadrill.app.settings import Settings
from metadrill.depot import taking
from metadrill.depot.shelf import Depot
from metadrill.depot.taking import Crew, Order
from metadrill.model.backup import Method, Mode
from metadrill.model.stack import StackRecipe
from metadrill.ports import Signer

Told = Callable[[str], None]
ENVIRONMENTS = (("made-up-east", "starter"), ("made-up-west", "synthetic-small"))


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
    factory: Any = plugins.pick("stacks", recipe.kind).load()(recipe, dataset, settings.cache, filling.nobody)
    sandbox: Any = boxes.make(settings, recipe).create("starter-depot")
    try:
        stack = factory(sandbox)
        filling.seeded(factory, stack, dataset)
        stack.settle(filling.PATIENCE)
        for mode, methods in (
            (Mode.FULL, frozenset(Method)),
            (Mode.INCREMENTAL, frozenset({Method.LOGICAL})),
        ):
            facts = filling.provenance(recipe, kind="sandbox", dataset=dataset.name, production=False)
            with auditing.noted(
                settings, depots.CREATED, dataset.name, environment=environment, mode=mode.value
            ) as act:
                crew = Crew(factory.dialect, key, host.maker(), facts)
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
