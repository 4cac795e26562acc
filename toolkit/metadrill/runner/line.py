"""The straight line of a drill. The order is code: a scenario chooses what, never when."""

from metadrill.journal import Journal
from metadrill.model.plan import Plan
from metadrill.runner import breaking, opening, returning
from metadrill.runner.looking import Looking
from metadrill.runner.rig import Rig
from metadrill.runner.stage import Stage


def run(plan: Plan, rig: Rig, journal: Journal) -> None:
    """Run one drill and record it; the caller closes the journal with the outcome.

    Whatever happens, the sandbox is removed and that is recorded before this returns or raises.
    Raises what stopped the run, recorded as `run.failed` or `run.aborted`: MetadrillError, and
    Interrupted for a signal. A recovery that failed or refused, a failed check and an unseen outage
    are results, not errors: the line goes on, and the judge reads them.
    """
    with Stage(plan, rig, journal) as stage:
        opening.announce(stage)  # what is about to be done, and by which criteria
        opening.raise_sandbox(stage)  # sandbox up, isolation proved or said to be unproved
        boot = opening.serve(stage)  # every component up and answering a search
        opening.place(stage, boot)  # data in place; the state kept after a cold start
        opening.settle(stage)  # index caught up

        looking = Looking(stage)
        looking.baseline()  # census, witness, checks of the sound repository
        opening.back_up(stage)  # whatever the recovery needs

        breaking.make_ready(stage)  # the fault, short of striking
        breaking.write(stage)  # canary writes, some of them after the backup
        breaking.strike(stage)  # t0
        breaking.watch(stage, looking)  # t1: the outage observed, not assumed
        looking.outage()  # checks that must now fail

        returning.decide(stage)  # t2
        ending = returning.recover(stage)  # t3
        served = returning.serve(stage, looking.a_type, recovered=ending.serves)  # t4
        returning.read_writes(stage, served=served)  # what became of every acknowledged write
        returning.settle(stage, served=served)
        looking.verified()
        if ending.chosen and served:
            journal.record("recovery.verified", suites=looking.names)  # t5
