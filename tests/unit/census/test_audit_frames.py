"""What the audit told before is told still; what came since has to be the restore's own."""

import pytest

from metadrill.census import Census, build, frames
from metadrill.census.exempting import NOTHING, Exempt

LOGICAL = Exempt(rewrites=True)


def event(entity, moment, place=1, **told):
    row = {
        "entity": entity, "event": f"{entity}:{moment}", "place": place, "moment": moment, "actor": "ann",
        "action": "CHANGE", "creates": False, "brought": False, "digest": f"d{moment}",
    }  # fmt: skip
    return {**row, **told}


def census(*events, entities=("a", "b")):
    named = [{"guid": guid, "type": "t", "unique_name": guid, "state": "ACTIVE"} for guid in entities]
    return build({"entities": named, "audit": list(events)}, {})


def said(name, column, before, after, exempt=NOTHING):
    table = frames.join(before, after, exempt)[name]
    return dict(zip(table[table.schema.names[0]].to_pylist(), table[column].to_pylist(), strict=True))


def test_an_entity_of_which_nothing_was_told_is_no_finding_and_is_counted():
    before = census(event("a", 1))
    assert said("audit_told", "told", before, before) == {"a": "yes", "b": "none before"}
    assert said("audit_told", "told", before, census()) == {"a": "lost", "b": "none before"}


def test_a_trail_without_a_creation_is_a_finding_where_it_had_one():
    created = census(event("a", 1, creates=True), event("a", 2, 2))
    headless = census(event("a", 2))
    assert said("audit_begins", "begins", created, created) == {"a": "with its creation"}
    assert said("audit_begins", "begins", created, headless) == {"a": "without its creation"}
    assert said("audit_begins", "begins", headless, headless) == {"a": "already so"}


def test_an_entity_that_was_there_before_without_an_event_may_begin_with_a_change():
    silent = census(event("b", 1, creates=True))
    assert said("audit_begins", "begins", silent, census(event("a", 2)))["a"] == "already so"
    other = census(event("b", 1), entities=("b",))
    assert said("audit_begins", "begins", other, census(event("a", 2)))["a"] == "without its creation"


def test_what_an_import_made_is_the_restores_own_where_one_was_made():
    before = census(event("a", 1))
    brought = event("b", 5, brought=True)
    follows = event("b", 6, 2)
    after = census(event("a", 1), brought, follows)
    since = frames.join(before, after, LOGICAL)["audit_since"].to_pylist()
    assert {row["event"]: row["since"] for row in since} == {
        "a:1": "as it was", "b:5": "by the restore", "b:6": "by the restore"
    }  # fmt: skip
    plain = frames.join(before, after)["audit_since"].to_pylist()
    assert [row["since"] for row in plain if row["event"] != "a:1"] == ["after the restore"] * 2


@pytest.mark.parametrize(
    ("late", "what"),
    [
        (event("b", 7, 2, actor="eve"), "after the restore"),
        (event("b", 4), "after the restore"),
        (event("a", 0), "put among older ones"),
        (event("b", None), "at no time"),
        (event("b", 9_999_999_999_999, 2), "in the future"),
    ],
)
def test_what_no_import_made_is_a_finding_even_after_one(late, what):
    before = census(event("a", 1))
    after = census(event("a", 1), event("b", 5, brought=True), late)
    rows = frames.join(before, after, LOGICAL)["audit_since"].to_pylist()
    assert [row["since"] for row in rows if row["event"] == late["event"]] == [what]


def test_an_import_of_long_ago_excuses_nothing():
    before = census(event("a", 3, brought=True))
    after = census(event("a", 3, brought=True), event("a", 5, 2))
    rows = frames.join(before, after, LOGICAL)["audit_since"].to_pylist()
    assert [row["since"] for row in rows] == ["as it was", "after the restore"]


@pytest.mark.parametrize(
    ("events", "what"),
    [
        ([event("a", 1), event("a", 2, 2), event("a", 3, 3)], "unbroken"),
        ([event("a", 1), event("a", 3, 3)], "an event is missing"),
        ([event("a", 2, 2), event("a", 3, 3)], "an event is missing"),
        ([event("a", 1), event("a", 1)], "an event is there twice"),
        ([event("a", 1), event("a", 3, 2), event("a", 2, 3)], "its times go back"),
        ([event("a", 1), event("a", None, None)], "an event is missing"),
    ],
)
def test_the_places_of_events_are_without_a_gap(events, what):
    assert said("audit_unbroken", "trail", census(), census(*events)) == {"a": what}


def test_an_event_put_between_two_moves_the_younger_one():
    before = census(event("a", 1), event("a", 3, 2))
    after = census(event("a", 1), event("a", 2, 2), event("a", 3, 3))
    assert said("audit_unbroken", "trail", before, after) == {"a": "an event came between older ones"}


def test_the_drills_own_entities_are_left_out():
    before, after = census(event("a", 1)), census(event("a", 1), event("b", 2))
    rows = frames.join(before, after, Exempt(guids=frozenset({"b"})))["audit_since"].to_pylist()
    assert [row["entity"] for row in rows] == ["a"]


def test_without_the_table_there_is_no_frame_and_its_reason_is_said():
    kept = census(event("a", 1))
    gone = Census({name: table for name, table in kept.tables.items() if name != "audit"}, {})
    joined = frames.join(gone, kept)
    for name in ("audit_kept", "audit_told", "audit_unbroken", "audit_begins", "audit_since"):
        assert name not in joined and joined.missing[name] == "baseline census has no table audit"


def test_an_event_without_a_time_is_at_no_time_and_no_null_is_left():
    before, after = census(event("a", 1)), census(event("a", 1), event("b", None))
    rows = {row["event"]: row for row in frames.join(before, after, LOGICAL)["audit_since"].to_pylist()}
    assert (rows["b:None"]["moment"], rows["b:None"]["since"]) == (-1, "at no time")
    assert rows["a:1"]["moment"] == 1


def test_an_event_of_no_time_is_kept_as_such_and_shown_as_minus_one():
    timeless = census(event("a", None))
    assert said("audit_kept", "kept", timeless, timeless) == {"a": "yes"}
    assert said("audit_kept", "moment", timeless, timeless) == {"a": -1}
    assert said("audit_kept", "kept", timeless, census(event("a", -2, event="a:None"))) == {
        "a": "at another time"
    }


def test_a_trail_whose_times_go_back_once_is_told_and_one_that_stands_still_is_not():
    back = census(event("a", 5), event("a", 3, 2), event("a", 9, 3))
    still = census(event("a", 5), event("a", 5, 2, event="second"))
    assert said("audit_unbroken", "trail", back, back) == {"a": "its times go back"}
    assert said("audit_unbroken", "trail", still, still) == {"a": "unbroken"}
    assert said("audit_unbroken", "trail", census(event("a", None)), census(event("a", None))) == {
        "a": "unbroken"
    }
