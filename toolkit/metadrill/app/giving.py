"""The backup set of a run: chosen, permitted, fitting and verified before anything is started."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metadrill import clock
from metadrill.app import depots, exposing, permitting, starters
from metadrill.app.settings import Settings
from metadrill.depot import examining, gates, verifying
from metadrill.depot.gates import Destination
from metadrill.depot.given import GivenSet
from metadrill.depot.shelf import Depot, Held
from metadrill.errors import UsageError
from metadrill.governance import coverage, tallies
from metadrill.governance.coverage import Asked
from metadrill.governance.picking import Candidate
from metadrill.model.configuration import Permission
from metadrill.model.plan import Plan
from metadrill.ports import Signer

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
    to = Destination(plan.stack.name, plan.stack.versions, data.get("environment", ""))
    gates.refuse(manifest, to, plan.drill.source)
    by = permitting.require(
        settings, Permission.RESTORE, manifest.identity.environment, "run", plan.drill.name
    )
    _, problems = verifying.files(depot, manifest.name)
    examining.refuse(problems, f"depot {place.name}")
    return Chosen(GivenSet(depot, held, depots.dialect(settings, manifest)), pick, by)


def _random(settings: Settings, depot: Depot, plan: Plan, run: str) -> tuple[Held, Mapping[str, Any]]:
    """Pick a set by a seed nobody chose; the pick is noted before anything else happens.

    Raises JournalError where the ledger of picks is not the one that the audit log counted.
    """
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
    coverage.verify(settings.ledger)  # what was cut off it would be told of as never picked
    now = clock.SYSTEM.utc()
    by_hand = None if plan.drill.seed is None else str(plan.drill.seed)
    picked = coverage.note_pick(settings.ledger, Asked(run, plan.drill.name, now.date(), by_hand), candidates)
    facts = tallies.facts(coverage.read(settings.ledger), run, now)
    exposures = [exposing.said(found) for found in exposing.exposed(settings, depot)]
    return depot.open(picked.set), {
        **facts,
        "coverage": {"as_of": "the pick", **facts["coverage"], "exposure": exposures},
    }
