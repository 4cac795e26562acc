"""What qualifying a stack came to: the record that is signed, and that runs cite."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SCHEMA = "qualification/v1"


class Came(StrEnum):
    """What one row came to: as it must be, otherwise, not looked at (and then nothing is proved), or absent.

    Absent is what a stack is not able to, or what nothing here could tell: said, and no verdict.
    """

    GOOD = "good"
    BAD = "bad"
    UNSEEN = "unseen"
    ABSENT = "absent"


@dataclass(frozen=True)
class ContractRow:
    """One sentence of an adapter's contract, tried on the stack."""

    contract: str
    sentence: str
    came: Came
    because: str
    seconds: float


@dataclass(frozen=True)
class DamageRow:
    """One damage to the stack: the checks that had to see it, those that did; without one: no damage.

    `red` are all checks that failed, `also` those of them that nobody asked for.
    """

    damage: str
    by: str
    checks: tuple[int, ...]
    red: tuple[int, ...]
    came: Came
    because: str
    seconds: float

    @property
    def also(self) -> tuple[int, ...]:
        """The checks that failed beside those that had to."""
        return tuple(number for number in self.red if number not in self.checks)


@dataclass(frozen=True)
class FidelityRow:
    """One row of the fidelity table, measured: of `count` things so many came back as they were.

    `fate` is what is foretold of them. -1: no census tells.
    """

    key: str
    item: str
    fate: str
    count: int
    same: int
    changed: int
    lost: int
    anew: int
    came: Came
    because: str = ""


@dataclass(frozen=True)
class Qualification:
    """A qualification as it is signed. `suites` are the digests of the suites that looked, by name.

    `images` are those that components ran from, where they ran from one.

    `unproved` are the checks of these suites that no damage here has turned red.
    """

    stack: str
    kind: str
    digest: str
    versions: Mapping[str, str]
    images: Mapping[str, str]
    sandbox: str
    dataset: str
    dataset_digest: str
    at: str
    until: str
    seconds: float
    tool: Mapping[str, str]
    suites: Mapping[str, str]
    suites_digest: str
    contracts: tuple[ContractRow, ...]
    damages: tuple[DamageRow, ...]
    fidelity: tuple[FidelityRow, ...]
    unproved: tuple[int, ...]
    qualified: bool
    because: tuple[str, ...]
    certificate: str

    @property
    def rows(self) -> tuple[Any, ...]:
        """Every row: contracts, damages, fidelity."""
        return (*self.contracts, *self.damages, *self.fidelity)
