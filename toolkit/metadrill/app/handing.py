"""What a run's recovery restores: handed out once, and held on to, whatever becomes of it meanwhile."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from metadrill.app import depots, host
from metadrill.app.giving import Chosen
from metadrill.depot import damaging, gates, taking
from metadrill.depot.damaging import Bench
from metadrill.depot.given import GivenSet
from metadrill.depot.shelf import Depot, Held
from metadrill.depot.taking import Crew, Order
from metadrill.errors import UsageError
from metadrill.model.backup import Method, Mode
from metadrill.model.stack import StackRecipe
from metadrill.ports import Signer
from metadrill.ports.backing import Dialect, Expected, Given
from metadrill.sandboxes import lease

ENVIRONMENT = "drill"
"""The environment of the sets that a run takes of its own sandbox."""


class Handed:
    """Ports `Given` and `Selective`: the set as it is now, which a fault may have damaged or exchanged."""

    def __init__(self, now: GivenSet) -> None:
        self.now = now

    @property
    def name(self) -> str:
        """Return its name."""
        return self.now.name

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return what a journal says of it."""
        return self.now.facts

    def check(self) -> Mapping[str, Any]:
        """Verify it, and that it belongs where it goes."""
        return self.now.check()

    def best(self) -> Method:
        """Return the way that brings back most."""
        return self.now.best()

    def put(self, target: Any, method: Method) -> Mapping[str, Any]:
        """Restore it."""
        return self.now.put(target, method)

    def expected(self, method: Method) -> Expected:
        """Return what must be there after a restore."""
        return self.now.expected(method)

    def closure(self, guids: frozenset[str]) -> frozenset[str]:
        """Return some entities with all that they own and cannot be without."""
        return self.now.closure(guids)

    def put_only(self, target: Any, guids: frozenset[str]) -> Mapping[str, Any]:
        """Restore these alone."""
        return self.now.put_only(target, guids)


@dataclass
class RunBackups:
    """Ports `Backups`, `Tampering` and `Examined` for one run.

    What it takes, and what is damaged, lies in a depot of its own, in a folder of the cache that goes with
    the run, or with the next `gc` where that was killed.
    """

    chosen: Chosen
    dialect: Dialect | None
    key: Signer
    facts: Mapping[str, Any]
    stack: ExitStack
    cache: Path
    recipe: StackRecipe | None = None
    _handed: list[Handed] = field(default_factory=list)
    _room: Depot | None = None

    def given(self) -> Given | None:
        """Return the run's set, where its data come from one."""
        given = self.chosen.given
        if given is None:
            return None
        return self._hand(given.depot, given.held, given.dialect)

    def take(self, target: Any, methods: frozenset[Method], depot: Depot | None = None) -> Handed:
        """Take a full set of the stack as it is, into the run's own depot or another.

        Raises UsageError where nobody could read it again.
        """
        if self.dialect is None:
            raise UsageError("no backup set can be taken of this kind of stack", "it has no dialect")
        crew = Crew(self.dialect, self.key, host.maker(), self.facts)
        depot = depot or self._own_depot()
        return self._hand(
            depot, taking.take(depot, target, Order(ENVIRONMENT, Mode.FULL, methods), crew), self.dialect
        )

    def handed(self, depot: Depot, held: Held) -> Given:
        """Hand out a set of another depot, a replica. Raises UsageError where nobody could read it."""
        if self.dialect is None:
            raise UsageError("no backup set can be read of this kind of stack", "it has no dialect")
        return self._hand(depot, held, self.dialect)

    def new_depot(self) -> Depot:
        """Make an empty depot that goes with the run, and trusts its key. Raises EnvironmentNotReady."""
        return depots.trusting(self.stack.enter_context(lease.leased(self.cache, "depot")), self.key)

    def own(self) -> None:
        """Copy the set that was handed out last into the run's own depot."""
        last, depot = self._last(), self._own_depot()
        if last.now.depot is not depot:
            held = damaging.copied(last.now.depot.chain(last.now.held), depot)
            last.now = replace(last.now, depot=depot, held=held)

    def tamper(self, what: str, seed: int) -> Mapping[str, Any]:
        """Damage it; what it says of itself, or who vouches for it, no longer holds."""
        self.own()
        held = self._last().now.held
        ways = {
            "byte": lambda: damaging.byte(held, seed),
            "file": lambda: damaging.lose(held, seed),
            "manifest": lambda: damaging.forge(held),
            "relabelled": lambda: damaging.relabel(self._bench(), held),
        }
        return {"what": what, **ways[what]()}

    def swap(self, of: str) -> Mapping[str, Any]:
        """Put a genuine set of something else in its place."""
        self.own()
        last = self._last()
        other = damaging.resigned(self._bench(), last.now.held, damaging.SWAPS[of])
        truth = {"of": of, "set": other.manifest.name, "instead_of": last.name}
        last.now = replace(last.now, held=other)
        return truth

    def thin(self, entities: int, seed: int) -> Mapping[str, Any]:
        """Put a genuine set in its place whose export lacks some entities."""
        self.own()
        last = self._last()
        thin, truth = damaging.thinned(self._bench(), last.now.held, last.now.dialect, (entities, seed))
        last.now = replace(last.now, held=thin)
        return truth

    def examine(self, *, content: bool) -> Mapping[str, Any]:
        """Look at it, as whoever would restore it does."""
        last = self._last()
        found = last.now.problems(content=content)
        told = [{"code": problem.code.value, "what": str(problem)} for problem in found]
        return {"set": last.name, "problems": told}

    def _hand(self, depot: Depot, held: Held, dialect: Dialect) -> Handed:
        name, versions = (self.recipe.name, self.recipe.versions) if self.recipe else ("", {})
        to = gates.home(held.manifest, name, versions)
        self._handed.append(Handed(GivenSet(depot, held, dialect, to)))
        return self._handed[-1]

    def _last(self) -> Handed:
        if not self._handed:
            raise UsageError("the recovery restores no backup set", "name one that does: backup_restore")
        return self._handed[-1]

    def _bench(self) -> Bench:
        return Bench(self._own_depot(), self.key)

    def _own_depot(self) -> Depot:
        """Return the run's own depot, which trusts its key, and those that the chosen set's depot does."""
        if self._room is None:
            given, own = self.chosen.given, self.new_depot()
            self._room = Depot(own.path, own.trusted | (given.depot.trusted if given else frozenset()))
        return self._room
