"""What is written for one sandbox: the servers' configuration, on ports and in a network of its own."""

import hashlib
import json
import os
import secrets
import socket
from pathlib import Path

from metadrill.model.secret import Secret
from metadrill.model.stack import StackRecipe
from metadrill.ports import Host
from metadrill.stacks.atlas_elasticsearch import stores
from metadrill.stacks.atlas_elasticsearch.place import Place
from metadrill.stacks.places import Addressed, Standing

ALIAS = "janusgraph"
INDICES = ("janusgraph_vertex_index", "janusgraph_edge_index", "janusgraph_fulltext_index")

_ELASTICSEARCH = """cluster.name: metadrill
node.name: node-1
discovery.type: single-node
network.host: 127.0.0.1
http.host: {listen}
http.port: {http}
transport.port: {transport}
path.data: {root}/elasticsearch/data
path.logs: {root}/elasticsearch/logs
path.repo: ["{root}/elasticsearch/repository"]
bootstrap.system_call_filter: false
cluster.routing.allocation.disk.threshold_enabled: false
"""

_ELASTICSEARCH_LOG = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""

_ATLAS = """{store}atlas.graph.graph.replace-instance-if-exists=true
atlas.graph.index.search.backend=elasticsearch
atlas.graph.index.search.hostname=127.0.0.1:{elasticsearch}
atlas.graph.index.search.elasticsearch.client-only=true
atlas.graph.index.search.elasticsearch.create.ext.number_of_replicas={replicas}
atlas.notification.embedded=true
atlas.notification.create.topics=true
atlas.notification.replicas=1
atlas.notification.topics=ATLAS_HOOK,ATLAS_ENTITIES
atlas.kafka.data={root}/atlas/data/kafka
atlas.kafka.zookeeper.connect=127.0.0.1:{zookeeper}
atlas.kafka.bootstrap.servers=127.0.0.1:{kafka}
atlas.kafka.zookeeper.session.timeout.ms=60000
atlas.kafka.zookeeper.connection.timeout.ms=60000
atlas.kafka.hook.group.id=atlas
atlas.kafka.enable.auto.commit=false
atlas.kafka.auto.offset.reset=earliest
atlas.kafka.session.timeout.ms=30000
atlas.kafka.offsets.topic.replication.factor=1
atlas.kafka.poll.timeout.ms=1000
atlas.enableTLS=false
atlas.server.http.port={http}
atlas.server.bind.address={listen}
atlas.rest.address=http://127.0.0.1:{http}
atlas.server.ha.enabled=false
atlas.server.run.setup.on.start=false
atlas.authentication.method.kerberos=false
atlas.authentication.method.file=true
atlas.authentication.method.file.filename={root}/atlas/conf/users-credentials.properties
atlas.authentication.method.ldap.type=none
atlas.authorizer.impl=simple
atlas.authorizer.simple.authz.policy.file={root}/atlas/conf/atlas-simple-authz-policy.json
atlas.rest-csrf.enabled=false
atlas.metric.query.cache.ttlInSecs=0
atlas.search.gremlin.enable=false
"""

_ATLAS_LOG = """<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE log4j:configuration SYSTEM "log4j.dtd">
<log4j:configuration xmlns:log4j="http://jakarta.apache.org/log4j/">
 <appender name="console" class="org.apache.log4j.ConsoleAppender">
  <param name="Target" value="System.out"/>
  <layout class="org.apache.log4j.PatternLayout">
   <param name="ConversionPattern" value="%d %-5p - [%t:%x] ~ %m (%C{1}:%L)%n"/>
  </layout>
 </appender>
 <logger name="org.apache.atlas"><level value="info"/></logger>
 <root><priority value="warn"/><appender-ref ref="console"/></root>
</log4j:configuration>
"""

_ANY = [".*"]
_POLICY = {
    "roles": {
        "ROLE_ADMIN": {
            "adminPermissions": [{"privileges": _ANY}],
            "typePermissions": [{"privileges": _ANY, "typeCategories": _ANY, "typeNames": _ANY}],
            "entityPermissions": [
                {
                    "privileges": _ANY, "entityTypes": _ANY, "entityIds": _ANY,
                    "entityClassifications": _ANY, "labels": _ANY, "businessMetadata": _ANY,
                    "attributes": _ANY, "classifications": _ANY,
                }
            ],
            "relationshipPermissions": [
                {
                    "privileges": _ANY, "relationshipTypes": _ANY, "end1EntityType": _ANY,
                    "end1EntityId": _ANY, "end1EntityClassification": _ANY, "end2EntityType": _ANY,
                    "end2EntityId": _ANY, "end2EntityClassification": _ANY,
                }
            ],
        }
    },
    "userRoles": {"admin": ["ROLE_ADMIN"]},
    "groupRoles": {"ADMIN": ["ROLE_ADMIN"]},
}  # fmt: skip

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - of a container in a network of its own
INDEX_STATE = "elasticsearch/data"
_FOLDERS = (
    INDEX_STATE, "elasticsearch/config", "elasticsearch/logs", "elasticsearch/tmp",
    "elasticsearch/repository", "atlas/conf", "atlas/logs", "atlas/tmp", "scratch",
)  # fmt: skip


def state(recipe: StackRecipe) -> tuple[str, ...]:
    """Return the folders that hold state worth keeping; all else is written anew for each sandbox.

    Kafka's and ZooKeeper's are left out: Atlas makes them again, and they remember ports.
    """
    return (INDEX_STATE, *stores.of(recipe).state)


def standing(sandbox: Standing, root: Path) -> Place:
    """Return the place of servers that stand already; only the password is written, for programs."""
    (root / "scratch").mkdir(exist_ok=True)
    place = Place(root, {}, sandbox.user, sandbox.password, urls=sandbox.urls)
    _private(place.password_file, sandbox.password.reveal())
    return place


def configure(host: Host, recipe: StackRecipe) -> Place:
    """Write the configuration of every server into a sandbox; the password is fresh each time."""
    store = stores.of(recipe)
    served = store if isinstance(store, stores.Served) else None
    own = served.ports if served else ()
    names = ("elasticsearch", "transport", "atlas", "kafka", "zookeeper", *own)
    ports = {name: host.port(name) for name in names}
    user = str(recipe.config["atlas"]["user"])
    word = secrets.token_urlsafe(24)
    where = (_EVERYWHERE, host.address) if isinstance(host, Addressed) else (Place.listen, Place.address)
    place = Place(host.root, ports, user, Secret("atlas password", word), *where)
    for folder in (*_FOLDERS, *store.state, *(served.folders if served else ())):
        (host.root / folder).mkdir(parents=True, exist_ok=True)
    known = " ".join(dict.fromkeys(["localhost", socket.gethostname()]))
    place.hosts.write_text(f"127.0.0.1 {known}\n")
    _write_elasticsearch(place)
    if served:
        served.write(place, recipe)
    _write_atlas(place, recipe, store.properties(place))
    return place


def _write_elasticsearch(place: Place) -> None:
    config = place.root / "elasticsearch" / "config"
    text = _ELASTICSEARCH.format(
        http=place.ports["elasticsearch"], transport=place.ports["transport"], root=place.root,
        listen=place.listen,
    )  # fmt: skip
    (config / "elasticsearch.yml").write_text(text)
    (config / "jvm.options").touch()
    (config / "log4j2.properties").write_text(_ELASTICSEARCH_LOG)


def _write_atlas(place: Place, recipe: StackRecipe, store: str) -> None:
    config = place.root / "atlas" / "conf"
    replicas = recipe.config["elasticsearch"]["replicas"]
    text = _ATLAS.format(
        store=store, root=place.root, http=place.ports["atlas"], replicas=replicas, listen=place.listen,
        **{name: place.ports[name] for name in ("elasticsearch", "kafka", "zookeeper")},
    )  # fmt: skip
    (config / "atlas-application.properties").write_text(text)
    (config / "atlas-log4j.xml").write_text(_ATLAS_LOG)
    (config / "atlas-simple-authz-policy.json").write_text(json.dumps(_POLICY))
    word = place.password.reveal()
    # file realm: "password{user}" hashed by SHA-256 (stack-recipe.md, "Run")
    digest = hashlib.sha256(f"{word}{{{place.user}}}".encode()).hexdigest()
    _private(config / "users-credentials.properties", f"{place.user}=ADMIN::{digest}\n")
    _private(place.password_file, word)


def _private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
