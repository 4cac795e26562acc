"""Shipped scenarios played on the in-memory twin, as the app plays them, and judged."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from metadrill import journal, judging, loading, planning, plugins, runner
from metadrill.app import material, regions
from metadrill.app.giving import Chosen
from metadrill.app.handing import RunBackups
from metadrill.errors import MetadrillError
from metadrill.model.scenario import Action
from metadrill.runner import probes
from metadrill.testing import MemorySandboxes, MemorySigner, MemoryStack, PlainChecker, SampleSource, drills
from metadrill.workloads.canary import Canary
from metadrill.workloads.hook_canary import HookCanary

TOP = Path(__file__).parents[3]
VERSIONS = {"atlas": "memory", "elasticsearch": "memory"}
NONE = Chosen()


def plan_of(name, recovery=None, **fault):
    """The shipped scenario, on the twin, with the suites that the twin's plan has.

    What is given of its fault is what a drill may give: parameters that the scenario names.
    """
    scenario = loading.Project(TOP, material.known()).scenario(name)
    base = drills.plan()
    fault = planning._fault(replace(base.drill, fault=fault), scenario)
    noticed = tuple(_sooner(probe) for probe in scenario.noticed_by)
    held = tuple(suite.name for suite in base.suites if suite.name in scenario.must_hold)
    scenario = replace(scenario, fault=fault, noticed_by=noticed, must_hold=held)
    recovery = Action(recovery or scenario.recoveries[0])
    drill = replace(base.drill, name=name, scenario=name, recovery=recovery)
    stack = replace(base.stack, versions=VERSIONS)
    return replace(base, drill=drill, scenario=scenario, recovery=recovery, stack=stack)


def _sooner(probe):
    if probe.name in ("search_answers", "search_finds"):
        return Action(probe.name, {"type": "hive_table", "within": "300ms"})
    return Action(probe.name, {**probe.params, "within": "300ms"})


@pytest.fixture
def play(tmp_path):
    """Play a plan as the app does; return its events and the judgement."""
    number = iter(range(100))

    def played(plan, chosen=NONE, **changes):
        folder = tmp_path / str(next(number))
        (folder / "sandboxes").mkdir(parents=True)
        log = journal.Journal(folder / "journal.jsonl")
        with ExitStack() as held:
            rig = replace(_rig(plan, log, folder, (chosen, held)), **changes)
            outcome = "completed"
            try:
                runner.run(plan, rig, log)
            except MetadrillError:
                outcome = "failed"
            log.close(outcome)
        reading = journal.read(log.path)
        return reading.events, judging.assess(reading.events, reading.head)

    return played


def _rig(plan, log, folder, of):
    chosen, held = of
    facts = {"source": {"kind": "sandbox", "dataset": "sample"}, "stack": {"kind": "memory"}}
    of = MemoryStack.dialect, MemorySigner(), facts
    backups = RunBackups(chosen, *of, held, folder / "cache", plan.stack)
    fault = plugins.pick("faults", plan.scenario.fault.name).load()
    recovery = plugins.pick("recoveries", plan.recovery.name).load()
    canary = HookCanary if getattr(fault, "by_queue", False) else Canary
    sandboxes, stack = MemorySandboxes(folder / "sandboxes"), lambda sandbox: MemoryStack(sandbox, log.record)
    if getattr(recovery, "across_regions", False):
        sandboxes, stack = regions.pair(sandboxes, stack, stack, backups)
    return runner.Rig(
        sandboxes=sandboxes,
        stack=stack,
        source=SampleSource(),
        workload=lambda target, record: canary(target, record, "r1", timedelta(milliseconds=2)),
        fault=fault(plan.scenario.fault, *([backups] if hasattr(fault, "with_backups") else [])),
        probes=tuple(probes.build(one, backups) for one in plan.scenario.noticed_by if one.name != "suite"),
        recovery=_recovery(recovery, plan, backups),
        checker=PlainChecker(),
        folder=folder,
        opening=drills.opening(plan),
    )


def _recovery(make, plan, backups):
    if hasattr(make, "with_tiers"):
        return make(plan.recovery, backups, plan.drill.tiers)
    return make(plan.recovery, backups) if hasattr(make, "with_backups") else make(plan.recovery)


def data(events, kind, **where):
    return next(
        event.data
        for event in events
        if event.kind == kind and all(event.data.get(key) == value for key, value in where.items())
    )


def kinds(events):
    return [event.kind for event in events]
