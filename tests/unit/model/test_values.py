"""The values of the model: units as people write them, verdicts, plans."""

from datetime import timedelta

import pytest

from metadrill.model import units
from metadrill.model.event import KINDS
from metadrill.model.verdict import Verdict, passing, worst
from metadrill.testing import drills


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15m", 900),
        ("90s", 90),
        ("250ms", 0.25),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("2d", 172800),
        ("1.5h", 5400),
    ],
)
def test_a_duration_is_read_as_people_write_it(text, seconds):
    assert units.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "15 minutes", "-5m", "5m!", "1e3s", "٣x", "5M", "nan s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="not a duration"):
        units.duration(text)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (25.2, "25 s"), (118, "1 m 58 s"), (900, "15 m"), (5400, "1 h 30 m"),
     (7200, "2 h"), (119.6, "2 m"), (3599.7, "1 h")],
)  # fmt: skip
def test_a_duration_is_shown_in_its_largest_units(seconds, told):
    assert units.short(seconds) == units.short(timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (741_924, "742 kB"), (290_830_837, "291 MB"),
     (2.5e9, "2.5 GB"), (81e9, "81 GB")],
)  # fmt: skip
def test_a_size_is_shown_in_decimal_units(count, told):
    assert units.size(count) == told


def test_of_checks_it_is_said_how_many_could_pass_and_did():
    assert passing(["pass", "fail", "not_provable"]) == "1 of 2 checks pass; 1 not provable on this stack"
    assert passing(["not_provable"] * 5) == "none of 5 checks is provable on this stack"
    assert passing([], "passed") == "0 of 0 checks passed"


def test_the_worst_verdict_counts_and_none_at_all_proves_nothing():
    assert worst([Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.PASS]) is Verdict.INCONCLUSIVE
    assert worst([Verdict.FAIL, Verdict.INCONCLUSIVE]) is Verdict.FAIL
    assert worst([Verdict.PASS]) is Verdict.PASS
    assert worst([]) is Verdict.INCONCLUSIVE


def test_every_event_kind_is_a_noun_and_a_past_tense_and_says_its_data():
    for kind, data in KINDS.items():
        assert kind.count(".") == 1 and kind == kind.lower() and data


def test_a_plan_names_the_digest_of_every_file_that_decides_what_a_run_is():
    assert set(drills.plan().digests) == {
        "drill", "scenario", "stack", "dataset", "suite:structure", "suite:index", "suite:segments"
    }  # fmt: skip


def test_a_plan_knows_the_deadline_of_a_step_by_its_name():
    assert drills.plan().deadline("settle") == timedelta(seconds=5)
    with pytest.raises(StopIteration):
        drills.plan().deadline("nonsense")


@pytest.mark.parametrize(
    ("text", "count"), [("1B", 1), ("500kB", 500_000), ("2.5 MB", 2_500_000), ("1GB", 10**9)]
)
def test_an_amount_of_bytes_is_read_as_people_write_it(text, count):
    assert units.amount(text) == count == units.rate(f"{text}/s")


@pytest.mark.parametrize("text", ["", "0B", "0.1B", "5", "5 kb", "5KB", "-1B", "1kB/h"])
def test_what_is_no_amount_of_bytes_is_refused(text):
    with pytest.raises(ValueError):
        units.amount(text)
    with pytest.raises(ValueError):
        units.rate(text)
