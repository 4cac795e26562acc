"""The sizes of a synthetic dataset, and the exact number of entities they come to."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from metadrill.errors import UsageError

LEAST = {"databases": 1, "tables_per_database": 1, "columns_per_table": 1, "chain": 2,
         "classified_every": 1, "assigned_every": 1, "described_every": 1}  # fmt: skip
"""The least value of a size; of the others it is 0."""

MOST_ENTITIES = 5_000_000


@dataclass(frozen=True)
class Shape:
    """How much of everything. `*_every: n` means every n-th table.

    A chain is a run of that many tables, each made from the one before by a process;
    classifications that propagate travel down a chain and no further.
    """

    seed: int = 1
    databases: int = 4
    tables_per_database: int = 25
    columns_per_table: int = 16
    processes: int = 60
    column_lineages_per_process: int = 1
    chain: int = 5
    categories: int = 15
    terms: int = 60
    classified_every: int = 5
    assigned_every: int = 2
    described_every: int = 3

    @property
    def tables(self) -> int:
        """Return how many tables there are in all."""
        return self.databases * self.tables_per_database

    @property
    def room_for_processes(self) -> int:
        """Return how many processes the chains have room for; one unfinished chain counts too."""
        whole, rest = divmod(self.tables, self.chain)
        return whole * (self.chain - 1) + max(rest - 1, 0)

    @property
    def has_glossary(self) -> bool:
        """Whether there is a glossary: where it would hold anything."""
        return bool(self.categories or self.terms)


def counts(shape: Shape) -> Mapping[str, int]:
    """Given a shape, return its number of entities by type; types with none are left out."""
    numbers = {
        "hive_db": shape.databases,
        "hive_table": shape.tables,
        "hive_storagedesc": shape.tables,
        "hive_column": shape.tables * shape.columns_per_table,
        "hive_process": shape.processes,
        "hive_column_lineage": shape.processes * shape.column_lineages_per_process,
        "AtlasGlossary": int(shape.has_glossary),
        "AtlasGlossaryCategory": shape.categories,
        "AtlasGlossaryTerm": shape.terms,
    }
    return {name: number for name, number in numbers.items() if number}


def size(shape: Shape) -> int:
    """Given a shape, return the exact number of entities of its archive."""
    return sum(counts(shape).values())


def parse(params: Mapping[str, Any]) -> Shape:
    """Given the parameters of a `synthetic` step, return the shape.

    Raises UsageError: an unknown parameter, no whole number, a size out of bounds.
    """
    known = [field.name for field in fields(Shape)]
    for name, value in params.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise UsageError(
                f"synthetic: unknown parameter '{name}'", f"did you mean '{(near or known)[0]}'?"
            )
        if isinstance(value, bool) or not isinstance(value, int):
            raise UsageError(f"synthetic: {name}: a whole number is wanted, not {value!r}")
        if name != "seed" and value < LEAST.get(name, 0):
            raise UsageError(f"synthetic: {name}: {value} is less than {LEAST.get(name, 0)}")
    return _bounded(Shape(**params))


def _bounded(shape: Shape) -> Shape:
    if shape.processes > shape.room_for_processes:
        hint = "more tables, or a longer chain, make room"
        most = shape.room_for_processes
        raise UsageError(f"synthetic: processes: {shape.processes}, but the chains hold at most {most}", hint)
    if shape.column_lineages_per_process > shape.columns_per_table:
        raise UsageError("synthetic: column_lineages_per_process: more than there are columns in a table")
    if size(shape) > MOST_ENTITIES:
        raise UsageError(f"synthetic: {size(shape)} entities, but at most {MOST_ENTITIES} are made")
    return shape
