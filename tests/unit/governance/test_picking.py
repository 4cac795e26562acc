"""The random pick: drawn by the seed alone, strata and sets that were not reached yet first."""

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from metadrill.errors import BackupError
from metadrill.governance import picking
from metadrill.governance.picking import Band, Candidate, Draws, History, Sampling, Stratum
from metadrill.model.backup import Mode

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)


def a_set(name, environment="prod", age=timedelta(hours=1)):
    return Candidate(name, f"digest of {name}", environment, Mode.FULL, NOW - age)


def test_a_seed_is_the_sha256_of_the_head_and_the_date():
    assert picking.seed(b"head\n", date(2026, 3, 1)) == hashlib.sha256(b"head\n2026-03-01").digest()
    assert picking.by_hand("42") == hashlib.sha256(b"42").digest()


@pytest.mark.parametrize(
    ("age", "band"),
    [(timedelta(days=-1), Band.DAY), (timedelta(0), Band.DAY),
     (timedelta(days=1) - timedelta(microseconds=1), Band.DAY), (timedelta(days=1), Band.WEEK),
     (timedelta(days=7), Band.MONTH), (timedelta(days=30), Band.QUARTER),
     (timedelta(days=91), Band.OLDER), (timedelta(days=4000), Band.OLDER)],
)  # fmt: skip
def test_bands_begin_where_the_one_before_ends(age, band):
    assert a_set("x", age=age).stratum(NOW) == Stratum("prod", band)


def test_draws_are_those_of_the_documented_generator():
    blocks = (hashlib.sha256(b"seed" + b"set" + bytes(7) + bytes([n])).digest()[:8] for n in range(50))
    draws = Draws(b"seed", "set")
    assert [draws.below(1000) for _ in range(50)] == [int.from_bytes(b, "big") % 1000 for b in blocks]


def test_a_number_that_would_favour_the_small_ones_is_passed_over():
    half = (1 << 63) + 1  # nearly every second number lies above the largest multiple
    blocks = [hashlib.sha256(b"s" + b"p" + n.to_bytes(8, "big")).digest()[:8] for n in range(40)]
    wanted = [number for number in (int.from_bytes(block, "big") for block in blocks) if number < half]
    draws = Draws(b"s", "p")
    assert 5 < len(wanted) < 35 and [draws.below(half) for _ in wanted] == wanted


def test_some_takes_each_item_once_and_every_order_is_as_likely():
    orders = Counter(Draws(number.to_bytes(4, "big"), "x").some("abc", 3) for number in range(6000))
    assert len(orders) == 6 and all(850 < count < 1150 for count in orders.values())
    assert Draws(b"", "x").some("abc", 0) == ()


def test_the_order_of_the_sets_does_not_matter():
    sets = [a_set(f"s{number}", age=timedelta(days=9 * number)) for number in range(12)]
    seeds = [bytes([number]) for number in range(20)]
    one = [picking.pick(sets, History(), seed, NOW) for seed in seeds]
    assert one == [picking.pick(sets[::-1], History(), seed, NOW) for seed in seeds]
    assert len({item.candidate.name for item in one}) > 5


def test_a_stratum_that_was_never_picked_comes_before_one_with_more_sets():
    sets = [a_set(f"new{number}") for number in range(50)] + [a_set("old", age=timedelta(days=400))]
    history = History({"new0": 1}, {Stratum("prod", Band.DAY): 1})
    for number in range(30):
        found = picking.pick(sets, history, bytes([number]), NOW)
        assert (found.candidate.name, found.strata, found.sets) == ("old", 1, 1)


def test_of_strata_that_all_were_picked_the_one_of_longest_ago_comes():
    sets = [a_set("a1", "a"), a_set("a2", "a"), a_set("b1", "b"), a_set("b2", "b")]
    history = History({"a1": 1, "b1": 1}, {Stratum("a", Band.DAY): 2, Stratum("b", Band.DAY): 1})
    assert {picking.pick(sets, history, bytes([n]), NOW).candidate.name for n in range(20)} == {"b2"}


def test_no_set_is_picked_twice_before_each_was_picked_once():
    sets = [a_set("lonely", "small"), *(a_set(f"s{number}", "large") for number in range(9))]
    history = History({"lonely": 1}, {Stratum("small", Band.DAY): 1, Stratum("large", Band.DAY): 2})
    assert "lonely" not in {picking.pick(sets, history, bytes([n]), NOW).candidate.name for n in range(50)}


def test_the_seed_decides_evenly_among_equals():
    sets = [a_set(f"s{number}") for number in range(5)]
    seeds = [picking.by_hand(str(number)) for number in range(2000)]
    found = Counter(picking.pick(sets, History(), seed, NOW).candidate.name for seed in seeds)
    assert len(found) == 5 and all(330 < count < 470 for count in found.values())


def test_where_there_is_no_set_nothing_is_picked():
    with pytest.raises(BackupError, match="no backup set to pick from") as caught:
        picking.pick([], History(), b"seed", NOW)
    assert caught.value.code == 20


@pytest.mark.parametrize(
    ("types", "total", "wanted"),
    [({"a": 2, "b": 100, "c": 300}, 40, {"a": 2, "b": 10, "c": 27}),
     ({"a": 1, "b": 3, "none": 0}, 40, {"a": 1, "b": 3}),
     ({f"t{n:02}": 50 for n in range(9)}, 10, {f"t{n:02}": 3 for n in range(9)}),
     ({"a": 5, "b": 6}, 100, {"a": 5, "b": 6}),
     ({}, 10, {}), ({"a": 10}, 0, {"a": 3})],
)  # fmt: skip
def test_small_types_are_looked_at_whole_and_large_ones_by_their_size(types, total, wanted):
    assert picking.quotas(types, Sampling(total, 3)) == wanted


def test_entities_are_drawn_by_type_and_none_twice():
    guids = {"table": [f"t{number}" for number in range(100)], "term": ["g1", "g2"], "none": []}
    found = picking.entities(guids, Sampling(20, 3), b"seed")
    assert set(found) == {"table", "term"} and set(found["term"]) == {"g1", "g2"}
    assert len(found["table"]) == len(set(found["table"])) == 18 and set(found["table"]) <= set(
        guids["table"]
    )
    assert found == picking.entities(
        {name: held[::-1] for name, held in guids.items()}, Sampling(20, 3), b"seed"
    )
    assert found["table"] != picking.entities(guids, Sampling(20, 3), b"other")["table"]
