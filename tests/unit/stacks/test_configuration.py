"""What is written for one sandbox: loopback only, secrets in owner-only files, none in a command line."""

import re
import stat
from dataclasses import replace

import pytest

from metadrill.errors import UsageError
from metadrill.model.stack import StackRecipe
from metadrill.stacks.atlas_elasticsearch import configuration, programs, stores
from metadrill.stacks.atlas_elasticsearch.installation import Installation
from metadrill.testing import MemorySandboxes

CONFIG = {"elasticsearch": {"heap": "512m", "replicas": 0}, "atlas": {"heap": "1g", "user": "admin"}}


@pytest.fixture
def recipe():
    return StackRecipe("s", "atlas-elasticsearch", "S", {"elasticsearch": "7.10.2"}, (), CONFIG, ())


@pytest.fixture
def cassandra(recipe):
    config = {**CONFIG, "graph_store": "cassandra", "cassandra": {"heap": "512m"}}
    return replace(recipe, config=config, source="stacks/s.yaml")


@pytest.fixture
def place(tmp_path, recipe):
    return configuration.configure(MemorySandboxes(tmp_path).create("x"), recipe)


def properties(place, name="atlas/conf/atlas-application.properties"):
    lines = (place.root / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_every_address_of_atlas_is_loopback(place):
    addressed = {
        name: value
        for name, value in properties(place).items()
        if re.search(r"(hostname|connect|servers|address)$", name)
    }
    assert len(addressed) >= 5
    for name, value in addressed.items():
        assert re.fullmatch(r"(http://)?127\.0\.0\.1(:\d+)?", value), name


def test_elasticsearch_listens_on_loopback_alone(place):
    text = (place.root / "elasticsearch/config/elasticsearch.yml").read_text()
    assert set(re.findall(r"^(?:\w+\.)*host: (.+)$", text, re.MULTILINE)) == {"127.0.0.1"}
    assert "0.0.0.0" not in text and "discovery.type: single-node" in text


def test_every_port_is_the_sandboxes_own_and_none_is_a_default(place):
    assert len(set(place.ports.values())) == 5
    text = "".join(
        path.read_text() for path in place.root.rglob("*") if path.suffix in (".yml", ".properties")
    )
    for port in place.ports.values():
        assert str(port) in text
    assert not re.search(r"\b(9200|9300|9026|9027|9092|2181|21000)\b", text)


def test_passwords_lie_in_owner_only_files_and_nowhere_else(place):
    word = place.password.reveal()
    assert len(word) >= 24
    holding = [path for path in place.root.rglob("*") if path.is_file() and word in path.read_text()]
    assert holding == [place.password_file]
    users = place.root / "atlas/conf/users-credentials.properties"
    for path in (place.password_file, users):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert re.fullmatch(r"admin=ADMIN::[0-9a-f]{64}\n", users.read_text())


def test_each_sandbox_has_a_password_of_its_own(tmp_path, recipe):
    made = MemorySandboxes(tmp_path)
    words = {configuration.configure(made.create("x"), recipe).password.reveal() for _ in range(3)}
    assert len(words) == 3


def test_configuring_again_writes_the_password_anew_and_never_through_a_link(place, tmp_path, recipe):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    place.password_file.unlink()
    place.password_file.symlink_to(precious)

    class Again:
        root = place.root

        def port(self, name):
            return place.ports[name]

    again = configuration.configure(Again(), recipe)
    assert precious.read_text() == "mine" and not again.password_file.is_symlink()


def test_no_password_stands_in_a_command_line_or_an_environment(place, tmp_path, recipe):
    there = Installation(tmp_path / "installation")
    word = place.password.reveal()
    script = programs.shipped("quickstart")
    for program in (
        programs.elasticsearch(there, place, recipe),
        programs.atlas(there, place, recipe),
        programs.groovy(there, place, script, "http://x/", place.user, str(place.password_file)),
    ):
        assert word not in " ".join([*program.argv, *program.env.values()])


def test_a_graph_in_cassandra_is_on_loopback_and_on_ports_of_its_own(tmp_path, cassandra):
    place = configuration.configure(MemorySandboxes(tmp_path).create("x"), cassandra)
    assert len(set(place.ports.values())) == 7
    told = properties(place)
    assert told["atlas.graph.storage.backend"] == "cql"
    assert told["atlas.graph.storage.port"] == str(place.ports["cassandra"])
    assert told["atlas.EntityAuditRepository.impl"].endswith(".CassandraBasedAuditRepository")
    node = (place.root / "cassandra/config/cassandra.yaml").read_text()
    assert set(re.findall(r"_address: (.+)$", node, re.MULTILINE)) == {"127.0.0.1"}
    assert f"native_transport_port: {place.ports['cassandra']}" in node
    assert not re.search(r"\b(9042|7000|7199)\b", node)


def test_only_what_a_store_needs_is_made(place, tmp_path, cassandra):
    other = configuration.configure(MemorySandboxes(tmp_path / "other").create("x"), cassandra)
    assert (place.root / "atlas/data/berkeley").is_dir() and not (place.root / "cassandra").exists()
    assert (other.root / "cassandra/data").is_dir() and not (other.root / "atlas/data/berkeley").exists()


def test_the_state_worth_keeping_and_the_order_of_start_are_those_of_the_store(recipe, cassandra):
    assert configuration.state(recipe) == ("elasticsearch/data", "atlas/data/berkeley")
    assert configuration.state(cassandra) == ("elasticsearch/data", "cassandra/data")
    assert stores.servers(recipe) == ("elasticsearch", "atlas")
    assert stores.servers(cassandra) == ("elasticsearch", "cassandra", "atlas")


def test_a_store_that_is_not_known_is_refused_with_its_file(cassandra):
    wrong = replace(cassandra, config={**cassandra.config, "graph_store": "hbase"})
    with pytest.raises(
        UsageError, match=r"stacks/s\.yaml: config\.graph_store: unknown store 'hbase'"
    ) as told:
        stores.of(wrong)
    assert told.value.hint == "there are berkeleyje, cassandra"
