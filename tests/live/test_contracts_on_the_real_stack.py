"""The contract suites of the ports, on the real stack: the same that the twins keep."""

import uuid

import pytest

from metadrill.stacks.atlas_elasticsearch.dialect import AtlasDialect
from metadrill.testing import contracts


@pytest.fixture
def entities():
    name = f"live_thing_{uuid.uuid4().hex[:8]}"  # a type can be made once
    kind = {"name": name, "superTypes": ["DataSet"], "attributeDefs": []}
    bodies = [
        {"typeName": name, "attributes": {"qualifiedName": f"{name}-{n}", "name": f"{name}-{n}"}}
        for n in range(3)
    ]
    return {"entityDefs": [kind]}, bodies


@pytest.fixture
def dialect():
    return AtlasDialect()


class TestIndexFiles(contracts.IndexFilesContract):
    pass


class TestIndexSnapshots(contracts.IndexSnapshotsContract):
    pass


class TestIndexRepair(contracts.IndexRepairContract):
    pass


class TestRepository(contracts.RepositoryContract):
    pass


class TestWritable(contracts.WritableContract):
    pass


class TestFillable(contracts.FillableContract):
    pass


class TestPurgeable(contracts.PurgeableContract):
    pass


class TestStack(contracts.StackContract):
    pass


class TestBackable(contracts.BackableContract):
    pass


class TestCopied(contracts.CopiedContract):
    pass


class TestRestorable(contracts.RestorableContract):
    pass


class TestDestructible(contracts.DestructibleContract):
    pass
