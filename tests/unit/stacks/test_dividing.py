"""Entries recorded from real exports of Atlas, taken apart."""

import json
from pathlib import Path

import pytest

from metadrill.errors import ArchiveError
from metadrill.stacks.atlas_elasticsearch import dividing
from metadrill.stacks.atlas_elasticsearch.dialect import AtlasDialect

DATA = Path(__file__).parent / "data"


def entry(name):
    return (DATA / f"{name}.json").read_bytes()


def guids(name):
    body = json.loads(entry(name))
    return body["entity"]["guid"], sorted(body["referredEntities"])


def test_a_process_needs_both_its_ends():
    body = json.loads(entry("load-process"))["entity"]
    own, needs = dividing.held(entry("load-process"))
    ends = {item["guid"] for name in ("inputs", "outputs") for item in body["relationshipAttributes"][name]}
    assert own == {body["guid"]} and ends and ends <= needs


def test_a_table_needs_its_database_and_holds_its_columns():
    name = "table-with-a-deleted-column"
    table, owned = guids(name)
    own, needs = dividing.held(entry(name))
    assert own == {table, *owned}
    database = json.loads(entry(name))["entity"]["relationshipAttributes"]["db"]["guid"]
    assert database in needs and not own & needs


def test_a_glossary_does_not_need_the_entities_that_its_terms_are_assigned_to():
    body = json.loads(entry("glossary"))
    own, needs = dividing.held(entry("glossary"))
    assigned = {
        item["guid"]
        for term in body["referredEntities"].values()
        for item in (term.get("relationshipAttributes") or {}).get("assignedEntities") or ()
    }
    assert len(own) == 4 and not needs & assigned


def test_an_entry_of_which_all_is_wanted_stays_as_it_is_byte_by_byte():
    table, owned = guids("table-with-a-deleted-column")
    raw = entry("table-with-a-deleted-column")
    assert list(dividing.pieces(raw, frozenset({table, *owned, "another"}))) == [(table, raw)]


def test_a_table_without_some_of_its_columns_keeps_those_that_are_wanted():
    table, owned = guids("table-with-a-deleted-column")
    ((guid, piece),) = dividing.pieces(entry("table-with-a-deleted-column"), frozenset({table, owned[0]}))
    assert guid == table and set(json.loads(piece)["referredEntities"]) == {owned[0]}


def test_columns_whose_table_is_not_wanted_are_entries_of_their_own():
    _, owned = guids("table-with-a-deleted-column")
    found = dict(dividing.pieces(entry("table-with-a-deleted-column"), frozenset(owned[:2])))
    assert set(found) == set(owned[:2])
    assert all(json.loads(piece)["entity"]["guid"] == guid for guid, piece in found.items())


def test_an_entry_of_which_nothing_is_wanted_gives_nothing():
    assert list(dividing.pieces(entry("glossary"), frozenset({"another"}))) == []


def test_an_entry_that_is_none_is_refused_as_damaged():
    for raw in (b"[]", b"{", b'{"entity": {"guid": "g", "typeName": "t", "attributes": 3}}'):
        with pytest.raises(ArchiveError):
            AtlasDialect().held(raw)
