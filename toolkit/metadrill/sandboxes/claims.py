"""Claims: a person says, into the target itself, that metadrill may break it for a while.

The claim is one document in an index of its own (cluster, graph, who, until): it is of one
Elasticsearch and one Atlas together. It alone is not enough: the target must also be quiet. What
others search or write moves the totals of Elasticsearch and the counts of Atlas; while metadrill
watches it makes no call that would move them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from metadrill import clock
from metadrill.clients import atlas_identity
from metadrill.clients.http import HttpError, Server
from metadrill.errors import EnvironmentNotReady, Refused
from metadrill.sandboxes import machine

INDEX = "metadrill-claim"
LENGTH = timedelta(hours=8)
WATCH = timedelta(minutes=10)
_DOCUMENT = f"/{INDEX}/_doc/claim"
_LOOK = timedelta(seconds=5)
_HINT = "metadrill sandbox claim STACK"
Totals = Mapping[str, int]


@dataclass(frozen=True)
class Claim:
    """Who may have which cluster broken, with the graph of which Atlas, and until when."""

    cluster: str
    graph: str
    who: str
    until: datetime

    def facts(self) -> dict[str, str]:
        """Return it as the journal and a reader are told."""
        return {
            "cluster": self.cluster,
            "graph": self.graph,
            "who": self.who,
            "until": clock.stamp(self.until),
        }


def identity(elasticsearch: Server) -> tuple[str, str]:
    """Return a cluster's name and its own identity, which no other cluster has. Raises Unreachable."""
    told = elasticsearch.get("/")
    return str(told["cluster_name"]), str(told["cluster_uuid"])


def write(
    elasticsearch: Server, atlas: Server, ask: Callable[[str, str], str], time: clock.Clock = clock.SYSTEM
) -> Claim:
    """Ask the person for the cluster's identity and write the claim into the cluster.

    `ask` is given what will be claimed and the identity, and returns what was typed. Raises Refused for
    anything else than the identity itself.
    """
    name, cluster = identity(elasticsearch)
    graph = atlas_identity.fingerprint(atlas)
    if ask(f"{name} with the Atlas at {atlas.base}", cluster).strip() != cluster:
        raise Refused("what was typed is not the identity of this cluster", "nothing was claimed")
    made = Claim(cluster, graph, machine.person(), time.utc() + LENGTH)
    body = {
        "cluster_uuid": made.cluster, "graph": graph, "who": made.who, "until": made.until.isoformat()
    }  # fmt: skip
    elasticsearch.change("PUT", f"{_DOCUMENT}?refresh=true", body)
    return made


def read(elasticsearch: Server, atlas: Server, time: clock.Clock = clock.SYSTEM) -> Claim:
    """Return the claim that a cluster carries. Raises Refused: none, a copy, expired, unreadable, or made
    with another Atlas than this one."""
    cluster = identity(elasticsearch)[1]
    try:
        told = elasticsearch.get(_DOCUMENT)["_source"]
    except HttpError as error:
        if error.status == 404:
            raise Refused(f"cluster {cluster}: it carries no claim, nothing may break it", _HINT) from None
        raise
    try:
        until = datetime.fromisoformat(told["until"])
        found = Claim(str(told["cluster_uuid"]), str(told["graph"]), str(told["who"]), until)
        left = found.until - time.utc()
    except (KeyError, TypeError, ValueError):
        raise Refused(f"cluster {cluster}: its claim cannot be read", _HINT) from None
    if found.cluster != cluster:
        raise Refused(f"cluster {cluster}: its claim is of cluster {found.cluster}, a copy", _HINT)
    if found.graph != atlas_identity.fingerprint(atlas):
        raise Refused(f"cluster {cluster}: its claim was made with another Atlas than {atlas.base}", _HINT)
    if not timedelta() < left <= LENGTH:
        ended = "has expired" if left <= timedelta() else "is longer than a claim can be"
        raise Refused(f"cluster {cluster}: its claim {ended} ({clock.stamp(found.until)})", _HINT)
    return found


def watch(
    elasticsearch: Server, atlas: Server, length: timedelta, time: clock.Clock = clock.SYSTEM
) -> Mapping[str, Any]:
    """Watch a target for a while; return what was watched. Raises Refused as soon as something moved.

    The counts of Atlas are read before the first and after the last look at Elasticsearch: to
    count, Atlas searches.
    """
    counted = counts(atlas)
    before, began = totals(elasticsearch), time.monotonic_ns()
    end = began + int(length.total_seconds() * 1e9)
    while (left := end - time.monotonic_ns()) > 0:
        time.sleep(min(_LOOK, timedelta(microseconds=left / 1000)))
        _refuse_moved(before, totals(elasticsearch))
    _refuse_moved(counted, counts(atlas))
    return {"watched_s": clock.seconds(began, time.monotonic_ns()), "totals": {**before, **counted}}


def totals(elasticsearch: Server) -> Totals:
    """Return how often each index was searched and written since its start, its own book-keeping apart."""
    told = elasticsearch.get("/_stats/search,indexing")["indices"]
    found = {}
    for name, row in told.items():
        if name != INDEX:
            found[f"{name}: searches"] = int(row["total"]["search"]["query_total"])
            found[f"{name}: writes"] = int(row["total"]["indexing"]["index_total"])
            found[f"{name}: deletions"] = int(row["total"]["indexing"]["delete_total"])
    return found


def counts(atlas: Server) -> Totals:
    """Return what Atlas says it holds. Raises EnvironmentNotReady for an answer that says nothing."""
    try:
        told = atlas.get("/admin/metrics")["data"]["general"]
        found = {f"atlas: {name}": int(value) for name, value in told.items() if isinstance(value, int)}
    except (KeyError, TypeError, AttributeError):
        found = {}
    found = {name: value for name, value in found.items() if "Count" in name}
    if not found:
        raise EnvironmentNotReady("atlas: its metrics count nothing", "is it an Atlas of version 2?")
    return found


def _refuse_moved(before: Totals, now: Totals) -> None:
    moved = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if moved:
        first = f"{moved[0]} from {before.get(moved[0], 0)} to {now.get(moved[0], 0)}"
        raise Refused(
            f"the target is in use: {len(moved)} totals moved while it was watched, {first}",
            "stop what uses it, or attach to a recovery environment that nobody uses",
        )
