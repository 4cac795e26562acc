"""A drill and all it names, looked up and planned: what `validate`, `plan` and `run` share."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from metadrill import loading, planning, plugins
from metadrill.app.settings import Settings
from metadrill.errors import DocumentError, UsageError
from metadrill.model.drill import Drill, Start
from metadrill.model.plan import Plan
from metadrill.model.scenario import Action
from metadrill.model.stack import LISTS_ERASURES, Dataset, StackRecipe

EMPTY = Dataset("empty", "nothing", (), digest="empty-1")
"""What stands in the place of a dataset where the data are a backup set: an empty repository."""
_PROBES = frozenset({
    "search_answers", "search_finds", "suite", "index_health", "backup_verifies", "replication_lag",
    "command", "http",
})  # fmt: skip
"""Those of `runner.probes`, named here: to validate a file, nothing of a run is loaded."""


class Problem(NamedTuple):
    """One thing wrong in a file, with its place."""

    path: str
    message: str
    hint: str


def known() -> loading.Known:
    """Return the names that scenario and drill files may use."""
    return loading.Known(
        faults=frozenset(plugins.registered("faults")),
        probes=_PROBES,
        recoveries=frozenset(plugins.registered("recoveries")),
    )


def project(settings: Settings) -> loading.Project:
    """Return the user's project, with the shipped content behind it."""
    return loading.Project(settings.project, known())


def plans(settings: Settings, reference: str, start: Start | None = None) -> tuple[Plan, ...]:
    """Given a drill's name or path, return a plan for each recovery it asks for.

    Raises UsageError and DocumentError with the place.
    """
    files = project(settings)
    drill = files.drill(reference)
    if start is not None:
        drill = replace(drill, start=start)
    return resolve(files, drill, able(settings))


def able(settings: Settings) -> tuple[str, ...]:
    """Return what checks need beside the abilities of a stack, of what is configured."""
    return (LISTS_ERASURES,) if settings.erasures else ()


def stack(settings: Settings, name: str) -> StackRecipe:
    """Return a stack's recipe, able to do what is configured as well. Raises as `Project.stack`."""
    return _with(project(settings).stack(name), able(settings))


def _with(recipe: StackRecipe, also: tuple[str, ...]) -> StackRecipe:
    return replace(recipe, abilities=(*recipe.abilities, *also))


def resolve(files: loading.Project, drill: Drill, also: tuple[str, ...] = ()) -> tuple[Plan, ...]:
    """Given a drill, look up what it names and plan it; `also`: abilities beside the stack's."""
    scenario = files.scenario(drill.scenario)
    if scenario.fault.name not in plugins.registered("faults"):
        raise UsageError(
            f"{scenario.source}: a fault by {scenario.fault.name} is not possible in this version",
            f"there are: {', '.join(sorted(plugins.registered('faults')))}",
        )
    recipe = _with(files.stack(drill.stack), also)
    dataset = files.dataset(drill.data["dataset"]) if "dataset" in drill.data else EMPTY
    _check_frameworks(files, drill)
    scenario = replace(scenario, noticed_by=tuple(_located(files, item) for item in scenario.noticed_by))
    drill = replace(drill, recovery=_located(files, drill.recovery))
    material = planning.Material(drill, scenario, recipe, dataset, files.suites(scenario))
    return tuple(planning.plan(material, recovery) for recovery in planning.recoveries(drill, scenario))


def _check_frameworks(files: loading.Project, drill: Drill) -> None:
    there = files.names("controls") if drill.frameworks else ()
    for framework in drill.frameworks:
        if framework not in there:
            raise UsageError(
                f"{drill.source}: unknown framework '{framework}'", f"there are: {', '.join(there)}"
            )


def check(settings: Settings, paths: tuple[Path, ...]) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    """Given files and folders, return the files looked at and every problem in them.

    A drill is resolved and planned as well: what it names must exist and fit.
    """
    files = project(settings)
    looked = loading.find(paths)
    problems: list[Problem] = []
    for path in looked:
        try:
            loaded = loading.load(path, files.known, loading.project_of(path))
            if isinstance(loaded, Drill):
                resolve(files, loaded)
        except DocumentError as error:
            for text in error.problems:
                message, _, hint = text.partition("\nhint: ")
                problems.append(Problem(str(path), message, hint))
        except UsageError as error:
            problems.append(Problem(str(path), error.message, error.hint))
    return looked, tuple(problems)


def _located(files: loading.Project, action: Action) -> Action:
    """Return an action with the user's own command or runbook as the file it is, absolute.

    Raises UsageError where no project has it: a command is never looked for on PATH.
    """
    told = {name: action.params[name] for name in ("command", "runbook") if name in action.params}
    if action.name == "http" or not told:
        return action
    roots = [files.root, *filter(None, [loading.shipped()])]
    found = {}
    for name, value in told.items():
        path = next((root / str(value) for root in roots if (root / str(value)).is_file()), None)
        if path is None:
            raise UsageError(f"{action.name}: no file {value}", "give it as a path within the project")
        found[name] = str(path.resolve())
    return Action(action.name, {**action.params, **found})


def fault_of(plan: Plan) -> Action:
    """Return the fault of a plan, with the drill's seed where it has one."""
    fault = plan.scenario.fault
    if plan.drill.seed is None or "seed" in fault.params:
        return fault
    return Action(fault.name, {**fault.params, "seed": plan.drill.seed})
