"""A live repository, reached through a connection of `metadrill.yaml`. Nothing there is ever started."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metadrill import plugins, private
from metadrill.app import material
from metadrill.app.settings import Settings
from metadrill.errors import UsageError
from metadrill.model.configuration import Connection
from metadrill.model.secret import Secret
from metadrill.model.stack import StackRecipe


@dataclass(frozen=True)
class Place:
    """What the adapter of a stack needs of servers that stand: port `stacks.places.Standing`."""

    id: str
    root: Path
    urls: Mapping[str, str]
    user: str
    password: Secret


@contextmanager
def connected(
    settings: Settings, connection: Connection, record: Callable[..., Any]
) -> Iterator[tuple[Any, StackRecipe, Any]]:
    """Give the repository behind a connection, its recipe, and what its files mean (port `Dialect`).

    Raises KeyRefused for a password that cannot be had, UsageError for a stack that is not known.
    """
    recipe = material.project(settings).stack(connection.stack)
    factory: Any = plugins.pick("stacks", recipe.kind).load()(
        recipe, material.EMPTY, settings.cache, record, _reach(recipe, connection)
    )
    password = private.secret(connection.password, f"password of connection {connection.name}")
    with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
        place = Place(connection.name, Path(folder), connection.urls, connection.user, password)
        yield factory(place), recipe, factory.dialect


def _reach(recipe: StackRecipe, connection: Connection) -> Any:
    """Return where the stores' files are, where the connection says it of both."""
    graph, snapshots = connection.graph_files, connection.snapshots
    if graph is None and snapshots is None:
        return None
    if graph is None or snapshots is None:
        raise UsageError(
            f"connection {connection.name}: names the files of one store alone",
            "a physical backup needs graph_files and snapshots",
        )
    return plugins.pick("stacks", recipe.kind).load().reach(graph, snapshots.location, snapshots.repository)
