"""Files into values: read, checked against their table, built."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from metadrill.errors import DocumentError
from metadrill.loading import document
from metadrill.loading.document import Scalar, Table
from metadrill.loading.kinds import CONFIGURATION, KINDS
from metadrill.loading.problems import Problems, brief, nearest, withheld
from metadrill.loading.shapes import Known, Reading
from metadrill.model.control import Catalogue, Condition, Control, Item, Strength
from metadrill.model.drill import Drill, IntegrityBudget, Objectives, RpoObjective, RtoObjective, Start, Tier
from metadrill.model.scenario import Scenario
from metadrill.model.stack import Component, Dataset, DatasetStep, Part, StackRecipe
from metadrill.model.suite import Check, Suite
from metadrill.model.verdict import Aim, Severity

if TYPE_CHECKING:
    from metadrill.model.configuration import Configuration

ANY = Known()
FOLDERS = ("scenarios", "drills", "fixtures", "reports")
NAMES = ("metadrill.yaml", "metadrill.yml")
"""What the configuration file of a project is called: its first line need not say what it is."""
Loaded: TypeAlias = "Scenario | Drill | StackRecipe | Dataset | Suite | Catalogue | Configuration"
T = TypeVar("T")
Values = dict[str, Any]


class Origin(NamedTuple):
    """Where a value comes from, the digest of the file, and its very text."""

    source: str
    digest: str
    text: str


def load(path: Path, known: Known = ANY, root: Path | None = None) -> Loaded:
    """Given a file of any kind, return its value. Raises DocumentError.

    `root` is the project's folder: paths in the file start there, and `source` is relative to
    it. Without it, it is the folder that holds the file's `drills/` (`scenarios/`, `fixtures/`),
    or else the current one.
    """
    return _load(path, None, known, root)


def load_scenario(path: Path, known: Known = ANY, root: Path | None = None) -> Scenario:
    """Given a scenario file, return it. Raises DocumentError; see `load`."""
    value = _load(path, "scenario/v1", known, root)
    assert isinstance(value, Scenario)  # noqa: S101 - tells the type checker what the kind decides
    return value


def load_drill(path: Path, known: Known = ANY, root: Path | None = None) -> Drill:
    """Given a drill file, return it. Raises DocumentError; see `load`."""
    value = _load(path, "drill/v1", known, root)
    assert isinstance(value, Drill)  # noqa: S101 - tells the type checker what the kind decides
    return value


def load_stack(path: Path, known: Known = ANY, root: Path | None = None) -> StackRecipe:
    """Given a stack file, return its recipe. Raises DocumentError; see `load`."""
    value = _load(path, "stack/v1", known, root)
    assert isinstance(value, StackRecipe)  # noqa: S101 - tells the type checker what the kind decides
    return value


def load_dataset(path: Path, known: Known = ANY, root: Path | None = None) -> Dataset:
    """Given a dataset file, return it. Raises DocumentError; see `load`."""
    value = _load(path, "dataset/v1", known, root)
    assert isinstance(value, Dataset)  # noqa: S101 - tells the type checker what the kind decides
    return value


def load_suite(path: Path, known: Known = ANY, root: Path | None = None) -> Suite:
    """Given a suite file, return it. Raises DocumentError; see `load`."""
    value = _load(path, "suite/v1", known, root)
    assert isinstance(value, Suite)  # noqa: S101 - tells the type checker what the kind decides
    return value


def load_controls(path: Path, known: Known = ANY, root: Path | None = None) -> Catalogue:
    """Given a catalogue of controls, return it. Raises DocumentError; see `load`."""
    value = _load(path, "controls/v1", known, root)
    assert isinstance(value, Catalogue)  # noqa: S101 - tells the type checker what the kind decides
    return value


def load_configuration(path: Path) -> "Configuration":
    """Given a configuration file, return it; its paths begin at its folder. Raises DocumentError.

    What stands in it is never shown, not even where it is wrong: it may be a secret in a wrong place.
    """
    value: Any = _load(path, CONFIGURATION, ANY, None)
    found: Configuration = value
    return found


def project_of(path: Path) -> Path:
    """Given a file, return the folder of the project that it belongs to."""
    full = path.absolute()
    for folder in full.parents:
        if folder.name in FOLDERS:
            return folder.parent
    here = Path.cwd()
    return here if full.is_relative_to(here) else full.parent


def _load(path: Path, kind: str | None, known: Known, root: Path | None) -> Loaded:
    shown = _shown(path)
    base = (root or project_of(path)).absolute()
    text, digest = document.read(path, shown)
    if kind is None and path.name in NAMES:
        kind = CONFIGURATION
    private = kind == CONFIGURATION or CONFIGURATION in text
    quote = withheld if private else brief
    tree = document.parse(text, shown, quote)
    reading = Reading(base, known, Problems(shown, quote))
    kind = _kind(tree, kind, reading)
    if kind == CONFIGURATION:
        reading = reading._replace(root=path.parent)
    values = KINDS[kind].read(tree, reading)
    reading.problems.settle()
    full = path.absolute()
    source = full.relative_to(base).as_posix() if full.is_relative_to(base) else str(path)
    return _BUILD[kind](values, Origin(source, digest, text))


def _shown(path: Path) -> str:
    here = Path.cwd()
    text = str(path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _kind(root: document.Node, wanted: str | None, reading: Reading) -> str:
    """Return the kind that the file says it is. Raises DocumentError: none, or not the wanted one."""
    hint = f"begin the file with 'metadrill: {wanted or 'drill/v1'}'"
    if not isinstance(root, Table):
        reading.wrong(root.place, "expected a mapping at the top", hint)
        reading.problems.settle()
    entries = root.entries if isinstance(root, Table) else ()
    header = next((entry for entry in entries if entry.key == "metadrill"), None)
    said = header.value.value if header and isinstance(header.value, Scalar) else None
    if header is None and wanted == CONFIGURATION and isinstance(root, Table):
        return CONFIGURATION
    if header is None:
        reading.wrong(root.place, "missing key 'metadrill'", hint)
    elif not isinstance(said, str) or said not in KINDS:
        guess = nearest(said, KINDS) if isinstance(said, str) else ""
        what = reading.quote(said) if isinstance(said, str) else "that"
        reading.wrong(header.value.place, f"{what} is no kind of file", guess or hint)
    elif wanted is not None and said != wanted:
        reading.wrong(header.value.place, f"this is a {said}, not a {wanted}")
    elif isinstance(said, str):
        return said
    reading.problems.settle()
    raise DocumentError(f"{reading.problems.shown}: no kind")


def _scenario(values: Values, origin: Origin) -> Scenario:
    return Scenario(
        name=values["name"],
        title=values["title"],
        threat=values["threat"],
        applies_to=values["applies_to"],
        fault=values["fault"],
        noticed_by=values["noticed_by"],
        recoveries=values["recoveries"],
        must_hold=values["must_hold"],
        success_is=Aim(values.get("success_is", Aim.RECOVERED)),
        evidence_for=values.get("evidence_for", {}),
        source=origin.source,
        digest=origin.digest,
        text=origin.text,
    )


def _objectives(values: Values) -> Objectives:
    rto, rpo, budget = values["rto"], values["rpo"], values.get("integrity", {})
    return Objectives(
        RtoObjective(
            limit=rto["limit"],
            since=rto.get("from", "disrupted"),
            until=rto.get("to", "verified"),
            source=rto.get("source", ""),
        ),
        RpoObjective(rpo["limit"]),
        IntegrityBudget(**budget),
    )


def _drill(values: Values, origin: Origin) -> Drill:
    optional = ("frameworks", "control", "refs", "roles", "gates", "schedule", "isolation", "seed", "fault")
    return Drill(
        name=values["name"],
        scenario=values["scenario"],
        recovery=values["recovery"],
        stack=values["stack"],
        data=values["data"],
        objectives=_objectives(values["objectives"]),
        start=Start(values.get("start", Start.WARM)),
        production_size=values.get("production_size", {}).get("entities"),
        tiers=tuple(Tier(**tier) for tier in values.get("tiers", ())),
        source=origin.source,
        digest=origin.digest,
        text=origin.text,
        **{key: values[key] for key in optional if key in values},
    )


def _stack(values: Values, origin: Origin) -> StackRecipe:
    return StackRecipe(
        name=values["name"],
        kind=values["kind"],
        title=values["title"],
        versions=values["versions"],
        parts=tuple(Part(**part) for part in values["parts"]),
        config=values["config"],
        abilities=values["abilities"],
        needs=values.get("needs", {}),
        exchanged=values.get("exchanged", ()),
        components=tuple(Component(**item) for item in values.get("components", ())),
        source=origin.source,
        digest=origin.digest,
        text=origin.text,
    )


def _dataset(values: Values, origin: Origin) -> Dataset:
    steps = tuple(DatasetStep(step.name, step.params) for step in values["steps"])
    return Dataset(values["name"], values["title"], steps, origin.source, origin.digest, origin.text)


def _check(values: Values) -> Check:
    return Check(
        number=values["check"],
        title=values["title"],
        frame=values["frame"],
        expect=values["expect"],
        params=values.get("with", {}),
        severity=Severity(values["severity"]),
        key=values.get("key", ()),
        required=values.get("required", False),
        requires=values.get("requires", ""),
        says=values.get("says", ""),
    )


def _suite(values: Values, origin: Origin) -> Suite:
    checks = tuple(_check(check) for check in values["checks"])
    left = values.get("leaves_out", ())
    return Suite(values["name"], values["title"], checks, left, origin.source, origin.digest, origin.text)


def _control(values: Values) -> Control:
    return Control(
        id=values["id"],
        control=values["control"],
        title=values["title"],
        strength=Strength(values["strength"]),
        asks=values["asks"],
        items=tuple(Item(name) for name in values["items"]),
        not_claimed=values["not_claimed"],
        needs=tuple(Condition(name) for name in values.get("needs", ())),
        scenarios=values.get("scenarios", ()),
    )


def _controls(values: Values, origin: Origin) -> Catalogue:
    controls = tuple(_control(control) for control in values["controls"])
    return Catalogue(
        values["name"], values["title"], values["edition"], controls, origin.source, origin.digest
    )


def _configuration(values: Values, origin: Origin) -> "Configuration":
    from metadrill.loading import configuration  # of use to few files, and its values take time to make

    return configuration.build(values)


_BUILD: dict[str, Callable[[Values, Origin], Loaded]] = {
    "scenario/v1": _scenario,
    "drill/v1": _drill,
    "stack/v1": _stack,
    "dataset/v1": _dataset,
    "suite/v1": _suite,
    "controls/v1": _controls,
    CONFIGURATION: _configuration,
}
