"""Where this stack's programs come from: unpacked parts, images made of them, or a user's own images."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.model.stack import StackRecipe
from metadrill.stacks import parts
from metadrill.stacks.atlas_elasticsearch import installation, stores
from metadrill.stacks.atlas_elasticsearch.installation import Installation
from metadrill.stacks.places import Imaged

COMPONENTS = ("elasticsearch", "atlas")
_PLACE = Path("/opt/metadrill")  # where a sandbox that runs images puts folders (`places.Imaged`)
_KEYS = {"elasticsearch": ("image", "java", "home"), "atlas": ("image", "java", "home", "webapp")}


def of_users(recipe: StackRecipe) -> bool:
    """Return whether a stack runs from its user's own images."""
    return any("image" in (recipe.config.get(name) or {}) for name in COMPONENTS)


def installed(
    sandbox: object, recipe: StackRecipe, cache: Path, progress: parts.Progress = parts.silent
) -> Installation:
    """Return where the programs lie in a sandbox, made ready: fetched, unpacked, built or pulled.

    Raises EnvironmentNotReady, PartError; UsageError for a stack file that does not say enough.
    """
    if of_users(recipe):
        return _users(sandbox, recipe)
    there = installation.install(cache, recipe, progress)
    return (
        replace(there, root=_PLACE, images=_made(sandbox, recipe, there))
        if isinstance(sandbox, Imaged)
        else there
    )


def _made(sandbox: Imaged, recipe: StackRecipe, there: Installation) -> Mapping[str, str]:
    """Build an image per component from the unpacked parts; its key is theirs."""
    return {
        name: sandbox.image(name, there.root.name, {part: there.root / part for part in ("java", name)})
        for name in stores.servers(recipe)
    }


def _users(sandbox: object, recipe: StackRecipe) -> Installation:
    placed = {name: dict(recipe.config.get(name) or {}) for name in COMPONENTS}
    for name, keys in _KEYS.items():
        lacking = [key for key in keys if not isinstance(placed[name].get(key), str)]
        if lacking:
            raise UsageError(
                f"{recipe.source}: config.{name}: no {', '.join(lacking)}",
                "a stack from images says image, java and home of both servers, and webapp of atlas",
            )
    if stores.servers(recipe) != COMPONENTS:
        raise UsageError(
            f"{recipe.source}: config.graph_store: not with images of your own",
            "a stack from images keeps its graph within Atlas: leave graph_store out",
        )
    if not isinstance(sandbox, Imaged):
        raise EnvironmentNotReady(
            f"stack {recipe.name}: its images need a container engine", "start one, and use --sandbox docker"
        )
    images = {name: sandbox.users(placed[name]["image"]) for name in COMPONENTS}
    return Installation(_PLACE, images, placed)
