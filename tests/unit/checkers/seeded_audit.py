"""Seeded damages to the audit of a recorded census: each must turn check 34 red, and no other."""

from collections.abc import Callable

from .seeded import Rows, _add, _all, _alter, _clear, _drop

EVENT = {"event": "table-5:2000"}

AUDIT: dict[str, tuple[Callable[[Rows], None], set[int]]] = {
    "an event is lost": (_drop("audit", event="table-5:2000"), {34}),
    "the newest event is lost": (_drop("audit", event="table-5:3000"), {34}),
    "the event of a creation is lost": (
        _all(_drop("audit", event="table-5:1000"), _alter("audit", {"event": "table-5:2000"}, place=1),
             _alter("audit", {"event": "table-5:3000"}, place=2)),
        {34},
    ),
    "all that is told of an entity is lost": (_drop("audit", entity="table-5"), {34}),
    "all audit is lost": (_clear("audit"), {34}),
    "an event has another user": (_alter("audit", EVENT, actor="root"), {34}),
    "an event lost its user": (_alter("audit", EVENT, actor=None), {34}),
    "an event is another action": (_alter("audit", EVENT, action="DELETE"), {34}),
    "an event is a millisecond later": (_alter("audit", EVENT, moment=2_001), {34}),
    "the details of an event are altered": (_alter("audit", EVENT, digest="x"), {34}),
    "the details of an event are lost": (_alter("audit", EVENT, digest=None), {34}),
    "an event comes between older ones": (
        _all(_add("audit", EVENT, event="table-5:2500", moment=2_500, place=3),
             _alter("audit", {"event": "table-5:3000"}, place=4)),
        {34},
    ),
    "an event comes after the restore": (
        _add("audit", EVENT, event="table-5:9000", moment=9_000, place=4),
        {34},
    ),
    "an event of an import comes where nothing was imported": (
        _add("audit", EVENT, event="table-5:9000", moment=9_000, place=4, brought=True),
        {34},
    ),
    "an event lies in the future": (
        _add("audit", EVENT, event="table-5:9", moment=9_999_999_999_999, place=4),
        {34},
    ),
    "an event is there twice": (_add("audit", EVENT), {34}),
    "an event is told of another entity": (_alter("audit", EVENT, entity="table-6"), {34}),
    "two events are exchanged": (
        _all(_alter("audit", {"event": "table-5:3000"}, place=9), _alter("audit", EVENT, place=3),
             _alter("audit", {"place": 9}, place=2)),
        {34},
    ),
    "a creation is told as a change": (
        _alter("audit", {"event": "table-5:1000"}, action="UPDATE", creates=False),
        {34},
    ),
}  # fmt: skip
