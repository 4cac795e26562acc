"""`restore`: a set put into a fresh sandbox and proved there, before anybody relies on it."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from metadrill import plugins, progress
from metadrill.app import (
    auditing,
    boxes,
    comparing,
    depots,
    filling,
    material,
    mending,
    permitting,
    places,
    signals,
)
from metadrill.app import portion as selected
from metadrill.app.settings import Settings
from metadrill.census import frames, vouching
from metadrill.census.exempting import Exempt
from metadrill.depot import gates
from metadrill.depot.gates import Destination
from metadrill.depot.given import GivenSet
from metadrill.depot.merging import Decision, Newer
from metadrill.errors import Code, foremost
from metadrill.model.backup import Method, Moving
from metadrill.model.configuration import Permission
from metadrill.model.stack import KEEPS_AUDIT, StackRecipe
from metadrill.model.suite import CheckResult, SuiteResult
from metadrill.model.verdict import CheckVerdict
from metadrill.ports import IndexFiles
from metadrill.ports.backing import Expected

_FILES, _HISTORY = "segments", "audit"
SUITES = (
    "structure", "references", "classifications", "glossary", "lineage", "access", "index", _FILES,
    "behaviour",
)  # fmt: skip
_NOT_BROUGHT = "history of changes (check 34): an import brings none back, it begins with the restore"
_OUT_OF_REACH = "files of the index (check 40): out of reach in a sandbox that stands already"
Told = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Wanted:
    """What the person asked for: of which environment it must be; `keep` leaves it standing.

    `only` are selections; `into` a sandbox that stands, `decision` what becomes of what changed there.
    """

    reference: str
    depot: str | None = None
    environment: str = ""
    stack: str = "atlas-2.1"
    method: Method | None = None
    keep: bool = False
    accept_unproved: bool = False
    only: tuple[str, ...] = ()
    into: str = ""
    decision: Decision = Decision.KEEP


@dataclass(frozen=True)
class Restored:
    """What came of it: the set, how it was restored, what the checks say, and where it stands.

    `doubts`: why it proves nothing, whatever the checks say. `limits`: what it does not bring, or cannot
    show; they change no code.
    """

    name: str
    method: Method
    facts: Mapping[str, Any]
    exempt: Mapping[str, Any]
    results: tuple[SuiteResult, ...]
    doubts: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    sandbox: str = ""
    coordinates: Mapping[str, str] = field(default_factory=dict)
    portion: Mapping[str, Any] = field(default_factory=dict)
    newer: tuple[Newer, ...] = ()

    @property
    def rows(self) -> tuple[CheckResult, ...]:
        """Every check's result."""
        return tuple(row for result in self.results for row in result.results)

    @property
    def code(self) -> Code:
        """OK, integrity lost, or inconclusive: a check could not be evaluated, or there are doubts."""
        codes = {CheckVerdict.FAIL: Code.INTEGRITY_LOST, CheckVerdict.INCONCLUSIVE: Code.INCONCLUSIVE}
        unevaluated = any(result.evaluated < result.declared for result in self.results)
        found = [codes.get(row.verdict, Code.OK) for row in self.rows]
        return foremost([*found, Code.INCONCLUSIVE if unevaluated or self.doubts else Code.OK])


def restore(settings: Settings, wanted: Wanted, told: Told) -> Restored:
    """Restore a set, or some of it, into a sandbox, compare, and return what was seen.

    Raises Refused (role, environment, version, isolation), BackupError, RecoveryError; a fresh sandbox
    is removed then, and unless it was asked to be kept.
    """
    if wanted.into:
        mending.expect(wanted.only, wanted.keep, wanted.method)
    depot, held = depots.sound(settings, wanted.reference, wanted.depot)
    name = held.manifest.name
    told("verified", {"set": name, "parts": len(held.manifest.parts)})
    recipe = material.stack(settings, wanted.stack)
    to = Destination(recipe.name, recipe.versions, wanted.environment)
    gates.refuse(held.manifest, to, "restore")
    environment = held.manifest.identity.environment
    by = permitting.require(settings, Permission.RESTORE, environment, "restore", name)
    given = GivenSet(depot, held, depots.dialect(settings, held.manifest))
    noted = auditing.noted(settings, "restore", name, environment=environment, by=by)
    with noted as act, signals.caught(signals.at_once):
        found = (_into if wanted.into else _restored)(settings, wanted, given, recipe, told)
        act.tell(method=found.method.value, sandbox=found.sandbox, code=int(found.code), **found.portion)
    return found


def _into(settings: Settings, wanted: Wanted, given: GivenSet, recipe: StackRecipe, told: Told) -> Restored:
    """Restore some of a set beside what stands in a sandbox of ours."""
    portion = selected.of(given, wanted.only, wanted.method)
    asked = mending.Asked(wanted.into, wanted.decision, wanted.accept_unproved)
    with mending.reached(settings, asked, given, recipe) as stack:
        mended = mending.mend(stack, given, portion, (asked, told))
        seen = (mended.expected, Method.LOGICAL, mended.facts)
        found = _compared(settings, given, stack, (recipe, *seen))
    return replace(
        found, sandbox=mended.sandbox, portion={**portion.facts, **mended.facts}, newer=mended.newer
    )


def _restored(
    settings: Settings, wanted: Wanted, given: GivenSet, recipe: StackRecipe, told: Told
) -> Restored:
    factory: Any = plugins.pick("stacks", recipe.kind).load()(
        recipe, material.EMPTY, settings.cache, filling.nobody
    )
    sandboxes = boxes.make(settings, recipe, enclosed=not wanted.accept_unproved, standing=wanted.keep)
    sandbox: Any = sandboxes.create("restore")
    standing = False
    try:
        boxes.expect_isolation(sandbox, accepted=wanted.accept_unproved)
        stack = factory(sandbox)
        boot = stack.boot(filling.PATIENCE)
        told("booted", {"sandbox": sandbox.id, "seconds": boot.seconds})
        found = _put(settings, wanted, given, (stack, recipe, told))
        if wanted.keep:
            where = dict(stack.coordinates())
            holds = (given.name, given.held.manifest.identity.environment)
            places.note(sandbox, where, recipe.name, holds)
            sandbox.detach()
            standing = True
            return replace(found, sandbox=sandbox.id, coordinates=where)
        return found
    finally:
        if not standing:
            sandbox.remove()


def _put(settings: Settings, wanted: Wanted, given: GivenSet, on: tuple[Any, StackRecipe, Told]) -> Restored:
    """Put the set, or what was selected of it, into an empty stack, and compare."""
    stack, recipe, told = on
    if not wanted.only:
        method = wanted.method or given.best()
        facts = given.put(stack, method)
        told("restored", {"method": method.value})
        return _compared(settings, given, stack, (recipe, given.expected(method), method, facts))
    portion = selected.of(given, wanted.only, wanted.method)
    told("selected", {"picked": len(portion.picked), "with_needs": len(portion.guids)})
    facts = given.put_only(stack, portion.guids)
    told("restored", {"entities": len(portion.guids)})
    expected = selected.sparing(selected.expected(given, portion.guids), stack)
    found = _compared(settings, given, stack, (recipe, expected, Method.LOGICAL, facts))
    return replace(found, portion=portion.facts)


def _compared(
    settings: Settings, given: GivenSet, stack: Any,
    of: tuple[StackRecipe, Expected, Method, Mapping[str, Any]],
) -> Restored:  # fmt: skip
    """Read what was restored, and judge it by the suites against the set's own census."""
    recipe, expected, method, facts = of
    stack.settle(filling.PATIENCE)
    exempt = expected.exempt | Exempt(erased=comparing.erased(settings))
    suites, limits = judged_by(recipe, method, stack)
    with closing(comparing.engine(settings)) as engine:
        observed, counts = stack.census(), stack.witness()
        joined = frames.join(expected.census, observed, exempt, counts, engine)
        results = _checked(settings, suites, joined, frozenset(recipe.abilities))
    doubts = (*_moved(given.held.manifest.moving), *vouching.unlike(observed, counts))
    return Restored(given.name, method, facts, expected.facts, results, doubts, limits)


def judged_by(recipe: StackRecipe, method: Method, stack: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the suites that judge what was restored, and the limits of the restore.

    The history of changes is judged where the stack keeps one and the restore brings it; the files of
    the index wherever they are in reach.
    """
    history = KEEPS_AUDIT in recipe.abilities
    brought = history and method is Method.PHYSICAL
    hidden = "index_files" in recipe.abilities and not isinstance(stack, IndexFiles)
    suites = (*(name for name in SUITES if name != _FILES or not hidden), *([_HISTORY] if brought else []))
    limits = (*([_NOT_BROUGHT] if history and not brought else []), *([_OUT_OF_REACH] if hidden else []))
    return suites, limits


def _checked(
    settings: Settings, suites: tuple[str, ...], joined: frames.Frames, abilities: frozenset[str]
) -> tuple[SuiteResult, ...]:
    checker = plugins.pick("checkers", "great_expectations").load()()
    project = material.project(settings)
    results: list[SuiteResult] = []
    with progress.stage("checking", len(suites), "suites") as advance:
        for name in suites:
            results.append(checker.check(project.suite(name), joined, abilities))
            advance(1)
    return tuple(results)


def _moved(moving: Moving) -> list[str]:
    """Say that a set proves nothing, where more changed while it was read than it allows itself."""
    if moving.steady:
        return []
    return [f"{moving.share:.1%} of its entities changed while the set was read, {moving.cap:.1%} allowed"]
