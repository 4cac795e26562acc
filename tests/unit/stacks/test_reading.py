"""A live repository read: each entity of its graph once, and of a document's time of change no damage."""

import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from metadrill import loading
from metadrill.archives import exports
from metadrill.clients.http import Server, Undecodable
from metadrill.model.verdict import CheckVerdict
from metadrill.stacks.atlas_elasticsearch import AtlasElasticsearch
from metadrill.stacks.atlas_elasticsearch.scrolling import _moment
from metadrill.testing import MemorySandboxes


@pytest.mark.parametrize("told", [None, 0, 1614587654321, -1, 2**63 - 1])
def test_a_time_of_change_is_a_whole_number_or_none(told):
    assert _moment("d1", told) == told


@pytest.mark.parametrize("told", ["1614587654321", 1.5, 1614587654321.0, True, 2**63, [1], {}])
def test_anything_else_is_damage_and_never_rounded(told):
    with pytest.raises(Undecodable, match="document d1: its time of change is"):
        _moment("d1", told)


def entity(guid, kind, name, **more):
    return {"guid": guid, "typeName": kind, "status": "ACTIVE", "attributes": {"qualifiedName": name}, **more}


class Atlas(ThreadingHTTPServer):
    """A server whose graph is a table and a column, which its export lists twice; `again` is the second."""

    daemon_threads = True

    def __init__(self, again):
        self.asked = []
        column, table = entity("g-2", "hive_column", "c"), entity("g-1", "hive_table", "t", labels=["gold"])
        self.entries = {
            "g-2.json": {"entity": column},
            "g-1.json": {"entity": table, "referredEntities": {"g-2": {**column, **again}}},
            exports.ORDER: ["g-1", "g-2"],
            exports.TYPES: {},
            exports.INFO: {"operationStatus": "SUCCESS"},
        }
        super().__init__(("127.0.0.1", 0), _Handler)

    def answer(self, path, body):
        self.asked.append(path)
        if path.endswith("/typedefs?type=entity") or path.endswith("/typedefs"):
            return json.dumps({"entityDefs": [{"name": "hive_column"}, {"name": "hive_table"}]}).encode()
        if path.endswith("/admin/checkstate"):
            scanned = {"*": 2, "hive_column": 1, "hive_table": 1}[body["entityTypes"][0]]
            return json.dumps({"entitiesScanned": scanned}).encode()
        if path.endswith("/admin/export"):
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w") as archive:
                for name, content in self.entries.items():
                    archive.writestr(name, json.dumps(content))
            return file.getvalue()
        return b"[]"


class _Handler(BaseHTTPRequestHandler):
    def _serve(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = self.server.answer(self.path, json.loads(sent or b"null"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _serve

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def live(tmp_path):
    """Start a server, and give the adapter that reads it."""
    servers = []

    def started(again, recipe="atlas-2.1"):
        server = Atlas(again)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        found = loading.Project(Path(__file__).parents[3]).stack(recipe)
        sandbox = MemorySandboxes(tmp_path).create(f"live-{len(servers)}")
        stack = AtlasElasticsearch(found, sandbox, tmp_path, lambda kind, /, **data: None)
        base = f"http://127.0.0.1:{server.server_address[1]}/api/atlas"
        stack._servers["atlas"] = Server("atlas", base)
        return stack, server

    yield started
    for server in servers:
        server.shutdown()
        server.server_close()


GUIDS = frozenset({"entities", "annotations"})


def test_an_entity_that_its_export_lists_twice_is_one_row_and_check_9_passes(live, ninth):
    stack, _ = live({})
    census = stack.census(GUIDS)
    assert census.faults == {} and set(census.tables) == GUIDS
    assert census.tables["entities"]["guid"].to_pylist() == ["g-1", "g-2"]
    assert census.tables["annotations"]["name"].to_pylist() == ["gold"]
    assert ninth(census).verdict is CheckVerdict.PASS


def test_two_entities_of_a_guid_are_two_rows_and_check_9_fails(live, ninth):
    stack, _ = live({"attributes": {"qualifiedName": "another"}})
    told = ninth(stack.census(GUIDS))
    assert (told.verdict, told.unexpected, told.examined) == (CheckVerdict.FAIL, 1, 2)
    assert told.sample == ("hive_column another has a guid that 2 entities have (g-2, hive_column)",)


def test_what_is_asked_for_alone_is_what_it_is_among_others(live):
    stack, _ = live({"labels": ["put on since"]})
    assert stack.census(frozenset({"annotations"})).tables["annotations"].num_rows == 1


@pytest.mark.parametrize("tables", [{"audit"}, {"audit", "entities"}])
def test_the_audit_is_asked_for_once_of_each_guid(live, tables):
    stack, server = live({"attributes": {"qualifiedName": "another"}}, "atlas-2.1-cassandra")
    census = stack.census(frozenset(tables))
    assert census.faults == {} and set(census.tables) == tables
    asked = [path.split("/")[5] for path in server.asked if "/audit" in path]
    assert asked == ["g-1", "g-2"]
