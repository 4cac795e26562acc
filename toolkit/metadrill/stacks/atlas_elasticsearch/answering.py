"""What a running Atlas says of itself: its own check of the graph, and whether it answers, in time."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.clients.http import Server
from metadrill.errors import Unreachable

ANSWERED = "answered"
_LIMIT = timedelta(seconds=10)
"""What a question of a user may take: none here asks for more than one entity and what is around it."""
_ALL = "the whole graph"
_LINEAGE_OF = "DataSet"
"""The type whose entities lineage can be asked of in every version (EntityLineageService)."""

Row = dict[str, Any]


def consistency(atlas: Server) -> Iterator[Row]:
    """Yield what `/admin/checkstate` says, which compares `__traitNames` with edges, and mends nothing.

    First of the whole graph, then of each entity it objects to. Raises Unreachable.
    """
    answer = atlas.ask("/admin/checkstate", {"entityTypes": ["*"], "fixIssues": False})
    unsound = {name: answer.get(f"entities{name}") or 0 for name in ("NotFixed", "PartiallyFixed")}
    told = f"{sum(unsound.values()):,} of {answer.get('entitiesScanned', 0):,} entities"
    state = str(answer.get("state") or "not said")
    yield {
        "what": _ALL,
        "type": "",
        "state": state if not any(unsound.values()) else "NOT_FIXED",
        "issues": told,
    }
    for guid, entity in sorted((answer.get("entities") or {}).items()):
        if entity.get("state") != "OK":
            issues = "; ".join(map(str, entity.get("issues") or ()))
            yield {
                "what": guid,
                "type": entity.get("typeName"),
                "state": str(entity.get("state")),
                "issues": issues,
            }


def answers(atlas: Server, kind: str) -> Iterator[Row]:
    """Ask what users ask: types, a search for one entity of a kind, that entity, the lineage of one.

    No question is put that nothing in the repository could answer: without a kind there is no entity.
    """
    yield _asked("types", lambda: bool(atlas.get("/v2/types/typedefs/headers", _LIMIT)))
    if not kind:
        return
    found: list[str] = []
    yield _asked(f"search for {kind}", lambda: _found(atlas, kind, found))
    if found:
        guid = found[0]
        yield _asked("an entity by its guid", lambda: _entity(atlas, guid) == guid)
    source: list[str] = []
    _asked("", lambda: _found(atlas, _LINEAGE_OF, source))
    if source:
        path = f"/v2/lineage/{source[0]}?depth=3&direction=BOTH"
        yield _asked("lineage", lambda: atlas.get(path, _LIMIT).get("baseEntityGuid") == source[0])


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
    took = (clock.SYSTEM.monotonic_ns() - start) // 1_000_000
    return {"probe": probe, "outcome": outcome, "took": took, "limit": _LIMIT // timedelta(milliseconds=1)}
