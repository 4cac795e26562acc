"""Faults, probes and recoveries that deal with backup sets keep their contracts on the twin."""

from contextlib import ExitStack
from dataclasses import replace

import pytest

from metadrill import plugins
from metadrill.app.giving import Chosen
from metadrill.app.handing import RunBackups
from metadrill.faults.alter_documents import AlterDocuments
from metadrill.faults.damage_graph_file import DamageGraphFile
from metadrill.faults.lose_index import LoseIndex
from metadrill.faults.lose_stores import LoseStores
from metadrill.faults.spoil_backup import SWAPPED, TAMPERED, LossyBackup, SwapBackup, TamperBackup
from metadrill.faults.stale_index import StaleIndex
from metadrill.model.backup import Method
from metadrill.model.scenario import Action
from metadrill.recoveries.index_rebuild import IndexRebuild
from metadrill.recoveries.index_repair import IndexRepairOnly
from metadrill.recoveries.index_snapshot import IndexSnapshot
from metadrill.recoveries.reconcile import Reconcile
from metadrill.runner.probes import BackupVerifies
from metadrill.testing import MemorySigner, contracts, drills

VERSIONS = {"atlas": "memory", "elasticsearch": "memory"}


@pytest.fixture
def backups(stack, tmp_path):
    recipe = replace(drills.plan().stack, versions=VERSIONS)
    facts = {"source": {"kind": "sandbox", "dataset": "sample"}}
    with ExitStack() as held:
        yield RunBackups(Chosen(), stack.dialect, MemorySigner(), facts, held, tmp_path / "cache", recipe)


@pytest.fixture
def taken(backups, stack):
    """The run's backups, with one set that its recovery would restore."""
    backups.take(stack, frozenset(Method))
    return backups


class TestTamperBackup(contracts.FaultContract):
    @pytest.fixture(params=[*TAMPERED, "lost"])
    def fault(self, request, taken):
        params = {"stores": "lost"} if request.param == "lost" else {"what": request.param}
        return TamperBackup(Action("tamper_backup", params), taken)


class TestSwapBackup(contracts.FaultContract):
    @pytest.fixture(params=SWAPPED)
    def fault(self, request, taken):
        return SwapBackup(Action("swap_backup", {"of": request.param}), taken)


class TestLossyBackup(contracts.FaultContract):
    @pytest.fixture
    def fault(self, taken):
        return LossyBackup(Action("lossy_backup", {"entities": 2}), taken)


class TestStaleIndex(contracts.FaultContract):
    @pytest.fixture
    def fault(self):
        return StaleIndex(Action("stale_index"))


class TestFaultsBehindItsBack(contracts.FaultContract):
    @pytest.fixture(params=["alter_documents", "damage_graph_file", "lose_index"])
    def fault(self, request):
        return plugins.pick("faults", request.param).load()(Action(request.param))


class TestBackupVerifies(contracts.ProbeContract):
    @pytest.fixture(params=[False, True])
    def probe(self, request, taken):
        return BackupVerifies(taken, content=request.param)

    @pytest.fixture
    def broken(self, stack, taken):
        taken.tamper("file", 7)
        return stack


class TestRecoveriesOfLostStores(contracts.RecoveryContract):
    @pytest.fixture
    def fault(self):
        return LoseStores(Action("lose_stores"))

    @pytest.fixture(params=["next_good_backup"])
    def recovery(self, request, backups):
        return plugins.pick("recoveries", request.param).load().with_backups(Action(request.param), backups)


class TestRecoveriesOfADamagedStore(contracts.RecoveryContract):
    @pytest.fixture
    def fault(self):
        return DamageGraphFile(Action("damage_graph_file"))

    @pytest.fixture(params=["physical_restore", "logical_import"])
    def recovery(self, request, backups):
        return plugins.pick("recoveries", request.param).load().with_backups(Action(request.param), backups)


class TestRecoveriesOfALostIndex(contracts.RecoveryContract):
    @pytest.fixture(params=[LoseIndex(Action("lose_index")), AlterDocuments(Action("alter_documents"))])
    def fault(self, request):
        return request.param

    @pytest.fixture(params=[IndexSnapshot, IndexRebuild])
    def recovery(self, request):
        return request.param(Action("index_recovery"))


class TestRecoveriesOfAStandingRepository(contracts.RecoveryContract):
    @pytest.fixture
    def fault(self):
        return StaleIndex(Action("stale_index"))

    @pytest.fixture(params=["index_repair", "index_rebuild", "reconcile", "restore_or_roll_back"])
    def recovery(self, request, backups):
        plain = {"index_repair": IndexRepairOnly, "index_rebuild": IndexRebuild, "reconcile": Reconcile}
        if request.param in plain:
            return plain[request.param](Action(request.param))
        return plugins.pick("recoveries", request.param).load().with_backups(Action(request.param), backups)
