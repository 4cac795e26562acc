"""What a running Atlas says of itself: its own check of the graph, and whether it answers, in time."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.census.standing_frames import SCANNED_NOTHING
from metadrill.clients.http import Server
from metadrill.errors import Unreachable

ANSWERED, NOTHING = "answered", "nothing to ask of"
_LIMIT = timedelta(seconds=10)
"""What a question of a user may take: none here asks for more than one entity and what is around it."""
_ALL = "the whole graph"
LINEAGE_OF = ("DataSet", "Process")
"""The types whose entities lineage can be asked of in every version (EntityLineageService)."""

Row = dict[str, Any]


def consistency(atlas: Server) -> Iterator[Row]:
    """Yield what `/admin/checkstate` says, which compares `__traitNames` with edges, and mends nothing.

    First of the whole graph, then of each entity it objects to. One that looked at no entity found
    nothing in order. Raises Unreachable.
    """
    answer = atlas.ask("/admin/checkstate", {"entityTypes": ["*"], "fixIssues": False})
    unsound = {name: answer.get(f"entities{name}") or 0 for name in ("NotFixed", "PartiallyFixed")}
    told = f"{sum(unsound.values()):,} of {answer.get('entitiesScanned', 0):,} entities"
    state = "NOT_FIXED" if any(unsound.values()) else str(answer.get("state") or "not said")
    if not answer.get("entitiesScanned"):
        state = SCANNED_NOTHING
    yield {"what": _ALL, "type": "", "state": state, "issues": told}
    for guid, entity in sorted((answer.get("entities") or {}).items()):
        if entity.get("state") != "OK":
            issues = "; ".join(map(str, entity.get("issues") or ()))
            yield {
                "what": guid,
                "type": entity.get("typeName"),
                "state": str(entity.get("state")),
                "issues": issues,
            }


def answers(atlas: Server, kind: str, source: str, unknown: str = "") -> Iterator[Row]:
    """Ask what users ask: types, a search for one entity of a kind, that entity, the lineage of one.

    `source`: a kind that has lineage. Where the repository has none of a kind (empty), its row says
    that there is nothing to ask of. A question that was not put for any other reason (`unknown`: why it
    is not known what the repository has) has a row that says so, and counts as not answered.
    """
    yield _asked("types", lambda: bool(atlas.get("/v2/types/typedefs/headers", _LIMIT)))
    found: list[str] = []
    searched = _asked(f"search for {kind}", lambda: _found(atlas, kind, found)) if kind else None
    yield searched or _unasked("search", unknown)
    if found:
        yield _asked("an entity by its guid", lambda: _entity(atlas, found[0]) == found[0])
    else:
        yield _unasked("an entity by its guid", unknown or _not_found(kind, searched))
    roots: list[str] = []
    searched = _asked("", lambda: _found(atlas, source, roots)) if source else None
    if roots:
        path = f"/v2/lineage/{roots[0]}?depth=3&direction=BOTH"
        yield _asked("lineage", lambda: atlas.get(path, _LIMIT).get("baseEntityGuid") == roots[0])
    else:
        yield _unasked("lineage", unknown or _not_found(source, searched))


def _not_found(kind: str, searched: Row | None) -> str:
    return f"search for {kind}: {searched['outcome']}" if searched else ""


def _found(atlas: Server, kind: str, into: list[str]) -> bool:
    body = {"typeName": kind, "limit": 1, "excludeDeletedEntities": False}
    into += [str(row["guid"]) for row in atlas.ask("/v2/search/basic", body, _LIMIT).get("entities") or ()]
    return bool(into)


def _entity(atlas: Server, guid: str) -> Any:
    answer: Mapping[str, Any] = atlas.get(f"/v2/entity/guid/{guid}?minExtInfo=true", _LIMIT)
    return (answer.get("entity") or {}).get("guid")


def _asked(probe: str, ask: Callable[[], bool]) -> Row:
    """Put a question; return what came of it, and how long it took in milliseconds."""
    start = clock.SYSTEM.monotonic_ns()
    try:
        outcome = ANSWERED if ask() else "an answer without what must be in it"
    except Unreachable as error:
        outcome = error.message
    return _row(probe, outcome, (clock.SYSTEM.monotonic_ns() - start) // 1_000_000)


def _unasked(probe: str, because: str) -> Row:
    return _row(probe, f"not asked: {because}" if because else NOTHING, 0)


def _row(probe: str, outcome: str, took: int) -> Row:
    return {"probe": probe, "outcome": outcome, "took": took, "limit": _LIMIT // timedelta(milliseconds=1)}
