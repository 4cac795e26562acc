"""Contracts of Fault, Probe, Recovery, Workload and Source."""

import json
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.testing.contracts.patience import PATIENCE, nothing

SOON = timedelta(seconds=5)


class FaultContract:
    """Fixtures: `fault`, and `stack`, one that may be broken for good."""

    def test_a_fault_says_plainly_what_it_broke_and_when(self, fault: Any, stack: Any) -> None:
        fault.prepare(stack)
        before = clock.SYSTEM.monotonic_ns()
        truth = fault.inject(stack)
        assert before <= truth["invoked_ns"] <= clock.SYSTEM.monotonic_ns()
        assert truth["form"]
        assert json.loads(json.dumps(truth)) == truth


class ProbeContract:
    """Fixtures: `probe`, `stack` (sound), and `broken`, a stack whose outage it must see."""

    def test_a_sound_stack_is_no_outage(self, probe: Any, stack: Any) -> None:
        disrupted, answer = probe.look(stack)
        assert disrupted is False and answer

    def test_a_broken_stack_is_one(self, probe: Any, broken: Any) -> None:
        disrupted, answer = probe.look(broken)
        assert disrupted is True and answer

    def test_it_has_a_name(self, probe: Any) -> None:
        assert probe.name


class RecoveryContract:
    """Fixtures: `recovery`, `stack`, `fault`, `a_type`: the fault is one that it recovers from."""

    def test_a_recovery_brings_a_broken_stack_back(
        self, recovery: Any, stack: Any, fault: Any, a_type: str
    ) -> None:
        steps: list[dict[str, Any]] = []

        def record(kind: str, /, **data: Any) -> None:
            if kind == "recovery.step":
                steps.append(data)

        taken = recovery.prepare(stack)
        fault.prepare(stack)
        fault.inject(stack)
        facts = recovery.recover(stack, record)
        stack.settle(PATIENCE)
        assert stack.search(a_type, SOON).ok
        assert steps and all(step["seconds"] >= 0 and step["step"] for step in steps)
        json.dumps([taken and dict(taken), dict(facts), steps])


class WorkloadContract:
    """Fixture: `workload`, one that writes at least every second."""

    def test_writes_are_acknowledged_and_all_read_back(self, workload: Any) -> None:
        workload.start()
        clock.wait_until(lambda: workload.acknowledged() >= 3, PATIENCE, "three writes acknowledged")
        workload.stop()
        count = workload.acknowledged()
        read = workload.read_back(PATIENCE)
        assert read["acked"] == count == workload.acknowledged() >= 3
        assert read["guid"]["absent"] == [] == read["search"]["absent"]

    def test_a_workload_that_was_stopped_may_be_started_again(self, workload: Any) -> None:
        workload.start()
        workload.stop()
        count = workload.acknowledged()
        workload.start()
        clock.wait_until(lambda: workload.acknowledged() > count, PATIENCE, "another write acknowledged")
        workload.stop()
        workload.stop()


class SourceContract:
    """Fixtures: `source`, and `stack`, an empty one."""

    def test_a_source_fills_and_says_with_what(self, source: Any, stack: Any) -> None:
        rows = source.fill(stack, nothing)
        assert rows and all(row["kind"] and row["seconds"] >= 0 for row in rows)
        stack.settle(PATIENCE)
        assert stack.census().tables["entities"].num_rows > 0
