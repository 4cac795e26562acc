"""The fidelity table measured on the twin: what an import brings back, and what it does not."""

from metadrill.census import build
from metadrill.depot import fidelity, measuring
from metadrill.depot.fidelity import Fate
from metadrill.model.backup import Method
from metadrill.model.qualification import Came


def measured(shop, spoil=lambda rows: None):
    held = shop.take()
    given = shop.given(held)
    shop.stack.destroy()
    shop.stack.renew()
    given.put(shop.stack, Method.LOGICAL)
    after = shop.stack.census()
    rows = {name: table.to_pylist() for name, table in after.tables.items()}
    spoil(rows)
    found = measuring.measure(held, shop.stack.dialect, build(rows, {}))
    return {row.key: row for row in found}


def test_what_the_twin_imports_is_all_kept(shop):
    found = measured(shop)
    assert {row.came for row in found.values()} == {Came.GOOD, Came.ABSENT}
    kept = [row for row in found.values() if row.fate == Fate.KEPT]
    assert all(row.same == row.count and not (row.changed or row.lost or row.anew) for row in kept)
    assert found["guids"].count > 20 and found["relationships"].count > 20


def test_every_line_of_the_table_is_measured_or_said_to_be_untold(shop):
    found = measured(shop)
    assert set(found) == {line[0] for line in fidelity._TABLE} | {"relationships"}
    untold = {key for key, row in found.items() if row.came is Came.ABSENT}
    assert untold == {"type_stamps", "edge_stamps", "history"}
    assert all(found[key].count == -1 and found[key].because == "no census tells" for key in untold)


def test_an_entity_lost_changed_and_invented_is_each_counted_and_not_as_foretold(shop):
    def spoil(rows):
        rows["entities"].pop(0)
        rows["entities"][0]["digest"] = "another"
        rows["entities"].append({**rows["entities"][1], "guid": "invented"})

    found = measured(shop, spoil)
    assert (found["guids"].lost, found["guids"].anew, found["guids"].came) == (1, 1, Came.BAD)
    assert (found["attributes"].changed, found["attributes"].lost) == (1, 1)
    assert found["attributes"].came is Came.BAD


def test_an_edge_that_came_back_otherwise_is_bad_and_a_time_of_update_is_not(shop):
    def spoil(rows):
        rows["relationships"][0]["status"] = "DELETED"
        for row in rows["entities"]:
            row["updated"] += 1

    found = measured(shop, spoil)
    assert (found["relationships"].changed, found["relationships"].came) == (1, Came.BAD)
    stamps = found["update_stamps"]
    assert stamps.changed == stamps.count and stamps.came is Came.GOOD and stamps.fate == Fate.CHANGED


def test_a_table_that_was_not_read_again_is_a_loss(shop):
    def spoil(rows):
        rows["classifications"] = []

    row = measured(shop, spoil)["classifications"]
    assert row.lost == row.count > 0 and row.came is Came.BAD


def test_a_second_entity_of_a_guid_is_no_entity_as_it_was(shop):
    def spoil(rows):
        rows["entities"].insert(0, {**rows["entities"][0], "unique_name": "another", "digest": "another"})

    found = measured(shop, spoil)
    for key in ("guids", "attributes"):
        assert (found[key].changed, found[key].came) == (1, Came.BAD)
