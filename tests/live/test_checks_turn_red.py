"""Each check is turned red by one seeded damage in the live stack.

Where no API can do the damage it is done by a Groovy script on the stopped graph, or on the
recorded census; the test's name says which. A damage that no check sees would be a false green.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from metadrill.clients.http import HttpError

GROOVY = Path(__file__).parent / "groovy"
MINUTE = timedelta(minutes=1)


def rows(watch, table, **wanted):
    """Return the rows of the latest census that have these values, in a fixed order."""
    if watch.before is None:
        watch.before = watch.look()
    found = watch.before.tables[table].to_pylist()
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def an_entity(watch, kind, number=0):
    return rows(watch, "entities", type=kind, state="ACTIVE")[number]["guid"]


def names(found):
    return sorted(found)


def test_nothing_done_turns_nothing_red(watch):
    assert watch.red(lambda: None) == {}


def test_check_1_a_type_too_many(watch, stack):
    body = {"enumDefs": [{"name": "live_colour", "elementDefs": [{"value": "RED", "ordinal": 1}]}]}
    found = watch.red(lambda: stack.atlas.change("POST", "/v2/types/typedefs", body))
    assert names(found) == [1]
    assert any("live_colour" in line for row in found[1] for line in row.sample)


def test_check_2_a_type_definition_changed(watch, stack):
    kind = stack.atlas.get("/v2/types/enumdef/name/live_colour")
    kind["elementDefs"].append({"value": "BLUE", "ordinal": 2})
    found = watch.red(lambda: stack.atlas.change("PUT", "/v2/types/typedefs", {"enumDefs": [kind]}))
    assert names(found) == [2]


def test_checks_3_7_and_27_an_entity_invented(watch, stack):
    made = []
    found = watch.red(lambda: made.append(stack.write("live/invented")))
    assert names(found) == [3, 7, 27]
    assert made[0] in found[7][0].sample[0]


def test_checks_3_4_and_18_an_entity_deleted_softly(watch, stack):
    guid = rows(watch, "entities", unique_name="live/invented")[0]["guid"]
    found = watch.red(lambda: stack.delete([guid]))
    assert {3, 4, 18} <= set(found)
    assert guid in found[18][0].sample[0]


def test_checks_4_and_6_an_entity_purged(watch, stack):
    guid = rows(watch, "entities", unique_name="live/invented")[0]["guid"]

    def purge():
        # it purges, and then fails to audit that: the bootstrap types have no __AtlasAuditEntry
        with pytest.raises(HttpError, match="status 500"):
            stack.atlas.change("PUT", "/admin/purge", [guid])

    found = watch.red(purge)
    assert {4, 6} <= set(found)
    assert guid in found[6][0].sample[0]


def test_checks_12_and_15_an_attribute_altered(watch, stack):
    guid = an_entity(watch, "hive_table")
    path = f"/v2/entity/guid/{guid}?name=description"
    found = watch.red(lambda: stack.atlas.change("PUT", path, "altered by one word"))
    assert names(found) == [12, 15]
    assert guid in found[12][0].sample[0]


def test_checks_12_and_32_a_label_altered(watch, stack):
    guid = an_entity(watch, "hive_table", 1)
    found = watch.red(lambda: stack.atlas.change("POST", f"/v2/entity/guid/{guid}/labels", ["live"]))
    assert names(found) == [12, 32], "and Atlas does not move the time of update"


def test_checks_19_25_26_and_27_a_lineage_edge_removed(watch, stack):
    edge = rows(watch, "lineage", direction="inputs")[0]
    relations = rows(watch, "relationships", seen_from=edge["process"], other=edge["entity"])
    guid = next(row["guid"] for row in relations if row["status"] == "ACTIVE")
    found = watch.red(lambda: stack.atlas.change("DELETE", f"/v2/relationship/guid/{guid}"))
    assert {19, 25, 26, 27} <= set(found)
    assert edge["entity"] in found[25][0].sample[0]


def test_check_28_a_direct_classification_stripped(watch, stack):
    tag = rows(watch, "classifications", direct=True)[0]
    path = f"/v2/entity/guid/{tag['entity']}/classification/{tag['name']}"
    found = watch.red(lambda: stack.atlas.change("DELETE", path))
    assert 28 in found
    assert tag["entity"] in found[28][0].sample[0]


def test_check_31_a_term_taken_off_an_entity(watch, stack):
    given = rows(watch, "assignments", seen_from="term")[0]
    relations = rows(watch, "relationships", seen_from=given["term"], other=given["entity"])
    guid = next(row["guid"] for row in relations if row["status"] == "ACTIVE")
    body = [{"guid": given["entity"], "relationshipGuid": guid}]
    path = f"/v2/glossary/terms/{given['term']}/assignedEntities"
    found = watch.red(lambda: stack.atlas.change("PUT", path, body))
    assert 31 in found
    assert given["entity"] in "".join(line for row in found[31] for line in row.sample)


def test_check_33_a_document_deleted(watch, stack, index):
    lost = rows(watch, "documents", type="hive_column")[0]
    path = f"/{index}/_doc/{lost['document']}?refresh=true"
    found = watch.red(lambda: stack.elastic.change("DELETE", path))
    assert names(found) == [33]
    assert lost["guid"] in "".join(line for row in found[33] for line in row.sample)


def test_check_33_a_state_altered_in_the_index_alone(watch, stack, index):
    stale = rows(watch, "documents", type="hive_column", state="ACTIVE")[1]
    path = f"/{index}/_update/{stale['document']}?refresh=true"
    body = {"doc": {"__state": "DELETED"}}
    found = watch.red(lambda: stack.elastic.change("POST", path, body))
    assert 33 in found
    assert stale["guid"] in "".join(line for row in found[33] for line in row.sample)


@pytest.mark.parametrize(
    "source", [{"__guid": "no-such", "__typeName": "hive_table", "__state": "ACTIVE"}, {}]
)
def test_check_33_a_ghost_or_a_stub_in_the_index(watch, stack, index, source):
    body = {**source, "__modificationTimestamp": 1}
    found = watch.red(
        lambda: stack.elastic.change("POST", f"/{index}/_doc/live-{len(source)}?refresh=true", body)
    )
    assert 33 in found


def test_the_repair_of_the_tail_mends_what_differs_and_drops_the_ghost(watch, stack, index):
    stack.elastic.change("DELETE", f"/{index}/_doc/live-0?refresh=true")  # a stub names no entity
    facts = stack.repair_tail()
    assert facts["repaired"] >= 2 and facts["ghosts"] == 1
    assert 33 not in watch.compared(watch.before, watch.look())


def test_check_5_an_entity_made_a_shell_by_a_groovy_script_on_the_stopped_graph(watch, stack):
    guid = an_entity(watch, "hive_table", 2)

    def damage():
        stack.stop("atlas")
        stack.groovy(GROOVY / "shell.groovy", stack.place.root / "scratch" / "shell.json", MINUTE, guid)
        stack.start("atlas")

    found = watch.red(damage)
    assert 5 in found
    assert "hive_table" in found[5][0].sample[0]


def test_check_20_a_dangling_end_on_the_recorded_census(watch):
    ends = {row["other"] for row in rows(watch, "relationships")}
    table = rows(watch, "entities")
    place = next(number for number, row in enumerate(table) if row["guid"] in ends)
    found = watch.without("entities", place)
    assert 20 in found
    assert table[place]["guid"] in "".join(found[20][0].sample)


def test_check_40_a_byte_flipped_under_a_running_engine_that_stays_green(watch, stack, index):
    stack.consolidate(index)
    hit = max((item for item in stack.segments(index) if item.stored_fields), key=lambda item: item.size)
    offset = sum(hit.stored_fields) // 2

    def flip():
        with hit.path.open("r+b") as file:
            file.seek(offset)
            old = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([old ^ 0x55]))

    before = stack.census(frozenset({"segments"}))
    flip()
    try:
        after = stack.census(frozenset({"segments"}))
        assert stack.views()["elasticsearch"] == "green"
        bad = [
            row["file"] for row in after.tables["segments"].to_pylist() if row["stored"] != row["computed"]
        ]
        assert bad == [f"{index}/{hit.name}"]
        assert all(row["stored"] == row["computed"] for row in before.tables["segments"].to_pylist())
    finally:
        flip()
    assert watch.red(lambda: None).get(40) is None
