"""The drawing of recoveries beside each other: in order, on one scale, with what each one lost."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from metadrill import journal, judging
from metadrill.model.verdict import Verdict
from metadrill.packs import ranking

GOLDEN = Path(__file__).parents[2] / "golden" / "journals" / "pass-loud.jsonl"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def passed():
    return judging.assess(journal.read(GOLDEN).events, "0" * 64)


def _timed(found, name, seconds, **others):
    stamps = {key: at and at * seconds / 25 for key, at in found.stamps.items()}
    rta = replace(found.rta, actual=seconds)
    return replace(found, recovery=name, stamps=stamps, rta=rta, **others)


def test_the_fastest_that_passed_is_first_and_one_that_failed_last(passed):
    lost = replace(passed.rpa_graph, seconds=24.97, lost=(8, 12))
    found = [
        _timed(passed, "slow", 50.0),
        _timed(passed, "failed & <fast>", 10.0, verdict=Verdict.FAIL),
        _timed(passed, "lossy", 25.0, rpa_graph=lost, rpa_search=lost),
        _timed(passed, "fast", 25.0),
    ]
    assert [one.recovery for one in ranking.ranked(found)] == ["fast", "lossy", "slow", "failed & <fast>"]
    assert ranking.kept(found[0]) == "nothing lost"
    assert ranking.kept(found[2]) == "2 writes lost, the last 25 s of work"
    drawn = ElementTree.fromstring(ranking.svg(found))
    texts = ["".join(text.itertext()) for text in drawn.iter(f"{SVG}text")]
    assert texts[0] == "corrupted-index-bytes: recoveries, the fastest that passed first, at 2,312 entities"
    assert [text for text in texts if text in {one.recovery for one in found}] == [
        "fast", "lossy", "slow", "failed & <fast>",
    ]  # fmt: skip
    assert "RTA 25 s PASS" in texts and "RTA 10 s FAIL" in texts


def test_the_fastest_that_loses_more_than_another_is_not_passed_off_as_the_best(passed):
    lost = replace(passed.rpa_graph, seconds=3.0, lost=(8,))
    found = [
        _timed(passed, "lossless", 50.0),
        _timed(passed, "lossless & failed", 1.0, verdict=Verdict.FAIL),
        _timed(passed, "fast & lossy", 25.0, rpa_graph=lost),
    ]
    rows = ranking.ranked(found)
    assert [one.recovery for one in rows] == ["fast & lossy", "lossless", "lossless & failed"]
    assert ranking.gentlest(rows) == "lossless" and ranking.gentlest(rows[1:]) == ""
    assert ranking.gentlest(rows[2:]) == ""
    drawn = ElementTree.fromstring(ranking.svg(found))
    assert next(drawn.iter(f"{SVG}text")).text.endswith("; lossless loses the least")
    assert ranking.kept(rows[0]) == "1 writes lost, the last 3.0 s of work", "of the graph alone"


def test_what_was_lost_during_the_recovery_alone_is_no_work_of_before(passed):
    during = replace(passed, lost_during={"graph": (30,), "search": (30, 31)})
    assert ranking.kept(during) == "2 writes lost during the recovery"
    assert (during.lost_work, during.lost_writes) == (0.0, 2)


def test_bars_are_as_long_as_they_took_on_one_scale(passed):
    drawn = ElementTree.fromstring(ranking.svg([_timed(passed, "slow", 50.0), _timed(passed, "fast", 25.0)]))
    bars = [bar for bar in drawn.iter(f"{SVG}rect") if bar.find(f"{SVG}title") is not None]
    rows = {}
    for bar in bars:
        rows.setdefault(bar.get("y"), []).append(float(bar.get("width")))
    fast, slow = (sum(widths) for _, widths in sorted(rows.items(), key=lambda item: float(item[0])))
    assert slow == pytest.approx(2 * fast, rel=0.01)


def test_one_that_was_never_measured_is_drawn_too(passed):
    none = replace(passed.rpa_graph, seconds=None)
    rta = replace(passed.rta, actual=None)
    never = replace(
        passed, rta=rta, stamps=dict.fromkeys(passed.stamps), verdict=Verdict.FAIL,
        rpa_graph=none, rpa_search=none,
    )  # fmt: skip
    texts = "".join(ElementTree.fromstring(ranking.svg([never])).itertext())
    assert "RTA not measured" in texts and "loss not measured" in texts
