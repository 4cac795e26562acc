"""Type definitions, resolved: what is missing, what does not fit, how many an end takes."""

import json

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
    "map<string,string>": ([{}, {"a": "b", "c": None}], [[], {"a": 1}]),
    "map<string, colour>": ([{"a": "RED"}], [{"a": "GREEN"}]),
    "map<colour,int>": ([{"RED": 1}], [{"GREEN": 1}, {"RED": "1"}]),
    "map<int,boolean>": ([{"5": True, "-1": False}], [{"five": True}, {"1.5": True}, {str(2**31): True}]),
    "map<boolean,double>": ([{"true": 1, "False": 0.5}], [{"1": 1}, {"yes": 1}]),
    "map<date,string>": ([{"1700000000000": "x", "2026-01-01T00:00:00Z": "y"}], [{"2026-01-01": 1}]),
    "map<string,array<colour>>": ([{"a": ["RED"]}], [{"a": ["GREEN"]}, {"a": "RED"}]),
    "array<map<string,int>>": ([[{"a": 1}, None]], [[{"a": "1"}]]),
    "address": ([{"typeName": "address", "attributes": {}}, {}], ["here", 1]),
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


PLACE = {
    "name": "place",
    "attributeDefs": [
        attribute("street", "string", isOptional=False),
        attribute("paint", "colour"),
        attribute("within", "place"),
        attribute("others", "map<string,array<place>>"),
    ],
}


def placed(kind, value):
    answer = {
        "enumDefs": [{"name": "colour", "elementDefs": [{"value": "RED"}]}],
        "structDefs": [PLACE],
        "entityDefs": [{"name": "thing", "attributeDefs": [attribute("at", kind)]}],
    }
    return Types(answer).shortfalls("thing", {"at": value})


def place(**members):
    return {"typeName": "place", "attributes": {"street": "s", **members}}


def test_the_members_of_a_struct_are_judged_wherever_it_lies():
    lacking, painted = {"typeName": "place", "attributes": {"paint": "RED"}}, place(paint="GREEN")
    assert placed("place", place(paint="RED", unknown=1)) == []
    assert placed("place", {"street": "s"}) == [], "Atlas takes the members alone for a struct too"
    for kind, put in {"place": lambda one: one, "array<place>": lambda one: [place(), one],
                      "map<string,place>": lambda one: {"k": place(), "l": one}}.items():  # fmt: skip
        assert placed(kind, put(lacking)) == [("at.street", "missing")], kind
        assert placed(kind, put(painted)) == [("at.paint", "illegal")], kind
        assert placed(kind, put("here")) == [("at", "illegal")], kind


def test_a_struct_within_its_own_kind_is_judged_to_the_bottom():
    assert placed("place", place(within=place(within=place()))) == []
    assert placed("place", place(within=place(within={}))) == [("at.within.within.street", "missing")]
    assert placed("place", place(others={"a": [place(), place(paint=1)]})) == [("at.others.paint", "illegal")]


def counted(least, most, cardinality="LIST", optional=True):
    many = {"cardinality": cardinality, "valuesMinCount": least, "valuesMaxCount": most}
    return types(attribute("it", "array<int>", isOptional=optional, **many))


@pytest.mark.parametrize(
    ("known", "fit", "unfit"),
    [
        (counted(2, 3, optional=False), (2, 3), (1, 4)),
        (counted(2, 3, "SET", optional=False), (2, 3), (1, 4)),
        (counted(2, 3), (0, 1, 3), (4,)),  # the graph keeps no least number of what is optional
        (counted(0, 1), (0, 1, 9), ()),  # nor a limit of one
        (counted(-1, -1, optional=False), (1, 9), ()),
        (counted(0, 2**31 - 1), (0, 9), ()),
        (counted(1, 1, "SINGLE", optional=False), (0, 1, 9), ()),  # Atlas counts no array of this cardinality
    ],
)
def test_an_array_holds_as_many_as_its_type_allows(known, fit, unfit):
    def told(many):
        return known.shortfalls("thing", {"name": "n", "it": list(range(many))})

    assert {many: told(many) for many in fit} == {many: [] for many in fit}
    assert {many: told(many) for many in unfit} == {many: [("it", "illegal")] for many in unfit}


def test_an_array_that_must_be_filled_and_holds_nothing_is_missing_as_null_is():
    for value in (None, []):
        for least in (-1, 1, 2):
            known = counted(least, 9, optional=False)
            assert known.shortfalls("thing", {"name": "n", "it": value}) == [("it", "missing")]


def test_classifications_and_relationships_have_their_own_rules_and_their_parents():
    asked = [attribute("level", "int", isOptional=False)]
    known = Types({
        "classificationDefs": [
            {"name": "Tag", "attributeDefs": asked},
            {"name": "PII", "superTypes": ["Tag"], "attributeDefs": [attribute("basis", "string")]},
        ],
        "relationshipDefs": [{"name": "means", "attributeDefs": asked}],
    })  # fmt: skip
    assert known.shortfalls("PII", {"basis": 1}) == [("basis", "illegal"), ("level", "missing")]
    assert known.shortfalls("PII", {"level": 1}) == []
    assert known.shortfalls("means", {"level": "1"}) == [("level", "illegal")]


def test_business_metadata_owes_only_what_the_type_of_its_entity_can_have():
    def of(name, *kinds):
        options = {"applicableEntityTypes": json.dumps(kinds)} if kinds else None
        return attribute(name, "int", isOptional=False, options=options)

    known = Types({
        "entityDefs": [{"name": "Asset"}, {"name": "table", "superTypes": ["Asset"]}, {"name": "db"}],
        "businessMetadataDefs": [
            {"name": "business", "attributeDefs": [of("all", "Asset"), of("db", "db", "x"), of("none")]}
        ],
    })  # fmt: skip
    assert known.business("table", "business", {}) == [("all", "missing")]
    assert known.business("db", "business", {}) == [("db", "missing")]
    assert known.business("table", "business", {"all": 1, "db": "1"}) == [("db", "illegal")]
    assert known.business("table", "novel", {"x": 1}) == []


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
