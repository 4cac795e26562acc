"""What the guids of two censuses stand for."""

from typing import Any

from metadrill.census import build, frames


def _entity(guid: str, kind: str | None, name: str | None) -> dict[str, Any]:
    return {"guid": guid, "type": kind, "unique_name": name}


def _term(guid: str, name: str) -> dict[str, Any]:
    return {"guid": guid, "kind": "term", "name": name}


def test_a_guid_is_named_as_the_baseline_has_it_else_the_observed_side_entities_first() -> None:
    old = {
        "entities": [_entity("a", "t", "was"), _entity("b", "t", ""), _entity("c", None, "bare")],
        "glossary": [_term("a", "x"), _term("d", "y")],
    }
    new = {"entities": [_entity("a", "t", "is"), _entity("b", "t", "came"), _entity("e", "t", "new")]}
    built = frames.join(build(old, {}), build(new, {}))
    known = {"a": ("t", "was"), "b": ("t", "came"), "c": ("", "bare"), "d": ("term", "y"), "e": ("t", "new")}
    assert built.names([*"abcdef", "b"]) == known
    assert built.names("a") == {"a": ("t", "was")}, "only what is asked for now"


def test_of_a_guid_that_several_entities_have_one_and_the_same_is_named() -> None:
    rows = [_entity("a", "t", "z"), _entity("a", "t", None), _entity("a", "s", "z"), _entity("a", "t", "b")]
    for order in (rows, rows[::-1]):
        census = build({"entities": order}, {})
        assert frames.join(census, census).names("a") == {"a": ("s", "z")}


def test_without_a_table_that_names_entities_no_guid_is_named() -> None:
    census = build({"lineage": [{"process": "a"}]}, {})
    assert frames.join(census, census).names("a") == {}
