"""Backups as a user takes them: a live repository behind a connection, its sets, and what they restore.

One sandbox stands in for production; everything goes through the command line.
"""

import contextlib
import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from metadrill.clients.http import HttpError, Server
from metadrill.model.secret import Secret

ENTITIES = 2061


@dataclass
class Desk:
    """A user's project with a connection to what stands, and `metadrill` called in it."""

    folder: Path
    keys: Path
    standing: dict[str, dict] = field(default_factory=dict)
    sandbox: str = ""

    def call(self, *words, code=0):
        done = subprocess.run(
            [sys.executable, "-m", "metadrill", *words, "--json"],
            cwd=self.folder, env={**os.environ, "METADRILL_KEYS": str(self.keys)},
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        lines = [json.loads(line) for line in done.stdout.splitlines() if line]
        rows = [row for line in lines for row in line.get("checks", ())]
        failed = [row for row in rows if row["verdict"] not in ("pass", "not_provable")]
        assert done.returncode == code, (failed or done.stdout[-2000:], done.stderr[-2000:])
        return lines

    def stand(self, name, environment, found, *, production):
        """Configure a connection to a sandbox that stands."""
        told = found["coordinates"]
        word = self.folder / f"{name}.password"
        word.write_text(Path(told["METADRILL_PASSWORD_FILE"]).read_text())
        word.chmod(0o600)
        root = Path(told["METADRILL_PASSWORD_FILE"]).parent
        self.standing[name] = {
            "environment": environment, "stack": "atlas-2.1", "production": production,
            "atlas": told["METADRILL_ATLAS_URL"], "elasticsearch": told["METADRILL_ELASTICSEARCH_URL"],
            "user": told["METADRILL_USER"], "password": {"file": word.name},
            "graph_files": str(root / "atlas" / "data" / "berkeley"),
            "snapshots": {"repository": "metadrill", "location": str(root / "elasticsearch" / "repository")},
            "files": {"users": str(root / "atlas" / "conf" / "users-credentials.properties")},
            "entity_audit": True,
        }  # fmt: skip
        body = {"sandbox": "process", "connections": self.standing}
        (self.folder / "metadrill.yaml").write_text(json.dumps(body))

    def server(self, name):
        told = self.standing[name]
        word = Secret("password", (self.folder / f"{name}.password").read_text())
        return Server("atlas", f"{told['atlas']}/api/atlas", told["user"], word)


def unproved(found):
    """Return the checks that this stack cannot be asked; every other one must have passed."""
    rows = found["checks"]
    assert {row["verdict"] for row in rows} == {"pass", "not_provable"}
    return {row["number"] for row in rows if row["verdict"] == "not_provable"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    made = Desk(tmp_path_factory.mktemp("desk"), tmp_path_factory.mktemp("keys"))
    (found,) = made.call("sandbox", "up", "--sandbox", "process")
    try:
        made.sandbox = found["id"]
        made.stand("production", "production", found, production=True)
        yield made
    finally:
        made.call("sandbox", "down", found["id"])


@pytest.fixture(scope="module")
def full(desk):
    return desk.call("backup", "create", "--from", "production", "--method", "both")[-1]


@pytest.fixture(scope="module")
def edited(desk, full):
    """Edits of every kind: entities made, one labelled, one deleted, an edge of lineage removed."""
    server = desk.server("production")
    made = server.change(
        "POST", "/v2/entity/bulk",
        {"entities": [{"typeName": "hive_db", "guid": f"-{n}", "attributes": {
            "qualifiedName": f"edited{n}@cl1", "name": f"edited{n}", "clusterName": "cl1"}} for n in (1, 2)]},
    )  # fmt: skip
    found = server.ask(
        "/v2/search/basic", {"typeName": "hive_table", "excludeDeletedEntities": True, "limit": 3}
    )
    tables = [row["guid"] for row in found["entities"]]
    server.change("POST", f"/v2/entity/guid/{tables[0]}/labels", ["edited"])
    server.change("DELETE", f"/v2/entity/guid/{tables[1]}")
    found = server.ask("/v2/search/basic", {"typeName": "hive_process", "limit": 1})
    process = found["entities"][0]["guid"]
    edges = server.get(f"/v2/entity/guid/{process}")["entity"]["relationshipAttributes"]["inputs"]
    server.change("DELETE", f"/v2/relationship/guid/{edges[0]['relationshipGuid']}")
    guids = set(made["guidAssignments"].values())
    desk.call("drift", "latest", "--from", "production", code=0)
    return guids, [*tables, process]


def test_a_full_set_of_both_kinds_holds_everything_and_verifies(desk, full):
    assert full["census"]["counts"]["entities"] == ENTITIES
    assert full["identity"]["environment"] == "production" and full["moving"]["entities"] == 0
    assert set(full["methods"]) == {"logical", "physical"}
    held = {part["holds"] for part in full["parts"]}
    assert held >= {"export", "types", "entries", "graph_files", "index_files", "changes", "files"}
    verified = desk.call("backup", "verify", "latest")[-1]
    assert verified["problems"] == [] and verified["entries"] == full["facts"]["entries"]["all"]


@pytest.mark.slow  # a server of its own; on the twin in every run
def test_what_lies_in_the_files_of_a_set_read_without_atlas_is_what_its_manifest_says(desk, full):
    words = (full["name"], f"files:{full['name']}", "--accept-unproved-isolation")
    (found,) = desk.call("drift", *words, "--sandbox", "process")
    counts = full["census"]["counts"]
    assert found["rows"] == [] and {"entities", "documents", "relationships"} <= set(found["sizes"])
    assert all(row == dict.fromkeys(row, counts[name]) for name, row in found["sizes"].items())


def test_nothing_of_a_set_is_readable_by_others(desk, full):
    folder = Path(desk.folder, full["folder"])
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder, *folder.iterdir()))


def test_drift_finds_exactly_what_was_edited(desk, full, edited):
    made, tables = edited
    found = desk.call("drift", full["name"], "--from", "production", code=0)[-1]
    rows = [row for row in found["rows"] if row["table"] == "entities"]
    assert {row["row"] for row in rows if row["side"] == "only in the second"} == made
    changed = {row["row"]: row["what"] for row in rows if row["side"] == "not the same"}
    assert changed[tables[0]] == "digest" and changed[tables[1]] == "state"
    owned = set(changed) - set(tables)
    assert all(changed[guid] == "state" for guid in owned), "what a deleted table owns is deleted with it"


def test_an_incremental_set_restores_what_the_repository_held_at_its_cut(desk, full, edited):
    taken = desk.call("backup", "create", "--from", "production", "--mode", "incremental")[-1]
    assert taken["parent"] == full["name"]
    assert taken["facts"]["entries"]["kept"] < taken["facts"]["entries"]["all"] / 20
    lines = desk.call("restore", taken["name"], "--accept-unproved-isolation", "--keep")
    found = lines[-1]
    try:
        assert found["method"] == "logical" and found["code"] == 0
        assert unproved(found) == {38, 39}
        desk.stand("restored", "production", {"coordinates": found["coordinates"]}, production=False)
        drift = desk.call("drift", taken["name"], "--from", "restored", code=0)[-1]
        told = {row["side"] for row in drift["rows"] if row["table"] == "audit"}
        assert told <= {"only in the first"}, "an import brings no history back"
        rows = [row for row in drift["rows"] if row["table"] != "audit"]
        assert {row["table"] for row in rows} == {"relationships"}, "the fidelity table foretells each"
        contended = {"Table_Columns", "Table_StorageDesc"}  # the sample shares columns between tables
        deleted = {"hive_table_columns"}  # between a soft-deleted table and its columns
        assert {row["type"] for row in rows} == contended | deleted
        foretold = sum(found["exempt"]["foretold"].values())
        assert 0 < len({row["row"].split()[0] for row in rows}) <= foretold
    finally:
        desk.call("sandbox", "down", found["sandbox"])


@pytest.mark.slow  # so is complete-loss restored in every run
def test_a_physical_restore_has_no_difference_at_all(desk, full):
    verified, *_, found = desk.call("backup", "verify", full["name"], "--restore", "--sandbox", "process")
    assert verified["problems"] == []
    assert found["method"] == "physical" and found["code"] == 0 and found["exempt"]["foretold"] == {}
    assert unproved(found) == {38, 39}


def test_a_backup_changes_nothing_but_atlas_own_note_of_the_export(desk, full):
    entries = desk.call("audit", "show", "--action", "backup.create")
    done = next(line for line in entries if "calls" in json.dumps(line))
    calls = json.dumps(done)
    assert "/_snapshot/metadrill-" in calls and "janusgraph" not in calls
    server = Server("elasticsearch", desk.standing["production"]["elasticsearch"])
    assert not [name for name in server.get("/_snapshot") if name.startswith("metadrill-")]


def test_secrets_of_a_connection_stand_nowhere(desk, full):
    word = (desk.folder / "production.password").read_bytes()
    for path in (desk.folder / ".metadrill").rglob("*"):
        assert not path.is_file() or word not in path.read_bytes(), path


def test_a_dry_run_writes_nothing(desk):
    before = desk.call("backup", "list")[-1]["sets"]
    asked = ("--from", "production", "--method", "both", "--dry-run")
    steps = desk.call("backup", "create", *asked)[-1]["steps"]
    assert any("_snapshot" in step["step"] for step in steps)
    assert desk.call("backup", "list")[-1]["sets"] == before


@pytest.fixture(scope="module")
def damaged(desk, full):
    """Some processes deleted and purged, one edited, one new, since the set was taken."""
    server = desk.server("production")
    found = server.ask("/v2/search/basic", {"typeName": "hive_process", "limit": 4})
    guids = [row["guid"] for row in found["entities"]]
    for guid in guids[:3]:
        server.change("DELETE", f"/v2/entity/guid/{guid}")
    with contextlib.suppress(HttpError):  # purges, and answers 500
        server.change("PUT", "/admin/purge", guids[2:3])
    server.change("PUT", f"/v2/entity/guid/{guids[3]}?name=description", "edited later")
    return guids


def test_only_the_lost_is_restored_beside_what_stands_and_later_edits_are_kept(desk, full, damaged):
    asked = ("restore", full["name"], "--only", "type:hive_process", "--into", desk.sandbox)
    refused = desk.call(*asked, code=32)
    assert "nothing proves it shut" in json.dumps(refused)
    found = desk.call(*asked, "--accept-unproved-isolation")[-1]
    told = found["portion"]
    assert 3 <= told["lost"] == told["put"] < told["with_needs"], told  # what they need may be lost too
    assert [(row["guid"], row["what"], row["decided"]) for row in found["newer"]] == [
        (damaged[3], "attributes", "keep")
    ]
    assert unproved(found) == {38, 39}
    server = desk.server("production")
    stands = [server.get(f"/v2/entity/guid/{guid}")["entity"] for guid in damaged]
    assert {entity["status"] for entity in stands} == {"ACTIVE"}
    assert stands[3]["attributes"]["description"] == "edited later"

    taken = desk.call(*asked, "--accept-unproved-isolation", "--conflicts", "backup")[-1]
    assert (taken["portion"]["lost"], taken["portion"]["put"]) == (0, 1)
    assert server.get(f"/v2/entity/guid/{damaged[3]}")["entity"]["attributes"].get("description") is None


@pytest.mark.slow  # one more restore; what comes beside what stands is tested above
def test_some_of_a_set_stands_alone_in_a_fresh_sandbox(desk, full):
    found = desk.call(
        "restore", full["name"], "--only", "name:s1_db_001.orders_00049@synthetic", "--only",
        "classification:synthetic_certified", "--accept-unproved-isolation",
    )[-1]  # fmt: skip
    assert found["code"] == 0 and unproved(found) == {38, 39}
    assert 0 < found["portion"]["picked"] < found["portion"]["with_needs"] < ENTITIES / 2


def _made(server, names):
    """Create databases of these names; return their guids in order."""
    bodies = [
        {"typeName": "hive_db", "guid": f"-{n}", "attributes": {
            "qualifiedName": f"{name}@cl1", "name": name, "clusterName": "cl1"}}
        for n, name in enumerate(names, 1)
    ]  # fmt: skip
    found = server.change("POST", "/v2/entity/bulk", {"entities": bodies})["guidAssignments"]
    return [found[f"-{n}"] for n in range(1, len(names) + 1)]


def test_drift_finds_exactly_50_random_edits_and_each_for_what_it_is(desk):
    """The live repository against its set: 15 made, 15 labelled, 10 altered, 5 deleted, 5 classified."""
    server, chance = desk.server("production"), random.Random(50)
    gone, tagged = (_made(server, [f"{word}{n}" for n in range(5)]) for word in ("gone", "tagged"))
    held = desk.call("backup", "create", "--from", "production")[-1]
    query = {"typeName": "hive_table", "excludeDeletedEntities": True, "limit": 60}
    tables = [row["guid"] for row in server.ask("/v2/search/basic", query)["entities"]]
    chosen = chance.sample(tables, 25)
    labelled, altered = chosen[:15], chosen[15:]
    acts = [("label", guid) for guid in labelled] + [("alter", guid) for guid in altered]
    acts += [("delete", guid) for guid in gone] + [("tag", guid) for guid in tagged]
    acts += [("make", f"made{n}") for n in range(15)]
    chance.shuffle(acts)
    assert len(acts) == 50
    made = []
    for act, on in acts:
        match act:
            case "label":
                server.change("PUT", f"/v2/entity/guid/{on}/labels", [f"drift-{chance.randrange(9)}"])
            case "alter":
                server.change("PUT", f"/v2/entity/guid/{on}?name=description", f"{chance.random()}")
            case "delete":
                server.change("DELETE", f"/v2/entity/guid/{on}")
            case "tag":
                tag = [{"typeName": "synthetic_certified"}]
                server.change("POST", f"/v2/entity/guid/{on}/classifications", tag)
            case "make":
                made += _made(server, [on])
    rows = desk.call("drift", held["name"], "connection:production")[-1]["rows"]
    found = {(row["table"], row["side"], row["row"].split()[0], row["what"]) for row in rows}
    second, both = "only in the second", "not the same"
    expected = {("entities", second, guid, "") for guid in made}
    expected |= {("documents", second, guid, "") for guid in made}
    expected |= {("entities", both, guid, "digest") for guid in (*labelled, *altered)}
    expected |= {("annotations", second, guid, "") for guid in labelled}
    expected |= {(table, both, guid, "state") for guid in gone for table in ("entities", "documents")}
    expected |= {("classifications", second, guid, "") for guid in tagged}
    assert found == expected
