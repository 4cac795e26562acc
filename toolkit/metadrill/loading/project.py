"""A user's project and the content shipped with the package: names into files."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from metadrill.errors import DocumentError, UsageError
from metadrill.loading import files
from metadrill.loading.problems import brief, nearest
from metadrill.loading.shapes import Known
from metadrill.model.control import Catalogue
from metadrill.model.drill import Drill
from metadrill.model.scenario import Scenario
from metadrill.model.stack import Dataset, StackRecipe
from metadrill.model.suite import Suite

_NAME = r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*"
_FOLDER = {
    "scenario": "scenarios",
    "drill": "drills",
    "stack": "fixtures/stacks",
    "dataset": "fixtures/datasets",
    "suite": "fixtures/suites",
    "controls": "reports/controls",
}


def shipped() -> Path | None:
    """Return the folder of the shipped content: in the package, or in a checkout its top. None: none."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "content", package.parents[1]):
        if (folder / "scenarios").is_dir() and (folder / "fixtures").is_dir():
            return folder
    return None


@dataclass(frozen=True)
class Project:
    """Content by name: first in the user's project, then in what is shipped.

    Every method raises UsageError for an unknown name (the nearest one in the hint) and
    DocumentError for a file that is wrong.
    """

    root: Path = field(default_factory=Path.cwd)
    known: Known = files.ANY

    def scenario(self, name: str) -> Scenario:
        """Return a scenario by its name."""
        path, root = self._find("scenario", name)
        return self._same(name, files.load_scenario(path, self.known, root))

    def stack(self, name: str) -> StackRecipe:
        """Return a stack by its name."""
        path, root = self._find("stack", name)
        return self._same(name, files.load_stack(path, self.known, root))

    def dataset(self, name: str) -> Dataset:
        """Return a dataset by its name."""
        path, root = self._find("dataset", name)
        return self._same(name, files.load_dataset(path, self.known, root))

    def suite(self, name: str) -> Suite:
        """Return a suite by its name."""
        path, root = self._find("suite", name)
        return self._same(name, files.load_suite(path, self.known, root))

    def controls(self, name: str) -> Catalogue:
        """Return the catalogue of a framework's controls by its name."""
        path, root = self._find("controls", name)
        return self._same(name, files.load_controls(path, self.known, root))

    def drill(self, name: str) -> Drill:
        """Return a drill by its name, or by its path when that ends in `.yaml`."""
        if not name.endswith((".yaml", ".yml")):
            path, root = self._find("drill", name)
            return self._same(name, files.load_drill(path, self.known, root))
        path = Path(name)
        for root in self._roots():
            if path.is_file():
                break
            if not path.is_absolute() and (root / path).is_file():
                return files.load_drill(root / path, self.known, root)
        return files.load_drill(path, self.known)

    def suites(self, scenario: Scenario) -> tuple[Suite, ...]:
        """Return the suites that a scenario names: those that must hold, then those that notice."""
        noticing = [probe.params["name"] for probe in scenario.noticed_by if probe.name == "suite"]
        return tuple(self.suite(name) for name in dict.fromkeys([*scenario.must_hold, *noticing]))

    def names(self, kind: str) -> tuple[str, ...]:
        """Given a kind (`scenario`, `drill`, …, `controls`), return the names there are."""
        found = {path.stem for root in self._roots() for path in (root / _FOLDER[kind]).glob("*.yaml")}
        return tuple(sorted(found))

    def _roots(self) -> Iterator[Path]:
        yield self.root
        content = shipped()
        if content is not None and content != self.root.resolve():
            yield content

    def _find(self, kind: str, name: str) -> tuple[Path, Path]:
        if len(name) <= 100 and re.fullmatch(_NAME, name):
            for root in self._roots():
                path = root / _FOLDER[kind] / f"{name}.yaml"
                if path.is_file():
                    return path, root
        raise UsageError(f"unknown {kind} {brief(name)}", nearest(name, self.names(kind)))

    def _same(self, name: str, value: files.T) -> files.T:
        said, source = getattr(value, "name", ""), getattr(value, "source", "")
        if said != name:
            raise DocumentError(f"{source}: its name is {brief(said)}, its file's name '{name}'")
        return value


def find(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Given files and folders, return the files: of a folder its own YAML files, none of deeper ones.

    Raises UsageError: a path that is not there, or a folder without a YAML file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [item for item in _inside(path) if _is_document(item)]
            if not inside:
                raise UsageError(f"{path}: no YAML file in this folder", "a folder is not descended")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            near = _inside(path.parent) if path.parent.is_dir() else ()
            hint = nearest(path.name, [item.name for item in near])
            raise UsageError(f"{path}: no such file or folder", hint)
    return tuple(dict.fromkeys(found))


def _inside(folder: Path) -> tuple[Path, ...]:
    try:
        return tuple(sorted(folder.iterdir()))
    except OSError as error:
        raise UsageError(f"{folder}: cannot be listed: {(error.strerror or str(error)).lower()}") from error


def _is_document(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml") and not path.name.startswith(".") and path.is_file()
