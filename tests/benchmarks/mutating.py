"""What a mutant is: one change of a line of code, of the SQL in it, or of a suite."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider
from parso.tree import Leaf

OPERATORS = re.compile(
    "Binary.*(_Add_Sub|_Sub_Add|_Mul_FloorDiv|_Mod_Mul|_BitAnd_BitXor)$"
    "|Comparison.*(_Eq_NotEq|_NotEq_Eq|_Lt_LtE|_LtE_Lt|_Gt_GtE|_GtE_Gt|_In_NotIn|_NotIn_In|_Lt_Gt|_Gt_Lt)$"
    "|Unary.*_Not_Nothing$|^Replace(And|Or|True|False|Break|Continue)With|AddNot|NumberReplacer|ZeroIteration"
)
"""One or two of a kind: `path + name` for `path / name` is noticed by everybody, and would count as much."""
EQUIVALENT = re.compile(r"@dataclass\(|strict=|^_?(BATCH|PIECE|NAMED|DIGEST) = |lru_cache|noqa: S101")
"""Lines whose change no result shows: what may not be written, how much is held at a time."""

SQL = re.compile(r"\b(SELECT|WHERE|JOIN|GROUP BY|coalesce|CASE)\b| (AND|OR|IS) ")
WORDS = (
    (r" AND ", " OR "), (r" OR ", " AND "), (r"<>", "="), (r"(?<![<>!=])=(?![=>])", "<>"),
    (r"LEFT JOIN", "JOIN"), (r"FULL JOIN", "LEFT JOIN"), (r"FULL OUTER JOIN", "LEFT JOIN"),
    (r"IS NULL", "IS NOT NULL"), (r"IS NOT NULL", "IS NULL"), (r"\bmin\(", "max("), (r"\bmax\(", "min("),
    (r"DISTINCT ", ""), (r"NOT IN", "IN"), (r"NOT EXISTS", "EXISTS"),
    (r"(?<=\w )> ", "< "), (r"(?<=\w )< ", "> "),
    (r"(?<!SELECT )\b1\b", "2"), (r"\b0\b", "1"), (r"UNION ALL", "EXCEPT ALL"), (r"'(\w+)'", "'otherwise'"),
)  # fmt: skip


class SqlReplacer(Operator):
    """Changes one word of a question in SQL."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        for _ in self._places(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        start, end, text = list(self._places(node))[index]
        node.value = node.value[:start] + text + node.value[end:]
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()

    def _places(self, node: Any) -> Iterator[tuple[int, int, str]]:
        if not isinstance(node, Leaf) or node.type not in ("string", "fstring_string"):
            return
        if not SQL.search(node.value):
            return
        for word, instead in WORDS:
            for found in re.finditer(word, node.value):
                yield found.start(), found.end(), instead


@dataclass(frozen=True)
class Mutant:
    """One change: the file, what was done to which occurrence, and the file's text after it."""

    path: str
    operator: str
    occurrence: int
    text: str


def of_code(path: str, code: str) -> Iterator[Mutant]:
    provider = OperatorProvider()
    operators = {name: provider[name] for name in provider if OPERATORS.search(name)}
    for name, operator in {**operators, "Sql": SqlReplacer}.items():
        occurrence = 0
        while (text := mutate_code(code, operator(), occurrence)) is not None:
            if text != code and _parses(text) and not EQUIVALENT.search(changed(code, text)[0]):
                yield Mutant(path, name, occurrence, text)
            occurrence += 1


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def of_suite(path: str, text: str) -> Iterator[Mutant]:
    head, *checks = re.split(r"(?m)^(?=  - check: )", text)
    for place in range(len(checks)):
        yield Mutant(path, "check taken out", place, head + "".join(checks[:place] + checks[place + 1 :]))


def changed(before: str, after: str) -> tuple[str, str]:
    for old, new in zip(before.splitlines(), after.splitlines(), strict=False):
        if old != new:
            return old.strip(), new.strip()
    return "", "(lines taken out)"
