"""Which entities somebody means: `type:hive_table`, `classification:PII`, `lineage:<guid>` and the like."""

from dataclasses import dataclass
from enum import StrEnum

from metadrill.errors import UsageError


class By(StrEnum):
    """What picks an entity out.

    `name` is a pattern for unique names; `lineage` all that something came from and all that came
    of it, `upstream` and `downstream` one direction of it: data and processes, by guid or unique name.
    """

    GUID = "guid"
    TYPE = "type"
    NAME = "name"
    CLASSIFICATION = "classification"
    LINEAGE = "lineage"
    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


@dataclass(frozen=True)
class Selection:
    """One way of picking entities; several together pick what any of them does."""

    by: By
    value: str

    def __str__(self) -> str:
        return f"{self.by.value}:{self.value}"


def parse(text: str) -> Selection:
    """Given a text such as `type:hive_table`, return the selection. Raises UsageError."""
    by, colon, value = text.partition(":")
    if not colon or not value.strip() or by not in set(By):
        raise UsageError(
            f"selection {text[:80]!r}: is none", f"write one of {', '.join(f'{b}:…' for b in By)}"
        )
    return Selection(By(by), value.strip())
