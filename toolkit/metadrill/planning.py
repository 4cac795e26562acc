"""Drill into Plan: pure, no clock, no disk, no network. What `plan` prints, and the runner follows.

The steps are the straight line of house.md; a scenario chooses what happens in them, never when.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from metadrill.errors import UsageError
from metadrill.model import selection, units
from metadrill.model.drill import Drill
from metadrill.model.plan import Plan, Step
from metadrill.model.scenario import Action, Scenario
from metadrill.model.stack import Dataset, StackRecipe, lacking
from metadrill.model.suite import Suite

DEADLINES: Mapping[str, timedelta] = {
    "sandbox": timedelta(minutes=1),
    "isolation": timedelta(minutes=1),
    "boot": timedelta(minutes=5),
    "data": timedelta(minutes=10),
    "settle": timedelta(minutes=2),
    "census": timedelta(minutes=5),
    "backup": timedelta(minutes=5),
    "canary": timedelta(minutes=1),
    "fault": timedelta(minutes=1),
    "outage": timedelta(minutes=1),
    "decide": timedelta(minutes=1),
    "recovery": timedelta(minutes=15),
    "serving": timedelta(minutes=5),
    "read_back": timedelta(minutes=2),
    "checks": timedelta(minutes=5),
    "logs": timedelta(minutes=1),
    "remove": timedelta(minutes=1),
}
"""Every step in its order, and how long it may take, where neither the stack's
`config: {deadlines: {boot: 8m}}` nor the drill says otherwise. `boot` is one figure for cold and
warm, since a drill that asks for warm boots cold where nothing was kept yet."""

_MUTATING = {"data", "backup", "canary", "fault", "recovery", "remove"}


@dataclass(frozen=True)
class Material:
    """A drill and what it names, resolved. `suites`: those that must hold, and those that notice."""

    drill: Drill
    scenario: Scenario
    stack: StackRecipe
    dataset: Dataset
    suites: tuple[Suite, ...]


def recoveries(drill: Drill, scenario: Scenario) -> tuple[Action, ...]:
    """Given a drill, return the recoveries it asks for: `all` stands for the scenario's, in order.

    Raises UsageError when it names one that the scenario does not list.
    """
    if drill.recovery.name == "all":
        return tuple(Action(name) for name in scenario.recoveries)
    if drill.recovery.name != "procedure" and drill.recovery.name not in scenario.recoveries:
        raise UsageError(
            f"{drill.source}: recovery '{drill.recovery.name}' is not one of scenario '{scenario.name}'",
            _nearest(drill.recovery.name, [*scenario.recoveries, "all", "procedure"]),
        )
    return (drill.recovery,)


def plan(material: Material, recovery: Action) -> Plan:
    """Given a drill with what it names, and one recovery, return the Plan.

    The drill's `fault:` is merged into the scenario's. Raises UsageError, the file first, when
    the parts do not fit each other.
    """
    drill, stack = material.drill, material.stack
    _check_names(material)
    if stack.kind not in material.scenario.applies_to:
        kinds = ", ".join(material.scenario.applies_to)
        raise UsageError(
            f"{drill.source}: scenario '{material.scenario.name}' is not for stack '{stack.name}'",
            f"the stack is {stack.kind}, the scenario is for {kinds}",
        )
    if recovery not in recoveries(drill, material.scenario):
        raise UsageError(f"{drill.source}: recovery '{recovery.name}' is not one that the drill asks for")
    _check_tiers(drill)
    scenario = replace(material.scenario, fault=_fault(drill, material.scenario))
    resolved = replace(material, scenario=scenario)
    return Plan(
        drill=drill,
        scenario=scenario,
        recovery=recovery,
        stack=stack,
        dataset=material.dataset,
        suites=material.suites,
        steps=_steps(resolved, recovery),
        not_provable=_not_provable(material.suites, frozenset(stack.abilities)),
    )


def _nearest(word: str, known: Iterable[str]) -> str:
    import difflib  # of use only where something is wrong

    names = list(known)
    close = difflib.get_close_matches(word[:40], names, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(names)}"


def _check_names(material: Material) -> None:
    """Raise UsageError when the parts are not those that the drill and its scenario name."""
    drill, scenario = material.drill, material.scenario
    named = (
        ("scenario", drill.scenario, scenario.name),
        ("stack", drill.stack, material.stack.name),
        ("dataset", drill.data.get("dataset", material.dataset.name), material.dataset.name),
    )
    for what, wanted, given in named:
        if wanted != given:
            raise UsageError(f"{drill.source}: {what} '{wanted}' is named, '{given}' is given")
    suites = {suite.name for suite in material.suites}
    noticing = [probe.params["name"] for probe in scenario.noticed_by if probe.name == "suite"]
    for name in [*scenario.must_hold, *noticing]:
        if name not in suites:
            raise UsageError(f"{scenario.source}: suite '{name}' is named and not given")


def _check_tiers(drill: Drill) -> None:
    """Raise UsageError for tiers of one name, selections that are none, or one after that of all the rest."""
    names = [tier.name for tier in drill.tiers]
    for place, tier in enumerate(drill.tiers, 1):
        if names.count(tier.name) > 1:
            raise UsageError(f"{drill.source}: two tiers are named '{tier.name}'")
        if not tier.only and place < len(names):
            told = f"tier '{tier.name}' takes all that is left, and others come after it"
            raise UsageError(f"{drill.source}: {told}", "give it `only`, or put it last")
        for text in tier.only:
            try:
                selection.parse(text)
            except UsageError as error:
                raise UsageError(f"{drill.source}: tier '{tier.name}': {error.message}", error.hint) from None
    if drill.tiers and drill.tiers[-1].only:
        told = f"the last tier, '{names[-1]}', does not take all that is left"
        raise UsageError(f"{drill.source}: {told}", "leave its `only` out: a restore must be whole")


def _fault(drill: Drill, scenario: Scenario) -> Action:
    """Return the scenario's fault with the drill's overrides: only of parameters it has."""
    params = scenario.fault.params
    for key in drill.fault:
        if key not in params:
            raise UsageError(
                f"{drill.source}: fault '{scenario.fault.name}' has no parameter '{key}'",
                _nearest(key, params) if params else f"it has none in {scenario.source}",
            )
    return Action(scenario.fault.name, {**params, **drill.fault})


def _deadlines(material: Material, recovery: Action) -> Mapping[str, timedelta]:
    """Return every step's deadline: the default, then the stack's, then what the drill implies."""
    told = material.stack.config.get("deadlines", {})
    limits = {**DEADLINES, **_told(told, material.stack.source)}
    withins = [_within(probe) for probe in material.scenario.noticed_by]
    limits["outage"] = max([length for length in withins if length], default=limits["outage"])
    limit = max(limits["recovery"], material.drill.objectives.rto.limit)
    limits["recovery"] = _within(recovery) or limit
    return limits


def _told(told: Any, source: str) -> dict[str, timedelta]:
    """Given the stack's own deadlines, return them. Raises UsageError."""
    if not isinstance(told, Mapping):
        raise UsageError(f"{source}: config.deadlines is not a mapping", "such as deadlines: {boot: 8m}")
    unknown = [key for key in told if key not in DEADLINES]
    if unknown:
        raise UsageError(
            f"{source}: config.deadlines has no step '{unknown[0]}'", _nearest(unknown[0], DEADLINES)
        )
    try:
        return {key: units.duration(str(value)) for key, value in told.items()}
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{source}: config.deadlines: {error}", "such as 90s or 15m") from error


def _within(action: Action) -> timedelta | None:
    within = action.params.get("within")
    return None if within is None else units.duration(str(within))


def _said(action: Action) -> str:
    """Return an action as a reader would say it: `name (key value, …)`."""
    facts = ", ".join(f"{key} {value}" for key, value in action.params.items())
    return f"{action.name} ({facts})" if facts else action.name


def _steps(material: Material, recovery: Action) -> tuple[Step, ...]:
    drill, scenario, stack = material.drill, material.scenario, material.stack
    limits = _deadlines(material, recovery)
    needs = ", ".join(f"{value} {key}" for key, value in stack.needs.items()) or "nothing declared"
    steps = ", ".join(step.kind for step in material.dataset.steps)
    start = "cold" if drill.start == "cold" else "warm where a state was kept, else cold"
    what = {
        "sandbox": f"an empty sandbox; needs {needs}",
        "isolation": f"probe from inside for ways out ({drill.isolation})",
        "boot": f"{stack.title}: {start}",
        "data": f"dataset {material.dataset.name}: {steps}" if "dataset" in drill.data else _set_said(drill),
        "settle": "wait until the index has caught up with the graph",
        "census": "record the whole graph and the whole index, and hear the witnesses",
        "backup": f"whatever {recovery.name} recovers from",
        "canary": "begin numbered, acknowledged writes",
        "fault": _said(scenario.fault),
        "outage": "seen by any of: " + "; ".join(_said(probe) for probe in scenario.noticed_by),
        "decide": "gates: " + (", ".join(str(gate["name"]) for gate in drill.gates) or "none"),
        "recovery": _said(recovery),
        "serving": "wait until every component answers a search",
        "read_back": "read every canary write by guid and by search",
        "checks": "must hold: " + ", ".join(scenario.must_hold),
        "logs": "collect the logs, before anything is removed",
        "remove": "remove the sandbox and prove it gone",
    }
    return tuple(Step(name, what[name], limits[name], name in _MUTATING) for name in DEADLINES)


def _set_said(drill: Drill) -> str:
    told = drill.data
    of = f" of {told['environment']}" if "environment" in told else ""
    return f"backup set {told['backup']}{of}, depot {told.get('depot', 'main')}: verified, then restored"


def _not_provable(suites: tuple[Suite, ...], abilities: frozenset[str]) -> tuple[str, ...]:
    """Return a line per check that needs an ability which the stack lacks, and what suites leave out.

    A suite without another check is one line, which begins with its name (`judging.checks` goes by that).
    """
    lines: list[str] = []
    for suite in suites:
        absent = [one for one in suite.checks if one.requires and one.requires not in abilities]
        if len(absent) == len(suite.checks):
            numbers = ", ".join(str(number) for number in sorted({one.number for one in absent}))
            why = "; ".join(sorted({lacking(one.requires) for one in absent if one.requires}))
            lines.append(f"suite {suite.name}, check {numbers}: {why}")
        else:
            lines += [
                f"check {one.number}, {one.title} (suite {suite.name}): {lacking(one.requires)}"
                for one in absent
                if one.requires
            ]
        lines += [f"{what} (suite {suite.name}): not looked at" for what in suite.leaves_out]
    return tuple(lines)
