"""Where Atlas keeps its graph. The stack file says: `config.graph_store`, BerkeleyDB where it does not.

What differs between the stores stands in their classes, and nowhere else asks which one it is.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from metadrill.errors import UsageError
from metadrill.model.stack import StackRecipe
from metadrill.stacks.atlas_elasticsearch.cassandra import Cassandra
from metadrill.stacks.atlas_elasticsearch.place import Place

Door = Callable[[], AbstractContextManager[None]]


class Store(Protocol):
    """A graph store: its folders of state, and what Atlas is told of it."""

    @property
    def state(self) -> tuple[str, ...]:
        """The folders that hold the graph, below the sandbox's own."""
        ...

    def properties(self, place: Place) -> str:
        """Return the lines of Atlas' configuration that name the store, and where entity audit goes."""
        ...


@runtime_checkable
class Served(Store, Protocol):
    """A store that is a server of its own: started before Atlas, stopped after it."""

    @property
    def server(self) -> str:
        """Its name: that of the component, and of its version in the stack file."""
        ...

    @property
    def ports(self) -> tuple[str, ...]:
        """The names of its ports; the server's own is the one it is asked on."""
        ...

    @property
    def folders(self) -> tuple[str, ...]:
        """The further folders that it needs."""
        ...

    def write(self, place: Place, recipe: StackRecipe) -> None:
        """Write its configuration into a sandbox."""
        ...

    def unpack(self, files: Mapping[str, Path], root: Path) -> None:
        """Lay its parts, which go by name, into an installation."""
        ...

    def version(self, place: Place, door: Door) -> str:
        """Return the version that it says it is. Raises Unreachable while it does not serve."""
        ...


class BerkeleyDB:
    """BerkeleyDB JE, within Atlas' own process; entity audit is kept in memory."""

    state = ("atlas/data/berkeley",)

    def properties(self, place: Place) -> str:
        """Return the lines that name its folder."""
        return (
            "atlas.graph.storage.backend=berkeleyje\n"
            f"atlas.graph.storage.directory={place.root}/{self.state[0]}\n"
            "atlas.graph.storage.lock.clean-expired=true\n"
            "atlas.graph.storage.lock.expiry-time=500\n"
            "atlas.EntityAuditRepository.impl="
            "org.apache.atlas.repository.audit.InMemoryEntityAuditRepository\n"
        )


_STORES: Mapping[str, Store] = {"berkeleyje": BerkeleyDB(), "cassandra": Cassandra()}


def of(recipe: StackRecipe) -> Store:
    """Return the graph store of a stack. Raises UsageError for one that is not known."""
    name = recipe.config.get("graph_store", "berkeleyje")
    if name not in _STORES:
        raise UsageError(
            f"{recipe.source}: config.graph_store: unknown store {name!r}",
            f"there are {', '.join(sorted(_STORES))}",
        )
    return _STORES[name]


def servers(recipe: StackRecipe) -> tuple[str, ...]:
    """Return the components of a stack in the order they are started.

    Elasticsearch first: without it Atlas 2.1 sleeps 30 s before it tries again. Atlas last.
    """
    store = of(recipe)
    return ("elasticsearch", *((store.server,) if isinstance(store, Served) else ()), "atlas")
