"""Each look has an engine of its own, and gives back what that held."""

import pytest

from metadrill.census.asking import Local
from metadrill.errors import BackupError
from metadrill.testing import drills


def test_what_an_engine_held_for_a_look_is_given_back_when_that_is_over(player):
    made = []

    def engine():
        made.append(Local())
        return made[-1]

    played = player.play(drills.plan(startup_check="none"), engine=engine, probes=())
    assert played.data("outage.observed")["probe"] == "suite segments"
    assert set(played.verdicts("verified").values()) == {"pass"}
    assert len(made) >= 4, "baseline, a glance at least, outage, verified"
    for each in made:
        with pytest.raises(BackupError, match="closed"):
            each.columns("SELECT 1 AS one")
