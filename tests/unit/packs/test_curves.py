"""Curves: what lies ahead is drawn where it is not too far, and told where it is."""

from xml.etree import ElementTree

import pytest

from metadrill.packs import curves
from metadrill.packs.curves import Curve, Mark, Panel

SPACE = "{http://www.w3.org/2000/svg}"
POINTS = ((1000.0, 40.0), (2000.0, 70.0), (4000.0, 130.0))


def drawn(*ahead, limits=None, points=POINTS):
    curve = Curve("s: index_rebuild", points, lambda x: 10 + 0.03 * x, ahead)
    panel = Panel("RTA against size", "entities", "RTA, seconds", [curve], limits or {})
    return ElementTree.fromstring(curves.svg([panel]))


def texts(picture):
    return ["".join(text.itertext()) for text in picture.iter(f"{SPACE}text")]


def dots(picture):
    """Measured ones first, then hollow ones, then the legend's."""
    every = list(picture.iter(f"{SPACE}circle"))
    return [(float(one.get("cx")), float(one.get("cy")), one.get("fill")) for one in every]


def upright(picture):
    lines = [
        [float(one.get(name)) for name in ("x1", "y1", "x2", "y2")] for one in picture.iter(f"{SPACE}line")
    ]
    return [(x1, y1, y2) for x1, y1, x2, y2 in lines if x1 == x2]


def test_without_anything_ahead_it_reaches_beyond_what_was_measured():
    (_, _, last, _) = dots(drawn())
    assert last[0] == pytest.approx(80 + 450 / 1.25, abs=0.1)


@pytest.mark.parametrize("ahead", [(Mark(8000, "asked", 250.0),), (Mark(8000, "missed"),)])
def test_it_reaches_to_what_is_asked_and_to_where_it_is_missed(ahead):
    picture = drawn(*ahead)
    assert dots(picture)[2][0] == pytest.approx(80 + 450 / 2, abs=0.1)
    assert ahead[0].told in texts(picture)


def test_what_is_foretold_is_hollow_and_its_interval_upright_around_it():
    picture = drawn(Mark(8000, "asked", 250.0, 30.0))
    x, y, fill = dots(picture)[3]
    assert fill == "#ffffff" and x == pytest.approx(530, abs=0.1)
    ((across, low, high),) = upright(picture)
    assert across == x and high < y < low and low - y == pytest.approx(y - high, abs=0.2)
    assert upright(drawn(Mark(8000, "asked", 250.0))) == [], "nothing tells how far it may be off"


def test_an_interval_that_is_wider_than_all_the_rest_is_cut_at_the_edge():
    ((_, low, high),) = upright(drawn(Mark(8000, "asked", 250.0, 5000.0)))
    assert high == pytest.approx(40, abs=0.1) and low == pytest.approx(370, abs=0.1)


def test_what_is_more_than_fifty_times_what_was_measured_is_told_and_not_drawn():
    picture = drawn(Mark(200_000, "at the edge", 6010.0), Mark(200_001, "too far", 6010.1))
    assert "at the edge" in texts(picture) and "too far, not drawn" in texts(picture)
    assert len(dots(picture)) == 3 + 1 + 1
    assert dots(picture)[2][0] == pytest.approx(80 + 450 / 50, abs=0.1)


def test_a_limit_is_drawn_however_far_it_is_above_what_was_measured():
    picture = drawn(limits={14_400.0: "objective 4 h"})
    (limit,) = [one for one in picture.iter(f"{SPACE}line") if one.get("stroke") == "#c0392b"]
    assert 40 < float(limit.get("y1")) < 60 and "objective 4 h" in texts(picture)


def test_a_labelled_place_is_led_down_to_the_axis():
    picture = drawn(Mark(8000, "2027-01-01: index_rebuild misses 15 m", 250.0, label="2027-01-01"))
    assert [(low, high) for _, high, low in upright(picture)] == [(370.0, dots(picture)[3][1])]
    assert "2027-01-01" in texts(picture)


def test_labels_of_places_close_by_do_not_lie_on_each_other():
    picture = drawn(
        Mark(8000, "one", 250.0, label="2027-01-01"), Mark(8010, "two", 250.3, label="2027-01-03")
    )
    high = [
        float(text.get("y")) for text in picture.iter(f"{SPACE}text") if (text.text or "").startswith("2027")
    ]
    assert len(high) == 2 and abs(high[0] - high[1]) >= 12


def test_a_place_before_everything_is_told_and_not_drawn():
    picture = drawn(Mark(-5, "long missed", 10.0, label="2020-01-01"))
    assert "long missed, not drawn" in texts(picture) and len(dots(picture)) == 3 + 1


def test_a_legend_that_is_longer_than_the_plot_moves_the_next_one_down():
    many = [Curve(f"s: {n}", POINTS, None, (Mark(2000, "one"), Mark(3000, "two"))) for n in range(12)]
    first = Panel("RTA", "entities", "seconds", many)
    picture = ElementTree.fromstring(curves.svg([first, Panel("next", "days", "entities", many[:1])]))
    lowest = max(float(text.get("y")) for text in picture[2].iter(f"{SPACE}text"))
    (moved,) = [
        one.get("transform") for one in picture if one.get("transform", "").startswith("translate(0 ")
    ][1:]
    down = float(moved.removeprefix("translate(0 ").removesuffix(")"))
    assert lowest < down and picture.get("viewBox") == f"0 0 880 {down + 420:.0f}"
