"""Checks against phases: what held before, broke in the outage, and holds again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metadrill.model.suite import CheckResult
from metadrill.model.verdict import CheckVerdict

PHASES = ("baseline", "outage", "verified")
SYMBOLS = {"pass": "✓", "fail": "✕", "inconclusive": "?", "not_provable": "–"}
NAMES = {"pass": "pass", "fail": "fail", "inconclusive": "inconclusive", "not_provable": "not provable"}


@dataclass(frozen=True)
class Cell:
    """One check in one phase; `kind` is a CheckVerdict, or `absent` where it was not run."""

    kind: str
    symbol: str
    word: str
    told: str = ""


@dataclass(frozen=True)
class Line:
    """One check over all phases, and its last result in full."""

    number: int
    title: str
    suite: str
    severity: str
    cells: tuple[Cell, ...]
    last: CheckResult
    phase: str


@dataclass(frozen=True)
class Matrix:
    """The results of the checks: a line per check, a column per phase."""

    phases: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def suites(self) -> tuple[tuple[str, tuple[Line, ...]], ...]:
        """The lines by suite, in the order the suites were run."""
        names = dict.fromkeys(line.suite for line in self.lines)
        return tuple((name, tuple(line for line in self.lines if line.suite == name)) for name in names)


def arrange(checks: Mapping[str, tuple[CheckResult, ...]]) -> Matrix:
    """Given the results of each phase, return them as lines. Phases unknown here come last."""
    phases = tuple(phase for phase in PHASES if phase in checks)
    phases += tuple(phase for phase in checks if phase not in PHASES)
    keys = dict.fromkeys(_key(one) for phase in phases for one in checks[phase])
    return Matrix(phases, tuple(_line(key, phases, checks) for key in keys))


Key = tuple[str, int, str]


def _key(result: CheckResult) -> Key:
    """A suite may look at one check of the list from several sides: the title tells them apart."""
    return result.suite, result.number, result.title


def _line(key: Key, phases: tuple[str, ...], checks: Mapping[str, tuple[CheckResult, ...]]) -> Line:
    found = {phase: _of(checks[phase], key) for phase in phases}
    phase, last = [(phase, one) for phase, one in found.items() if one is not None][-1]
    cells = tuple(_cell(one) for one in found.values())
    return Line(last.number, last.title, last.suite, last.severity, cells, last, phase)


def _of(results: Iterable[CheckResult], key: Key) -> CheckResult | None:
    return next((one for one in results if _key(one) == key), None)


def _cell(result: CheckResult | None) -> Cell:
    if result is None:
        return Cell("absent", "·", "not run")
    kind = result.verdict.value
    told = f"{result.unexpected:,}" if result.verdict is CheckVerdict.FAIL and result.unexpected else ""
    return Cell(kind, SYMBOLS[kind], NAMES[kind], told)
