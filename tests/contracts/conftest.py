"""Twins for the contracts: booted, filled, settled."""

import json
import zipfile

import pytest

from metadrill.testing import INDEX, MemorySandboxes, MemoryStack, SampleSource
from metadrill.testing.contracts.patience import PATIENCE, nothing


@pytest.fixture
def sandboxes(tmp_path):
    return MemorySandboxes(tmp_path)


@pytest.fixture
def empty(sandboxes, tmp_path):
    made = MemoryStack(sandboxes.create("contract"), warm=tmp_path / "kept.json")
    made.boot(PATIENCE)
    return made


@pytest.fixture
def stack(empty):
    SampleSource().fill(empty, nothing)
    empty.settle(PATIENCE)
    return empty


@pytest.fixture
def dialect():
    return MemoryStack.dialect


@pytest.fixture
def a_type():
    return "hive_table"


@pytest.fixture
def engine():
    return "elasticsearch"


@pytest.fixture
def index():
    return INDEX


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "export.zip"
    body = {"entity": {"guid": "g-1", "typeName": "hive_db", "attributes": {"qualifiedName": "imported"}}}
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("g-1.json", json.dumps(body))
    return path


@pytest.fixture
def entities():
    typedefs = {"entityDefs": [{"name": "spare", "superTypes": ["DataSet"]}]}
    return typedefs, [{"typeName": "spare", "attributes": {"qualifiedName": f"spare-{n}"}} for n in range(2)]
