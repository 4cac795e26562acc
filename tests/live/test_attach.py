"""A whole drill in an environment that stands already: claimed, watched, broken, and left standing."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from metadrill import journal
from metadrill.app import claiming, standing
from metadrill.app.settings import Settings
from metadrill.clients.http import Server
from metadrill.model.secret import Secret
from metadrill.sandboxes import lease

TOP = Path(__file__).parents[2]
PLUGIN = '''
"""A fault and a recovery that are calls: documents are dropped from the index, and put back."""

TAKEN = {}


class DropDocuments:
    form = "silent"

    def __init__(self, action):
        self.count = 3

    def prepare(self, target):
        query = {"size": self.count, "query": {"term": {"__typeName": "hive_column"}}}
        hits = target.elastic.ask("/janusgraph_vertex_index/_search", query)["hits"]["hits"]
        TAKEN.update({hit["_id"]: hit["_source"] for hit in hits})

    def inject(self, target):
        import time

        invoked = time.monotonic_ns()
        for name in TAKEN:
            target.elastic.change("DELETE", f"/janusgraph_vertex_index/_doc/{name}?refresh=true")
        return {"form": self.form, "documents": sorted(TAKEN), "invoked_ns": invoked}


class PutBack:
    def __init__(self, action):
        pass

    def prepare(self, target):
        return None

    def recover(self, target, record):
        for name, source in TAKEN.items():
            target.elastic.change("PUT", f"/janusgraph_vertex_index/_doc/{name}?refresh=true", source)
        record("recovery.step", recovery="put_back", step="put_back", seconds=0.0, facts={})
        return {"documents": len(TAKEN)}
'''
FILES = {
    "scenarios/dropped.yaml": """
metadrill: scenario/v1
name: dropped
title: Documents vanish from the index
threat: A clean-up job goes wrong.
applies_to: [atlas-elasticsearch]
fault: drop_documents
noticed_by:
  - suite: index
recoveries: [put_back]
must_hold: [structure, index]
""",
    "drills/attached-dropped.yaml": """
metadrill: drill/v1
name: attached-dropped
scenario: dropped
recovery: put_back
stack: attached
data: {dataset: starter}
objectives:
  rto: {limit: 15m}
  rpo: {limit: 5m}
""",
}


@pytest.fixture(scope="module")
def stood():
    """A process sandbox that stands, as a person brought it up."""
    settings = Settings(project=TOP, sandbox="process")
    made = standing.up(settings, "atlas-2.1", "starter", lambda *_: None)
    yield made
    assert standing.down(settings, made.id)[made.id].clean


class Attached:
    """A user's project that names it, and `metadrill` called in it."""

    def __init__(self, folder, stood):
        self.folder, where = folder, stood.coordinates
        text = (TOP / "fixtures" / "stacks" / "attached.yaml").read_text()
        for old, new in (
            ("https://elasticsearch.recovery.invalid:9200", where["METADRILL_ELASTICSEARCH_URL"]),
            ("https://atlas.recovery.invalid:21443", where["METADRILL_ATLAS_URL"]),
            ("/etc/metadrill/atlas-password", where["METADRILL_PASSWORD_FILE"]),
            ("10m ", "3s "),
        ):
            assert old in text
            text = text.replace(old, new)
        word = Path(where["METADRILL_PASSWORD_FILE"]).read_text()
        self.elastic = Server("elasticsearch", where["METADRILL_ELASTICSEARCH_URL"])
        self.atlas = Server("atlas", where["METADRILL_ATLAS_URL"] + "/api/atlas", "admin", Secret("w", word))
        plugins = folder / "plugins" / "drops-1.0.dist-info"
        plugins.mkdir(parents=True)
        (plugins / "METADATA").write_text("Metadata-Version: 2.1\nName: drops\nVersion: 1.0\n")
        (plugins / "entry_points.txt").write_text(
            "[metadrill.faults]\ndrop_documents = drops:DropDocuments\n"
            "[metadrill.recoveries]\nput_back = drops:PutBack\n"
        )
        (folder / "plugins" / "drops.py").write_text(PLUGIN)
        for name, content in {**FILES, "fixtures/stacks/attached.yaml": text}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.lstrip())

    def run(self):
        argv = [sys.executable, "-m", "metadrill", "run", "attached-dropped", "--sandbox", "attach", "--json"]
        done = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, check=False,
                              env={**os.environ, "PYTHONPATH": str(self.folder / "plugins")})  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr
        last = json.loads(done.stdout.splitlines()[-1])
        return done.returncode, last["assessment"], self.folder / last["folder"]

    def documents(self):
        self.elastic.ask("/janusgraph_vertex_index/_refresh", None)
        return self.elastic.get("/janusgraph_vertex_index/_count")["count"]

    def claim(self):
        return claiming.claim(Settings(project=self.folder), "attached", lambda name, cluster: cluster)


@pytest.fixture
def attached(stood, tmp_path):
    return Attached(tmp_path, stood)


def events(folder):
    return journal.read(folder / "journal.jsonl").events


def test_without_a_claim_the_drill_is_refused_and_nothing_is_changed(attached):
    before = attached.documents()
    code, _, folder = attached.run()
    kinds = [event.kind for event in events(folder)]
    assert code == 32 and "fault.injected" not in kinds and "call.made" not in kinds
    assert attached.documents() == before


def test_a_target_in_use_is_refused_even_with_a_claim(attached):
    attached.claim()
    done = threading.Event()

    def use():
        while not done.wait(0.3):
            attached.atlas.ask("/v2/search/basic", {"typeName": "hive_table", "limit": 1})

    user = threading.Thread(target=use)
    user.start()
    try:
        code, _, folder = attached.run()
    finally:
        done.set()
        user.join()
    failed = next(event.data for event in events(folder) if event.kind == "run.failed")
    assert code == 32 and "the target is in use" in failed["error"]
    assert "fault.injected" not in [event.kind for event in events(folder)]


def test_claimed_and_quiet_the_drill_runs_and_leaves_the_environment_standing(attached):
    claim = attached.claim()
    before = attached.documents()
    code, found, folder = attached.run()
    data = {event.kind: event.data for event in events(folder)}
    assert data["claim.proved"]["cluster"] == claim.cluster and data["claim.proved"]["watched_s"] >= 3
    assert data["stack.served"]["start"] == "standing" == data["data.placed"]["origin"]
    assert len(data["fault.injected"]["truth"]["documents"]) == 3
    assert (code, found["verdict"]) == (0, "pass"), found["sentence"]
    assert "isolation of the sandbox is not proved" in json.dumps(found)
    assert attached.documents() > before, "the canary's writes, and nothing lost"
    assert attached.elastic.get("/_cluster/health")["status"] in ("green", "yellow")
    created = data["sandbox.created"]["id"]
    assert created not in {item.id for item in lease.read(Settings().cache)}
