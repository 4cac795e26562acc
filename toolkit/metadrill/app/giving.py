"""The backup set of a run: chosen, permitted, fitting and verified before anything is started."""

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.app import depots, exposing, host, permitting, starters
from metadrill.app.settings import Settings
from metadrill.depot import examining, taking, verifying
from metadrill.depot.examining import Wrong
from metadrill.depot.given import GivenSet
from metadrill.depot.shelf import Depot, Held
from metadrill.depot.taking import Crew, Order
from metadrill.errors import Refused, UsageError
from metadrill.governance import coverage, tallies
from metadrill.governance.coverage import Asked
from metadrill.governance.picking import Candidate
from metadrill.model.backup import Manifest, Method, Mode
from metadrill.model.configuration import Permission
from metadrill.model.plan import Plan
from metadrill.model.stack import StackRecipe
from metadrill.ports import Signer
from metadrill.ports.backing import Dialect, Given

RANDOM, LATEST = "random", "latest"


@dataclass(frozen=True)
class Chosen:
    """What a run's data come from: a set, and how it was picked; neither, where the data are a dataset."""

    given: GivenSet | None = None
    pick: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""

    @property
    def noted(self) -> dict[str, Any]:
        """What the audit log says of it."""
        return {} if self.given is None else {"set": self.given.name, "by": self.by}

    def facts(self, plan: Plan) -> dict[str, Any]:
        """What `run.opened` says of it, beside what the drill says."""
        if self.given is None:
            return {}
        told = self.given.facts
        data = {key: told[key] for key in ("set", "manifest", "environment", "source")}
        facts: dict[str, Any] = {"data": {**plan.drill.data, **data}}
        if self.pick:
            facts |= {"seed": self.pick["seed"]["value"], "coverage": dict(self.pick["coverage"])}
            facts["pick"] = dict(self.pick["seed"])
        return facts


def choose(settings: Settings, plan: Plan, run: str, key: Signer, told: starters.Told) -> Chosen:
    """Return the set that a drill's data come from, verified.

    An empty depot is filled with sets of made-up data first, and that is told. Raises Refused (role,
    environment, version), BackupError (what is wrong with the set), UsageError.
    """
    data = plan.drill.data
    if "backup" not in data:
        return Chosen()
    place = settings.depot(data.get("depot"))
    depot = depots.depot(settings, data.get("depot"), key)
    if not depot.names():
        starters.fill(settings, depot, plan.stack, key, told)
    pick: Mapping[str, Any] = {}
    if data["backup"] == RANDOM:
        held, pick = _random(settings, depot, plan, run)
    elif data["backup"] == LATEST:
        held = depots.latest(settings, depot, data.get("environment", ""))
    else:
        held = depot.find(data["backup"])
    manifest = held.manifest
    fits(manifest, plan.stack, data.get("environment", ""), plan.drill.source)
    by = permitting.require(
        settings, Permission.RESTORE, manifest.identity.environment, "run", plan.drill.name
    )
    _, problems = verifying.files(depot, manifest.name)
    examining.refuse(problems, f"depot {place.name}")
    return Chosen(GivenSet(depot, held, depots.dialect(settings, manifest)), pick, by)


def fits(manifest: Manifest, recipe: StackRecipe, environment: str, place: str) -> None:
    """Raise Refused where a set is of another environment than was asked for, or of other versions.

    A repository's own data format changes with its version: a set is restored into the same one.
    """
    told = manifest.identity
    if environment and environment != told.environment:
        raise Refused(
            f"{place}: set {manifest.name} is of environment {told.environment}, not {environment}"
            f" ({Wrong.ENVIRONMENT.value})",
            "a set is never restored across environments",
        )
    versions = {**manifest.facts.get("stack", {}).get("versions", {}), **told.versions}
    for name, version in sorted(recipe.versions.items()):
        theirs = str(versions.get(name, "unknown"))
        if theirs.split("-")[0] != str(version):
            raise Refused(
                f"{place}: set {manifest.name} is of {name} {theirs}, stack {recipe.name} of {version}",
                "name a stack of the set's versions",
            )


def _random(settings: Settings, depot: Depot, plan: Plan, run: str) -> tuple[Held, Mapping[str, Any]]:
    """Pick a set by a seed nobody chose; the pick is noted before anything else happens."""
    environment = plan.drill.data.get("environment", "")
    candidates = [
        Candidate(
            held.manifest.name, held.signed.sha256, held.manifest.identity.environment, held.manifest.mode,
            clock.moment(held.manifest.cut.started), held.manifest.census.types,
        )
        for held in map(depot.open, depot.names())
        if environment in ("", held.manifest.identity.environment)
    ]  # fmt: skip
    if not candidates:
        raise UsageError(f"depot {depot.path}: no set of {environment}", "take one: metadrill backup create")
    now = clock.SYSTEM.utc()
    by_hand = None if plan.drill.seed is None else str(plan.drill.seed)
    picked = coverage.note_pick(settings.ledger, Asked(run, plan.drill.name, now.date(), by_hand), candidates)
    facts = tallies.facts(coverage.read(settings.ledger), run, now)
    exposures = [exposing.said(found) for found in exposing.exposed(settings, depot)]
    return depot.open(picked.set), {
        **facts,
        "coverage": {"as_of": "the pick", **facts["coverage"], "exposure": exposures},
    }


@dataclass
class RunBackups:
    """Port `Backups` for one run: what it takes itself lies in a folder that goes with the run."""

    chosen: Chosen
    dialect: Dialect | None
    key: Signer
    facts: Mapping[str, Any]
    stack: ExitStack

    def given(self) -> Given | None:
        """Return the run's set, where its data come from one."""
        return self.chosen.given

    def take(self, target: Any, methods: frozenset[Method]) -> Given:
        """Take a full set of the stack as it is. Raises UsageError where nobody could read it again."""
        if self.dialect is None:
            raise UsageError("no backup set can be taken of this kind of stack", "it has no dialect")
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="metadrill-depot-")))
        depot = depots.trusting(folder, self.key)
        tool = {name: str(value) for name, value in host.tool().items() if name != "dirty"}
        crew = Crew(self.dialect, self.key, tool, self.facts)
        held = taking.take(depot, target, Order("drill", Mode.FULL, methods), crew)
        return GivenSet(depot, held, self.dialect)
