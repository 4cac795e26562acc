"""What every side of this stack shares: the recipe, where it is installed, where it runs, its clients."""

import urllib.parse
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill.clients.http import Record, Server
from metadrill.errors import Unreachable
from metadrill.model.stack import StackRecipe
from metadrill.ports import Sandbox, inside
from metadrill.stacks import parts
from metadrill.stacks.atlas_elasticsearch import configuration, images, installation, stores
from metadrill.stacks.atlas_elasticsearch.place import Place
from metadrill.stacks.places import Standing

GRACE = timedelta(seconds=30)
BRIEF = timedelta(seconds=5)  # what is asked again and again while something comes up
PATIENT = timedelta(seconds=60)  # what is asked once, of a server that may be busy


@dataclass
class Base:
    """The held resources; `prepare` makes them, lazily, once."""

    recipe: StackRecipe
    sandbox: Sandbox
    cache: Path
    record: Record
    data_key: str = ""
    cold: bool = False
    progress: parts.Progress = parts.silent
    keeps: Path | None = None  # where a census lies, if not in the sandbox: one that is destroyed
    components: tuple[str, ...] = field(init=False)
    store: stores.Store = field(init=False)
    _there: installation.Installation | None = None
    _place: Place | None = None
    _servers: dict[str, Server] = field(default_factory=dict)
    _uuids: dict[str, str] = field(default_factory=dict)
    _counted: frozenset[str] = frozenset()  # the types that had entities when last counted

    def __post_init__(self) -> None:
        self.store = stores.of(self.recipe)
        standing = isinstance(self.sandbox, Standing)  # reached by its two addresses alone
        self.components = images.COMPONENTS if standing else stores.servers(self.recipe)

    @property
    def there(self) -> installation.Installation:
        """The programs, unpacked or in images; made on first use."""
        if self._there is None:
            self._there = images.installed(self.sandbox, self.recipe, self.cache, self.progress)
        return self._there

    @property
    def place(self) -> Place:
        """The sandbox's own configuration; written on first use, but for one that stands already."""
        if self._place is None:
            if isinstance(self.sandbox, Standing):
                self._place = configuration.standing(self.sandbox, self.sandbox.root)
            else:
                self._place = configuration.configure(self.sandbox, self.recipe)
        return self._place

    @property
    def atlas(self) -> Server:
        """Atlas' REST interface."""
        return self._server("atlas", "/api/atlas", self.place.user)

    @property
    def elastic(self) -> Server:
        """Elasticsearch's REST interface."""
        return self._server("elasticsearch", "", "")

    def inside(self) -> AbstractContextManager[None]:
        """The way into the sandbox's own network, where it has one (port `Enclosed`)."""
        return inside(self.sandbox)

    def _server(self, name: str, path: str, user: str) -> Server:
        if name not in self._servers:
            base = self.place.url(name) + path
            password = self.place.password if user else None
            self._servers[name] = Server(name, base, user, password, self.record, self.inside)
        return self._servers[name]


def asking(question: Callable[[], Any]) -> Callable[[], Any]:
    """Given a question to a server, return a probe: None while it does not answer."""

    def probe() -> Any:
        try:
            return question()
        except Unreachable:
            return None

    return probe


def query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return pairs as a query string."""
    return urllib.parse.urlencode(list(pairs))
