"""Seeded damages to the search index alone: to documents of entities, to those beside them, to files."""

from collections.abc import Callable

from .seeded import DOCUMENT, Rows, _add, _all, _alter, _clear, _drop, _drop_but, _every_other, _swap

TIE = {"relationship": "r-column-5"}

INDEX: dict[str, tuple[Callable[[Rows], None], set[int]]] = {
    "an index document is lost": (_drop("documents", guid="column-7"), {33}),
    "an index document is nobody's": (_add("documents", DOCUMENT, guid="ghost", document="g"), {33}),
    "an index document comes back as a stub": (_alter("documents", DOCUMENT, guid=None), {33}),
    "an index document says another type": (_alter("documents", DOCUMENT, type="table"), {33}),
    "an index document says another state": (_alter("documents", DOCUMENT, state="DELETED"), {33}),
    "an index document lost its state": (_alter("documents", DOCUMENT, state=None), {33}),
    "an entity has two index documents": (_add("documents", DOCUMENT, document="second"), {33}),
    "an index document is older than its entity": (_alter("documents", DOCUMENT, modified=1), {33}),
    "an index document lost its time": (_alter("documents", DOCUMENT, modified=None), {33}),
    "the index lost all but one document": (_drop_but("documents", "column-7"), {33}),
    "one document in two is lost": (_every_other("documents"), {33}),
    "two documents are exchanged": (_swap("documents", "column-7", "table-5"), {33}),
    "a document has the guid of a ghost and another has none": (
        _all(_alter("documents", DOCUMENT, guid="ghost"), _alter("documents", {"guid": "column-8"}, guid="")),
        {33},
    ),
    "the index document of a relationship is lost": (_drop("edge_documents", **TIE), {33}),
    "a relationship has two index documents": (_add("edge_documents", TIE, document="second"), {33}),
    "the index document of a relationship comes back as a stub": (
        _all(
            _add("edge_documents", TIE, document="stub", relationship=None),
            _add("edge_documents", TIE, document="empty", relationship=""),
        ),
        {33},
    ),
    "no relationship is in the index": (_clear("edge_documents"), {33}),
    "the words of an entity are lost": (_drop("text_documents", document="doc-column-7"), {33}),
    "all words are lost": (_clear("text_documents"), {33}),
    "the index document of a classification is lost": (
        _drop("trait_documents", document="trait-table-0"),
        {33},
    ),
    "no classification is in the index": (_clear("trait_documents"), {33}),
    "a classification has an index document too many": (
        _add("trait_documents", {"type": "PII"}, document="second"),
        {33},
    ),
    "a segment file has another checksum": (_alter("segments", {"file": "_0.fdt"}, computed="00fe"), {40}),
    "a segment file could not be read": (
        _alter("segments", {"file": "_0.fdt"}, stored=None, computed=None),
        {40},
    ),
}
