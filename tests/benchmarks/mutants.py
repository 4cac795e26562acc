"""`make mutants`: how many changed lines of census, checkers and suites the tests notice.

Cosmic Ray's operators change the Python, one of our own the SQL inside of it, where most rules of
the comparison stand; of the suites, checks are taken out. A sample is drawn by a seed; a mutant
that cannot be imported is none. Each runs the tests in a copy of the project, so the score counts
nothing that only looked like a failure. N=300 draws so many, M=differing looks at what is named so.
"""

import argparse
import ast
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider
from parso.tree import Leaf

TOP = Path(__file__).parents[2]
PYTHON = TOP / ".venv" / "bin" / "python"
PACKAGE = Path("toolkit/metadrill")
SUITES = Path("fixtures/suites")
ROOMS = ("census", "checkers")
CENSUS = ("tests/unit/census", "tests/unit/stacks/test_rows.py")
DAMAGES = "tests/unit/checkers/test_t8_seeded_damages.py"
TOGETHER = "tests/unit/checkers/test_t8_together.py"
TESTS = (
    (
        re.compile(r"_frames\.py$|census/(sql|framing|frames|lineage|shape\w*|exempting)\.py$"),
        (TOGETHER, *CENSUS, DAMAGES),
    ),
    (re.compile(r"census/spark\.py$"), ("tests/unit/checkers/test_spark.py",)),
    (re.compile(r"census/"), CENSUS),
    (
        re.compile(r"checkers/"),
        (
            "tests/unit/checkers/test_great_expectations.py",
            "tests/unit/checkers/test_deviations.py",
            TOGETHER,
            DAMAGES,
        ),
    ),
    (re.compile(r"suites/"), (TOGETHER, DAMAGES)),
)
"""Which tests a change of a file must be noticed by: no more, so that a score is rather too low."""

COPIED = ("toolkit", "tests", "fixtures", "scenarios", "drills", "reports", "pyproject.toml")
LONGEST = 900
OPERATORS = re.compile(
    "Binary.*(_Add_Sub|_Sub_Add|_Mul_FloorDiv|_Mod_Mul|_BitAnd_BitXor)$"
    "|Comparison.*(_Eq_NotEq|_NotEq_Eq|_Lt_LtE|_LtE_Lt|_Gt_GtE|_GtE_Gt|_In_NotIn|_NotIn_In|_Lt_Gt|_Gt_Lt)$"
    "|Unary.*_Not_Nothing$|^Replace(And|Or|True|False|Break|Continue)With|AddNot|NumberReplacer|ZeroIteration"
)
"""One or two of a kind: `path + name` for `path / name` is noticed by everybody, and would count as much."""
EQUIVALENT = re.compile(r"@dataclass\(|strict=|^_?[A-Z_]+ = |lru_cache|noqa: S101")
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


@dataclass(frozen=True)
class Ended:
    """What became of a mutant: killed, endless, survived, stillborn; and the line that it changed."""

    path: str
    operator: str
    came: str
    was: str
    line: str


def every(pattern: str) -> list[Mutant]:
    """Return every mutant of the files whose name holds a pattern, those that differ."""
    found: dict[tuple[str, str], Mutant] = {}
    for path in sorted(one for room in ROOMS for one in (TOP / PACKAGE / room).glob("*.py")):
        shown = str(path.relative_to(TOP))
        if pattern in shown:
            for made in _of_code(shown, path.read_text()):
                found.setdefault((shown, made.text), made)
    for path in sorted((TOP / SUITES).glob("*.yaml")):
        shown = str(path.relative_to(TOP))
        if pattern in shown:
            for made in _of_suite(shown, path.read_text()):
                found.setdefault((shown, made.text), made)
    return list(found.values())


def _of_code(path: str, code: str) -> Iterator[Mutant]:
    provider = OperatorProvider()
    operators = {name: provider[name] for name in provider if OPERATORS.search(name)}
    for name, operator in {**operators, "Sql": SqlReplacer}.items():
        occurrence = 0
        while (text := mutate_code(code, operator(), occurrence)) is not None:
            if text != code and _parses(text) and not EQUIVALENT.search(_changed(code, text)[0]):
                yield Mutant(path, name, occurrence, text)
            occurrence += 1


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _of_suite(path: str, text: str) -> Iterator[Mutant]:
    head, *checks = re.split(r"(?m)^(?=  - check: )", text)
    for place in range(len(checks)):
        yield Mutant(path, "check taken out", place, head + "".join(checks[:place] + checks[place + 1 :]))


class Copy:
    """A copy of the project that mutants are tried in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(folder / "toolkit"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        ignored = shutil.ignore_patterns("__pycache__")
        for name in COPIED:
            source = TOP / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy(source, folder / name)

    def tried(self, mutant: Mutant) -> Ended:
        path = self.folder / mutant.path
        before = path.read_text()
        path.write_text(mutant.text)
        try:
            return Ended(mutant.path, mutant.operator, self._came(mutant), *_changed(before, mutant.text))
        finally:
            path.write_text(before)

    def _came(self, mutant: Mutant) -> str:
        if mutant.path.endswith(".py"):
            module = mutant.path.removeprefix("toolkit/").removesuffix(".py").replace("/", ".")
            if self._run(str(PYTHON), "-c", f"import {module}") != "survived":
                return "stillborn"
        words = (
            str(PYTHON),
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "-m",
            "not slow and not live",
        )
        return self._run(*words, *_tests(mutant.path))

    def _run(self, *words: str) -> str:
        """Run something; return whether the mutant was killed by it, survived, or did not let it end."""
        try:
            done = subprocess.run(
                words, cwd=self.folder, env=self.environment, check=False, timeout=LONGEST,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "endless"
        return "killed" if done.returncode else "survived"


def _tests(path: str) -> Sequence[str]:
    """Return the tests, those of the module's own name first."""
    own = sorted((TOP / "tests" / "unit" / "census").glob(f"test_{Path(path).stem}.py"))
    group = next(tests for pattern, tests in TESTS if pattern.search(path))
    return [*(str(one.relative_to(TOP)) for one in own), *group]


def _changed(before: str, after: str) -> tuple[str, str]:
    for old, new in zip(before.splitlines(), after.splitlines(), strict=False):
        if old != new:
            return old.strip(), new.strip()
    return "", "(lines taken out)"


def _interval(killed: int, of: int) -> tuple[float, float]:
    """Return Wilson's interval of 95 % for a share (Wilson 1927)."""
    z, share = 1.96, killed / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def main() -> int:
    """Try a sample of mutants and print what became of them; return 0 where 90 % were killed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sample", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--match", default="")
    asked.add_argument("--out", type=Path, default=TOP / ".metadrill" / "mutants.json")
    given = asked.parse_args()
    there = every(given.match)
    drawn = random.Random(given.seed).sample(there, min(given.sample, len(there)))
    print(f"{len(there)} mutants, {len(drawn)} drawn by seed {given.seed}", flush=True)
    ended: list[Ended] = []
    given.out.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="metadrill-mutants-") as folder:
        free: Queue[Copy] = Queue()
        for number in range(given.jobs):
            free.put(Copy(Path(folder) / str(number)))

        def tried(mutant: Mutant) -> Ended:
            copy = free.get()
            try:
                return copy.tried(mutant)
            finally:
                free.put(copy)

        with ThreadPoolExecutor(given.jobs) as pool:
            for future in as_completed([pool.submit(tried, each) for each in drawn]):
                one = future.result()
                ended.append(one)
                given.out.write_text(json.dumps([asdict(each) for each in ended], indent=1))
                shown = f": {one.was}  →  {one.line}" if one.came == "survived" else ""
                print(f"{len(ended)}: {one.came}: {one.path}: {one.operator}{shown}", flush=True)
    return _told(ended)


def _told(ended: Sequence[Ended]) -> int:
    came = Counter(one.came for one in ended)
    killed = came["killed"] + came["endless"]  # tests that do not end notice it as well
    judged = killed + came["survived"]
    if not judged:
        print("no mutant could be judged")
        return 1
    low, high = _interval(killed, judged)
    share = f"{killed} of {judged} = {killed / judged:.1%}"
    beside = f"{came['endless']} of them had not ended after {LONGEST} s"
    none = f"{came['stillborn']} could not be imported and do not count"
    print(f"killed {share} (95 %: {low:.1%} to {high:.1%}), {beside}; {none}", flush=True)
    return 0 if killed >= 0.9 * judged else 1


if __name__ == "__main__":
    sys.exit(main())
