"""Who is there in a synthetic dataset, and how it hangs together: every answer is computed.

Tables are numbered through all databases. Tables `k * chain … k * chain + chain - 1` are one
lineage chain: step s makes table s + 1 from table s, and from step 1 on also from the head,
so that chains have a fork and a join.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from metadrill.sources.seeded import Seed
from metadrill.sources.shape import Shape

Json = dict[str, Any]

SUBJECTS = ("customers", "orders", "payments", "shipments", "products", "invoices", "visits", "contracts")
FIELDS = ("email", "id", "name", "amount", "country", "created_at", "status", "note", "city", "score")
TOPICS = ("revenue", "churn", "consent", "retention", "margin", "Köln branch", "東京 desk", "risk")
CLUSTER = "synthetic"

KEPT = 2048
"""How many tables, columns and processes are remembered: neighbours ask for the same ones."""


@dataclass(frozen=True)
class Ref:
    """An entity as others name it."""

    guid: str
    type_name: str
    name: str
    qualified_name: str

    def header(self) -> Json:
        """Return it as an attribute refers to it."""
        return {"guid": self.guid, "typeName": self.type_name}

    def unique_header(self) -> Json:
        """Return it as lineage refers to it: by unique attribute too."""
        return {**self.header(), "uniqueAttributes": {"qualifiedName": self.qualified_name}}


@dataclass(frozen=True)
class Tie:
    """A relationship; both ends carry the same guid and attributes of it."""

    relation: str
    guid: str
    attributes: Json = field(default_factory=dict)

    def to(self, other: Ref) -> Json:
        """Given the far end, return the relationship as the near end's entity shows it."""
        inside: Json = {"typeName": self.relation}
        if self.attributes:
            inside["attributes"] = self.attributes
        return {
            **other.header(),
            "entityStatus": "ACTIVE",
            "displayText": other.name,
            "relationshipType": self.relation,
            "relationshipGuid": self.guid,
            "relationshipStatus": "ACTIVE",
            "relationshipAttributes": inside,
        }


class World:
    """A shape brought to life. Every method is a function of its arguments and the seed."""

    def __init__(self, shape: Shape) -> None:
        self.shape, self.seed = shape, Seed(shape.seed)
        self.table = lru_cache(KEPT)(self._table)
        self.column = lru_cache(KEPT)(self._column)
        self.process = lru_cache(KEPT)(self._process)

    def _ref(self, type_name: str, name: str, qualified_name: str) -> Ref:
        return Ref(self.seed.guid(type_name, qualified_name), type_name, name, qualified_name)

    def tie(self, relation: str, one: Ref, two: Ref, attributes: Json | None = None) -> Tie:
        """Given a relation and its ends in the order of its definition, return it."""
        return Tie(relation, self.seed.guid(relation, one.guid, two.guid), attributes or {})

    def database(self, number: int) -> Ref:
        """Return a database by its number."""
        name = f"s{self.shape.seed}_db_{number:03d}"
        return self._ref("hive_db", name, f"{name}@{CLUSTER}")

    def database_of(self, table: int) -> Ref:
        """Return the database of a table."""
        return self.database(table // self.shape.tables_per_database)

    def tables_of(self, database: int) -> range:
        """Return the numbers of the tables of a database."""
        width = self.shape.tables_per_database
        return range(database * width, (database + 1) * width)

    def _table(self, number: int) -> Ref:
        name = f"{self.seed.pick(SUBJECTS, 'subject', number)}_{number:05d}"
        return self._ref("hive_table", name, f"{self.database_of(number).name}.{name}@{CLUSTER}")

    def storage(self, table: int) -> Ref:
        """Return the storage description that a table owns."""
        name = self.table(table).qualified_name + "_storage"
        return self._ref("hive_storagedesc", name, name)

    def _column(self, table: int, number: int) -> Ref:
        owner = self.table(table)
        name = FIELDS[number] if number < len(FIELDS) else f"{FIELDS[number % len(FIELDS)]}_{number}"
        return self._ref("hive_column", name, f"{self.database_of(table).name}.{owner.name}.{name}@{CLUSTER}")

    def _process(self, number: int) -> Ref:
        made = self.table(self.output_of(number))
        name = " ".join(("copy", self.table(self.inputs_of(number)[-1]).name, "into", made.name))
        return self._ref("hive_process", name, f"{made.qualified_name}:{self.moment(number)}")

    def column_lineage(self, process: int, number: int) -> Ref:
        """Return a column lineage that a process owns."""
        owner = self.process(process)
        column = self.column(self.output_of(process), number).name
        name = f"{owner.name}:{column}"
        return self._ref("hive_column_lineage", name, f"{owner.qualified_name}:{column}")

    def output_of(self, process: int) -> int:
        """Return the table that a process makes."""
        chain, step = divmod(process, self.shape.chain - 1)
        return chain * self.shape.chain + step + 1

    def inputs_of(self, process: int) -> tuple[int, ...]:
        """Return the tables that a process reads: the head of its chain, and the one before."""
        made = self.output_of(process)
        head = made - made % self.shape.chain
        return (head,) if made - 1 == head else (head, made - 1)

    def producer_of(self, table: int) -> int | None:
        """Return the process that makes a table, if one does."""
        chain, step = divmod(table, self.shape.chain)
        process = chain * (self.shape.chain - 1) + step - 1
        return process if step and process < self.shape.processes else None

    def consumers_of(self, table: int) -> list[int]:
        """Return the processes that read a table."""
        chain, step = divmod(table, self.shape.chain)
        first = chain * (self.shape.chain - 1)
        steps = range(self.shape.chain - 1) if step == 0 else range(step, min(step + 1, self.shape.chain - 1))
        return [first + each for each in steps if first + each < self.shape.processes]

    def glossary(self) -> Ref:
        """Return the one glossary."""
        name = f"Synthetic {self.shape.seed}"
        return self._ref("AtlasGlossary", name, name)

    def parent_of(self, category: int) -> int | None:
        """Return the category above; the first is the root, each has up to four below."""
        return (category - 1) // 4 if category else None

    def children_of(self, category: int) -> range:
        """Return the numbers of the categories below a category."""
        return range(4 * category + 1, min(4 * category + 5, self.shape.categories))

    def category(self, number: int) -> Ref:
        """Return a category; its qualified name holds the path to it."""
        path, at = [], self.parent_of(number)
        while at is not None:
            path.append(f"category {at}")
            at = self.parent_of(at)
        name = f"category {number}"
        return self._ref("AtlasGlossaryCategory", name, ".".join([name, *path]) + f"@{self.glossary().name}")

    def term(self, number: int) -> Ref:
        """Return a term by its number."""
        name = f"{self.seed.pick(TOPICS, 'topic', number)} {number}"
        return self._ref("AtlasGlossaryTerm", name, f"{name}@{self.glossary().name}")

    def category_of(self, term: int) -> int | None:
        """Return the number of the category that a term is filed in, if there are any."""
        return term % self.shape.categories if self.shape.categories else None

    def terms_in(self, category: int) -> range:
        """Return the numbers of the terms filed in a category."""
        return range(category, self.shape.terms, self.shape.categories)

    def term_of(self, table: int) -> int | None:
        """Return the term assigned to a table, if one is."""
        turn, rest = divmod(table, self.shape.assigned_every)
        return turn % self.shape.terms if self.shape.terms and not rest else None

    def tables_meant_by(self, term: int) -> Sequence[int]:
        """Return the numbers of the tables that a term is assigned to."""
        every = self.shape.assigned_every
        return range(term * every, self.shape.tables, every * self.shape.terms)

    def moment(self, number: int) -> int:
        """Return a time of 2026, in milliseconds since 1970: made up, and always the same."""
        return 1_767_225_600_000 + number * 60_000
