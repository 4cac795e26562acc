"""A whole drill on the twins: the plan of the corrupted index, small enough for a test."""

from datetime import timedelta
from typing import Any

from metadrill.model.drill import Drill, Objectives, RpoObjective, RtoObjective
from metadrill.model.plan import Plan, Step
from metadrill.model.scenario import Action, Scenario
from metadrill.model.stack import Dataset, StackRecipe
from metadrill.model.suite import Check, Suite
from metadrill.model.verdict import Severity
from metadrill.testing.index import INDEX

_EQUAL, _IN = "expect_column_pair_values_to_be_equal", "expect_column_values_to_be_in_set"
_BOTH = {"column": "side", "value_set": ["both"]}
_DIGESTS = {"column_A": "digest_b", "column_B": "digest_o"}
_SUMS = {"column_A": "stored", "column_B": "computed"}
ABILITIES = ("index_files", "index_snapshots", "index_repair", "self_check", "full_text")
SHORT = timedelta(seconds=5)


def suites() -> tuple[Suite, ...]:
    """Return three suites: structure, index, segments."""
    critical = Severity.CRITICAL
    return (
        Suite(
            "structure",
            "Nothing lost, nothing changed",
            (
                Check(6, "no entity lost", "entities_joined", _IN, _BOTH, critical, ("guid",)),
                Check(12, "no attribute changed", "entities_both", _EQUAL, _DIGESTS, critical, ("guid",)),
            ),
        ),
        Suite(
            "index",
            "The index agrees",
            (Check(33, "same guids", "graph_index", _IN, _BOTH, critical, ("guid",)),),
        ),
        Suite(
            "segments",
            "The files are intact",
            (Check(40, "checksums", "segments", _EQUAL, _SUMS, critical, ("file",), requires="index_files"),),
        ),
    )


def plan(recovery: str = "index_snapshot", **fault: Any) -> Plan:
    """Return the plan of the drill `corrupted-index`, with the fault's parameters changed."""
    noticed = (Action("search_answers", {"type": "hive_table", "within": "300ms"}), segments_notice())
    action = Action("corrupt_index_file", {"index": INDEX, "startup_check": "checksum", **fault})
    scenario = Scenario(
        name="corrupted-index-bytes",
        title="A byte of the search index goes bad",
        threat="Storage fault",
        applies_to=("memory",),
        fault=action,
        noticed_by=noticed,
        recoveries=(recovery,),
        must_hold=("structure", "index"),
    )
    drill = Drill(
        name="corrupted-index",
        scenario=scenario.name,
        recovery=Action(recovery),
        stack="memory",
        data={"dataset": "sample"},
        objectives=Objectives(RtoObjective(timedelta(minutes=1)), RpoObjective(timedelta(minutes=1))),
    )
    return Plan(
        drill=drill,
        scenario=scenario,
        recovery=Action(recovery),
        stack=StackRecipe("memory", "memory", "In memory", {}, (), {}, ABILITIES),
        dataset=Dataset("sample", "The sample", ()),
        suites=suites(),
        steps=(
            Step("boot", "nothing", SHORT),
            Step("settle", "nothing", SHORT),
            Step("read_back", "nothing", timedelta(seconds=1)),
        ),
    )


def segments_notice() -> Action:
    """Return the probe that runs the suite `segments`."""
    return Action("suite", {"name": "segments"})


def opening(drill: Plan) -> dict[str, Any]:
    """Return what `run.opened` says of a plan."""
    digest = "0" * 64
    return {
        "schema": "journal/v1",
        "run": "r1",
        "drill": drill.drill.name,
        "scenario": drill.scenario.name,
        "title": drill.scenario.title,
        "recovery": drill.recovery.name,
        "aim": drill.scenario.success_is.value,
        "criteria": {
            "rto": {"limit_s": 60.0, "from": "disrupted", "to": "verified", "source": ""},
            "rpo": {"limit_s": 60.0},
            "integrity": {"critical": 0, "major": 0, "minor": 0},
        },
        "production_size": drill.drill.production_size,
        "data": dict(drill.drill.data),
        "must_hold": list(drill.scenario.must_hold),
        "isolation": drill.drill.isolation,
        "roles": {},
        "refs": {},
        "control": {},
        "seed": None,
        "digests": {name: value or digest for name, value in drill.digests.items()},
        "tool": {"version": "test", "commit": ""},
        "plugins": [],
        "host": {},
        "asked": {"start": "warm", "left_out": None},
    }
