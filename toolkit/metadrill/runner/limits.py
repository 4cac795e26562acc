"""How long each stretch may take: what the plan says, else the value here."""

from datetime import timedelta

from metadrill.model import units
from metadrill.model.plan import Plan
from metadrill.model.scenario import Action

DEFAULTS = {
    "boot": timedelta(minutes=10),
    "settle": timedelta(minutes=2),
    "canary": timedelta(minutes=1),
    "outage": timedelta(minutes=1),
    "serving": timedelta(minutes=5),
    "read_back": timedelta(minutes=1),
}
"""Steps that have a deadline of their own. A recovery and a data source carry theirs."""

LOOK = timedelta(seconds=10)
"""How long one search may take before it counts as no answer."""


def of(plan: Plan, step: str) -> timedelta:
    """Given a plan, return the deadline of one of the steps in DEFAULTS."""
    return next((item.deadline for item in plan.steps if item.name == step), DEFAULTS[step])


def outage(plan: Plan) -> timedelta:
    """Return how long to look for the outage: the longest `within` of the probes."""
    named = [units.duration(str(probe.params["within"])) for probe in _with_within(plan)]
    return max(named, default=of(plan, "outage"))


def _with_within(plan: Plan) -> list[Action]:
    return [probe for probe in plan.scenario.noticed_by if "within" in probe.params]
