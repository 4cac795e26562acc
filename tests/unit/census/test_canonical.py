"""The canonical form: what may differ without changing a digest, and what may not."""

import math
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadrill.census import canonical

REFERENCE = st.fixed_dictionaries({"guid": st.uuids().map(str), "typeName": st.sampled_from(["t", "u"])})
NAMES = st.text(max_size=8)
SCALARS = (
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | REFERENCE
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4)
        | st.dictionaries(NAMES, inner, min_size=1, max_size=4)
        | st.lists(REFERENCE, min_size=1, max_size=4)
    ),
    max_leaves=12,
)
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=6)


def _digest(attributes: dict[str, Any], **others: Any) -> str:
    return canonical.digest(canonical.entity({"typeName": "t", "attributes": attributes, **others}))


def _shuffled(value: Any, chance: random.Random) -> Any:
    """The same value with keys, and arrays of references, in another order."""
    if isinstance(value, dict):
        items = [(name, _shuffled(one, chance)) for name, one in value.items()]
        chance.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        items = [_shuffled(one, chance) for one in value]
        if all(isinstance(one, dict) and one.keys() == {"guid", "typeName"} for one in items):
            chance.shuffle(items)
        return items
    return value


@given(ATTRIBUTES, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_of_references_changes_nothing(
    attributes: dict[str, Any], chance: random.Random
) -> None:
    assert _digest(attributes) == _digest(_shuffled(attributes, chance))


@given(ATTRIBUTES, NAMES, VALUES)
def test_a_value_added_or_lost_changes_the_digest(attributes: dict[str, Any], name: str, value: Any) -> None:
    without = {key: one for key, one in attributes.items() if key != name}
    assert _digest(without) != _digest({**without, name: value})


@given(ATTRIBUTES, NAMES, SCALARS, SCALARS)
def test_a_changed_value_changes_the_digest(
    attributes: dict[str, Any], name: str, one: Any, other: Any
) -> None:
    same_guid = isinstance(one, dict) and isinstance(other, dict) and one["guid"] == other["guid"]
    equal = same_guid or (one == other and isinstance(one, bool) == isinstance(other, bool))
    assert (_digest({**attributes, name: one}) == _digest({**attributes, name: other})) == equal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, []), (None, {}), (1, 1.0), (0, -0.0), (10, Decimal("1E+1")), (0.5, Decimal("0.50")),
        (1e300, 10**300), (10**400, 10**400),
        (
            {"guid": "g", "typeName": "t"},
            {"guid": "g", "typeName": "t", "displayText": "x", "entityStatus": "ACTIVE"},
        ),
        ([{"guid": "g", "typeName": "t"}] * 2, [{"guid": "g", "typeName": "t"}]),
    ],
)  # fmt: skip
def test_two_ways_to_say_the_same_have_one_form(one: Any, other: Any) -> None:
    assert _digest({"a": one}) == _digest({"a": other})


def test_an_attribute_that_is_null_is_the_same_as_one_that_is_absent() -> None:
    assert _digest({"a": None, "b": 1}) == _digest({"b": 1})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", None), (False, None), (0, None), ([None], None), ([None], []), ({"k": None}, None), ("1", 1),
        (True, 1), ([1, 2], [2, 1]), ([1, 1], [1]), ("\u00e9", "e\u0301"), ("a ", "a"), (1.5, 1.25),
        ([{"guid": "g", "typeName": "t"}], {"guid": "g", "typeName": "t"}),
        ({"guid": "g", "typeName": "t", "size": "1"}, {"guid": "g", "typeName": "t", "size": "2"}),
        ({"guid": "g", "typeName": "t"}, {"@ref": "g"}), (float("nan"), "nan"), ("\ud800", "?"),
        ({"typeName": "s", "attributes": {"a": 1}}, {"typeName": "s", "attributes": {"a": 2}}),
    ],
)  # fmt: skip
def test_a_difference_in_substance_changes_the_digest(one: Any, other: Any) -> None:
    assert _digest({"a": one}) != _digest({"a": other})


@pytest.mark.parametrize("name", ["labels", "customAttributes", "businessAttributes", "typeName"])
def test_labels_custom_and_business_attributes_and_the_type_count(name: str) -> None:
    given: dict[str, Any] = {
        "labels": ["x"], "customAttributes": {"x": "1"}, "businessAttributes": {"b": {"x": 1}},
        "typeName": "z",
    }  # fmt: skip
    plain = {"typeName": "t", "attributes": {}}
    assert canonical.entity(plain) != canonical.entity({**plain, name: given[name]})


def test_stamps_state_and_the_order_of_labels_do_not_count() -> None:
    one = _digest({"a": 1}, labels=["x", "y"], updateTime=1, version=1, status="ACTIVE", guid="g")
    assert one == _digest({"a": 1}, labels=["y", "x"], updateTime=2, version=2, status="DELETED", guid="h")


def test_the_form_of_an_entity_is_pinned_for_version_1() -> None:
    record = {
        "typeName": "hive_table",
        "attributes": {
            "name": "t", "gone": None, "size": 1.0, "ratio": 0.1, "note": "\u00e9",
            "db": {"guid": "b", "typeName": "hive_db"},
            "columns": [{"guid": "d", "typeName": "c"}, {"guid": "c", "typeName": "c"}],
            "serde": {"typeName": "hive_serde", "attributes": {"name": None, "parameters": {"@x": "1"}}},
        },
        "labels": ["b", "a"],
    }  # fmt: skip
    assert canonical.entity(record) == (
        b"metadrill-canonical-1\n"
        b'{"@kind":"entity","attributes":{"columns":{"@refs":["c","d"]},"db":{"@ref":"b"},"name":"t",'
        b'"note":"\\u00e9","ratio":{"@number":"1e-1"},'
        b'"serde":{"@struct":"hive_serde","attributes":{"parameters":{"@@x":"1"}}},"size":1},'
        b'"labels":["a","b"],"type":"hive_table"}'
    )


@pytest.mark.parametrize(
    ("number", "form"),
    [
        (0, "0"), (-0.0, "0"), (0.0, "0"), (1e0, "1"), (-120.0, "-120"),
        (Decimal("12.50"), '{"@number":"125e-1"}'), (10**20, "1" + "0" * 20), (1e20, "1" + "0" * 20),
        (10**21 - 1, "9" * 21), (1 - 10**21, "-" + "9" * 21),
        (10**21, '{"@number":"1e21"}'), (-(10**21), '{"@number":"-1e21"}'), (1e21, '{"@number":"1e21"}'),
        (Decimal("1e21"), '{"@number":"1e21"}'), (120 * 10**20, '{"@number":"12e21"}'),
        (1.5e-7, '{"@number":"15e-8"}'), (-0.25, '{"@number":"-25e-2"}'),
        (math.inf, '{"@number":"inf"}'), (-math.inf, '{"@number":"-inf"}'), (math.nan, '{"@number":"nan"}'),
    ],
)  # fmt: skip
def test_the_form_of_each_kind_of_number_is_pinned_for_version_1(number: Any, form: str) -> None:
    made = canonical.entity({"typeName": "t", "attributes": {"n": number}})
    assert (
        made == f'metadrill-canonical-1\n{{"@kind":"entity","attributes":{{"n":{form}}},"type":"t"}}'.encode()
    )


def test_a_value_without_a_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical.entity({"typeName": "t", "attributes": {"a": object()}})


TYPE: dict[str, Any] = {
    "name": "t", "guid": "1", "createTime": 1, "updateTime": 2, "version": 3, "createdBy": "a",
    "updatedBy": "b", "serviceType": "hive", "superTypes": ["x", "y"], "subTypes": ["z"],
    "attributeDefs": [{"name": "a", "typeName": "int", "isOptional": True}, {"name": "b", "typeName": "int"}],
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"guid": "2"}, {"createTime": 9}, {"updateTime": 9}, {"version": 9}, {"createdBy": "c"},
        {"updatedBy": "c"}, {"subTypes": []}, {"superTypes": ["y", "x"]},
        {"attributeDefs": TYPE["attributeDefs"][::-1]},
        {"endDef1": {"type": None, "name": []}}, {"endDef2": {}},
    ],
)  # fmt: skip
def test_what_a_type_does_not_say_itself_changes_nothing(change: dict[str, Any]) -> None:
    assert canonical.typedef(TYPE) == canonical.typedef({**TYPE, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"name": "u"}, {"serviceType": "x"}, {"superTypes": ["x"]}, {"attributeDefs": []},
        {"description": "d"}, {"elementDefs": [{"value": "v", "ordinal": 1}]}, {"endDef1": {"type": "x"}},
        {"options": {"a": "b"}},
    ],
)  # fmt: skip
def test_what_a_type_says_changes_its_form(change: dict[str, Any]) -> None:
    assert canonical.typedef(TYPE) != canonical.typedef({**TYPE, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"typeName": "x"}, {"attributes": {"level": "low"}}, {"propagate": False},
        {"removePropagationsOnEntityDelete": True}, {"validityPeriods": [{"startTime": "2026"}]},
    ],
)  # fmt: skip
def test_what_a_classification_says_changes_its_form(change: dict[str, Any]) -> None:
    record = {"typeName": "PII", "attributes": {"level": "high"}, "propagate": True, "entityGuid": "g"}
    assert canonical.classification(record) == canonical.classification({**record, "entityGuid": "h"})
    assert canonical.classification(record) != canonical.classification({**record, **change})


def test_what_a_relationship_says_changes_its_form() -> None:
    record = {"typeName": "r", "attributes": {"confidence": 1}}
    assert canonical.relationship(record) != canonical.relationship({"typeName": "r", "attributes": {}})
    assert canonical.relationship(record) != canonical.entity(record)


def test_an_attribute_that_begins_as_our_keys_do_is_kept_apart_from_them() -> None:
    """Else one that is called `@ref` could stand for a reference."""
    form = canonical.entity({"typeName": "t", "attributes": {"@ref": "g", "plain": 1, "@list": [1]}})
    assert b'"@@ref":"g"' in form and b'"@@list":[1]' in form and b'"plain":1' in form


def test_an_array_is_of_references_only_where_nothing_else_is_in_it() -> None:
    """Such an array is a set, and a null in it nothing; in any other each item counts in its place."""
    one = {"guid": "g", "typeName": "t"}
    assert _digest({"of": [one, None]}) == _digest({"of": [one]}) == _digest({"of": [one, one]})
    assert len({_digest({"of": of}) for of in ([one], [one, "x"], ["x", one], [one, "y"])}) == 4
    assert len({_digest({"of": of}) for of in ([], [None], [None, None], [None, "x"], ["x"])}) == 5


@pytest.mark.parametrize("end", ["endDef1", "endDef2"])
def test_what_an_end_of_a_relationship_leaves_empty_is_as_if_it_were_not_said(end: str) -> None:
    said = {"type": "hive_table", "name": "columns", "isContainer": True, "cardinality": "SET"}
    whole = canonical.typedef({**TYPE, end: said})
    assert canonical.typedef({**TYPE, end: {**said, "description": None, "options": {}}}) == whole
    assert canonical.typedef({**TYPE, end: {**said, "isContainer": False}}) != whole
    assert canonical.typedef({**TYPE, end: {**said, "@x": 1}}) != canonical.typedef(
        {**TYPE, end: {**said, "x": 1}}
    )
