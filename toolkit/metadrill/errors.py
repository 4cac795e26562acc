"""Every error metadrill raises on purpose, and the exit code each one means.

MetadrillError
├── UsageError            2   what the person wrote: a file, a flag, a value
│   └── DocumentError     2   a YAML file, with path, line and column
├── EnvironmentNotReady  30   parts, ports, disk, memory, packages
│   ├── PartError        30   a part that is missing or has the wrong digest
│   ├── DeadlineExceeded 30   a condition that did not come true in time
│   └── Unreachable      30   a server that did not answer
├── Locked               31   another run holds it
├── Refused              32   a guard said no: production, isolation, environment
├── CheckerError          5   a check that could not run
├── RecoveryError        11   a recovery that did not complete
│   ├── RolledBack       11   a restore that was undone: what stood before it stands again
│   ├── NoRoom           11   a restore that the disk had no room for
│   └── DamageFound      10   a recovery that mends nothing, and found damage
├── JournalError         20   evidence that does not verify
├── BackupError          20   a backup set that is missing, damaged or changed
│   └── ArchiveError     20   an archive that is damaged, or made to do harm
├── KeyRefused           21   a key that cannot be used
└── Interrupted     130/143   a signal
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """Exit codes: the only table (interfaces.md, "Exit codes")."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    WARNINGS = 3
    INCONCLUSIVE = 5
    INTEGRITY_LOST = 10
    RTO_MISSED = 11
    RPO_MISSED = 12
    BACKUP_TAMPERED = 20
    KEY = 21
    ENVIRONMENT = 30
    LOCKED = 31
    REFUSED = 32
    CLEANUP_INCOMPLETE = 40
    SIGINT = 130
    SIGTERM = 143


MEANING: dict[Code, str] = {
    Code.OK: "the run's aim was reached",
    Code.INTERNAL: "an error inside metadrill",
    Code.USAGE: "wrong usage, or a scenario or drill file that is wrong",
    Code.WARNINGS: "done, with warnings",
    Code.INCONCLUSIVE: "inconclusive: nothing was proved either way",
    Code.INTEGRITY_LOST: "integrity lost: checks failed after recovery; or a stack was found not qualified",
    Code.RTO_MISSED: "recovery time objective missed, or the recovery never completed",
    Code.RPO_MISSED: "recovery point objective missed",
    Code.BACKUP_TAMPERED: "a backup or evidence file is missing or was changed",
    Code.KEY: "a key is missing, refused, or decryption failed",
    Code.ENVIRONMENT: "the environment is not ready",
    Code.LOCKED: "another run holds the lock",
    Code.REFUSED: "refused by a guard: environment, production, role, jurisdiction, isolation",
    Code.CLEANUP_INCOMPLETE: "clean-up is incomplete: something was left behind",
    Code.SIGINT: "stopped by Ctrl-C",
    Code.SIGTERM: "stopped by SIGTERM",
}

PRECEDENCE: tuple[Code, ...] = (
    Code.INTERNAL, Code.USAGE, Code.SIGINT, Code.SIGTERM, Code.KEY, Code.BACKUP_TAMPERED,
    Code.REFUSED, Code.LOCKED, Code.ENVIRONMENT, Code.INTEGRITY_LOST, Code.RPO_MISSED,
    Code.RTO_MISSED, Code.INCONCLUSIVE, Code.CLEANUP_INCOMPLETE, Code.WARNINGS, Code.OK,
)  # fmt: skip


def foremost(codes: Iterable[Code]) -> Code:
    """Given several codes, return the one the process exits with; none means OK."""
    present = set(codes)
    return next((code for code in PRECEDENCE if code in present), Code.OK)


class MetadrillError(Exception):
    """An error with a place, a reason, a hint and an exit code."""

    code = Code.INTERNAL

    def __init__(self, message: str, hint: str = "", code: Code | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class UsageError(MetadrillError):
    """What the person wrote is wrong."""

    code = Code.USAGE


class DocumentError(UsageError):
    """A YAML document is wrong at a place; `problems` holds every place found."""

    def __init__(self, message: str, hint: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.problems = problems or (message,)


class EnvironmentNotReady(MetadrillError):
    """Something the run needs from the machine is not there."""

    code = Code.ENVIRONMENT


class PartError(EnvironmentNotReady):
    """A pinned part is missing or its digest is wrong."""


class DeadlineExceeded(EnvironmentNotReady):
    """A condition did not come true before its deadline."""


class Unreachable(EnvironmentNotReady):
    """A server did not answer, or not in a form that can be read."""


class Locked(MetadrillError):
    """Another run holds what this one needs."""

    code = Code.LOCKED


class Refused(MetadrillError):
    """A guard refused: nothing was started."""

    code = Code.REFUSED


class CheckerError(MetadrillError):
    """A check could not run: the result is inconclusive, never a pass."""

    code = Code.INCONCLUSIVE


class RecoveryError(MetadrillError):
    """A recovery did not complete."""

    code = Code.RTO_MISSED


class NoRoom(RecoveryError):
    """A restore that the disk had no room for."""


class RolledBack(RecoveryError):
    """A restore that was undone; `facts` prove that what stood before it stands again."""

    def __init__(self, message: str, hint: str = "", facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, hint)
        self.facts = facts or {}


class DamageFound(RecoveryError):
    """A recovery that only looks has found damage; `facts` say what, and how much."""

    code = Code.INTEGRITY_LOST

    def __init__(self, message: str, hint: str = "", facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, hint)
        self.facts = facts or {}


class JournalError(MetadrillError):
    """A journal, or another file of a run, does not verify."""

    code = Code.BACKUP_TAMPERED


class BackupError(MetadrillError):
    """A backup set, or a part of one, is missing, damaged or changed: nothing of it is restored."""

    code = Code.BACKUP_TAMPERED


class ArchiveError(BackupError):
    """An archive that is damaged, larger than it may be, or made to do harm."""


class KeyRefused(MetadrillError):
    """A key that is missing, that others can read, or does not fit; names its file, never its content."""

    code = Code.KEY


class Interrupted(MetadrillError):
    """The run was told to stop by a signal, or by the time limit of `--timeout` (code 30)."""

    code = Code.SIGINT
