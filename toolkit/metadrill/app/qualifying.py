"""`qualify`: a stack tried in a sandbox, by contracts, a round trip and damages; a signed record of it."""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from metadrill import clock, plugins
from metadrill.app import auditing, boxes, filling, host, material, qualified, restoring, sealing, signals
from metadrill.app.settings import Settings
from metadrill.app.tripping import Trip, round_trip
from metadrill.checkers import great_expectations
from metadrill.errors import Code, Interrupted, Refused, UsageError, foremost
from metadrill.governance import qualifications
from metadrill.governance.qualifications import Kept
from metadrill.model.qualification import Came, Qualification
from metadrill.model.sandboxed import Boot, Removal
from metadrill.model.stack import Dataset, StackRecipe
from metadrill.model.suite import Suite
from metadrill.ports import Signer
from metadrill.ports.qualifying import Qualifiable
from metadrill.testing import conducting, seeding

SUITES = (*restoring.SUITES, "audit")
VALID = timedelta(days=90)
_LOADED = timedelta(seconds=10)
_FEW = 12
Told = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Wanted:
    """What the person asked for: the stack, what it is filled with, how long the record is to hold."""

    stack: str
    dataset: str = "starter"
    valid: timedelta = VALID
    timeout: timedelta | None = None
    progress: Callable[[str, int, int], None] = field(default=lambda name, there, total: None)


@dataclass(frozen=True)
class Ended:
    """A qualification that has ended: its record as it is kept, and whether the sandbox is gone."""

    kept: Kept
    said: Qualification
    removal: Removal

    @property
    def code(self) -> Code:
        """OK, integrity lost where a row is bad, inconclusive where one was not looked at."""
        came = {row.came for row in self.said.rows}
        found = [Code.OK if self.said.qualified else Code.INCONCLUSIVE]
        found += [Code.INTEGRITY_LOST] if Came.BAD in came else []
        return foremost([*found, Code.OK if self.removal.clean else Code.CLEANUP_INCOMPLETE])


class _Stop:
    """The first signal: raised where the program is, and again before the next row if a library ate it."""

    def __init__(self) -> None:
        self._taken: list[Interrupted] = []

    def deliver(self, error: Interrupted) -> NoReturn:
        self._taken.append(error)
        raise error

    def expect_none(self) -> None:
        if self._taken:
            raise self._taken[0]


@dataclass(frozen=True)
class _Bench:
    """All that one qualification works with."""

    settings: Settings
    wanted: Wanted
    recipe: StackRecipe
    dataset: Dataset
    suites: tuple[Suite, ...]
    key: Signer
    told: Told
    stop: _Stop


@dataclass(frozen=True)
class _Looked:
    """Everything that was seen of the stack."""

    boot: Boot
    rows: tuple[Any, ...]
    sandbox: str
    removal: Removal


def qualify(settings: Settings, wanted: Wanted, told: Told) -> Ended:
    """Qualify a stack: bring it up, try it, remove it, sign and keep the record; return what came of it.

    Raises UsageError, Refused (a standing environment), KeyRefused, EnvironmentNotReady, and
    Interrupted for a signal: then no record is made, the sandbox is gone, and the audit log says so.
    """
    if settings.sandbox == boxes.ATTACH:
        raise Refused(
            f"stack {wanted.stack}: an environment that stands is not qualified, it would be damaged",
            "qualify a stack file of its versions in a docker or process sandbox",
        )
    files = material.project(settings)
    suites = tuple(files.suite(name) for name in SUITES)
    recipe, dataset = files.stack(wanted.stack), files.dataset(wanted.dataset)
    bench = _Bench(settings, wanted, recipe, dataset, suites, sealing.signer(settings), told, _Stop())
    began, facts = clock.SYSTEM.monotonic_ns(), {"stack": recipe.digest, "dataset": dataset.name}
    noted = auditing.noted(settings, qualifications.NOTED, recipe.name, **facts)
    with noted as act, signals.caught(bench.stop.deliver, wanted.timeout):
        loading = great_expectations.warm()  # its import takes 2 to 4 s: beside the boot
        try:
            looked = _looked(bench)
        finally:
            loading.join(_LOADED.total_seconds())
        bench.stop.expect_none()
        seconds = clock.seconds(began, clock.SYSTEM.monotonic_ns())
        said = _said(bench, looked, seconds)
        kept = qualifications.put(settings.ledger, said, bench.key)
        act.tell(**facts, record=kept.sha256, qualified=said.qualified, until=said.until)
    return Ended(kept, said, looked.removal)


def _looked(bench: _Bench) -> _Looked:
    """Bring the stack up in a sandbox, try it, remove it; whatever happens, it is removed."""
    load = plugins.pick("stacks", bench.recipe.kind).load()
    factory: Any = load(bench.recipe, bench.dataset, bench.settings.cache, filling.nobody)
    sandboxes = boxes.make(bench.settings, bench.recipe)
    sandbox: Any = sandboxes.create("qualify")
    try:
        isolation = sandbox.isolation()
        shut = "proved" if isolation.proved else f"not proved: {isolation.because}"
        bench.told("sandbox", {"id": sandbox.id, "kind": sandboxes.kind, "isolation": shut})
        stack = factory(sandbox)
        if not isinstance(stack, Qualifiable):
            raise UsageError(f"stack {bench.recipe.name}: its kind '{bench.recipe.kind}' cannot be qualified")
        stack.progress = bench.wanted.progress  # type: ignore[attr-defined]  # every stack of a sandbox has it
        boot = filling.seeded(factory, stack, bench.dataset)
        bench.told("stack", {"start": boot.start, "seconds": boot.seconds, "versions": _versions(boot)})
        rows = tuple(_rows(bench, factory, stack))
    except BaseException:
        sandbox.remove()
        raise
    removal: Removal = sandbox.remove()
    bench.told("clean-up", {"left": removal.remaining})
    return _Looked(boot, rows, sandboxes.kind, removal)


def _rows(bench: _Bench, factory: Any, stack: Any) -> Iterator[Any]:
    """Yield every row as it comes, and tell it."""
    for row in _every_row(bench, factory, stack):
        bench.stop.expect_none()
        bench.told(type(row).__name__.removesuffix("Row").lower(), asdict(row))
        yield row


def _every_row(bench: _Bench, factory: Any, stack: Any) -> Iterator[Any]:
    """Contracts first: they leave what they found. The round trip puts a restored stack under the damages."""
    stack.settle(filling.PATIENCE)
    checker = plugins.pick("checkers", "great_expectations").load()()
    abilities = frozenset(bench.recipe.abilities)
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="metadrill-")))
        bench.told("now", {"what": "contracts of the adapter: what every stack must keep"})
        yield from conducting.conduct(stack, _fixtures(stack, factory.dialect, folder))
        source = filling.provenance(bench.recipe, kind="sandbox", dataset=bench.dataset.name)
        trip = Trip(bench.recipe, bench.suites, checker, bench.key, source, bench.settings.cache)
        bench.told("now", {"what": "round trip: exported, both stores lost, imported into an empty server"})
        yield from round_trip(stack, factory.dialect, trip, held)
        bench.told("now", {"what": "damages: each must be seen by the checks that are for it"})
        yield from seeding.seed(seeding.Watch(stack, bench.suites, checker, abilities))


def _fixtures(stack: Any, dialect: Any, folder: Path) -> conducting.Fixtures:
    """Return what contracts ask for by name: of the data the type with most entities, of archives its own."""
    entities = stack.census(frozenset({"entities"})).tables["entities"].to_pylist()
    counts = Counter(row["type"] for row in entities if row["state"] == "ACTIVE")
    if not counts:
        raise UsageError("the data hold no entity", "qualify with another dataset")

    def archive() -> Path:
        path = folder / "export.zip"
        with path.open("wb") as file:
            stack.export(file, filling.PATIENCE)
        return path

    return {
        "engine": lambda: stack.search_engine,
        "index": lambda: stack.main_index,
        "a_type": lambda: counts.most_common(1)[0][0],
        "entities": stack.novel,
        "archive": archive,
        "dialect": lambda: dialect,
    }


def _versions(boot: Boot) -> Mapping[str, str]:
    return {name: str(facts.get("version", "")) for name, facts in boot.components.items()}


def _images(boot: Boot) -> Mapping[str, str]:
    return {name: str(facts["image"]) for name, facts in boot.components.items() if facts.get("image")}


def _said(bench: _Bench, looked: _Looked, seconds: float) -> Qualification:
    """Return the record: qualified only where every part was looked at, and no row of it is otherwise."""
    parts = _parts(looked.rows)
    because = tuple(_because(parts))
    now = clock.SYSTEM.utc()
    suites = {suite.name: suite.digest for suite in bench.suites}
    return Qualification(
        stack=bench.recipe.name, kind=bench.recipe.kind, digest=bench.recipe.digest,
        versions=_versions(looked.boot), images=_images(looked.boot), sandbox=looked.sandbox,
        dataset=bench.dataset.name, dataset_digest=bench.dataset.digest,
        at=clock.stamp(now), until=clock.stamp(now + bench.wanted.valid), seconds=round(seconds, 3),
        tool=host.maker(), suites=suites,
        suites_digest=hashlib.sha256(json.dumps(suites, sort_keys=True).encode()).hexdigest(),
        contracts=tuple(parts["contract"]), damages=tuple(parts["damage"]), fidelity=tuple(parts["fidelity"]),
        unproved=seeding.unproved(bench.suites, tuple(parts["damage"])),
        qualified=not because, because=because,
        certificate=hashlib.sha256(bench.key.certificate).hexdigest(),
    )  # fmt: skip


def _parts(rows: tuple[Any, ...]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"contract": [], "damage": [], "fidelity": []}
    for row in rows:
        found[type(row).__name__.removesuffix("Row").lower()].append(row)
    return found


def _because(parts: Mapping[str, list[Any]]) -> Iterator[str]:
    """Say what keeps a stack from being qualified."""
    for part, rows in parts.items():
        if not any(row.came is Came.GOOD for row in rows):
            yield f"{part}: nothing is proved"
        wrong = [row for row in rows if row.came in (Came.BAD, Came.UNSEEN)]
        yield from (f"{part}: {sentence(row)}" for row in wrong[:_FEW])
        if len(wrong) > _FEW:
            yield f"{part}: and {len(wrong) - _FEW} more"


def sentence(row: Any) -> str:
    """Return what a row says, and why it is not good."""
    name = getattr(row, "sentence", None) or getattr(row, "damage", None) or getattr(row, "item", "")
    return f"{name}: {row.because}" if row.because else str(name)


def listing(settings: Settings) -> list[tuple[Kept, str]]:
    """Return every record, oldest first, and what keeps it from standing; empty for one that stands."""
    key = sealing.signer(settings)
    return [(kept, qualified.wrong(settings, kept, key)) for kept in qualifications.read(settings.ledger)]
