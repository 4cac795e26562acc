"""`make mutants`: how many changed lines of census, its readers, checkers and suites the tests notice.

Cosmic Ray's operators change the Python, one of our own the SQL inside of it, where most rules of
the comparison stand; of the suites, checks are taken out. A sample is drawn by a seed; a mutant
that cannot be imported is none. Each runs the tests in a copy of the project, so the score counts
nothing that only looked like a failure. N=300 draws so many, M=differing looks at what is named so.
"""

import argparse
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
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue

from mutating import Mutant, changed, of_code, of_suite

TOP = Path(__file__).parents[2]
PYTHON = TOP / ".venv" / "bin" / "python"
PACKAGE = Path("toolkit/metadrill")
SUITES = Path("fixtures/suites")
ROOMS = ("census", "checkers")
STACK = "stacks/atlas_elasticsearch"
READERS = ("answering", "archive", "counting", "defining", "rows", "types")
"""The modules of the stack that make a census; the others move bytes, and need the servers to be tested."""
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
    *((re.compile(f"{STACK}/{name}"), (f"tests/unit/stacks/test_{name}.py",)) for name in READERS),
)
"""Which tests a change of a file must be noticed by: no more, so that a score is rather too low."""

COPIED = ("toolkit", "tests", "fixtures", "scenarios", "drills", "reports", "pyproject.toml")
LONGEST = 900


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
    code = [one for room in ROOMS for one in (TOP / PACKAGE / room).glob("*.py")]
    for path in sorted([*code, *(TOP / PACKAGE / STACK / f"{name}.py" for name in READERS)]):
        shown = str(path.relative_to(TOP))
        if pattern in shown:
            for made in of_code(shown, path.read_text()):
                found.setdefault((shown, made.text), made)
    for path in sorted((TOP / SUITES).glob("*.yaml")):
        shown = str(path.relative_to(TOP))
        if pattern in shown:
            for made in of_suite(shown, path.read_text()):
                found.setdefault((shown, made.text), made)
    return list(found.values())


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
            return Ended(mutant.path, mutant.operator, self._came(mutant), *changed(before, mutant.text))
        finally:
            path.write_text(before)

    def _came(self, mutant: Mutant) -> str:
        if mutant.path.endswith(".py"):
            module = mutant.path.removeprefix("toolkit/").removesuffix(".py").replace("/", ".")
            if self._run(str(PYTHON), "-c", f"import {module}") != "survived":
                return "stillborn"
        return self.tests(*_tests(mutant.path))

    def tests(self, *which: str) -> str:
        """Run some tests; return as `_run`."""
        words = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow and not live")
        return self._run(str(PYTHON), *words, *which)

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

        _refuse_broken(free.queue[0], drawn)

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


def _refuse_broken(copy: Copy, drawn: Sequence[Mutant]) -> None:
    """Run the tests of what is drawn on the code as it is: what fails then would count as killed."""
    for which in sorted({name for mutant in drawn for name in _tests(mutant.path)}):
        if copy.tests(which) != "survived":
            sys.exit(f"{which}: does not pass on the code as it is: no score can be told")


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
