"""The random pick reaches every stratum and every set as soon as it can, whatever sets there are."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from metadrill.governance import bounds, picking
from metadrill.governance.bounds import Sample
from metadrill.governance.picking import Candidate, Draws, History, Sampling
from metadrill.model.backup import Mode

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)

quick = settings(max_examples=100, deadline=None)
populations = st.lists(
    st.tuples(st.sampled_from(["dev", "prod", "test"]), st.sampled_from([0, 3, 20, 60, 300])),
    min_size=1, max_size=40,
).map(lambda given: [Candidate(f"s{number:02}", "", environment, Mode.FULL, NOW - timedelta(days=days))
                     for number, (environment, days) in enumerate(given)])  # fmt: skip


def _nights(sets: list[Candidate], count: int, salt: bytes) -> list[picking.Pick]:
    """Pick night after night, and remember as the ledger does."""
    often: dict[str, int] = {}
    newest: dict[picking.Stratum, int] = {}
    found = []
    for number in range(1, count + 1):
        seed = picking.seed(salt, (NOW + timedelta(days=number)).date())
        found.append(picking.pick(sets, History(often, newest), seed, NOW))
        name = found[-1].candidate.name
        often[name] = often.get(name, 0) + 1
        newest[found[-1].stratum] = number
    return found


@quick
@given(sets=populations, salt=st.binary(max_size=8))
def test_every_stratum_is_reached_in_as_many_nights_as_there_are_strata(
    sets: list[Candidate], salt: bytes
) -> None:
    strata = {item.stratum(NOW) for item in sets}
    assert {item.stratum for item in _nights(sets, len(strata), salt)} == strata


@quick
@given(sets=populations, salt=st.binary(max_size=8), rounds=st.integers(1, 2))
def test_every_set_is_picked_once_in_as_many_nights_as_there_are_sets(
    sets: list[Candidate], salt: bytes, rounds: int
) -> None:
    names = [item.candidate.name for item in _nights(sets, rounds * len(sets), salt)]
    assert sorted(names) == sorted([item.name for item in sets] * rounds)


@quick
@given(sets=populations, seed=st.binary(min_size=32, max_size=32), order=st.randoms(use_true_random=False))
def test_a_pick_depends_on_nothing_but_what_it_is_given(
    sets: list[Candidate], seed: bytes, order: object
) -> None:
    shuffled = list(sets)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert picking.pick(sets, History(), seed, NOW) == picking.pick(shuffled, History(), seed, NOW)


@quick
@given(seed=st.binary(max_size=32), bound=st.integers(1, 1 << 64))
def test_a_draw_is_below_its_bound(seed: bytes, bound: int) -> None:
    draws = Draws(seed, "x")
    assert all(0 <= draws.below(bound) < bound for _ in range(20))


@quick
@given(
    types=st.dictionaries(st.text(max_size=4), st.integers(0, 500), max_size=30),
    total=st.integers(0, 400),
    least=st.integers(1, 5),
)
def test_every_type_is_represented_and_none_beyond_what_it_has(
    types: dict[str, int], total: int, least: int
) -> None:
    found = picking.quotas(types, Sampling(total, least))
    assert set(found) == {name for name, count in types.items() if count}
    assert all(min(types[name], least) <= count <= types[name] for name, count in found.items())
    assert sum(found.values()) <= max(total, sum(min(count, least) for count in types.values()))


samples = st.integers(0, 60).flatmap(
    lambda sets: st.integers(0, sets).flatmap(
        lambda tested: st.integers(0, tested).map(lambda failed: Sample(sets, tested, failed))
    )
)


@quick
@given(held=st.lists(samples, max_size=6))
def test_a_bound_is_never_below_what_failed_nor_above_what_could_have(held: list[Sample]) -> None:
    failed, untested = sum(item.failed for item in held), sum(item.sets - item.tested for item in held)
    assert failed <= bounds.most_of(held) <= failed + untested


@quick
@given(sample=samples)
def test_what_the_bound_rules_out_was_unlikely_and_what_it_allows_was_not(sample: Sample) -> None:
    most = bounds.most(sample)
    allowed = bounds._found(sample, most)
    assert allowed > bounds.ALPHA
    if most < sample.failed + sample.sets - sample.tested:
        assert bounds._found(sample, most + 1) <= bounds.ALPHA
