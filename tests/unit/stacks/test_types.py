"""Type definitions, resolved: what is missing, what does not fit, how many an end takes."""

import pytest

from metadrill.stacks.atlas_elasticsearch.types import Types


def attribute(name, kind, **more):
    return {"name": name, "typeName": kind, "isOptional": True, **more}


KINDS = {
    "string": (["", "x"], [1, True, []]),
    "boolean": ([True, False], ["true", 1]),
    "int": ([0, -(2**31), 2**31 - 1], [2**31, 1.5, "1", True]),
    "long": ([2**63 - 1], [2**63]),
    "date": ([1_700_000_000_000], ["2026-01-01"]),
    "double": ([1, 1.5], ["1.5", True]),
    "colour": (["RED"], ["GREEN", 1]),
    "array<colour>": ([[], ["RED", None]], [["GREEN"], "RED"]),
    "array<hive_table>": ([[{"guid": "g", "typeName": "hive_table"}]], [{"guid": "g"}]),
    "map<string,string>": ([{}], [[]]),
    "address": ([{"typeName": "address", "attributes": {}}], ["here"]),
    "hive_table": ([{"guid": "g"}, "g"], []),
}


def types(*own):
    return Types({
        "enumDefs": [{"name": "colour", "elementDefs": [{"value": "RED", "ordinal": 1}]}],
        "structDefs": [{"name": "address", "attributeDefs": []}],
        "entityDefs": [
            {"name": "Asset", "attributeDefs": [attribute("name", "string", isOptional=False)]},
            {"name": "thing", "superTypes": ["Asset"], "attributeDefs": list(own)},
        ],
    })  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_fits_its_type_or_does_not(kind):
    right, wrong = KINDS[kind]
    known = types(attribute("it", kind))
    for value in right:
        assert list(known.shortfalls("thing", {"name": "n", "it": value})) == [], value
    for value in wrong:
        assert list(known.shortfalls("thing", {"name": "n", "it": value})) == [("it", "illegal")], value


def test_what_a_parent_asks_for_is_asked_of_its_children_and_null_is_missing():
    known = types(attribute("it", "int", isOptional=False))
    assert list(known.shortfalls("thing", {"it": None})) == [("it", "missing"), ("name", "missing")]
    assert list(known.shortfalls("thing", {"name": "", "it": 0})) == []


def test_a_child_may_make_optional_what_its_parent_asks_for():
    assert list(types(attribute("name", "string")).shortfalls("thing", {})) == []


def test_types_that_are_not_known_or_go_in_circles_ask_for_nothing():
    loop = {"name": "a", "superTypes": ["a"], "attributeDefs": [attribute("x", "int", isOptional=False)]}
    assert list(types().shortfalls("novel", {})) == []
    assert list(Types({"entityDefs": [loop]}).shortfalls("a", {})) == [("x", "missing")]


def test_each_end_of_a_relationship_says_how_many_it_takes_and_whether_it_owns():
    ends = [
        {"type": "table", "name": "columns", "cardinality": "SET", "isContainer": True},
        {"type": "column", "name": "table", "cardinality": "SINGLE"},
    ]
    made = {"name": "r", "relationshipCategory": "COMPOSITION", "endDef1": ends[0], "endDef2": ends[1]}
    one, other = Types({"relationshipDefs": [made]}).ends()
    assert (one["attribute"], one["opposite"], one["cardinality"], one["owns"]) == (
        "columns",
        "table",
        "SET",
        True,
    )
    assert (other["attribute"], other["cardinality"], other["owns"]) == ("table", "SINGLE", False)
    plain = Types({"relationshipDefs": [{**made, "relationshipCategory": "AGGREGATION"}]}).ends()
    assert not any(row["owns"] for row in plain)
