"""Which kind of sandbox a call works with, and its images."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from metadrill import plugins
from metadrill.app import filling, material
from metadrill.app.settings import Settings
from metadrill.clients import engine
from metadrill.clients.engine import EngineError
from metadrill.errors import Refused, UsageError
from metadrill.model.stack import StackRecipe
from metadrill.ports import Sandbox
from metadrill.sandboxes import attach
from metadrill.sandboxes.images import Images
from metadrill.stacks.places import Imaged

AUTO, ATTACH = "auto", "attach"


def kind(settings: Settings) -> str:
    """Return the kind of sandbox: what was asked for; for `auto` docker where it can be had, else process.

    It can be had where the engine answers and has, or can get, the image that sandboxes start from.
    """
    if settings.sandbox != AUTO:
        return settings.sandbox
    try:
        settings.cache.mkdir(parents=True, exist_ok=True)
        Images(engine.connect(), settings.cache).base()
    except (EngineError, OSError):
        return "process"
    return "docker"


def make(settings: Settings, recipe: StackRecipe, *, enclosed: bool = True, standing: bool = False) -> Any:
    """Return what makes sandboxes of the kind that was asked for, for a stack.

    One that is to stand must be reached by a person: a process sandbox then shares the host's
    network; a docker one is reached from this machine anyway, and nothing gets out of it.
    Raises UsageError for `attach` to a stack that names no address.
    """
    name = kind(settings)
    load = plugins.pick("sandboxes", name).load()
    wanted = enclosed and (not standing or name == "docker")
    made: Any = load(settings.cache, recipe.needs, enclosed=wanted)
    return replace(made, target=attach.target(recipe.config, recipe.source)) if name == ATTACH else made


def expect_isolation(sandbox: Sandbox, *, accepted: bool) -> None:
    """Raise Refused where nothing proves a sandbox shut that a backup would come into, unless accepted."""
    found = sandbox.isolation()
    if not found.proved and not accepted:
        raise Refused(
            f"sandbox {sandbox.id}: isolation is not proved, and a backup would come into it",
            f"{found.because}; use a docker sandbox, or --accept-unproved-isolation",
        )


@runtime_checkable
class Imageable(Protocol):
    """What makes a stack whose programs can run from images made beforehand."""

    def images(self, target: Imaged, progress: Callable[[str, int, int], None]) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Image:
    """One image that was built here."""

    tag: str
    bytes: int


def images(settings: Settings) -> list[Image]:
    """Return the images that were built here. Raises EngineError."""
    return [Image(tag, size) for tag, size in Images(engine.connect(), settings.cache).known()]


def build(settings: Settings, stack: str, progress: Callable[[str, int, int], None]) -> Mapping[str, str]:
    """Build or fetch the images of a stack; return the image of each component. Raises EngineError."""
    files = material.project(settings)
    recipe = files.stack(stack)
    settings.cache.mkdir(parents=True, exist_ok=True)
    dataset = files.dataset("starter")
    factory: Any = plugins.pick("stacks", recipe.kind).load()(recipe, dataset, settings.cache, filling.nobody)
    if not isinstance(factory, Imageable):
        raise UsageError(f"stack {stack}: its kind '{recipe.kind}' runs from no images")
    target = Images(engine.connect(), settings.cache)
    return {"base": target.base(), **factory.images(target, progress)}
