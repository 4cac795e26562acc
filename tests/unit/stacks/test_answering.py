"""What a running Atlas says of itself: a question that was not put is never one that was answered."""

import pytest

from metadrill.errors import Unreachable
from metadrill.stacks.atlas_elasticsearch import answering
from metadrill.stacks.atlas_elasticsearch.types import Types

ALL = ["types", "search for db", "an entity by its guid", "lineage"]


class Atlas:
    """Answers by path and, for a search, by type; what it has no answer for it does not answer."""

    def __init__(self, **found):
        self.found, self.headers, self.named = found, ["t"], "guid"

    def get(self, path, timeout=None):
        if path.startswith("/v2/types"):
            return self.headers
        if path.startswith("/v2/entity"):
            return {"entity": {self.named: path.split("/")[-1].split("?")[0]}}
        return {"baseEntityGuid": path.split("/")[-1].split("?")[0]}

    def ask(self, path, body, timeout=None):
        guids = self.found.get(body["typeName"])
        if guids is None:
            raise Unreachable("atlas: HTTP 500")
        return {"entities": [{"guid": guid} for guid in guids]} if guids else {}


def told(atlas, *words):
    return {row["probe"]: row["outcome"] for row in answering.answers(atlas, *words)}


def test_every_question_is_put_and_answered():
    rows = list(answering.answers(Atlas(db=["1"], table=["2"]), "db", "table"))
    assert [row["probe"] for row in rows] == ALL
    assert {row["outcome"] for row in rows} == {"answered"}
    assert all(0 <= row["took"] <= row["limit"] == 10_000 for row in rows)


def test_where_there_is_nothing_there_is_nothing_to_ask_of():
    answered, nothing = answering.ANSWERED, answering.NOTHING
    assert list(told(Atlas(), "", "").values()) == [answered, nothing, nothing, nothing]
    assert list(told(Atlas(db=["1"]), "db", "").values()) == [answered, answered, answered, nothing]


@pytest.mark.parametrize("table", [None, []])
def test_lineage_whose_root_is_not_found_was_not_answered(table):
    outcome = told(Atlas(db=["1"], table=table), "db", "table")["lineage"]
    assert outcome.startswith("not asked: search for table: ") and outcome[11:] not in ("", "answered")


@pytest.mark.parametrize("db", [None, []])
def test_an_entity_that_search_does_not_find_was_not_answered(db):
    rows = told(Atlas(db=db, table=["2"]), "db", "table")
    assert rows["an entity by its guid"].startswith("not asked: search for db: ")
    assert rows["search for db"] not in ("answered", answering.NOTHING) and rows["lineage"] == "answered"


def test_what_could_not_be_asked_because_nobody_knows_what_is_there_was_not_answered():
    rows = told(Atlas(), "", "", "atlas: HTTP 503")
    assert list(rows)[1:] == ["search", "an entity by its guid", "lineage"]
    assert set(list(rows.values())[1:]) == {"not asked: atlas: HTTP 503"}


def test_another_entity_or_none_of_the_types_is_no_answer():
    atlas = Atlas(db=["1"], table=["2"])
    atlas.headers, atlas.named = [], "other"
    wrong = "an answer without what must be in it"
    assert told(atlas, "db", "table") == dict(zip(ALL, [wrong, "answered", wrong, "answered"], strict=True))


class Checked:
    def __init__(self, **answer):
        self.answer = answer

    def ask(self, path, body):
        assert (path, body["fixIssues"]) == ("/admin/checkstate", False)
        return self.answer


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"state": "OK", "entitiesScanned": 3}, "OK"),
        ({"state": "OK", "entitiesScanned": 0}, answering.SCANNED_NOTHING),
        ({"state": "OK"}, answering.SCANNED_NOTHING),
        ({"entitiesScanned": 3}, "not said"),
        ({"state": "OK", "entitiesScanned": 3, "entitiesPartiallyFixed": 1}, "NOT_FIXED"),
    ],
)
def test_a_check_of_the_graph_that_looked_at_nothing_found_nothing_in_order(answer, state):
    (row,) = answering.consistency(Checked(**answer))
    assert row["state"] == state


def test_a_type_derives_from_those_above_it_even_where_they_go_in_a_circle():
    above = {"table": ["DataSet"], "DataSet": ["Asset"], "Asset": [], "a": ["b"], "b": ["a"]}
    types = Types({"entityDefs": [{"name": name, "superTypes": up} for name, up in above.items()]})
    assert [name for name in above if types.derives(name, answering.LINEAGE_OF)] == ["table", "DataSet"]
    assert not types.derives("unknown", ("DataSet",)) and types.derives("DataSet", ("DataSet",))
