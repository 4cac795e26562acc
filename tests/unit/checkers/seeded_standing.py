"""Seeded damages to what a repository owes to others: access, erasures, answers, its readers; and to what
no count tells: whose hand it was, from which end a relationship is seen."""

from collections.abc import Callable

from .seeded import EDGE, TABLE, Rows, _add, _alter, _drop, _told

ERASED = "erased-0"
"""An entity that was erased after the cut."""

STANDING: dict[str, tuple[Callable[[Rows], None], set[int]]] = {
    "the graph's own check objects to an entity": (
        _add("consistency", {}, what="table-5", type="table", state="NOT_FIXED", issues="traitNames"),
        {30},
    ),
    "the graph's own check finds it out of order": (_alter("consistency", {}, state="NOT_FIXED"), {30}),
    "the graph's own check looks at nothing": (_alter("consistency", {}, state="NOTHING SCANNED"), {30}),
    "it is not known what lineage could be asked of": (
        _alter("answers", {"probe": "lineage"}, outcome="not asked: search for table: HTTP 500"),
        {36},
    ),
    "an alias of the index is gone": (
        _alter("definitions", {"what": "alias a of v"}, defined="missing"),
        {33},
    ),
    "a field of the index is guessed": (
        _alter("definitions", {"what": "index v"}, defined="guessed: __guid, one of 96 fields"),
        {33},
    ),
    "it is not said whether a script is stored": (
        _alter("definitions", {"what": "script s"}, defined=None),
        {33},
    ),
    "a search finds nothing": (_alter("answers", {"probe": "search"}, outcome="0 found"), {36}),
    "lineage takes too long": (_alter("answers", {"probe": "lineage"}, took=10_001), {36}),
    "it is not said how long an answer took": (_alter("answers", {"probe": "lineage"}, limit=None), {36}),
    "a classification goes with all that it reached": (
        _told(_drop("classifications", name="PII")),
        {28, 29, 37},
    ),
    "what was erased comes back": (
        _told(
            _add("entities", {"guid": "db-0"}, guid=ERASED, unique_name="gone@prod"),
            _add("documents", {"guid": "db-0"}, guid=ERASED, document="doc-gone"),
        ),
        {38},
    ),
    "what was erased comes back deleted": (
        _told(
            _add("entities", {"guid": "db-0"}, guid=ERASED, unique_name="gone@prod", state="DELETED"),
            _add("documents", {"guid": "db-0"}, guid=ERASED, document="doc-gone", state="DELETED"),
        ),
        {38},
    ),
    "an entity was updated by another": (_alter("entities", TABLE, updated_by="mallory"), {15}),
    "nobody is said to have updated an entity": (_alter("entities", TABLE, updated_by=None), {15}),
    "a relationship is seen by another attribute": (_alter("relationships", EDGE, attribute="x"), {22, 24}),
    "a reader of messages is behind": (_alter("consumers", {}, behind=3), {39}),
    "it is not known how far a reader is": (_alter("consumers", {}, behind=None), {39}),
    "a label is lost": (_drop("annotations", kind="label"), {32}),
    "a label comes": (_add("annotations", {"kind": "label"}, name="silver"), {32}),
    "business metadata is altered": (_alter("annotations", {"kind": "business"}, digest="x"), {32}),
    "a custom attribute is lost": (_drop("annotations", kind="custom"), {32}),
    "an owner is lost": (_drop("annotations", kind="owner"), {35}),
    "an owner is another": (_alter("annotations", {"kind": "owner"}, digest="x"), {35}),
    "a label moves to another entity": (_alter("annotations", {"kind": "label"}, entity="table-5"), {32}),
}
