"""One contract suite per port, as plain classes: subclass one, give its fixtures, run pytest.

    class TestMine(RepositoryContract): ...

The fixtures a suite needs are named in its docstring. A `stack` is booted, filled and settled;
every suite leaves it serving, so one real stack can serve them all, one after the other.
"""

from metadrill.testing.contracts.backing import (
    AtRestContract,
    BackableContract,
    CopiedContract,
    DestructibleContract,
    RestorableContract,
)
from metadrill.testing.contracts.breaking import GraphFilesContract, IndexDocumentsContract
from metadrill.testing.contracts.checker import CheckerContract
from metadrill.testing.contracts.index import IndexFilesContract, IndexRepairContract, IndexSnapshotsContract
from metadrill.testing.contracts.queues import RewindableContract
from metadrill.testing.contracts.roles import (
    FaultContract,
    ProbeContract,
    RecoveryContract,
    SourceContract,
    WorkloadContract,
)
from metadrill.testing.contracts.sandbox import SandboxContract
from metadrill.testing.contracts.selective import PurgeableContract, SelectiveContract
from metadrill.testing.contracts.signer import SignerContract
from metadrill.testing.contracts.stack import (
    FillableContract,
    RepositoryContract,
    StackContract,
    StateKeeperContract,
    WritableContract,
)

__all__ = [
    "AtRestContract",
    "BackableContract",
    "CheckerContract",
    "CopiedContract",
    "DestructibleContract",
    "FaultContract",
    "FillableContract",
    "GraphFilesContract",
    "IndexDocumentsContract",
    "IndexFilesContract",
    "IndexRepairContract",
    "IndexSnapshotsContract",
    "ProbeContract",
    "PurgeableContract",
    "RecoveryContract",
    "RepositoryContract",
    "RestorableContract",
    "RewindableContract",
    "SandboxContract",
    "SelectiveContract",
    "SignerContract",
    "SourceContract",
    "StackContract",
    "StateKeeperContract",
    "WorkloadContract",
    "WritableContract",
]
