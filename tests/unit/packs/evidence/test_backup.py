"""How a set was picked, as rows of facts: exposure by what is verified, and by what is replicated."""

import pytest

from metadrill.packs.evidence import backup
from metadrill.packs.evidence.record import Record

VERIFIED = {"environment": "east", "longest_s": 7200.0, "open_s": 60.0}


@pytest.mark.parametrize(
    ("more", "rows"),
    [
        ({}, []),  # a run of before it was asked for
        ({"replicated": None}, []),  # no other depot
        (
            {"replicated": {"longest_s": None, "open_s": 90.0}},
            [("RPO exposure, east, replicated", "since the newest replicated cut 1 m 30 s")],
        ),
        (
            {"replicated": {"longest_s": None, "open_s": None}},
            [("RPO exposure, east, replicated", "no set was replicated yet")],
        ),
    ],
)
def test_both_exposures_of_a_pick_are_told(more, rows):
    opened = {"pick": {"rule": "r"}, "coverage": {"exposure": [{**VERIFIED, **more}]}}
    found = backup.pick(Record(opened, (), (), "", False, b""))
    told = "longest gap 2 h; since the newest verified cut 1 m"
    assert [row for row in found if row[0].startswith("RPO")] == [("RPO exposure, east", told), *rows]
