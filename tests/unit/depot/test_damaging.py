"""Sets damaged on purpose: each damage is found by its own code, and what is signed anew is genuine."""

from dataclasses import replace

import pytest

from metadrill.archives import exports
from metadrill.depot import composing, damaging, verifying
from metadrill.depot.damaging import Bench
from metadrill.errors import UsageError
from metadrill.model.backup import Method, Mode

BOTH = frozenset(Method)


@pytest.fixture
def bench(shop):
    return Bench(shop.depot, shop.signer)


def codes(shop, name, *, content=False):
    if content:
        return sorted(
            {found.code.value for found in verifying.verify(shop.depot, name, shop.stack.dialect).problems}
        )
    return [problem.code.value for problem in verifying.files(shop.depot, name)[1]]


@pytest.mark.parametrize("seed", range(5))
def test_a_byte_is_flipped_where_the_truth_says(shop, seed):
    held = shop.take(methods=BOTH)
    truth = damaging.byte(held, seed)
    raw = (held.folder / truth["file"]).read_bytes()
    assert f"{raw[truth['offset']]:02x}" == truth["new"] != truth["old"]
    assert codes(shop, held.manifest.name) == ["part.changed"]


def test_the_same_seed_hits_the_same_byte(shop):
    held = shop.take()
    once, twice = damaging.byte(held, 3), damaging.byte(held, 3)
    assert (once["file"], once["offset"]) == (twice["file"], twice["offset"])


def test_a_lost_part_is_missing_and_a_forged_manifest_does_not_hold(shop):
    held = shop.take()
    damaging.lose(held, 1)
    assert codes(shop, held.manifest.name) == ["part.missing"]
    other = shop.take(environment="west")
    damaging.forge(other)
    assert codes(shop, other.manifest.name) == ["manifest.unreadable"]


def test_an_older_set_under_the_name_of_the_newest_is_found(shop, bench):
    held = shop.take()
    truth = damaging.relabel(bench, held)
    assert truth["holds"] < held.manifest.name and shop.depot.names() == [held.manifest.name]
    assert codes(shop, held.manifest.name) == ["set.renamed"]


@pytest.mark.parametrize("of", ["environment", "cluster", "jurisdiction", "version"])
def test_a_set_of_something_else_is_genuine(shop, bench, of):
    held = shop.take(methods=BOTH)
    other = damaging.resigned(bench, held, damaging.SWAPS[of])
    assert codes(shop, other.manifest.name, content=True) == []
    assert other.manifest.identity != held.manifest.identity and other.manifest.parts == held.manifest.parts


def test_a_set_of_two_cuts_says_so_itself(shop, bench):
    held = shop.take(methods=BOTH)
    mixed = damaging.resigned(bench, held, damaging.mixed_cut).manifest
    assert mixed.cut.skew_s >= 86_400 and mixed.cut.ended == held.manifest.cut.ended
    assert codes(shop, mixed.name) == ["cut.mixed"]


def test_a_thinned_set_passes_every_look_at_its_files_and_not_that_at_its_content(shop, bench):
    shop.take()
    shop.stack.write("after the full set")
    held = shop.take(Mode.INCREMENTAL)
    thin, truth = damaging.thinned(bench, held, shop.stack.dialect, (3, 40))
    assert len(truth["left_out"]) == 3
    assert codes(shop, thin.manifest.name) == []
    assert "census.differs" in codes(shop, thin.manifest.name, content=True)
    names = {name for name, _ in composing.entries(shop.depot.chain(thin))}
    assert exports.ORDER in names and not names & {f"{guid}.json" for guid in truth["left_out"]}
    assert thin.manifest.census == held.manifest.census and thin.manifest.parent == ""


def test_more_than_there_is_cannot_be_left_out(shop, bench):
    with pytest.raises(UsageError, match="entities could be left out"):
        damaging.thinned(bench, shop.take(), shop.stack.dialect, (10_000, 1))


def test_a_copy_stands_beside_its_chain_and_verifies(shop, tmp_path):
    shop.take()
    shop.stack.write("after the full set")
    held = shop.take(Mode.INCREMENTAL)
    elsewhere = replace(shop.depot, path=tmp_path / "own")
    copy = damaging.copied(shop.depot.chain(held), elsewhere)
    assert copy.manifest == held.manifest and len(elsewhere.names()) == 2
    assert verifying.files(elsewhere, copy.manifest.name)[1] == []
