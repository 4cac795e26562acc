"""The command lines of both servers, and of Groovy scripts run with Atlas' own libraries."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from metadrill.model.sandboxed import Program
from metadrill.model.stack import StackRecipe
from metadrill.stacks.atlas_elasticsearch.configuration import Place
from metadrill.stacks.atlas_elasticsearch.installation import Installation


def elasticsearch(there: Installation, place: Place, recipe: StackRecipe) -> Program:
    """The node, started without its shell wrappers: one process, one id."""
    heap = recipe.config["elasticsearch"]["heap"]
    home = place.root / "elasticsearch"
    argv = [
        str(there.java_of("elasticsearch")), f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseSerialGC",
        f"-Djava.io.tmpdir={home / 'tmp'}", "-Dlog4j2.disable.jmx=true",
        "-Djava.locale.providers=SPI,COMPAT", f"-Djdk.net.hosts.file={place.hosts}",
        f"-Des.path.home={there.elasticsearch}", f"-Des.path.conf={home}/config",
        "-Des.distribution.flavor=oss", "-Des.distribution.type=zip", "-Des.bundled_jdk=false",
        "-cp", f"{there.elasticsearch}/lib/*", "org.elasticsearch.bootstrap.Elasticsearch",
    ]  # fmt: skip
    log, image = place.root / "elasticsearch.log", there.images.get("elasticsearch", "")
    return Program("elasticsearch", argv, home, _environment(home / "tmp"), log, image)


def atlas(there: Installation, place: Place, recipe: StackRecipe) -> Program:
    """The Atlas server with its embedded Kafka, ZooKeeper and BerkeleyDB."""
    home = place.root / "atlas"
    heap = recipe.config["atlas"]["heap"]
    argv = [*_java(there, place, heap), "org.apache.atlas.Atlas", "-app", str(there.webapp)]
    log, image = place.root / "atlas.log", there.images.get("atlas", "")
    return Program("atlas", argv, home, _environment(home / "tmp"), log, image)


def groovy(there: Installation, place: Place, source: Traversable, *args: str) -> Program:
    """A Groovy script, run with the war's own jars while Atlas is stopped (JE allows one process)."""
    home = place.root / "atlas"
    script = source.name.removesuffix(".groovy")
    file = place.root / "scratch" / source.name
    file.write_text(source.read_text())
    argv = [*_java(there, place, "1g"), "groovy.ui.GroovyMain", str(file), *args]
    log, image = place.root / f"{script}.log", there.images.get("atlas", "")
    return Program(script, argv, home, _environment(home / "tmp"), log, image)


def shipped(script: str) -> Traversable:
    """Return a script of `groovy/` by its name."""
    return resources.files(__package__) / "groovy" / f"{script}.groovy"


def _java(there: Installation, place: Place, heap: str) -> list[str]:
    home = place.root / "atlas"
    library = there.webapp / "WEB-INF"
    return [
        str(there.java_of("atlas")), "-Xms256m", f"-Xmx{heap}", "-XX:+UseSerialGC",
        f"-Datlas.home={there.atlas}", f"-Datlas.conf={home}/conf", f"-Datlas.data={home}/data",
        f"-Datlas.log.dir={home}/logs", "-Datlas.log.file=application.log",
        "-Dlog4j.configuration=atlas-log4j.xml", f"-Djdk.net.hosts.file={place.hosts}",
        f"-Djava.io.tmpdir={home / 'tmp'}",
        "-cp", f"{home}/conf:{library}/classes:{library}/lib/*",
    ]  # fmt: skip


def _environment(tmp: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(tmp), "TMPDIR": str(tmp), "LANG": "C.UTF-8"}
