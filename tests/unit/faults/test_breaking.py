"""Faults behind the repository's back: the index lost, its documents altered, a file of the graph damaged."""

import pytest

from metadrill.errors import EnvironmentNotReady, MetadrillError, UsageError
from metadrill.faults.alter_documents import AlterDocuments
from metadrill.faults.damage_graph_file import DamageGraphFile
from metadrill.faults.lose_index import LoseIndex
from metadrill.faults.lose_region import LoseRegion
from metadrill.model.scenario import Action
from metadrill.testing import MemorySandboxes, MemoryStack


def struck(fault, stack):
    fault.prepare(stack)
    return fault.inject(stack)


def documents(stack):
    rows = stack.census(frozenset({"documents"})).tables["documents"].to_pylist()
    return {row["guid"]: row for row in rows}


def alter(**params):
    return AlterDocuments(Action("alter_documents", params))


def test_the_truth_is_exactly_what_became_of_the_documents(stack):
    before = documents(stack)
    truth = struck(alter(deleted=0.1, altered=0.3, ghosts=3), stack)
    now = documents(stack)
    assert sorted(before.keys() - now.keys()) == truth["deleted"] != []
    assert sorted(now.keys() - before.keys()) == truth["ghosts"] and len(truth["ghosts"]) == 3
    differing = sorted(guid for guid in before.keys() & now.keys() if before[guid] != now[guid])
    assert differing == [one["guid"] for one in truth["altered"]] and len(differing) > 2
    for one in truth["altered"]:
        assert (
            before[one["guid"]][one["column"]] == one["was"] != one["is"] == now[one["guid"]][one["column"]]
        )
    assert {one["column"] for one in truth["altered"]} == {"state", "type", "modified"}
    assert truth["form"] == "silent" and stack.views()["elasticsearch"] == "green"


def test_the_same_seed_hits_the_same_documents_and_another_others(stack, tmp_path):
    hits = []
    for seed in (7, 7, 8):
        fault = alter(deleted=0.2, altered=0.2, seed=seed)
        fault.prepare(stack)
        hits.append(fault._truth)
    assert hits[0] == hits[1] != hits[2]


def test_at_least_one_document_of_each_is_hit(stack):
    truth = struck(alter(deleted=0.0001, altered=0.0001, ghosts=0), stack)
    assert (len(truth["deleted"]), len(truth["altered"]), truth["ghosts"]) == (1, 1, [])


@pytest.mark.parametrize(
    "params",
    [
        {"deleted": 0}, {"deleted": 1}, {"altered": -0.1}, {"altered": True}, {"altered": "1%"},
        {"ghosts": -1}, {"ghosts": 1.5}, {"ghosts": True}, {"deleted": 0.6, "altered": 0.6}, {"lost": 1},
        {"ghosts": 10_001},
    ],
)  # fmt: skip
def test_what_is_no_share_or_count_is_refused(params):
    with pytest.raises(UsageError, match="alter_documents"):
        alter(**params)


def test_an_index_with_too_few_documents_is_refused(tmp_path):
    empty = MemoryStack(MemorySandboxes(tmp_path).create("empty"))
    empty.boot(None)
    with pytest.raises(UsageError, match="there are 0 documents"):
        alter().prepare(empty)


def test_a_lost_index_answers_with_nothing(stack):
    count = len(documents(stack))
    truth = struck(LoseIndex(Action("lose_index")), stack)
    assert truth["documents"] == count > 0 and truth["indices"]
    answer = stack.search("hive_table", None)
    assert documents(stack) == {} and answer.ok and answer.facts == {"rows": 0}


def test_a_damaged_file_keeps_the_graph_from_opening(stack):
    truth = struck(DamageGraphFile(Action("damage_graph_file", {"bytes": 16})), stack)
    assert truth["bytes"] == 16 and truth["offset"] == 0 and truth["lost"] is False
    assert truth["sha256"]["before"] != truth["sha256"]["after"]
    assert "gave up while starting" in truth["start"] and truth["form"] == "loud"
    assert stack.graph_files()[0].read_bytes()[:16] == bytes(16)
    assert not stack.search("hive_table", None).ok


def test_a_lost_file_is_gone(stack):
    path = stack.graph_files()[0]
    truth = struck(DamageGraphFile(Action("damage_graph_file", {"file": "oldest", "lost": True})), stack)
    assert truth["lost"] is True and truth["file"] == path.name and not path.exists()
    assert "gave up while starting" in truth["start"] and not stack.search("hive_table", None).ok


class Files:
    """A stack with three files, whose server starts whatever was done to them."""

    graph_server = "atlas"

    def __init__(self, folder, *sizes):
        self.paths = tuple(folder / f"{number}.jdb" for number in range(len(sizes)))
        for path, size in zip(self.paths, sizes, strict=True):
            path.write_bytes(b"x" * size)

    def stop(self, name): ...
    def start(self, name): ...

    def graph_files(self):
        return self.paths


@pytest.mark.parametrize(("which", "hit"), [("newest", 2), ("oldest", 0), ("largest", 1)])
def test_the_file_that_is_named_is_hit_and_no_other(tmp_path, which, hit):
    files = Files(tmp_path, 100, 300, 200)
    truth = struck(DamageGraphFile(Action("damage_graph_file", {"file": which, "bytes": 50})), files)
    assert truth["file"] == f"{hit}.jdb" and truth["start"] == "it started" and truth["files"] == 3
    for number, path in enumerate(files.paths):
        raw = path.read_bytes()
        assert raw.count(b"\0") == (50 if number == hit else 0) and len(raw) == (100, 300, 200)[number]


def test_a_graph_without_a_file_cannot_be_hit(tmp_path):
    with pytest.raises(MetadrillError, match="no file to hit"):
        struck(DamageGraphFile(Action("damage_graph_file")), Files(tmp_path))


def test_a_file_that_may_not_be_written_is_told(tmp_path):
    files = Files(tmp_path, 10)
    files.paths = (tmp_path / "elsewhere.jdb",)
    with pytest.raises(MetadrillError, match="No such file"):
        struck(DamageGraphFile(Action("damage_graph_file")), files)


@pytest.mark.parametrize(
    "params", [{"file": "middle"}, {"bytes": 0}, {"bytes": 2**21}, {"bytes": True}, {"lost": 1}, {"where": 3}]
)
def test_what_is_no_parameter_of_a_damaged_file_is_refused(params):
    with pytest.raises(UsageError, match="damage_graph_file"):
        DamageGraphFile(Action("damage_graph_file", params))


@pytest.mark.parametrize(
    "fault",
    [LoseIndex(Action("lose_index")), alter(), DamageGraphFile(Action("damage_graph_file"))],
    ids=lambda fault: type(fault).__name__,
)
def test_a_stack_without_the_ability_is_told_before_anything_breaks(fault):
    with pytest.raises(EnvironmentNotReady) as caught:
        fault.prepare(object())
    assert caught.value.hint


def test_an_index_is_lost_without_parameters():
    with pytest.raises(UsageError, match="takes no parameters"):
        LoseIndex(Action("lose_index", {"index": "x"}))
    LoseIndex(Action("lose_index", {"seed": 7}))


def test_a_region_is_lost_where_there_are_two_and_after_a_length_of_time():
    with pytest.raises(UsageError, match="unknown parameter 'region'"):
        LoseRegion(Action("lose_region", {"region": "a"}))
    with pytest.raises(UsageError, match="patience 'soon'"):
        LoseRegion(Action("lose_region", {"patience": "soon"}))
    with pytest.raises(EnvironmentNotReady, match="stands in one region"):
        LoseRegion(Action("lose_region")).prepare(object())
