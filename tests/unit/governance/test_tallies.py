"""What the coverage ledger comes to: the worst counts, nothing is hidden, nothing pruned away."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from metadrill.governance import coverage, tallies
from metadrill.governance.coverage import Asked
from metadrill.governance.picking import Band, Candidate, Stratum
from metadrill.model.backup import Mode
from metadrill.model.verdict import Verdict

NOW = datetime.now(UTC)
PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def some(count, environment="prod", age=timedelta(hours=1)):
    names = [f"{environment}-{age.days}-{number:02}" for number in range(count)]
    return [Candidate(name, "0", environment, Mode.FULL, NOW - age, {"table": 10}) for name in names]


def run(ledger, sets, nights):
    """Pick a set for each night, days apart and the last today, and note what it came to, if anything."""
    picked = []
    for number, verdict in enumerate(nights):
        day = NOW.date() - timedelta(days=len(nights) - number - 1)
        picked.append(coverage.note_pick(ledger, Asked(f"run-{len(nights)}-{number}", "nightly", day), sets))
        if verdict:
            coverage.note_result(ledger, picked[-1].run, verdict, {"table": 4})
    return picked


def counted(ledger):
    return tallies.coverage(coverage.verify(ledger), NOW)


def figures(tally):
    return tally.sets, tally.tested, tally.failed, tally.unproved, tally.no_result, tally.inconclusive


@pytest.mark.parametrize(
    ("nights", "wanted", "most", "most_if"),
    [([PASS] * 5, (20, 5, 0, 0, 0, 0), 8, 8), ([PASS, FAIL, PASS], (20, 3, 1, 0, 0, 0), 16, 16),
     ([PASS, None, UNSURE, PASS], (20, 2, 0, 2, 1, 1), 15, 17), ([None], (20, 0, 0, 1, 1, 0), 20, 20),
     ([PASS] * 20, (20, 20, 0, 0, 0, 0), 0, 0), ([PASS] * 19 + [None], (20, 19, 0, 1, 1, 0), 0, 1)],
)  # fmt: skip
def test_sets_are_counted_by_what_they_came_to(ledger, nights, wanted, most, most_if):
    run(ledger, some(20), nights)
    whole = counted(ledger).whole
    assert (figures(whole), whole.most, whole.most_if) == (wanted, most, most_if)


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [(FAIL, PASS, (3, 1, 1, 0, 0, 0)), (PASS, FAIL, (3, 1, 1, 0, 0, 0)), (UNSURE, PASS, (3, 0, 0, 1, 0, 1)),
     (None, PASS, (3, 1, 0, 0, 1, 0)), (PASS, None, (3, 1, 0, 0, 1, 0)), (None, None, (3, 0, 0, 1, 2, 0))],
)  # fmt: skip
def test_an_occurrence_run_again_counts_once_with_the_worst_and_what_gave_no_result_is_shown(
    ledger, first, second, wanted
):
    one = coverage.note_pick(ledger, Asked("one", "nightly", NOW.date()), some(3))
    two = coverage.note_pick(ledger, Asked("two", "nightly", NOW.date()), some(3))
    assert one.set == two.set
    for name, verdict in (("one", first), ("two", second)):
        if verdict:
            coverage.note_result(ledger, name, verdict, {})
    assert figures(counted(ledger).whole) == wanted


def test_a_pass_by_hand_counts_for_nothing_and_a_failure_always(ledger):
    for name, verdict in (("a", PASS), ("b", PASS), ("c", None)):
        coverage.note_pick(ledger, Asked(name, "nightly", NOW.date(), name), some(20))
        if verdict:
            coverage.note_result(ledger, name, verdict, {})
    found = counted(ledger)
    assert (figures(found.whole), found.picks, found.by_hand) == ((20, 0, 0, 0, 1, 0), 3, 3)
    coverage.note_result(ledger, "c", FAIL, {})
    assert figures(counted(ledger).whole) == (20, 1, 1, 0, 0, 0)


def test_a_set_that_failed_cannot_be_pruned_away(ledger):
    passed, failed, unproved = run(ledger, some(10), [PASS, FAIL, None])
    gone = {passed.set, failed.set, unproved.set}
    left = [item for item in some(10) if item.name not in gone]
    coverage.note_pick(ledger, Asked("next", "nightly", NOW.date(), "by hand"), left)
    whole = counted(ledger).whole
    assert figures(whole) == (9, 1, 1, 1, 2, 0), "seven are left, and two that did not pass"


def test_each_stratum_has_its_own_tally_from_young_to_old(ledger):
    sets = [*some(4), *some(3, age=timedelta(days=3)), *some(2, age=timedelta(days=99)), *some(1, "test")]
    run(ledger, sets, [PASS] * 4)
    found = counted(ledger)
    assert list(found.strata) == [Stratum("prod", Band.DAY), Stratum("prod", Band.WEEK),
                                  Stratum("prod", Band.OLDER), Stratum("test", Band.DAY)]  # fmt: skip
    assert [figures(item)[:3] for item in found.strata.values()] == [
        (4, 1, 0),
        (3, 1, 0),
        (2, 1, 0),
        (1, 1, 0),
    ]
    assert [item.percent for item in found.strata.values()] == [75.0, 66.7, 50.0, 0.0]
    later = tallies.coverage(coverage.read(ledger), NOW + timedelta(days=500))
    assert [stratum.band for stratum in later.strata] == [Band.OLDER, Band.OLDER], "sets grow older"


def test_entities_are_counted_by_type(ledger):
    run(ledger, some(5), [PASS, FAIL, None])
    assert counted(ledger).types == {"table": (8, 20)}


def test_a_ledger_without_picks_has_covered_nothing(ledger):
    found = counted(ledger)
    assert (figures(found.whole), found.strata, found.picks) == ((0, 0, 0, 0, 0, 0), {}, 0)
    assert not ledger.exists() and found.whole.percent == 0.0


def test_the_facts_of_a_run_are_plain_and_say_where_the_seed_came_from(ledger):
    picked = run(ledger, some(20), [PASS, FAIL, None])[1]
    told = tallies.facts(coverage.verify(ledger), picked.run, NOW)
    assert json.loads(json.dumps(told)) == told
    assert told["seed"] == {
        "value": picked.seed, "how": "checkpoint", "given": list(picked.given),
        "drill": "nightly", "occurrence": picked.occurrence, "attempt": 1, "rule": "pick/v1",
        "set": picked.set,
        "manifest": picked.digest, "environment": "prod",
        "age": "day",
    }  # fmt: skip
    assert told["coverage"]["whole"]["tested"] == told["coverage"]["strata"][0]["tested"] == 2
    assert told["coverage"]["says"] == (
        "2 of 20 tested, 1 failure, at most 95 % defective at 95 %; 1 picked and not proved: 95 % if they are"
        " defective"
    )
    with pytest.raises(KeyError):
        tallies.facts(coverage.read(ledger), "another", NOW)
