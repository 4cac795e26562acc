"""Entities laid down as they are read: the same one listed again counts once, another of its guid stays."""

import pyarrow.parquet as pq
import pytest

from metadrill.census import laying, stored
from metadrill.census.tables import GRAPH, SCHEMAS
from metadrill.errors import CheckerError
from metadrill.model.verdict import CheckVerdict

PLAIN = {
    "guid": "g", "type": "t", "unique_name": "n", "state": "ACTIVE", "shell": False, "created": 1,
    "created_by": "ada", "updated": 5, "updated_by": "ada", "digest": "d",
}  # fmt: skip
LABEL = ("g", "label", "gold", "x")


def lay(folder, came, tables=GRAPH):
    """Lay down entities, each as changes of the plain one and its annotations, among others."""
    made = laying.Laying(folder, tables)
    for turn, (changes, *annotations) in enumerate(came):
        other = {**PLAIN, "guid": f"other-{turn}"}
        made.add(other["guid"], {"entities": [tuple(other.values())]})
        rows = {"entities": [{**PLAIN, **changes}], "annotations": annotations, "lineage": [("g", "in", "x")]}
        made.add("g", {table: found for table, found in rows.items() if table in made.needs})
    return made.finish()


def rows(files, table="entities"):
    found = pq.read_table(files[table]).to_pylist()
    return [row for row in found if not row.get("guid", "").startswith("other-")]


@pytest.mark.parametrize("batch", [1, 3, 20_000])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_the_same_entity_listed_again_changes_nothing(tmp_path, monkeypatch, batch, times):
    monkeypatch.setattr(stored, "_BATCH", batch)
    files = lay(tmp_path, [({}, LABEL)] * times)
    assert rows(files) == [PLAIN]
    assert len(rows(files, "annotations")) == len(rows(files, "lineage")) == 1
    assert pq.read_table(files["entities"]).num_rows == 1 + times
    assert set(files) == GRAPH and {path.parent for path in files.values()} == {tmp_path / "graph"}


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "u"},
        {"unique_name": "m"},
        {"unique_name": "m", "updated": 6},
        {"digest": "e"},
        {"state": "DELETED"},
        {"shell": True},
        {"created": 2},
        {"created_by": "bob", "updated": 6},
        {"updated_by": "bob"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_another_entity_of_the_same_guid_stays_and_turns_check_9_red(tmp_path, ninth, changes):
    files = lay(tmp_path, [({}, LABEL), (changes, LABEL), ({}, LABEL), (changes, LABEL)])
    assert len(rows(files)) == 2 and {**PLAIN, **changes} in rows(files)
    assert len(rows(files, "annotations")) == len(rows(files, "lineage")) == 2
    told = ninth(stored.read(files))
    assert (told.verdict, told.unexpected, told.examined) == (CheckVerdict.FAIL, 1, 5)
    assert "has a guid that 2 entities have" in told.sample[0]


@pytest.mark.parametrize(
    ("changes", "annotations"),
    [
        ({"updated": 6, "digest": "e"}, [LABEL]),
        ({"updated": 6, "updated_by": "bob", "state": "DELETED"}, [LABEL]),
        ({"updated": 6, "shell": True}, [LABEL]),
        ({"digest": "e"}, []),
        ({"digest": "e"}, [LABEL, ("g", "business", "quality.score", "y")]),
    ],
)
def test_an_entity_that_was_written_between_two_readings_of_it_counts_once_as_it_was(
    tmp_path, ninth, changes, annotations
):
    """The second case moves no time of update: Atlas puts labels and business metadata on so."""
    files = lay(tmp_path, [({}, LABEL), (changes, *annotations), ({}, LABEL), (changes, *annotations)])
    assert rows(files) == [PLAIN] and len(rows(files, "annotations")) == 1
    assert ninth(stored.read(files)).verdict is CheckVerdict.PASS


@pytest.mark.parametrize("kind", ["owner", "custom"])
def test_an_attribute_does_not_pass_for_a_label(tmp_path, kind):
    files = lay(tmp_path, [({}, ("g", kind, "n", "x")), ({"digest": "e"}, ("g", kind, "n", "y"))])
    assert len(rows(files)) == 2


def test_another_entity_shows_beside_one_that_was_written_meanwhile(tmp_path):
    written, another = {"updated": 6, "digest": "e"}, {"updated": 6, "digest": "f"}
    files = lay(tmp_path, [({},), (written,), (another,)])
    assert rows(files) == [PLAIN, {**PLAIN, **another}]


@pytest.mark.parametrize("table", sorted(GRAPH))
def test_what_counts_does_not_depend_on_what_was_asked_for(tmp_path, table):
    came = [({}, LABEL), ({"digest": "e"}, LABEL), ({"updated": 7}, LABEL), ({"unique_name": "m"},)]
    whole = lay(tmp_path / "whole", came)
    alone = lay(tmp_path / "alone", came, frozenset({table}))
    assert set(alone) == {table} and pq.read_table(alone[table]).equals(pq.read_table(whole[table]))
    assert len(rows(whole)) == 3


def test_nothing_is_kept_in_memory_for_each_entity(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "_BATCH", 10)
    made = laying.Laying(tmp_path, GRAPH)

    def held(thing):
        if isinstance(thing, dict | list | set | tuple):
            return len(thing) + sum(map(held, thing.values() if isinstance(thing, dict) else thing))
        return sum(map(held, vars(thing).values())) if isinstance(thing, stored.Writer) else 0

    sizes = []
    for number in range(200):
        made.add(f"g-{number}", {"entities": [tuple({**PLAIN, "guid": f"g-{number}"}.values())]})
        sizes.append(sum(held(thing) for thing in vars(made).values()))
    assert max(sizes[100:]) == max(sizes[:100])


@pytest.mark.parametrize(
    "changes", [{"digest": ["d"]}, {"updated": 2**70}, {"created": {}}, {"updated": "x"}]
)
def test_a_value_that_no_column_holds_is_a_typed_error(tmp_path, changes):
    with pytest.raises(CheckerError, match="entities: a value is none that its column can hold"):
        lay(tmp_path, [(changes,)])


def test_an_entity_without_a_row_is_none(tmp_path):
    made = laying.Laying(tmp_path, GRAPH)
    made.add("__internal", {})
    made.add("g", {"lineage": [("g", "in", "x")]})
    made.add("g", {"lineage": [("g", "in", "x")]})
    files = made.finish()
    assert set(files) == GRAPH and rows(files) == [] and len(rows(files, "lineage")) == 1


def test_each_guid_of_a_table_is_given_once(tmp_path):
    files = lay(tmp_path, [({},), ({"type": "u"},), ({"type": "v"},)])
    assert list(stored.guids(files["entities"])) == ["g", "other-0", "other-1", "other-2"]
    assert SCHEMAS["entities"].names == list(PLAIN)
