"""The second real stack: the graph in Cassandra, and the audit of entities that it keeps.

One boot for all of it. What it shows of Atlas' audit is said in `toolkit/docs/stack-facts.md`.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from metadrill import plugins
from metadrill.app import filling
from metadrill.app.settings import Settings
from metadrill.census import frames
from metadrill.checkers.great_expectations import GreatExpectations
from metadrill.depot import taking, telling, verifying
from metadrill.depot.shelf import Depot
from metadrill.depot.taking import Crew, Order
from metadrill.envelopes import certificates
from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.model.backup import Method, Mode
from metadrill.model.verdict import CheckVerdict
from metadrill.ports.backing import Copied, Restorable
from metadrill.sandboxes.process import ProcessSandboxes
from metadrill.stacks.atlas_elasticsearch import cassandra
from metadrill.stacks.atlas_elasticsearch.dialect import AtlasDialect
from metadrill.testing import MemorySigner

pytestmark = pytest.mark.needs("cassandra")
PATIENCE, MINUTE = timedelta(minutes=8), timedelta(minutes=1)
NEEDED = frozenset({"entities", "audit"})


def nothing(kind, /, **data):
    """Record to nobody."""


@pytest.fixture(scope="module")
def recipe(project):
    return project.stack("atlas-2.1-cassandra")


@pytest.fixture(scope="module")
def served(project, recipe):
    """The stack with 300 made-up entities in it, warm where a state was kept."""
    dataset = project.dataset("synthetic-small")
    make = plugins.pick("stacks", recipe.kind).load()(recipe, dataset, Settings().cache, nothing)
    sandbox = ProcessSandboxes(Settings().cache, recipe.needs).create("live-cassandra")
    try:
        made = make(sandbox)
        filling.seeded(make, made, dataset)
        made.settle(PATIENCE)
        yield made
    finally:
        assert sandbox.remove().clean


@pytest.fixture(scope="module")
def node(served):
    return cassandra.node(served.place, served.inside)


def a_database(name):
    return {
        "typeName": "hive_db",
        "attributes": {"qualifiedName": name, "name": name, "clusterName": "live"},
    }


def actions(served, guid):
    return [row["action"] for row in served.changes([guid])]


def stored(node, guid):
    """Return what Cassandra itself holds of an entity: Atlas is not asked."""
    return [
        row["action"]
        for row in node.ask(f"SELECT action FROM {cassandra.AUDIT}.audit WHERE entityid='{guid}'")
    ]


def red(suite, recipe, before, after):
    """Return the titles of the checks that fail; every other one passes."""
    result = GreatExpectations().check(suite, frames.join(before, after), frozenset(recipe.abilities))
    assert result.declared == result.evaluated == len(suite.checks)
    assert {row.verdict for row in result.results} <= {CheckVerdict.PASS, CheckVerdict.FAIL}
    return {row.title for row in result.results if row.verdict is CheckVerdict.FAIL}


def test_every_server_says_its_version_and_how_it_is(served):
    assert served.itself().versions == {"atlas": "2.1.0", "cassandra": "4.0.12", "elasticsearch": "7.10.2"}
    assert served.fit() == {"elasticsearch": "green", "cassandra": "serving", "atlas": "ACTIVE"}


def test_an_entity_created_alone_has_its_creation_and_of_three_in_one_call_only_the_last(served, node):
    (alone,) = served.create({}, [a_database("live/alone")])
    three = served.create({}, [a_database(f"live/three-{number}") for number in range(3)])
    assert actions(served, alone) == ["ENTITY_CREATE"]
    assert [actions(served, guid) for guid in three] == [[], [], ["ENTITY_CREATE"]]
    assert stored(node, alone) == ["ENTITY_CREATE"]
    assert [stored(node, guid) for guid in three] == [[], [], ["ENTITY_CREATE"]]


def test_of_two_events_of_an_entity_in_one_call_only_one_is_there(served, node):
    """Atlas stamps every event of a call with the time of the call, and that is the key in Cassandra."""
    kind = {"name": "live_mark", "superTypes": [], "attributeDefs": []}
    served.atlas.change("POST", "/v2/types/typedefs", {"classificationDefs": [kind]})
    body = {**a_database("live/marked"), "classifications": [{"typeName": "live_mark"}]}
    (guid,) = served.create({}, [body])
    assert served.atlas.get(f"/v2/entity/guid/{guid}/classifications")["list"]
    assert len(actions(served, guid)) == 1
    assert stored(node, guid) == actions(served, guid)


def test_more_events_than_atlas_gives_at_once_are_all_read(served):
    (guid,) = served.create({}, [a_database("live/often")])
    for number in range(12):
        path = f"/v2/entity/guid/{guid}?name=description"
        served.atlas.change("PUT", path, f"the {number}th")
    assert len(served.atlas.get(f"/v2/entity/{guid}/audit?count=100")) == 10
    assert actions(served, guid) == ["ENTITY_CREATE", *["ENTITY_UPDATE"] * 12]
    moments = [row["at"] for row in served.changes([guid])]
    assert moments == sorted(moments)


def test_the_audit_outlives_a_kill_of_every_server_and_check_34_says_so(served, recipe, project, node):
    served.settle(PATIENCE)
    before = served.census()
    assert not before.faults and before.tables["audit"].num_rows > 0
    counted = node.ask(f"SELECT count(*) FROM {cassandra.AUDIT}.audit")
    known = set(before.tables["entities"]["guid"].to_pylist())
    rows = node.ask(f"SELECT entityid FROM {cassandra.AUDIT}.audit")
    assert counted == [{"count": len(rows)}]
    assert before.tables["audit"].num_rows == sum(row["entityid"] in known for row in rows)
    for name in reversed(served.components):
        served.sandbox.stop(name, timedelta(0))
    assert served.views()["cassandra"] == "no answer"
    for name in served.components:
        served.start(name)
    served.settle(PATIENCE)
    after = served.census(NEEDED)
    assert after.tables["audit"].equals(before.tables["audit"])
    assert red(project.suite("audit"), recipe, before, after) == set()


def test_a_set_keeps_the_audit_and_tells_of_an_entity_up_to_a_moment(served, recipe, node, tmp_path):
    (guid,) = served.create({}, [a_database("live/told")])
    served.atlas.change("PUT", f"/v2/entity/guid/{guid}?name=description", "told later")
    signer = MemorySigner()
    print_of = certificates.read(signer.certificate, "it").fingerprint
    depot = Depot(tmp_path / "depot", frozenset({print_of}))
    crew = Crew(AtlasDialect(), signer, {"name": "metadrill", "version": "test"})
    order = Order("live", Mode.FULL, frozenset({Method.LOGICAL}), audit="audit_kept" in recipe.abilities)
    held = taking.take(depot, served, order, crew)
    assert not verifying.verify(depot, held.manifest.name, crew.dialect).problems
    first, second = telling.events(held, "live/told")
    assert [first["action"], second["action"]] == ["ENTITY_CREATE", "ENTITY_UPDATE"]
    assert "told later" in second["details"] and "told later" not in first["details"]
    moment = datetime.fromtimestamp(first["at"] / 1000, UTC)
    assert telling.events(held, guid, moment) == [first]
    known = set(held.census().tables["entities"]["guid"].to_pylist())
    rows = node.ask(f"SELECT entityid FROM {cassandra.AUDIT}.audit")
    assert held.manifest.census.counts["audit"] == sum(row["entityid"] in known for row in rows)
    with pytest.raises(UsageError, match="needs the stores' files"):
        taking.take(depot, served, replace(order, methods=frozenset({Method.PHYSICAL})), crew)


def test_check_34_is_red_where_cassandra_lost_an_event_or_holds_one_that_nobody_made(
    served, recipe, project, node
):
    suite, before = project.suite("audit"), served.census(NEEDED)
    (guid,) = (
        row["guid"] for row in before.tables["entities"].to_pylist() if row["unique_name"] == "live/often"
    )
    first = f"entityid='{guid}' AND created={next(served.changes([guid]))['at']}"
    node.ask(f"DELETE FROM {cassandra.AUDIT}.audit WHERE {first}")
    lost = served.census(NEEDED)
    assert red(suite, recipe, before, lost) == {
        "Every event is there, as it was",
        "The events of each entity follow each other without a gap",
        "The first event of each entity is its creation, or was another one before too",
    }
    served.atlas.change("PUT", f"/v2/entity/guid/{guid}?name=description", "after the restore")
    late = served.census(NEEDED)
    assert red(suite, recipe, lost, late) == {
        "No event is later than the restore, but those that it made itself"
    }


@pytest.mark.slow  # every drill of an index repairs its tail
def test_the_tail_of_the_index_is_repaired_from_cassandra(served, index):
    served.settle(PATIENCE)
    ref = served.snapshot()["ref"]
    guid = served.write("live/tail")
    served.settle(MINUTE)
    served.restore_snapshot(ref)
    assert guid in served.repair_tail()["guids"]
    counts = served.settle(PATIENCE)
    assert counts["graph"] == counts["index"] > 0
    assert served.found(["live/tail"]) == {"live/tail"}


def test_a_copy_of_the_graphs_files_is_no_port_of_this_stack(served):
    assert not isinstance(served, Copied) and not isinstance(served, Restorable)


def test_a_node_of_another_version_is_another_stack(served):
    whole = served.recipe
    served.recipe = type(whole)(**{**vars(whole), "versions": {**whole.versions, "cassandra": "3.11.0"}})
    try:
        with pytest.raises(EnvironmentNotReady, match=r"cassandra: it says it is 4\.0\.12"):
            served._of_its_version("cassandra")
    finally:
        served.recipe = whole
