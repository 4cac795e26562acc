"""Seeded damages to a recorded census, and the checks that each must turn red, and no other.

A damage that necessarily shows in several checks names them all: a lost entity is also one
fewer of its type, and one document too many in the index.
"""

from collections.abc import Callable
from typing import Any

Rows = dict[str, list[dict[str, Any]]]


def _drop(table: str, **match: Any) -> Callable[[Rows], None]:
    def mutate(rows: Rows) -> None:
        kept = [row for row in rows[table] if any(row[name] != value for name, value in match.items())]
        assert len(kept) < len(rows[table])
        rows[table] = kept

    return mutate


def _alter(table: str, match: dict[str, Any], **values: Any) -> Callable[[Rows], None]:
    def mutate(rows: Rows) -> None:
        hit = [row for row in rows[table] if all(row[name] == value for name, value in match.items())]
        assert hit
        for row in hit:
            row.update(values)

    return mutate


def _add(table: str, like: dict[str, Any], **values: Any) -> Callable[[Rows], None]:
    def mutate(rows: Rows) -> None:
        model = next(row for row in rows[table] if all(row[name] == value for name, value in like.items()))
        rows[table].append({**model, **values})

    return mutate


def _clear(table: str) -> Callable[[Rows], None]:
    return lambda rows: rows[table].clear()


def _drop_but(table: str, guid: str) -> Callable[[Rows], None]:
    return lambda rows: rows.update({table: [row for row in rows[table] if row["guid"] == guid]})


def _every_other(table: str) -> Callable[[Rows], None]:
    return lambda rows: rows.update({table: rows[table][::2]})


def _swap(table: str, one: str, other: str, *columns: str) -> Callable[[Rows], None]:
    """Exchange columns of two rows, or all but their guid."""

    def mutate(rows: Rows) -> None:
        left, right = (next(row for row in rows[table] if row["guid"] == guid) for guid in (one, other))
        for name in columns or [name for name in left if name not in ("guid", "document")]:
            left[name], right[name] = right[name], left[name]

    return mutate


def _times(guid: str | None, updated: int) -> Callable[[Rows], None]:
    """Set the time of update of one entity, or of all, in graph and index."""

    def mutate(rows: Rows) -> None:
        for row in rows["entities"]:
            row["updated"] = updated if guid in (None, row["guid"]) else row["updated"]
        for row in rows["documents"]:
            row["modified"] = updated if guid in (None, row["guid"]) else row["modified"]

    return mutate


def _crossed(rows: Rows) -> None:
    """Let two columns change places: each now hangs on the table of the other."""
    places = {"column-5": "column-6", "column-6": "column-5"}
    for row in rows["relationships"]:
        for end in ("seen_from", "other"):
            row[end] = places.get(row[end], row[end])


def _all(*mutations: Callable[[Rows], None]) -> Callable[[Rows], None]:
    def mutate(rows: Rows) -> None:
        for one in mutations:
            one(rows)

    return mutate


def _told(*mutations: Callable[[Rows], None]) -> Callable[[Rows], None]:
    """Do them, and let the index follow: the words, classifications and relationships that it holds."""

    def mutate(rows: Rows) -> None:
        _all(*mutations)(rows)
        tagged = {(row["source"], row["name"]) for row in rows["classifications"]}
        edges = {row["guid"] for row in rows["relationships"]}
        rows["text_documents"] = [{"document": row["document"]} for row in rows["documents"]]
        rows["trait_documents"] = [{"document": entity, "type": name} for entity, name in sorted(tagged)]
        rows["edge_documents"] = [{"document": guid, "relationship": guid} for guid in sorted(edges)]

    return mutate


TABLE = {"guid": "table-5"}
EDGE = {"guid": "r-column-5"}
DOCUMENT = {"guid": "column-7"}

DAMAGES: dict[str, tuple[Callable[[Rows], None], set[int]]] = {
    "a type is lost": (_drop("typedefs", name="column"), {1}),
    "a type is altered": (_alter("typedefs", {"name": "column"}, digest="x"), {2}),
    "the digest of a type is null": (_alter("typedefs", {"name": "column"}, digest=None), {2}),
    "an entity is deleted, in graph and index": (
        _all(_alter("entities", TABLE, state="DELETED"), _alter("documents", TABLE, state="DELETED")),
        {3, 4, 18, 27},
    ),
    "a deletion is undone, in graph and index": (
        _all(
            _alter("entities", {"state": "DELETED"}, state="ACTIVE"),
            _alter("documents", {"state": "DELETED"}, state="ACTIVE"),
        ),
        {3, 4, 18, 27},
    ),
    "an entity becomes a shell": (_alter("entities", TABLE, shell=True), {5}),
    "an entity is lost, with its document": (
        _all(_drop("entities", guid="process-0"), _drop("documents", guid="process-0")),
        {3, 6, 27},
    ),
    "an entity is invented, with its document": (
        _told(
            _add("entities", {"guid": "db-0"}, guid="db-9", unique_name="db-9@prod"),
            _add("documents", {"guid": "db-0"}, guid="db-9", document="doc-db-9"),
        ),
        {3, 7, 27},
    ),
    "an entity comes back under another guid": (
        _all(
            _alter("entities", {"guid": "db-1"}, guid="db-X"),
            _alter("documents", {"guid": "db-1"}, guid="db-X"),
        ),
        {6, 7, 8},
    ),
    "an attribute is altered": (_alter("entities", TABLE, digest="x"), {12}),
    "an attribute digest is null": (_alter("entities", TABLE, digest=None), {12}),
    "a creation time is altered": (_alter("entities", TABLE, created=9), {14}),
    "a creation time is lost": (_alter("entities", TABLE, created=None), {14}),
    "a creator is lost": (_alter("entities", TABLE, created_by=None), {14}),
    "a state is lost": (_alter("entities", TABLE, state=None), {3, 18, 27, 33}),
    "a guid occurs twice": (
        _add("entities", {"guid": "db-0"}, type="table", digest="d-db-0"),
        {3, 9, 27, 33},
    ),
    "a relationship is lost": (_told(_drop("relationships", guid="r-column-5")), {19, 24, 27}),
    "a relationship changes its status": (_alter("relationships", EDGE, status="DELETED"), {19, 22, 24, 27}),
    "a relationship ends in nothing": (
        _alter("relationships", {**EDGE, "seen_from": "table-5"}, other="nobody"),
        {20, 21, 27},
    ),
    "one end no longer sees a relationship": (
        _drop("relationships", guid="r-column-5", seen_from="column-5"),
        {21, 27},
    ),
    "one end sees a relationship twice": (
        _add("relationships", {**EDGE, "seen_from": "table-5"}, digest="x"),
        {19},
    ),
    "a relationship attribute is altered": (_alter("relationships", EDGE, digest="x"), {22}),
    "a lineage edge is lost": (_drop("lineage", process="process-1", direction="inputs"), {25, 26, 27}),
    "a lineage edge is invented": (
        _add("lineage", {"process": "process-1"}, entity="column-1"),
        {25, 26, 27},
    ),
    "lineage is reversed": (
        _alter("lineage", {"process": "process-1", "direction": "inputs"}, direction="outputs"),
        {25, 26, 27},
    ),
    "a classification is lost": (_told(_drop("classifications", entity="column-3")), {28, 37}),
    "a classification is there twice": (
        _add("classifications", {"entity": "column-3"}, digest="x"),
        {28},
    ),
    "the validity of a classification is altered": (
        _alter("classifications", {"entity": "column-3"}, digest="x"),
        {28},
    ),
    "a propagated classification is lost": (_drop("classifications", entity="table-1"), {29, 37}),
    "a term is lost": (_drop("glossary", guid="term-0"), {31}),
    "a term is altered": (_alter("glossary", {"guid": "term-0"}, digest="x"), {31}),
    "a term moves in the tree": (_alter("glossary", {"guid": "term-0"}, parent="category"), {31}),
    "an assignment is lost": (_drop("assignments", term="term-0"), {31}),
    "an assignment is seen from one end only": (_drop("assignments", seen_from="entity"), {31}),
    "two active entities come to share a name": (
        _alter("entities", {"guid": "db-1"}, unique_name="db-0@prod"),
        {10},
    ),
    "an entity comes back as a second one of its name": (
        _told(
            _add("entities", {"guid": "db-0"}, guid="db-9"),
            _add("documents", {"guid": "db-0"}, guid="db-9", document="doc-db-9"),
        ),
        {3, 7, 10, 27},
    ),
    "an entity changes its type, in graph and index": (
        _all(_alter("entities", TABLE, type="column"), _alter("documents", TABLE, type="column")),
        {3, 27},
    ),
    "every entity of a type is lost, with its documents": (
        _all(_drop("entities", type="process"), _drop("documents", type="process")),
        {3, 4, 6, 27},
    ),
    "an update time is a millisecond later, in graph and index": (_times("table-5", updated=2_001), {15}),
    "an update time goes back, in graph and index": (_times("table-5", updated=1_999), {15}),
    "an update time is altered in the graph alone": (_alter("entities", TABLE, updated=2_001), {15, 33}),
    "an update time is lost": (_alter("entities", TABLE, updated=None), {15, 16, 33}),
    "an entity was updated before it was created": (_times("table-5", updated=999), {15, 16}),
    "an entity was created after it was updated": (_alter("entities", TABLE, created=3_000), {14, 16}),
    "an entity lies in the future": (_times("table-5", updated=9_999_999_999_999), {15, 16}),
    "all that was changed last is as it was before": (_times(None, updated=1_500), {15, 17}),
    "a creation time is shifted by a millisecond": (_alter("entities", TABLE, created=1_001), {14}),
    "a creator is another": (_alter("entities", TABLE, created_by="root"), {14}),
    "a shell is all that is left of three": (
        _all(*(_alter("entities", {"guid": f"table-{n}"}, shell=True) for n in range(3))),
        {5},
    ),
    "two entities change places, of which one is a shell": (
        _swap("entities", "table-5", "table-6", "shell"),
        {5},
    ),
    "it is not known whether an entity is a shell": (_alter("entities", TABLE, shell=None), {5}),
    "attributes of two entities are exchanged": (_swap("entities", "table-5", "table-6", "digest"), {12}),
    "a type changes its category": (_alter("typedefs", {"name": "column"}, category="struct"), {1}),
    "a type is there twice, in two categories": (
        _add("typedefs", {"name": "column"}, category="struct"),
        {1},
    ),
    "an unknown type comes": (_add("typedefs", {"name": "column"}, name="novel"), {1}),
    "all relationships are lost": (_told(_clear("relationships")), {19, 24, 27}),
    "a relationship changes its type": (_alter("relationships", EDGE, type="table_parts"), {19, 24, 27}),
    "a relationship is there again under another guid": (
        _told(
            _add("relationships", {**EDGE, "seen_from": "table-5"}, guid="again"),
            _add("relationships", {**EDGE, "seen_from": "column-5"}, guid="again"),
        ),
        {19, 23, 24, 27},
    ),
    "the ends of two relationships are exchanged": (_crossed, {21}),
    "a relationship attribute is lost": (_alter("relationships", EDGE, digest=None), {22}),
    "all lineage is lost": (_clear("lineage"), {25, 26, 27}),
    "a process reads another table": (
        _alter("lineage", {"process": "process-1", "direction": "inputs"}, entity="table-7"),
        {25, 26, 27},
    ),
    "a classification is another": (
        _told(_alter("classifications", {"entity": "column-3"}, name="SECRET")),
        {28, 37},
    ),
    "a classification comes": (
        _told(_add("classifications", {"entity": "column-3"}, entity="column-4", source="column-4")),
        {28},
    ),
    "a classification is only propagated any more": (
        _told(_alter("classifications", {"entity": "column-3"}, direct=False, source="table-0")),
        {28, 29},
    ),
    "an attribute of a classification is lost": (
        _alter("classifications", {"entity": "column-3"}, digest=None),
        {28},
    ),
    "a propagated classification comes from elsewhere": (
        _told(_alter("classifications", {"entity": "table-1"}, source="table-2")),
        {29},
    ),
    "a glossary is lost": (_drop("glossary", guid="glossary"), {31}),
    "a category becomes a term": (_alter("glossary", {"guid": "category"}, kind="term"), {31}),
    "a term comes": (_add("glossary", {"guid": "term-0"}, guid="term-9"), {31}),
    "a term is assigned to another entity": (
        _alter("assignments", {"term": "term-0"}, entity="table-3"),
        {31},
    ),
    "a required attribute is lost": (
        _add("shortfalls", {}, entity="table-5", attribute="name", what="missing"),
        {11},
    ),
    "another required attribute is lost of what lacked one": (
        _add("shortfalls", {}, attribute="name"),
        {11},
    ),
    "a value is none that its type allows": (
        _add("shortfalls", {}, entity="table-5", attribute="level", what="illegal"),
        {13},
    ),
    "a column comes to have two tables": (
        _told(
            _add("relationships", {**EDGE, "seen_from": "table-5"}, guid="second", seen_from="table-6"),
            _add("relationships", {**EDGE, "seen_from": "column-5"}, guid="second", other="table-6"),
        ),
        {19, 23, 24, 27},
    ),
}  # fmt: skip
