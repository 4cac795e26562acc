"""Some entities out of a set, with all that they need."""

import json
import zipfile

import pytest

from metadrill.archives import dividing, exports
from metadrill.depot import selecting
from metadrill.errors import ArchiveError, UsageError
from metadrill.model.backup import Method
from metadrill.model.scenario import Action
from metadrill.recoveries.selective_restore import SelectiveRestore
from metadrill.testing import MemoryBackups, contracts


def named(shop, name):
    return next(guid for guid, entity in shop.stack.graph.entities.items() if entity.name == name)


def test_an_entity_comes_with_its_owners_and_not_with_what_it_belongs_beside(shop):
    held = shop.take()
    table, other = named(shop, "sales.table_0"), named(shop, "sales.table_1")
    column = named(shop, "sales.table_0.id")
    found = selecting.closure([held], shop.stack.dialect, frozenset({column}))
    assert found == {column, table, named(shop, "sales")}
    assert other not in found


def test_a_process_comes_with_both_its_ends(shop):
    held = shop.take()
    process = named(shop, "sales.table_0->sales.table_1")
    found = selecting.closure([held], shop.stack.dialect, frozenset({process}))
    assert {named(shop, "sales.table_0"), named(shop, "sales.table_1"), named(shop, "sales")} < found


def test_only_what_was_asked_for_is_put_into_a_stack_and_all_else_stays(shop, empty):
    given = shop.given(shop.take())
    stack = empty()
    stack.create({}, [{"typeName": "hive_db", "attributes": {"qualifiedName": "mine"}}])
    guids = given.closure(frozenset({named(shop, "sales.table_0")}))
    facts = given.put_only(stack, guids)
    assert facts["entities"] == len(guids) == 2
    names = {entity.name for entity in stack.graph.entities.values()}
    assert names == {"mine", "sales", "sales.table_0"}


def test_the_archive_lists_what_it_holds(shop, tmp_path):
    held = shop.take()
    guids = frozenset({named(shop, "sales"), named(shop, "sales.table_0")})
    path = selecting.archive([held], shop.stack.dialect, guids, tmp_path / "some.zip")
    with zipfile.ZipFile(path) as archive:
        raw = [(name, archive.read(name)) for name in archive.namelist()]
    assert {name for name, _ in exports.entries(raw, "it")} == {
        *exports.CONTROL,
        *(f"{g}.json" for g in guids),
    }


def test_a_set_without_export_is_restored_as_a_whole_alone(shop):
    given = shop.given(shop.take(methods=frozenset({Method.PHYSICAL})))
    with pytest.raises(UsageError, match="has no export"):
        given.closure(frozenset({"x"}))
    recovery = SelectiveRestore(Action("it"), MemoryBackups(given))
    with pytest.raises(UsageError, match="has no export"):
        recovery.prepare(shop.stack)


def test_a_set_that_holds_none_of_it_is_no_archive(shop, tmp_path):
    with pytest.raises(ArchiveError, match="nothing of the export is left"):
        selecting.archive([shop.take()], shop.stack.dialect, frozenset({"x"}), tmp_path / "some.zip")


def test_entries_of_an_export_that_are_taken_apart_keep_their_order():
    entries = [
        (exports.ORDER, json.dumps(["b", "a", "b"]).encode()), ("a.json", b"a"), ("b.json", b"b"),
        (exports.INFO, b"{}"),
    ]  # fmt: skip
    made = dict(dividing.only(entries, lambda content: [(content.decode(), content), ("child", b"c")]))
    assert json.loads(made[exports.ORDER]) == ["b", "a", "child"]
    assert list(made) == ["a.json", "child.json", "b.json", exports.INFO, exports.ORDER]


class TestSelective(contracts.SelectiveContract):
    @pytest.fixture
    def stack(self, shop):
        return shop.stack

    @pytest.fixture
    def selective(self, shop):
        return shop.given(shop.take())

    @pytest.fixture
    def some(self, shop):
        return named(shop, "sales.table_0->sales.table_1")
