"""The command lines of the servers, and of Groovy scripts run with Atlas' own libraries."""

from collections.abc import Callable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from metadrill.model.sandboxed import Program
from metadrill.model.stack import StackRecipe
from metadrill.stacks.atlas_elasticsearch.installation import Installation
from metadrill.stacks.atlas_elasticsearch.place import Place

_EXPORTS = (
    "java.base/jdk.internal.misc", "java.base/jdk.internal.ref", "java.base/sun.nio.ch",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi", "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server", "java.sql/java.sql",
)  # fmt: skip
_OPENS = (
    "java.base/java.lang.module", "java.base/jdk.internal.loader", "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect", "java.base/jdk.internal.math", "java.base/jdk.internal.module",
    "java.base/jdk.internal.util.jar", "jdk.management/com.sun.management.internal",
)  # fmt: skip
"""What Cassandra 4.0 needs of Java 11's modules (its own `jvm11-server.options`)."""


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


def cassandra(there: Installation, place: Place, recipe: StackRecipe) -> Program:
    """The node, without its shell wrappers and without management over the network."""
    heap = recipe.config["cassandra"]["heap"]
    home, library = place.root / "cassandra", there.root / "cassandra" / "lib"
    argv = [
        str(there.java), f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseSerialGC",
        f"-javaagent:{library}/jamm.jar", "-Djdk.attach.allowAttachSelf=true",
        *(word for name in _EXPORTS for word in ("--add-exports", f"{name}=ALL-UNNAMED")),
        *(word for name in _OPENS for word in ("--add-opens", f"{name}=ALL-UNNAMED")),
        f"-Djava.io.tmpdir={home / 'tmp'}", f"-Djdk.net.hosts.file={place.hosts}",
        f"-Dcassandra.config=file://{home}/config/cassandra.yaml", f"-Dcassandra.storagedir={home}/data",
        f"-Dlogback.configurationFile=file://{home}/config/logback.xml", "-Dcassandra-foreground=yes",
        "-Dcassandra.ring_delay_ms=0", "-Dcassandra.skip_wait_for_gossip_to_settle=0",
        "-cp", f"{library}/*", "org.apache.cassandra.service.CassandraDaemon",
    ]  # fmt: skip
    log, image = place.root / "cassandra.log", there.images.get("cassandra", "")
    return Program("cassandra", argv, home, _environment(home / "tmp"), log, image)


def atlas(there: Installation, place: Place, recipe: StackRecipe) -> Program:
    """The Atlas server with its embedded Kafka and ZooKeeper, and BerkeleyDB where the graph is there."""
    home = place.root / "atlas"
    heap = recipe.config["atlas"]["heap"]
    argv = [*_java(there, place, heap), "org.apache.atlas.Atlas", "-app", str(there.webapp)]
    log, image = place.root / "atlas.log", there.images.get("atlas", "")
    return Program("atlas", argv, home, _environment(home / "tmp"), log, image)


SERVERS: Mapping[str, Callable[[Installation, Place, StackRecipe], Program]] = {
    "elasticsearch": elasticsearch,
    "cassandra": cassandra,
    "atlas": atlas,
}


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
