"""The outages of the library on the real stack: everything lost, a region lost, index and store damaged."""

from pathlib import Path

import pytest

from metadrill import journal
from metadrill.app import running
from metadrill.app.settings import Settings
from metadrill.errors import Code
from metadrill.model.drill import LeaveOut
from metadrill.model.verdict import CheckVerdict, Verdict

pytestmark = pytest.mark.timeout(1800)
TOP = Path(__file__).parents[2]
DRILLS = (
    "complete-loss", "index-lost", "corrupted-index-logical", "store-corruption", "region-loss", "disk-full",
    "failback", "tiered-restore", "hook-gap", "slow-region",
)  # fmt: skip
OF_A_COPY = {"complete-loss", "store-corruption", "region-loss", "disk-full", "failback", "tiered-restore"}
"""Those in which what was written after the copy is lost with the stores."""


def settings_in(folder, sandbox="process"):
    return Settings(project=TOP, ledger=folder / "ledger", sandbox=sandbox)


def first(settings, drill, **options):
    """Play a drill by its first recovery alone."""
    return next(running.run(settings, drill, running.RunOptions(**options)))


def events(outcome):
    return journal.read(outcome.folder / "journal.jsonl").events


def data(outcome, kind):
    return next(event.data for event in events(outcome) if event.kind == kind)


def failing(assessment, phase):
    return sorted({row.number for row in assessment.checks[phase] if row.verdict is CheckVerdict.FAIL})


def test_everything_that_was_there_at_the_cut_is_back(tmp_path):
    outcome = first(settings_in(tmp_path), "complete-loss")
    found = outcome.assessment
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    assert failing(found, "verified") == [] and found.rta.met and found.rpa_graph.lost
    assert not any(data(outcome, "sandbox.removed")["remaining"].values())


def test_of_a_lost_region_exactly_that_is_lost_which_its_replica_did_not_have(tmp_path):
    outcome = first(settings_in(tmp_path), "region-loss")
    found = outcome.assessment
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    truth = data(outcome, "fault.injected")["truth"]
    assert (
        truth["cut"] and truth["network"] == "every interface of its network is down" and truth["simulated"]
    )
    assert truth["running"] == [] and truth["depot"]["left"] == 0
    facts = data(outcome, "recovery.finished")["facts"]
    assert len([one for one in facts["replicas"] if one["there"]]) >= 2
    assert facts["writes"]["held"] and found.rpa_graph.lost
    assert any("to the write" in text for text in found.shows)
    assert any("simulated" in text for text in found.does_not_show)
    assert not any(data(outcome, "sandbox.removed")["remaining"].values())


@pytest.mark.slow
@pytest.mark.needs("docker")
@pytest.mark.parametrize("drill", DRILLS)
def test_every_recovery_of_it_in_containers(tmp_path, drill):
    for outcome in running.run(settings_in(tmp_path, "docker"), drill, running.RunOptions()):
        found = outcome.assessment
        assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), (found.recovery, found.sentence)
        lossy = drill in OF_A_COPY or found.recovery == "restore_beside_queue"
        assert bool(found.rpa_graph.lost) is lossy, found.recovery
        assert failing(found, "verified") == []


@pytest.mark.slow
@pytest.mark.parametrize("drill", ["index-lost", "store-corruption", "region-loss"])
@pytest.mark.parametrize(
    ("left_out", "verdict"),
    [(LeaveOut.FAULT, Verdict.INCONCLUSIVE), (LeaveOut.RECOVERY, Verdict.FAIL)],
)
def test_the_judge_is_not_fooled(tmp_path, drill, left_out, verdict):
    found = first(settings_in(tmp_path), drill, leave_out=left_out).assessment
    assert found.verdict is verdict, found.sentence
