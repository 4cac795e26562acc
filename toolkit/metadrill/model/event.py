"""Events of a run's journal, and the kinds there are. Facts in the past tense, no opinions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """One line of the journal; `prev` is the SHA-256 of the previous line's bytes on disk."""

    seq: int
    at: str
    mono_ns: int
    kind: str
    data: Mapping[str, Any]
    prev: str


KINDS: dict[str, str] = {
    "run.opened": "schema, run, drill, scenario, recovery, criteria, digests, tool, plugins, host, asked, "
    "stack: {versions, parts}, intent, signer: {name, fingerprint, subject, self_signed}, "
    "qualification: {stack, record, name, at, until, key}, or {because}: why the stack is not qualified",
    "plan.fixed": "steps: [{name, deadline_s}], size: {production}",
    "inputs.read": "files: [{kind, name, source, sha256, text}]: what decides what this run is, whole",
    "sandbox.created": "id, kind; regions: {name: id}, where there are two",
    "claim.proved": "cluster, graph, who, until, watched_s, totals: a target that stood already, claimed "
    "and quiet",
    "isolation.proved": "probes: [{target, outcome}]",
    "isolation.unproved": "probes: [{target, outcome}], because",
    "stack.served": "start (cold|warm|standing), seconds, components: {name: {version, seconds, image}}, "
    "last_cold_s",
    "backup.chosen": "set, manifest (sha256), mode, methods, environment, versions, cut, moving, chain, "
    "entities, source: the set that the data come from; its files were verified before",
    "expected.fixed": "phase, set, method, moving, foretold: {row: count}, relationships: what must be "
    "there, and how much of it need not be equal",
    "data.placed": "dataset, origin (seeded|warm|standing|restored), steps: [{kind, seconds, ...}], seconds",
    "data.step": "kind, name, entities, seconds, result, sha256, types: one step of a dataset",
    "index.settled": "phase, seconds, graph, index",
    "census.taken": "phase, counts: {table: rows}, digests: {table: sha256}, seconds",
    "witness.heard": "phase, counts: [{what, census, witness, by}]",
    "backup.taken": "recovery, kind, ref, seconds, documents",
    "set.examined": "phase (baseline|outage), set, problems: [{code, what}]: the set that would be restored",
    "checks.run": "phase, suite, declared, loaded, evaluated, seconds, results: [CheckResult], "
    "listed: {file, rows, sha256} of the rows that did not hold, or unlisted: why there is no such file",
    "write.invoked": "n, name",
    "write.acked": "n, guid, invoked_ns (monotonic reading of its invocation)",
    "write.failed": "n, because: refused before it could take effect",
    "write.unknown": "n, because: neither acknowledged nor refused",
    "fault.injected": "fault, form, truth: {...}; t0 is `invoked_ns`; served_until_ns: the last server ended",
    "fault.left_out": "because",
    "probe.answered": "probe, answer, disrupted (what the probe saw, true or false)",
    "outage.observed": "probe, answer, views: {component: what it said of itself}",
    "outage.unseen": "probes: [{probe, answer}], seconds",
    "decision.made": "recovery, by, waited_s",
    "recovery.started": "recovery",
    "recovery.step": "recovery, step, seconds, facts",
    "tier.verified": "tier, entities, relationships, documents: all of the tier was read back as it was, "
    "and search has each entity as the graph does",
    "recovery.finished": "recovery, seconds, facts; of a replica that was restored: writes: {held, moving}; "
    "of replicas that were followed: exposed: [{set, there_ns, held, moving}], set: what caught up; "
    "of a way back: back: {set, method, moving, region, held_s, return_s}",
    "recovery.failed": "recovery, because",
    "recovery.refused": "recovery, because, code (20, 21 or 32), code_name: the set, or its aim, was refused",
    "recovery.rolled_back": "recovery, because, restored: {set, tables: {table: {before, after}}}: the "
    "restore was undone; digests of what stood before it, and of what stands again",
    "recovery.detected": "recovery, because, found: {examined, differing, guids}: nothing was mended",
    "recovery.left_out": "because",
    "writers.kept_out": "because: nobody wrote during the recovery",
    "stack.serving": "probe, answer; t4",
    "stack.not_serving": "because",
    "writes.read": "acked, unknown, guid: {absent: [n]}, search: {absent: [n]}, unknown_found: [n]",
    "recovery.verified": "suites; t5: the last check has been evaluated",
    "users.returned": "t6; only where the drill cuts over",
    "logs.collected": "files: [{name, bytes}]",
    "teardown.failed": "step, because",
    "sandbox.removed": "seconds, remaining: {processes, files, ports, engine}",
    "call.made": "component, method, path, body: a call that changed something",
    "run.failed": "error, hint, code",
    "run.aborted": "signal (SIGINT|SIGTERM|timeout)",
    "drill.closed": "events, outcome (completed|failed|aborted)",
}

SCHEMA = "journal/v1"
