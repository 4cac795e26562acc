"""Apache Atlas with Elasticsearch: the adapter of stacks of the kind `atlas-elasticsearch`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from metadrill.clients.http import Record
from metadrill.errors import UsageError
from metadrill.model.stack import Dataset, Part, StackRecipe
from metadrill.ports import Sandbox
from metadrill.stacks import parts
from metadrill.stacks.atlas_elasticsearch import images, installation, stores
from metadrill.stacks.atlas_elasticsearch.attached import Attached, Mended, Reached
from metadrill.stacks.atlas_elasticsearch.copying import Copying, Reach
from metadrill.stacks.atlas_elasticsearch.damaging import Damaging
from metadrill.stacks.atlas_elasticsearch.dialect import AtlasDialect
from metadrill.stacks.atlas_elasticsearch.queueing import Queueing
from metadrill.stacks.atlas_elasticsearch.restoring import Restoring
from metadrill.stacks.places import Imaged, Owned, Standing

_KEPT = "state-1"  # part of the key of kept states: raise it when the configuration changes


class AtlasElasticsearch(Queueing, Damaging):
    """One stack in one sandbox: every port of `metadrill.ports` that this kind can fulfil."""


class Served(Damaging):
    """One whose graph is in a server of its own: all of these ports but `Copied` and `Restorable`."""


def state_key(recipe: StackRecipe, dataset: Dataset) -> str:
    """Return the key of a kept state: the digests of what made it."""
    return hashlib.sha256(f"{_KEPT}\n{recipe.digest}\n{dataset.digest}".encode()).hexdigest()


@dataclass(frozen=True)
class Factory:
    """Makes this stack in a sandbox, for one dataset, reporting its calls to `record`."""

    recipe: StackRecipe
    dataset: Dataset
    cache: Path
    record: Record
    files: Reach | None = None
    dialect: ClassVar[AtlasDialect] = AtlasDialect()

    def __call__(self, sandbox: Sandbox) -> Restoring | Attached:
        """Raises UsageError where files are named of a store that is not copied by its files."""
        made = self._made(sandbox, state_key(self.recipe, self.dataset))
        if isinstance(sandbox, Owned):
            return Mended(made)
        if not isinstance(sandbox, Standing):
            return made
        return Reached(made) if self.files and isinstance(made, Copying) else Attached(made)

    def _made(self, sandbox: Sandbox, key: str) -> Restoring:
        given = (self.recipe, sandbox, self.cache, self.record, key)
        store = stores.of(self.recipe)
        if not isinstance(store, stores.Served):
            made = AtlasElasticsearch(*given)
            made.reach = self.files
            return made
        if self.files:
            raise UsageError(
                f"stack {self.recipe.name}: no files of {store.server} can be copied while it runs",
                "leave graph_files and snapshots out: a logical backup needs none",
            )
        return Served(*given)

    @staticmethod
    def reach(graph: Path, repository: Path, name: str) -> Reach:
        """Return where the files of both stores are reached."""
        return Reach(graph, repository, name)

    def part_file(self, name: str) -> Path:
        """Return a part's verified file: datasets take archives out of parts."""
        return installation.part_file(self.cache, self.recipe)(name)

    def missing(self) -> tuple[Part, ...]:
        """Return the parts that a first start would fetch."""
        return parts.missing(self.cache, self.recipe.parts)

    def images(self, target: Imaged, progress: parts.Progress = parts.silent) -> Mapping[str, str]:
        """Return the image of each component, built or fetched where it is not there yet."""
        return images.installed(target, self.recipe, self.cache, progress).images

    def kept(self) -> bool:
        """Return whether a booted and seeded state is there, so that the start will be warm."""
        return (self.cache / "warm" / state_key(self.recipe, self.dataset)[:16] / "kept.json").exists()


__all__ = ["AtlasElasticsearch", "Factory", "state_key"]
