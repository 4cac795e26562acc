"""The small twins, and the shipped fault, recoveries and canary, keep their contracts on the twin."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from metadrill.app.giving import Chosen
from metadrill.app.handing import RunBackups
from metadrill.faults.corrupt_index_file import CorruptIndexFile
from metadrill.faults.delete_entities import DeleteEntities
from metadrill.faults.lose_stores import LoseStores
from metadrill.model.backup import Method
from metadrill.model.scenario import Action
from metadrill.recoveries.from_backup import BackupRestore, LogicalImport, PhysicalRestore
from metadrill.recoveries.index_rebuild import IndexRebuild
from metadrill.recoveries.index_snapshot import IndexSnapshot
from metadrill.recoveries.index_snapshot_bare import IndexSnapshotBare
from metadrill.recoveries.selective_restore import SelectiveRestore
from metadrill.runner.probes import IndexHealth, SearchAnswers
from metadrill.sources.backup import BackupSource
from metadrill.testing import (
    INDEX,
    EngineStart,
    EngineStop,
    MemoryBackups,
    MemoryGiven,
    MemorySigner,
    MemoryStack,
    PlainChecker,
    SampleSource,
    ViewProbe,
    contracts,
)
from metadrill.testing.contracts.patience import nothing
from metadrill.workloads.canary import Canary


def corruption(check):
    return CorruptIndexFile(Action("corrupt_index_file", {"index": INDEX, "startup_check": check}))


def deletion(how):
    return DeleteEntities(Action("delete_entities", {"by": "type:hive_table", "how": how}))


@pytest.fixture
def broken(stack):
    fault = corruption("checksum")
    fault.prepare(stack)
    fault.inject(stack)
    return stack


class TestFaults(contracts.FaultContract):
    @pytest.fixture(params=["stop", "checksum", "none"])
    def fault(self, request):
        return EngineStop() if request.param == "stop" else corruption(request.param)


class TestDeleteEntities(contracts.FaultContract):
    @pytest.fixture(params=["soft", "purge"])
    def fault(self, request):
        return deletion(request.param)


class TestLoseStores(contracts.FaultContract):
    @pytest.fixture
    def fault(self):
        return LoseStores(Action("lose_stores"))


class TestProbes(contracts.ProbeContract):
    @pytest.fixture(params=[ViewProbe("elasticsearch", "green"), SearchAnswers("hive_table"), IndexHealth()])
    def probe(self, request):
        return request.param


class TestEngineStart(contracts.RecoveryContract):
    @pytest.fixture
    def fault(self):
        return EngineStop()

    @pytest.fixture
    def recovery(self):
        return EngineStart()


class TestIndexRecoveries(contracts.RecoveryContract):
    @pytest.fixture(params=["checksum", "none"])
    def fault(self, request):
        return corruption(request.param)

    @pytest.fixture(params=[IndexSnapshot, IndexSnapshotBare, IndexRebuild])
    def recovery(self, request):
        return request.param(Action("recovery"))


class TestSelectiveRestore(contracts.RecoveryContract):
    @pytest.fixture(params=["soft", "purge"])
    def fault(self, request):
        return deletion(request.param)

    @pytest.fixture
    def recovery(self):
        return SelectiveRestore(Action("selective_restore"), MemoryBackups())


@pytest.fixture
def backups(tmp_path):
    """Where a recovery gets a set that is taken for this run alone."""
    with ExitStack() as held:
        yield RunBackups(Chosen(), MemoryStack.dialect, MemorySigner(), {}, held, tmp_path / "cache")


class TestBackupRecoveries(contracts.RecoveryContract):
    @pytest.fixture
    def fault(self):
        return LoseStores(Action("lose_stores"))

    @pytest.fixture(params=[BackupRestore, PhysicalRestore, LogicalImport])
    def recovery(self, request, backups):
        return request.param.with_backups(Action("recovery"), backups)


class TestBackupRecoveriesOfALostIndex(contracts.RecoveryContract):
    @pytest.fixture
    def fault(self):
        return corruption("checksum")

    @pytest.fixture
    def recovery(self, backups):
        return PhysicalRestore.with_backups(Action("recovery"), backups)


class TestBackupSource(contracts.SourceContract):
    @pytest.fixture
    def stack(self, empty):
        return empty

    @pytest.fixture(params=[{Method.LOGICAL}, {Method.PHYSICAL}, set(Method)])
    def source(self, request, sandboxes, backups):
        filled = MemoryStack(sandboxes.create("source"))
        filled.boot(timedelta(seconds=5))
        SampleSource().fill(filled, nothing)
        filled.settle(timedelta(seconds=5))
        return BackupSource(backups.take(filled, frozenset(request.param)))


class TestSelective(contracts.SelectiveContract):
    @pytest.fixture
    def selective(self, stack):
        return MemoryGiven("set-1", stack)

    @pytest.fixture
    def some(self, stack):
        return next(guid for guid, each in stack.graph.entities.items() if each.type == "hive_process")


class TestPurgeable(contracts.PurgeableContract):
    pass


class TestCanary(contracts.WorkloadContract):
    @pytest.fixture
    def workload(self, stack):
        return Canary(stack, nothing, "contract", timedelta(milliseconds=2))


class TestSampleSource(contracts.SourceContract):
    @pytest.fixture
    def stack(self, empty):
        return empty

    @pytest.fixture
    def source(self):
        return SampleSource()


class TestPlainChecker(contracts.CheckerContract):
    @pytest.fixture
    def checker(self):
        return PlainChecker()
