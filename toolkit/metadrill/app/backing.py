"""`backup create`: a set of a live repository, through a connection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from metadrill.app import auditing, connecting, depots, filling, host, permitting, sealing, signals
from metadrill.app.settings import Settings
from metadrill.depot import examining, taking, verifying
from metadrill.depot.shelf import Depot, Held
from metadrill.depot.taking import Crew, Order
from metadrill.errors import Refused
from metadrill.model.backup import Method, Mode
from metadrill.model.configuration import Connection, DepotPlace, Permission
from metadrill.model.stack import KEEPS_AUDIT, StackRecipe
from metadrill.ports.backing import Dialect

Told = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Wanted:
    """What the person asked for."""

    connection: str | None = None
    depot: str | None = None
    mode: Mode = Mode.FULL
    methods: frozenset[Method] = frozenset({Method.LOGICAL})
    settle: timedelta = taking.SETTLE


def create(settings: Settings, wanted: Wanted, told: Told) -> Held:
    """Take a set and publish it; return it.

    Raises Refused (role, jurisdiction), EnvironmentNotReady, UsageError, BackupError, KeyRefused;
    then nothing is published, and the audit log says so.
    """
    connection, place = settings.connection(wanted.connection), settings.depot(wanted.depot)
    by = permitting.require(
        settings, Permission.CREATE, connection.environment, depots.CREATED, connection.name
    )
    _expect_place(connection, place)
    key = sealing.signer(settings)
    depot = depots.depot(settings, wanted.depot, key)
    facts = {"environment": connection.environment, "mode": wanted.mode.value, "depot": place.name, "by": by}
    calls: list[str] = []
    with (
        auditing.noted(settings, depots.CREATED, connection.name, **facts) as act,
        signals.caught(signals.at_once),
        connecting.connected(settings, connection, _calls(calls)) as (target, recipe, dialect),
    ):
        source = {"kind": "connection", "name": connection.name, "production": connection.production}
        made_of = filling.provenance(recipe, **source)
        crew = Crew(dialect, key, host.maker(), made_of, told, wanted.settle)
        held = taking.take(depot, target, _order(connection, recipe, wanted), crew)
        proved(depot, held, dialect)
        told("verified", {"parts": len(held.manifest.parts), "bytes": held.manifest.bytes})
        act.tell(
            verified=True, set=held.manifest.name, manifest=held.signed.sha256,
            environment=connection.environment,
            moving=held.manifest.moving.entities, calls=calls,
        )  # fmt: skip
    return held


def proved(depot: Depot, held: Held, dialect: Dialect) -> None:
    """Verify a set that was just published, whole. Raises BackupError: it stays, and counts for nothing."""
    found = verifying.verify(depot, held.manifest.name, dialect)
    examining.refuse(found.problems, "just published")


def plan(settings: Settings, wanted: Wanted) -> list[tuple[str, str]]:
    """Return what `create` would do, step by step, without doing any of it; `changes` says what it writes."""
    connection, place = settings.connection(wanted.connection), settings.depot(wanted.depot)
    _expect_place(connection, place)
    steps = [
        (
            "reads",
            f"health, types, index and export of {connection.name} ({', '.join(connection.urls.values())})",
        ),
        ("writes there", "POST /admin/export: Atlas notes each export in an audit entry of its own"),
    ]
    if Method.PHYSICAL in wanted.methods and connection.snapshots:
        where = connection.snapshots.location
        steps += [
            (
                "writes there",
                f"PUT /_snapshot/{connection.snapshots.repository}-…: a repository in {where}, one snapshot",
            ),
            ("writes there", f"DELETE /_snapshot/{connection.snapshots.repository}-…: both removed again"),
            ("reads", f"the graph's files in {connection.graph_files}"),
        ]
    return [
        *steps,
        ("writes here", f"one set in depot {place.name}, {place.path}; two entries in the audit log"),
    ]


def _order(connection: Connection, recipe: StackRecipe, wanted: Wanted) -> Order:
    return Order(
        environment=connection.environment,
        mode=wanted.mode,
        methods=wanted.methods,
        jurisdiction=connection.jurisdiction,
        audit=connection.entity_audit or KEEPS_AUDIT in recipe.abilities,
        files=connection.files,
    )


def _expect_place(connection: Connection, place: DepotPlace) -> None:
    """Raise Refused where sets of that jurisdiction may not lie in that depot."""
    if place.jurisdictions and connection.jurisdiction not in place.jurisdictions:
        told, takes = connection.jurisdiction or "no jurisdiction", ", ".join(place.jurisdictions)
        raise Refused(
            f"depot {place.name}: takes sets of {takes}, {connection.name} is of {told}",
            "name another depot with --depot",
        )


def _calls(calls: list[str]) -> Callable[..., None]:
    def record(kind: str, /, **data: Any) -> None:
        if kind == "call.made":
            calls.append(f"{data['component']}: {data['method']} {data['path']}")

    return record
