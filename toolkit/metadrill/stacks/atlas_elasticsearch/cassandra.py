"""The graph in a Cassandra of one node, which keeps the audit of entities too."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from metadrill.clients import cql
from metadrill.errors import Unreachable
from metadrill.model.stack import StackRecipe
from metadrill.stacks.atlas_elasticsearch.place import Place

AUDIT = "atlas_audit"
"""The keyspace of entity audit; its one table is `audit`."""
_PARTS = "cassandra."

_NODE = """cluster_name: metadrill
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{{seeds: "127.0.0.1:{gossip}"}}]
listen_address: 127.0.0.1
storage_port: {gossip}
rpc_address: {listen}
broadcast_rpc_address: 127.0.0.1
start_native_transport: true
native_transport_port: {cassandra}
commitlog_sync: periodic
commitlog_sync_period_in_ms: 1000
commitlog_segment_size_in_mb: 8
commitlog_total_space_in_mb: 64
data_file_directories: ["{root}/cassandra/data/files"]
commitlog_directory: {root}/cassandra/data/commitlog
hints_directory: {root}/cassandra/data/hints
saved_caches_directory: {root}/cassandra/data/caches
cdc_raw_directory: {root}/cassandra/data/cdc
auto_snapshot: false
"""

_LOG = """<configuration>
 <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
  <encoder><pattern>%d{ISO8601} %-5level [%thread] %logger{0} %msg%n</pattern></encoder>
 </appender>
 <root level="INFO"><appender-ref ref="console"/></root>
</configuration>
"""

_ATLAS = """atlas.graph.storage.backend=cql
atlas.graph.storage.hostname=127.0.0.1
atlas.graph.storage.port={cassandra}
atlas.graph.storage.cql.keyspace=atlas_graph
atlas.graph.storage.cql.replication-factor=1
atlas.EntityAuditRepository.impl=org.apache.atlas.repository.audit.CassandraBasedAuditRepository
atlas.EntityAuditRepository.keyspace={audit}
atlas.EntityAuditRepository.replicationFactor=1
"""


class Cassandra:
    """Port `stores.Served`. One node, one copy, nothing but loopback.

    It asks for no password: Atlas 2.1.0's audit repository has no property for one.
    """

    server = "cassandra"
    state = ("cassandra/data",)
    ports = ("cassandra", "gossip")
    folders = ("cassandra/config", "cassandra/tmp")

    def properties(self, place: Place) -> str:
        """Return the lines that name the node, for the graph and for entity audit."""
        return _ATLAS.format(cassandra=place.ports["cassandra"], audit=AUDIT)

    def write(self, place: Place, recipe: StackRecipe) -> None:
        """Write the node's two files; commits are on disk within a second."""
        config = place.root / "cassandra" / "config"
        ports = {name: place.ports[name] for name in self.ports}
        (config / "cassandra.yaml").write_text(_NODE.format(root=place.root, listen=place.listen, **ports))
        (config / "logback.xml").write_text(_LOG)

    def unpack(self, files: Mapping[str, Path], root: Path) -> None:
        """Copy its jars: every part whose name begins with `cassandra.`."""
        library = root / "cassandra" / "lib"
        library.mkdir(parents=True)
        for name, file in files.items():
            if name.startswith(_PARTS):
                shutil.copyfile(file, library / f"{name.removeprefix(_PARTS)}.jar")

    def version(self, place: Place, door: Callable[[], AbstractContextManager[None]]) -> str:
        """Ask the node itself. Raises Unreachable while it does not serve."""
        rows = node(place, door).ask("SELECT release_version FROM system.local")
        if len(rows) != 1:
            raise Unreachable("cassandra: it does not say its version", "see its log")
        return str(rows[0]["release_version"])


def node(place: Place, door: Callable[[], AbstractContextManager[None]]) -> cql.Node:
    """Return the node of a sandbox, to be asked."""
    return cql.Node("cassandra", place.address, place.ports["cassandra"], door)
