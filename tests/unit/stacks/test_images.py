"""Where the programs come from: unpacked parts, images of them, a user's own images, or nowhere."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.faults.corrupt_index_file import CorruptIndexFile
from metadrill.model.scenario import Action
from metadrill.model.secret import Secret
from metadrill.model.stack import Dataset, StackRecipe
from metadrill.ports import IndexFiles, IndexRepair, IndexSnapshots, StateKeeper
from metadrill.ports.backing import Audited, Copied, Destructible, Importing, Restorable
from metadrill.stacks.atlas_elasticsearch import Factory, configuration, images, programs
from metadrill.stacks.atlas_elasticsearch.attached import Attached
from metadrill.testing import MemorySandboxes

MINE = {
    "elasticsearch": {"image": "mine/es:7", "java": "/jdk/bin/java", "home": "/es",
                      "heap": "512m", "replicas": 0},
    "atlas": {"image": "mine/atlas:2", "java": "/jdk11/bin/java", "home": "/atlas", "webapp": "/atlas/web",
              "heap": "1g", "user": "admin"},
}  # fmt: skip
RECIPE = StackRecipe("mine", "atlas-elasticsearch", "M", {}, (), MINE, (), source="stacks/mine.yaml")


class Imaged:
    """The twin of a sandbox that runs images; it remembers what it was asked for."""

    address = "192.0.2.7"

    def __init__(self, sandbox):
        self.root, self.port = sandbox.root, sandbox.port
        self.asked = []

    def image(self, name, key, content):
        self.asked.append((name, key, dict(content)))
        return f"built-{name}:{key}"

    def users(self, reference):
        self.asked.append(reference)
        return f"sha256:{reference}"


@pytest.fixture
def imaged(tmp_path):
    return Imaged(MemorySandboxes(tmp_path).create("x"))


def test_a_users_images_run_the_same_command_lines_with_their_own_places(imaged, tmp_path):
    there = images.installed(imaged, RECIPE, tmp_path)
    assert imaged.asked == ["mine/es:7", "mine/atlas:2"]
    place = configuration.configure(imaged, RECIPE)
    node = programs.elasticsearch(there, place, RECIPE)
    assert node.image == "sha256:mine/es:7" and node.argv[0] == "/jdk/bin/java"
    assert "-Des.path.home=/es" in node.argv
    server = programs.atlas(there, place, RECIPE)
    assert server.image == "sha256:mine/atlas:2" and server.argv[0] == "/jdk11/bin/java"
    assert list(server.argv)[-2:] == ["-app", "/atlas/web"] and "-Datlas.home=/atlas" in server.argv
    assert any("/atlas/web/WEB-INF/lib/*" in word for word in server.argv)


def test_servers_in_images_listen_everywhere_and_are_reached_at_the_sandboxes_address(imaged):
    place = configuration.configure(imaged, RECIPE)
    assert place.url("atlas") == f"http://192.0.2.7:{place.ports['atlas']}"
    node = (place.root / "elasticsearch/config/elasticsearch.yml").read_text()
    assert "http.host: 0.0.0.0" in node and "network.host: 127.0.0.1" in node
    server = (place.root / "atlas/conf/atlas-application.properties").read_text()
    assert "atlas.server.bind.address=0.0.0.0" in server
    assert f"hostname=127.0.0.1:{place.ports['elasticsearch']}" in server


@pytest.mark.parametrize(
    ("component", "key"), [("elasticsearch", "home"), ("atlas", "webapp"), ("atlas", "image")]
)
def test_a_stack_from_images_that_does_not_say_enough_is_refused_with_its_file(
    imaged, tmp_path, component, key
):
    lacking = {**MINE, component: {name: value for name, value in MINE[component].items() if name != key}}
    with pytest.raises(UsageError, match=rf"stacks/mine\.yaml: config\.{component}: no {key}"):
        images.installed(imaged, replace(RECIPE, config=lacking), tmp_path)
    assert imaged.asked == []


def test_a_users_images_without_an_engine_are_refused_with_the_way_out(tmp_path):
    with pytest.raises(EnvironmentNotReady, match="need a container engine") as caught:
        images.installed(MemorySandboxes(tmp_path).create("x"), RECIPE, tmp_path)
    assert "--sandbox docker" in caught.value.hint


def test_a_users_images_with_a_graph_store_of_its_own_are_refused(imaged, tmp_path):
    recipe = replace(RECIPE, config={**MINE, "graph_store": "cassandra"})
    with pytest.raises(UsageError, match="graph_store: not with images of your own"):
        images.installed(imaged, recipe, tmp_path)
    assert imaged.asked == []


def test_a_graph_in_a_server_of_its_own_is_copied_by_nobody(tmp_path):
    recipe = replace(RECIPE, config={**MINE, "graph_store": "cassandra"})
    dataset = Dataset("d", "D", ())
    made = Factory(recipe, dataset, tmp_path, lambda kind, /, **data: None)(
        MemorySandboxes(tmp_path).create("x")
    )
    assert made.components == ("elasticsearch", "cassandra", "atlas")
    assert not isinstance(made, Copied) and not isinstance(made, Restorable)
    assert isinstance(made, Importing) and isinstance(made, Audited) and isinstance(made, Destructible)
    reach = Factory.reach(tmp_path / "graph", tmp_path / "snapshots", "x")
    files = Factory(recipe, dataset, tmp_path, lambda kind, /, **data: None, reach)
    with pytest.raises(UsageError, match="no files of cassandra can be copied while it runs"):
        files(MemorySandboxes(tmp_path).create("y"))


class Standing:
    """The twin of an environment that stands; nobody listens there."""

    id = "standing-1"
    user, password = "admin", Secret("atlas password", "word")

    def __init__(self, root: Path):
        self.root, self.urls = root, {"elasticsearch": "http://127.0.0.1:9", "atlas": "http://127.0.0.1:9"}

    def stop(self, name: str, deadline: timedelta) -> None:
        raise EnvironmentNotReady(f"{name}: cannot be stopped")


@pytest.fixture
def attached(tmp_path):
    make = Factory(RECIPE, Dataset("d", "D", ()), tmp_path, lambda kind, /, **data: None)
    return make(Standing(tmp_path))


def test_an_attached_stack_has_no_ability_that_needs_files_or_a_stop(attached):
    assert isinstance(attached, Attached)
    for ability in (IndexFiles, IndexSnapshots, IndexRepair, StateKeeper):
        assert not isinstance(attached, ability)
    fault = CorruptIndexFile(Action("corrupt_index_file", {"index": "x"}))
    with pytest.raises(EnvironmentNotReady, match="cannot be reached"):
        fault.prepare(attached)


def test_an_attached_stack_writes_only_the_password_for_a_procedure_owner_only(attached, tmp_path):
    told = attached.coordinates()
    assert told["METADRILL_ATLAS_URL"] == "http://127.0.0.1:9"
    file = Path(told["METADRILL_PASSWORD_FILE"])
    assert file.read_text() == "word" and file.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["password", "scratch"]


def test_an_attached_stack_neither_stops_nor_starts(attached):
    for act in (attached.stop, attached.start):
        with pytest.raises(EnvironmentNotReady, match="cannot be stopped"):
            act("atlas")
