"""`history`: past runs as they are judged today, and what they foretell; never more than they can."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from metadrill.app import history
from metadrill.app.history import Past
from metadrill.app.settings import Settings
from metadrill.app.storing import Storage
from metadrill.cli import ending
from metadrill.errors import UsageError
from metadrill.governance.forecasting import Point, line
from metadrill.model import units


def test_a_run_is_listed_and_one_size_alone_foretells_nothing(finished):
    project, _ = finished
    (run,) = project.runs
    listed = project.call("history", "list")
    assert listed.code == 0 and run.name in listed.out and "pass" in listed.out
    told = project.call("history", "forecast")
    assert told.code == 5 and "drill it at another size too" in told.out
    row = project.call("history", "forecast", "--json").lines[0]["recoveries"][0]
    assert row["rta_s"] is None and len(row["points"]) == 1


def test_a_ledger_without_runs_has_no_history(project):
    assert project.call("history", "list").out == "no run yet: metadrill run DRILL\n"
    ended = project.call("history", "forecast")
    assert ended.code == 2 and "no recovery was measured" in ended.err


def past(size, rta, verdict="pass", recovery="index_rebuild"):
    return Past(
        f"r-{size}", "2026-03-01", "d", "s", recovery, verdict, size, 250_000, rta, 900.0,
        stack="twin", sandbox="memory",
    )  # fmt: skip


@pytest.fixture
def ledger(monkeypatch, tmp_path):
    """A ledger with these runs, and a depot that grows by 100 entities a day from 1,000 on."""
    repaired = [past(size, rta, recovery="index_repair") for size, rta in ((1000, 20.0), (2000, 25.0))]
    rebuilt = [past(1000, 40.0), past(2000, 70.0), past(4000, 130.0)]
    found = [*rebuilt, past(9000, 1.0, "inconclusive"), *repaired]
    monkeypatch.setattr(history, "runs", lambda settings: found)
    return Settings(project=tmp_path, ledger=tmp_path)


def test_the_fastest_at_that_size_comes_first_and_runs_that_did_not_pass_do_not_count(ledger):
    first, second = history.forecast(ledger, 8000)
    assert (first.recovery, second.recovery) == ("index_repair", "index_rebuild")
    assert first.rta.value == pytest.approx(55.0) and first.rta.off is None
    assert second.rta.value == pytest.approx(250.0) and second.rta.off == pytest.approx(0.0, abs=1e-6)
    assert second.missed_from == pytest.approx((900 - 10) / 0.03)
    assert len(second.points) == 3


def test_without_a_size_it_is_what_the_runs_stood_for(ledger):
    assert {one.size for one in history.forecast(ledger)} == {250_000}


def test_the_day_on_which_the_objective_is_missed_is_that_of_the_growth(ledger, monkeypatch):
    monkeypatch.setattr(history, "_growth", lambda settings: line([Point(20_000, 1000), Point(20_010, 2000)]))
    told = {one.recovery: one for one in history.forecast(ledger, 8000)}
    days = 20_000 + (told["index_rebuild"].missed_from - 1000) / 100
    assert told["index_rebuild"].missed_on == f"{history._EPOCH + history.timedelta(days=days):%Y-%m-%d}"


def test_what_took_longer_than_it_may_counts_as_well(ledger, monkeypatch):
    """Else only what was fast enough would foretell the size from which on nothing is."""
    found = [past(1000, 300.0), past(2000, 600.0), past(4000, 1300.0, "fail"), past(8000, None, "fail")]
    monkeypatch.setattr(history, "runs", lambda settings: found)
    (told,) = history.forecast(ledger, 4000)
    assert [point.y for point in told.points] == [300.0, 600.0, 1300.0]


def test_what_ran_elsewhere_is_foretold_apart(ledger, monkeypatch):
    found = [past(1000, 30.0), past(2000, 40.0), *(
        replace(past(size, rta), **{where: "other"})
        for where in ("stack", "sandbox") for size, rta in ((1000, 300.0), (2000, 700.0))
    )]  # fmt: skip
    monkeypatch.setattr(history, "runs", lambda settings: found)
    told = {one.on: one.rta.value for one in history.forecast(ledger, 3000)}
    assert told == pytest.approx({"twin, memory": 50.0, "other, memory": 1100.0, "twin, other": 1100.0})


@pytest.mark.parametrize("size", [0.0, -5.0, None])
def test_a_limit_that_even_nothing_would_take_longer_than_has_no_day(size):
    assert history._day(size, line([Point(20_000, 1000), Point(20_010, 2000)])) == ""


def test_growth_is_that_of_the_largest_environment(backed):
    for _ in range(2):
        backed.take(environment="east")
    small = history._growth(backed.settings)
    backed.stack.write("more")
    backed.stack.settle(history.timedelta(seconds=5))
    backed.take(environment="west")
    assert small is not None and small.count == 2
    assert history._growth(backed.settings) is None, "one set of the larger one"
    backed.take(environment="west")
    grown = history.growth(backed.settings)
    assert (grown.environment, len(grown.points), grown.line.count) == ("west", 2, 2)


def test_of_one_scenario_alone(ledger):
    with pytest.raises(UsageError, match="no recovery was measured"):
        history.forecast(ledger, scenario="another")


def test_the_plot_has_every_run_as_a_dot_and_every_forecast_as_a_line(ledger):
    drawn = ElementTree.fromstring(history.plot(history.forecast(ledger, 8000)))
    space = "{http://www.w3.org/2000/svg}"
    assert len(list(drawn.iter(f"{space}circle"))) == 5 + 2 + 2, "dots, what is foretold, and the legend"
    assert len([one for one in drawn.iter(f"{space}line") if one.get("stroke-dasharray")]) == 2
    inside = [float(one.get("cy")) for one in list(drawn.iter(f"{space}circle"))]
    assert min(inside) > 0 and max(inside) < 420


def test_the_plot_has_the_objective_and_what_the_sets_take(ledger):
    stored = Storage(3, 30_000_000, 10.0, 5_000_000, points=((0.0, 1e7), (1.0, 2e7), (2.0, 3e7)))
    drawn = ElementTree.fromstring(history.plot(history.forecast(ledger, 8000), stored))
    space = "{http://www.w3.org/2000/svg}"
    texts = ["".join(text.itertext()) for text in drawn.iter(f"{space}text")]
    assert "objective 15 m" in texts, "900 s is far above what was measured, and what it is all about"
    assert "no more room" in texts and "days since the first set" in texts
    assert len(list(drawn.iter(f"{space}circle"))) == 5 + 2 + 2 + 3 + 1
    roomy = history.plot(history.forecast(ledger, 8000), replace(stored, free=500_000_000_000))
    assert "no more room at 500 GB, not drawn" in roomy and ">no more room<" not in roomy


def test_the_plot_shows_what_is_foretold_at_the_size_asked_for_with_its_interval(ledger, monkeypatch):
    runs = [past(1000, 40.0), past(2000, 75.0), past(4000, 130.0)]
    monkeypatch.setattr(history, "runs", lambda settings: runs)
    (one,) = history.forecast(ledger, 8000)
    shown = history._curve(one)
    asked, missed = shown.ahead
    assert (asked.x, asked.y, asked.off) == (8000, one.rta.value, one.rta.off) and one.rta.off > 0
    assert asked.told == f"at 8,000: {units.short(one.rta.value)} ± {units.short(one.rta.off)}"
    assert missed.x == one.missed_from and missed.told.startswith("misses 15 m from ")
    assert asked.told in history.plot([one])


def test_the_plot_has_the_growth_that_the_date_comes_from_and_the_date(ledger, monkeypatch):
    points = (Point(20_000, 1000), Point(20_010, 2000))
    grown = history.Growth("east", points, line(points))
    monkeypatch.setattr(history, "_growth", lambda settings: grown.line)
    told = {one.recovery: one for one in history.forecast(ledger, 8000)}
    drawn = history.plot(list(told.values()), None, grown)
    assert "Entities by the day" in drawn and "days since 2024-10-04" in drawn and "entities of east" in drawn
    day = told["index_rebuild"].missed_on
    assert f"{day}: index_rebuild misses 15 m<" in drawn and f">{day}<" in drawn
    level = history.Growth("east", points, line([Point(20_000, 1000), Point(20_010, 1000)]))
    assert "Entities by the day" not in history.plot(list(told.values()), None, level)


def test_at_the_end_of_a_run_its_full_size_is_foretold_from_the_runs_of_its_drill(
    finished, monkeypatch, capsys
):
    project, _ = finished
    settings = Settings(project.folder, project.folder / ".metadrill")
    (run,) = [path.name for path in project.runs]
    found = history.judged.read(settings, run)[1]
    assert history.at_full_size(settings, replace(found, size={"drilled": 9, "production": None})) is None
    full = replace(found, size={"drilled": 9, "production": 250_000})
    alone = history.at_full_size(settings, full)
    ending.foretold(alone)
    assert alone.rta is None and capsys.readouterr().out == "", "one size alone foretells nothing"
    sizes = iter((1_000, 2_000))
    monkeypatch.setattr(
        history, "_past",
        lambda settings, run: replace(
            past(size := next(sizes), size / 50), run=run, scenario=found.scenario, recovery=found.recovery
        ),
    )  # fmt: skip
    (project.runs[0].parent / f"20990101T000000Z-{found.drill}-ffff").mkdir()
    ending.foretold(history.at_full_size(settings, full))
    said = capsys.readouterr().out
    assert said == (
        "  at 250,000 entities about 1 h 23 m, beyond the objective: foretold from 2 runs at "
        "1,000, 2,000 (twin, memory)\n"
    )
