"""The twin of a stack keeps every contract of a stack."""

from metadrill.testing import contracts


class TestBackable(contracts.BackableContract):
    pass


class TestCopied(contracts.CopiedContract):
    pass


class TestRestorable(contracts.RestorableContract):
    pass


class TestAtRest(contracts.AtRestContract):
    pass


class TestRewindable(contracts.RewindableContract):
    pass


class TestDestructible(contracts.DestructibleContract):
    pass


class TestStack(contracts.StackContract):
    pass


class TestStateKeeper(contracts.StateKeeperContract):
    pass


class TestRepository(contracts.RepositoryContract):
    pass


class TestWritable(contracts.WritableContract):
    pass


class TestFillable(contracts.FillableContract):
    pass


class TestIndexFiles(contracts.IndexFilesContract):
    pass


class TestIndexSnapshots(contracts.IndexSnapshotsContract):
    pass


class TestIndexRepair(contracts.IndexRepairContract):
    pass


class TestIndexDocuments(contracts.IndexDocumentsContract):
    pass


class TestGraphFiles(contracts.GraphFilesContract):
    pass
