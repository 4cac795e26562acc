"""What `run.opened` says: everything that was fixed before the run began."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from metadrill.app import host
from metadrill.model.drill import Drill
from metadrill.model.event import SCHEMA
from metadrill.model.plan import Plan
from metadrill.model.scenario import Action, Scenario


def facts(plan: Plan, picked: Mapping[str, str], run: str) -> dict[str, Any]:
    """Given a plan, the name of the adapter of each role, and the run's id, return its facts."""
    drill, scenario = plan.drill, plan.scenario
    return {
        "schema": SCHEMA,
        "run": run,
        "drill": drill.name,
        "scenario": scenario.name,
        "title": scenario.title,
        "recovery": plan.recovery.name,
        **_scenario(scenario),
        "criteria": criteria(plan),
        "production_size": drill.production_size,
        "data": dict(drill.data),
        "frameworks": list(drill.frameworks),
        "isolation": drill.isolation,
        **_people(drill),
        "seed": drill.seed,
        "digests": dict(plan.digests),
        "stack": _stack(plan),
        "tool": dict(host.tool()),
        "plugins": [dict(row) for row in host.adapters(picked)],
        "host": dict(host.machine()),
        "exchanged": list(plan.stack.exchanged),
    }


def _scenario(scenario: Scenario) -> dict[str, Any]:
    return {
        "threat": scenario.threat,
        "aim": scenario.success_is.value,
        "fault": _said(scenario.fault),
        "noticed_by": [_said(probe) for probe in scenario.noticed_by],
        "evidence_for": {name: list(ids) for name, ids in scenario.evidence_for.items()},
        "must_hold": list(scenario.must_hold),
    }


def _people(drill: Drill) -> dict[str, Any]:
    return {
        "roles": dict(drill.roles),
        "gates": [str(gate["name"]) for gate in drill.gates],
        "schedule": dict(drill.schedule),
        "refs": dict(drill.refs),
        "control": dict(drill.control),
    }


def criteria(plan: Plan) -> dict[str, Any]:
    """Given a plan, return the objectives that its run is judged by; times in seconds."""
    aims = plan.drill.objectives
    return {
        "rto": {
            "limit_s": aims.rto.limit.total_seconds(),
            "from": aims.rto.since,
            "to": aims.rto.until,
            "source": aims.rto.source,
        },
        "rpo": {"limit_s": aims.rpo.limit.total_seconds()},
        "integrity": {
            "critical": aims.integrity.critical,
            "major": aims.integrity.major,
            "minor": aims.integrity.minor,
        },
        **_tiers(plan.drill),
    }


def _tiers(drill: Drill) -> dict[str, Any]:
    told = [
        {"name": tier.name, "limit_s": tier.rto.total_seconds(), "only": list(tier.only)}
        for tier in drill.tiers
    ]
    return {"tiers": told} if told else {}


def criteria_digest(plan: Plan) -> str:
    """Given a plan, return the SHA-256 of its criteria and of the files it is made from."""
    return hashlib.sha256(json.dumps([criteria(plan), dict(plan.digests)]).encode()).hexdigest()


def _said(action: Action) -> dict[str, Any]:
    return {"name": action.name, "params": {key: str(value) for key, value in action.params.items()}}


def _stack(plan: Plan) -> dict[str, Any]:
    recipe = plan.stack
    parts = [
        {"name": part.name, "coordinates": part.coordinates, "sha256": part.sha256} for part in recipe.parts
    ]
    return {
        "name": recipe.name,
        "kind": recipe.kind,
        "title": recipe.title,
        "versions": {name: str(version) for name, version in recipe.versions.items()},
        "parts": parts,
        "components": [asdict(item) for item in recipe.components],
    }
