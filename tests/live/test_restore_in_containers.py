"""Sets of stacks in containers, restored into containers: by their files, by random, beside what stands."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from metadrill import journal
from metadrill.clients.http import Server
from metadrill.model.secret import Secret

DOCKER = ("--sandbox", "docker")
pytestmark = [pytest.mark.needs("docker"), pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """Call metadrill in a project of its own, with a ledger and keys of its own."""
    folder, keys = tmp_path_factory.mktemp("desk"), tmp_path_factory.mktemp("keys")

    def metadrill(*words, code=0):
        done = subprocess.run(
            [sys.executable, "-m", "metadrill", *words, "--json"],
            cwd=folder, env={**os.environ, "METADRILL_KEYS": str(keys)},
            capture_output=True, text=True, check=False, timeout=1500,
        )  # fmt: skip
        assert done.returncode == code, (done.stdout[-2000:], done.stderr[-2000:])
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    metadrill.folder = folder
    return metadrill


@pytest.fixture(scope="module")
def full(call):
    """The oldest full set that holds both stores' files, after a random restore filled the depot."""
    call("run", "random-restore", *DOCKER)
    sets = call("backup", "list")[-1]["sets"]
    return next(row["name"] for row in sets if "physical" in row["methods"])


def test_an_empty_depot_is_filled_in_containers_and_a_random_set_restored_there(call, full):
    (run,) = (call.folder / ".metadrill" / "runs").iterdir()
    events = {event.kind: event.data for event in journal.read(run / "journal.jsonl").events}
    assert events["sandbox.created"]["kind"] == "docker"
    assert json.loads((run / "assessment.json").read_text())["verdict"] == "pass"


def test_files_come_back_in_containers_and_what_is_lost_then_is_put_beside_what_stands(call, full):
    found = call("restore", full, "--method", "physical", "--keep", *DOCKER)[-1]
    try:
        told = found["coordinates"]
        word = Secret("password", Path(told["METADRILL_PASSWORD_FILE"]).read_text())
        server = Server("atlas", f"{told['METADRILL_ATLAS_URL']}/api/atlas", told["METADRILL_USER"], word)
        tables = server.ask("/v2/search/basic", {"typeName": "hive_table", "limit": 2})["entities"]
        server.change("DELETE", f"/v2/entity/guid/{tables[0]['guid']}")
        words = ("--into", found["sandbox"], "--only", "type:hive_table", "--accept-unproved-isolation")
        mended = call("restore", full, *words)[-1]
        assert mended["portion"]["lost"] >= 1 and mended["portion"]["put"] >= 1
        back = server.get(f"/v2/entity/guid/{tables[0]['guid']}")["entity"]
        assert back["status"] == "ACTIVE"
    finally:
        call("sandbox", "down", found["sandbox"])
