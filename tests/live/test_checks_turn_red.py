"""What the damages of `qualify` leave open on the live stack: their mending, and what no API can break.

That each damage turns its checks red is looked at in `test_qualify.py`.
"""

from datetime import timedelta

import pytest

from metadrill.model.verdict import CheckVerdict

pytestmark = pytest.mark.slow  # a boot of its own; seeded damage of a census is caught in every run
MINUTE = timedelta(minutes=1)


def test_the_repair_of_the_tail_mends_what_differs_and_drops_the_ghost(watch, stack, index):
    for damage in stack.damages():
        if damage.by == "in the index alone":
            stack.damage(damage.name, watch.before)
    stack.elastic.change("DELETE", f"/{index}/_doc/metadrill-stub?refresh=true")  # it names no entity
    facts = stack.repair_tail()
    assert facts["repaired"] >= 2 and facts["ghosts"] == 1
    assert 33 not in watch.undamaged().red


def test_check_20_a_dangling_end_on_the_recorded_census(watch):
    ends = {row["other"] for row in watch.before.tables["relationships"].to_pylist()}
    table = watch.before.tables["entities"]
    guids = table["guid"].to_pylist()
    place = next(number for number, guid in enumerate(guids) if guid in ends)
    kept = [number for number in range(len(guids)) if number != place]
    found = watch.compared({**watch.before.tables, "entities": table.take(kept)})
    (ends,) = [row for row in found if row.number == 20]
    assert ends.verdict is CheckVerdict.FAIL and guids[place] in "".join(ends.sample)
