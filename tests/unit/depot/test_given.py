"""A set as sources and recoveries see it."""

import pytest

from metadrill.depot import fidelity
from metadrill.errors import BackupError, RecoveryError
from metadrill.model.backup import Method, Mode
from metadrill.stacks.atlas_elasticsearch.attached import Attached, Reached
from metadrill.testing import MemoryStack

from .conftest import BOTH, SOON


class Unasked:
    """A stack that stands: whatever it is asked is too much."""

    def __getattr__(self, name):
        raise AssertionError(f"asked for {name}")


@pytest.mark.parametrize("kind", [Attached, Reached])
@pytest.mark.parametrize("method", list(Method))
def test_t11_nothing_is_put_into_a_stack_that_stands_and_it_is_asked_nothing(shop, kind, method):
    held = shop.take(methods=BOTH)
    with pytest.raises(RecoveryError, match="nothing can be restored into this stack"):
        shop.given(held).put(kind(Unasked()), method)


def test_the_best_way_is_the_files_where_there_are_any(shop):
    assert shop.given(shop.take()).best() is Method.LOGICAL
    assert shop.given(shop.take(methods=BOTH)).best() is Method.PHYSICAL


def test_a_set_that_is_damaged_after_it_was_chosen_is_not_put(shop, empty):
    given, target = shop.given(shop.take(methods=BOTH)), empty()
    given.held.path("index_files").write_bytes(b"another")
    for method in Method:
        with pytest.raises(BackupError, match=r"part\.changed"):
            given.put(target, method)
    assert not target.graph.entities


def test_its_facts_name_the_chain_newest_first(shop):
    full = shop.take()
    shop.stack.write("later")
    shop.stack.settle(SOON)
    given = shop.given(shop.take(Mode.INCREMENTAL))
    assert given.facts["chain"] == [given.name, full.manifest.name]
    assert given.facts["mode"] == "incr" and given.facts["entities"] > 0


def _moving(shop, change):
    export = shop.stack.export

    def changing(into, deadline):
        facts = export(into, deadline)
        change(shop.stack)
        return facts

    shop.stack.export = changing
    held = shop.take(cap=1.0)
    shop.stack.export = export
    return held


def test_what_came_during_the_cut_is_exempt_from_equality_not_from_existence(shop):
    before = set(shop.stack.graph.entities)
    given = shop.given(_moving(shop, lambda stack: stack.write("came")))
    (came,) = set(shop.stack.graph.entities) - before
    expected = given.expected(Method.LOGICAL)
    assert expected.exempt.moving == {came} and not expected.exempt.guids
    assert expected.facts["moving"] == 1


def test_what_went_during_the_cut_is_left_out_wholly(shop):
    went = next(guid for guid, item in shop.stack.graph.entities.items() if item.type == "hive_process")

    def drop(stack: MemoryStack) -> None:
        del stack.graph.entities[went]
        stack.repair_tail()

    expected = shop.given(_moving(shop, drop)).expected(Method.PHYSICAL)
    assert expected.exempt.guids == {went} and went not in expected.exempt.moving


class Single:
    """The twin's dialect, in which some relationships have an end that takes only one."""

    def __init__(self, *kinds):
        self.kinds = frozenset(kinds)

    def single(self, schema):
        return self.kinds


def test_only_relationships_that_share_an_end_which_takes_one_are_contended(shop):
    held = shop.take()
    rows = held.census().tables["relationships"].to_pylist()
    assert fidelity.contended(held, Single()) == frozenset()
    assert fidelity.contended(held, Single("no such type")) == frozenset()
    for kind in {row["type"] for row in rows}:
        ends = {}
        for row in rows:
            if row["type"] == kind:
                ends.setdefault(row["other"], set()).add(row["guid"])
        shared = {guid for guids in ends.values() if len(guids) > 1 for guid in guids}
        found = fidelity.contended(held, Single(kind))
        assert found <= {row["guid"] for row in rows if row["type"] == kind}
        assert found <= shared, "one that shares no end is never exempt"


def test_a_type_with_a_quote_in_its_name_asks_nothing_else(shop):
    assert fidelity.contended(shop.take(), Single("x'; DROP TABLE y; --")) == frozenset()


def test_the_table_of_what_becomes_of_a_set_is_counted_for_logical_ones_alone(shop):
    held = shop.take()
    lines = {line.key: line for line in fidelity.table(held, shop.stack.dialect)}
    assert lines["guids"].count == held.manifest.census.counts["entities"] > 0
    assert lines["contended"].count == 0 and lines["contended"].fate is fidelity.Fate.MAY_CHANGE
    assert fidelity.table(shop.take(methods=frozenset({Method.PHYSICAL})), shop.stack.dialect) == ()
