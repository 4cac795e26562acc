"""Recoveries beside each other: by what passed, at one size, with all that was lost."""

from dataclasses import replace

import pytest

from metadrill.app import history, ways_back
from metadrill.app.history import Past
from metadrill.app.settings import Settings
from metadrill.cli import history as printed


def test_each_recovery_of_a_drill_is_beside_the_others(finished):
    project, _ = finished
    told = project.call("plan", "twin", "--compare")
    assert told.code == 0, told.err
    first, second = told.out.splitlines()
    assert first.split()[0] == "index_snapshot" and "median of 1 runs" in first
    assert second.split()[0] == "index_rebuild" and "never drilled with success" in second
    rows = project.call("plan", "twin", "--compare", "--json").lines[0]["recoveries"]
    assert [row["runs"] for row in rows] == [1, 0] and rows[0]["lost"] == 0.0


def past(recovery, size, rta, verdict="pass", losing=(0.0, 0)):
    return Past(
        f"r-{recovery}-{size}", "2026-03-01", "d", "s", recovery, verdict, size, 8000, rta, 900.0,
        *losing, stack="twin", sandbox="memory",
    )  # fmt: skip


def ranked(*runs, production=8000, recoveries=("a", "b", "c")):
    return ways_back.ranked(recoveries, runs, production)


def names(rows):
    return [row.recovery for row in rows]


def test_what_failed_comes_after_what_passed_however_fast_it_was():
    rows = ranked(
        past("a", 1000, 5.0, "fail"), past("a", 2000, 6.0, "fail"),
        past("b", 1000, 40.0), past("b", 2000, 70.0),
    )  # fmt: skip
    assert names(rows) == ["b", "a", "c"]
    assert [(row.passed, row.failed) for row in rows] == [(2, 0), (0, 2), (0, 0)]


def test_one_run_that_passed_is_enough_and_a_run_without_proof_is_none():
    rows = ranked(
        past("a", 1000, None, "inconclusive"), past("a", 1000, 90.0, "fail"),
        past("b", 1000, 95.0), past("b", 1000, 1000.0, "fail"),
    )  # fmt: skip
    assert names(rows) == ["b", "a", "c"] and (rows[0].passed, rows[0].failed) == (1, 1)


def test_recoveries_of_other_sizes_are_ordered_by_what_is_foretold_at_the_size_that_counts():
    """The median of `a` is the smaller one, since its runs were: at full size it takes ten times as long."""
    rows = ranked(
        past("a", 100, 10.0), past("a", 200, 20.0), past("b", 4000, 50.0), past("b", 6000, 60.0),
        recoveries=("a", "b"),
    )  # fmt: skip
    assert [row.rta for row in rows] == [55.0, 15.0] and names(rows) == ["b", "a"]
    assert [row.takes for row in rows] == pytest.approx([70.0, 800.0]) and {row.at for row in rows} == {8000}
    assert [row.foretold.value for row in rows] == pytest.approx([70.0, 800.0])


def test_what_was_measured_at_that_very_size_is_no_forecast():
    rows = ranked(past("a", 8000, 90.0), past("a", 8000, 110.0), past("b", 100, 10.0), past("b", 200, 11.0))
    assert names(rows) == ["b", "a", "c"] and [row.takes for row in rows][:2] == pytest.approx([89.0, 100.0])


def test_where_one_has_no_forecast_the_largest_size_counts_at_which_each_has_a_time():
    rows = ranked(past("a", 1000, 30.0), past("a", 3000, 32.0), past("b", 2000, 20.0), past("b", 2000, 24.0))
    assert names(rows)[:2] == ["b", "a"] and {row.at for row in rows[:2]} == {2000}
    assert [row.takes for row in rows[:2]] == pytest.approx([22.0, 31.0])
    said = [printed._beside(row)[-1] for row in rows[:2]]
    assert said[0] == "drilled at 2,000 entities alone: drill it at another size too"
    assert said[1] == "37 s at 8,000 entities by forecast, ranked by 31 s at 2,000"


def test_of_medians_at_different_sizes_none_is_the_smaller():
    """They stay as the scenario has them, behind what is foretold something of."""
    rows = ranked(
        past("a", 1000, 30.0), past("b", 2000, 20.0), past("c", 1500, 500.0), past("c", 1700, 600.0)
    )
    assert names(rows) == ["c", "a", "b"]
    assert [(row.at, row.takes) for row in rows[1:]] == [(None, None)] * 2
    assert printed._beside(rows[1])[-1].endswith("; until then it is not ranked")
    assert names(ranked(past("a", 1000, 30.0), past("b", 2000, 20.0))) == ["a", "b", "c"]


def test_what_failed_does_not_keep_those_that_passed_from_being_compared():
    rows = ranked(
        past("a", 1000, 30.0), past("a", 2000, 60.0), past("b", 1000, 40.0), past("b", 2000, 50.0),
        past("c", 500, 1.0, "fail"),
    )  # fmt: skip
    assert names(rows) == ["b", "a", "c"] and [row.at for row in rows] == [8000, 8000, 500]


def test_where_the_drill_stands_for_no_size_the_largest_drilled_one_counts():
    rows = ranked(
        past("a", 1000, 10.0), past("a", 2000, 90.0), past("b", 1000, 20.0), past("b", 2000, 30.0),
        production=None,
    )  # fmt: skip
    assert names(rows) == ["b", "a", "c"] and {row.size for row in rows} == {2000}
    assert names(ranked(production=None)) == ["a", "b", "c"]


def test_of_two_as_fast_the_one_that_loses_less_comes_first_writes_during_the_recovery_count():
    runs = (
        past("a", 1000, 30.0, losing=(0.0, 3)),
        past("b", 1000, 30.0),
        past("c", 1000, 30.0, losing=(2.0, 1)),
    )
    rows = ranked(*runs, production=1000)
    assert names(rows) == ["b", "a", "c"]
    assert [printed._beside(row)[3] for row in rows] == [
        "nothing lost", "3 writes lost during the recovery", "1 writes lost, the last 2.0 s of work",
    ]  # fmt: skip
    unknown = replace(runs[1], lost=None)
    assert names(ranked(runs[2], unknown, production=1000))[:2] == ["c", "b"]


def test_a_run_that_ended_before_its_sandbox_hides_none_of_the_others(finished, monkeypatch):
    project, _ = finished
    settings = Settings(project.folder, project.folder / ".metadrill")
    (run,) = history.runs(settings)
    early = replace(run, verdict="inconclusive", rta=None, size=None, sandbox="")
    monkeypatch.setattr(history, "runs", lambda settings: [run, early])
    assert ways_back.compare(settings, "twin")[0].runs == 1


def test_a_past_run_counts_what_was_lost_during_the_recovery(finished, monkeypatch):
    project, _ = finished
    settings = Settings(project.folder, project.folder / ".metadrill")
    read = history.judged.read

    def lossy(settings, run):
        folder, found, reading = read(settings, run)
        return folder, replace(found, lost_during={"graph": (901, 902), "search": (902, 903)}), reading

    monkeypatch.setattr(history.judged, "read", lossy)
    (run,) = history.runs(settings)
    assert (run.lost, run.lost_writes) == (0.0, 3)
