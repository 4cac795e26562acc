"""How the index is made, as JanusGraph makes it; what the engine guesses is told from it."""

from copy import deepcopy

import pytest

from metadrill.clients.http import HttpError
from metadrill.stacks.atlas_elasticsearch import defining
from metadrill.stacks.atlas_elasticsearch.configuration import ALIAS, INDICES

TEXT = {"type": "text", "copy_to": ["all"]}
FIELDS = {"__guid": TEXT, "hive_table": {"properties": {"createTime": {"type": "long", "copy_to": ["all"]}}},
          "all": {"type": "text"}}  # fmt: skip
GUESSED = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
"""What Elasticsearch 7.10.2 makes of a text by itself."""


class Elastic:
    def __init__(self):
        made = {"aliases": {ALIAS: {}}, "mappings": {"properties": deepcopy(FIELDS)}}
        self.indices = {name: deepcopy(made) for name in INDICES}
        self.scripts = {"janusgraph-add": {}, "janusgraph-del": {}}
        self.status = 404

    def get(self, path):
        if path.startswith("/_cluster/state/metadata"):
            return {"metadata": {"stored_scripts": self.scripts}} if self.scripts else {}
        if path[1:] not in self.indices:
            raise HttpError("elasticsearch", f"GET {path}", self.status, "none")
        return {path[1:]: self.indices[path[1:]]}

    def fields(self):
        return self.indices[INDICES[0]]["mappings"]["properties"]


@pytest.fixture
def elastic():
    return Elastic()


def wrong(elastic):
    rows = {row["what"]: row["defined"] for row in defining.definitions(elastic)}
    assert len(rows) == 8
    return {what: told for what, told in rows.items() if told != "yes"}


def test_what_janusgraph_makes_is_as_it_is_made(elastic):
    assert wrong(elastic) == {}


def test_a_field_that_was_guessed_is_named(elastic):
    elastic.fields()["__state"] = GUESSED
    elastic.fields()["hive_table"]["properties"]["retention"] = {"type": "long"}
    assert wrong(elastic) == {f"index {INDICES[0]}": "guessed: __state, one of 2 fields"}


def test_an_index_that_was_guessed_whole_is_no_index_without_the_field_of_all(elastic):
    elastic.indices[INDICES[1]] = {"aliases": {}, "mappings": {"properties": {"__guid": GUESSED}}}
    guessed, alias = f"index {INDICES[1]}", f"alias {ALIAS} of {INDICES[1]}"
    assert wrong(elastic) == {guessed: "guessed: __guid, one of 1 fields", alias: "missing"}


def test_where_no_field_of_all_is_made_none_is_copied_into_it(elastic):
    del elastic.fields()["all"]
    for field in (elastic.fields()["__guid"], elastic.fields()["hive_table"]["properties"]["createTime"]):
        del field["copy_to"]
    assert wrong(elastic) == {}


@pytest.mark.parametrize("index", [{}, {"mappings": {}, "aliases": {ALIAS: {}}}])
def test_an_index_without_a_field_is_told(elastic, index):
    elastic.indices[INDICES[2]] = index
    assert wrong(elastic)[f"index {INDICES[2]}"] in ("missing", "without a field")


def test_what_is_gone_is_missing(elastic):
    del elastic.indices[INDICES[0]]
    elastic.scripts = {"janusgraph-add": {}}
    assert wrong(elastic) == {
        f"index {INDICES[0]}": "missing", f"alias {ALIAS} of {INDICES[0]}": "missing",
        "script janusgraph-del": "missing",
    }  # fmt: skip
    elastic.scripts = {}
    assert {"script janusgraph-add", "script janusgraph-del"} <= wrong(elastic).keys()


def test_an_engine_that_does_not_answer_is_no_index_that_is_gone(elastic):
    elastic.indices, elastic.status = {}, 503
    with pytest.raises(HttpError):
        list(defining.definitions(elastic))
