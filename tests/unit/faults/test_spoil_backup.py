"""Faults of backup sets: what they are asked is known, or refused before anything happens."""

import pytest

from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.faults.spoil_backup import LossyBackup, SwapBackup, TamperBackup
from metadrill.faults.stale_index import StaleIndex
from metadrill.model.scenario import Action


class Set:
    """A set of a run's own that notes what is done to it."""

    def __init__(self):
        self.done = []

    def own(self):
        self.done.append("own")

    def tamper(self, what, seed):
        self.done.append(("tamper", what, seed))
        return {"what": what}

    def swap(self, of):
        self.done.append(("swap", of))
        return {"of": of}

    def thin(self, entities, seed):
        self.done.append(("thin", entities, seed))
        return {}


@pytest.mark.parametrize(
    ("make", "params"),
    [
        (TamperBackup, {"what": "everything"}),
        (TamperBackup, {"stores": "halved"}),
        (TamperBackup, {"seed": -1}),
        (TamperBackup, {"bytes": 3}),
        (SwapBackup, {"of": "colour"}),
        (LossyBackup, {"entities": 0}),
        (LossyBackup, {"entities": True}),
    ],
)
def test_a_parameter_that_is_not_known_is_refused(make, params):
    with pytest.raises(UsageError):
        make(Action("spoil", params), Set())


def test_without_a_set_of_the_runs_own_nothing_can_be_spoilt():
    with pytest.raises(UsageError, match="no set of the run's own"):
        TamperBackup(Action("tamper_backup"), object())


def test_a_set_is_copied_before_it_is_spoilt():
    held = Set()
    fault = LossyBackup(Action("lossy_backup", {"entities": 4, "seed": 9}), held)
    fault.prepare(None)
    assert fault.inject(None)["form"] == "silent"
    assert held.done == ["own", ("thin", 4, 9)]


def test_stores_that_cannot_be_lost_are_not_lost():
    fault = TamperBackup(Action("tamper_backup", {"stores": "lost"}), Set())
    with pytest.raises(EnvironmentNotReady):
        fault.prepare(object())


def test_an_index_without_snapshots_cannot_be_made_stale():
    with pytest.raises(EnvironmentNotReady):
        StaleIndex(Action("stale_index")).prepare(object())
    with pytest.raises(UsageError):
        StaleIndex(Action("stale_index", {"age": "1d"}))
