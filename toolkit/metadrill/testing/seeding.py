"""Damages seeded into a real stack, each of which must turn its checks red; undamaged, none is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.census import Census, frames, vouching
from metadrill.errors import Interrupted, MetadrillError
from metadrill.model.qualification import Came, DamageRow
from metadrill.model.suite import CheckResult, Suite, SuiteResult
from metadrill.model.verdict import CheckVerdict
from metadrill.ports import Checker
from metadrill.ports.qualifying import Damage

UNDAMAGED = "nothing is damaged"
_SETTLES = timedelta(minutes=5)
_MOST = 300


@dataclass
class Watch:
    """Two looks at a stack, and what the suites say of the difference; each look starts from the last."""

    stack: Any
    suites: tuple[Suite, ...]
    checker: Checker
    abilities: frozenset[str]
    _before: Census | None = None
    _said: tuple[CheckResult, ...] = ()

    @property
    def before(self) -> Census:
        """The last whole look at the stack, once the index had caught up; taken now where there is none."""
        if self._before is None:
            self._before = self._look()
        return self._before

    def undamaged(self) -> DamageRow:
        """Look twice with nothing done in between: every check must be evaluated, and none may fail.

        Whoever counted too must have counted as many as the second look has.
        """
        began = clock.SYSTEM.monotonic_ns()
        red: tuple[int, ...] = ()
        try:
            before, now, counts = self.before, self._look(), self.stack.witness()
            results = self._checked(frames.join(before, now, witness=counts))
            self._before, self._said = now, _rows(results)
            red, because = _red(self._said), alarms(results, vouching.unlike(now, counts))
            came = Came.BAD if red else Came.UNSEEN if because else Came.GOOD
        except Interrupted:
            raise
        except Exception as error:  # noqa: BLE001 - a stack that answers oddly was not seen, whatever it is
            came, because = Came.UNSEEN, told(error)
        return DamageRow(UNDAMAGED, "", (), red, came, because[:_MOST], _since(began))

    def damaged(self, damage: Damage) -> DamageRow:
        """Do one damage, look, and say whether the checks that must see it do, and name what was damaged."""
        began = clock.SYSTEM.monotonic_ns()
        red: tuple[int, ...] = ()
        try:
            before = self.before
            named = self.stack.damage(damage.name, before)
            now = self._look(damage.tables)
            said = _rows(self._checked(frames.join(before, now)))
            red = _red(said)
            because = self._missed(damage, said, named)
            came = Came.BAD if because else Came.GOOD
            if not damage.tables:
                self._before, self._said = now, said
        except Interrupted:
            raise
        except Exception as error:  # noqa: BLE001 - a stack that answers oddly was not seen, whatever it is
            came, because = Came.UNSEEN, told(error)
        checks = tuple(sorted(damage.checks))
        return DamageRow(damage.name, damage.by, checks, red, came, because[:_MOST], _since(began))

    def _missed(self, damage: Damage, said: tuple[CheckResult, ...], named: str) -> str:
        """Say which checks did not see a damage; one that was red before must say something else now."""
        old = {_finding(row) for row in self._said}
        failed = [row for row in said if row.verdict is CheckVerdict.FAIL and _finding(row) not in old]
        unseen = sorted(damage.checks - {row.number for row in failed})
        if unseen:
            return f"not seen by check {', '.join(map(str, unseen))}"
        lines = [line for row in failed if row.number in damage.checks for line in row.sample]
        return "" if any(named in line for line in lines) else f"no finding names {named}"

    def _look(self, tables: frozenset[str] = frozenset()) -> Census:
        if not tables:
            self.stack.settle(_SETTLES)
        found: Census = self.stack.census(tables or None)
        return found

    def _checked(self, joined: frames.Frames) -> tuple[SuiteResult, ...]:
        return tuple(self.checker.check(suite, joined, self.abilities) for suite in self.suites)


def seed(watch: Watch) -> Iterator[DamageRow]:
    """Look at the undamaged stack, then do every damage that it can be given; yield what each came to."""
    yield watch.undamaged()
    for damage in watch.stack.damages():
        yield watch.damaged(damage)


def unproved(suites: tuple[Suite, ...], rows: tuple[DamageRow, ...]) -> tuple[int, ...]:
    """Return the checks of some suites that no damage has turned red as it had to."""
    proved = {number for row in rows if row.came is Came.GOOD for number in row.checks}
    return tuple(sorted({check.number for suite in suites for check in suite.checks} - proved))


def alarms(results: tuple[SuiteResult, ...], unlike: Iterable[str] = ()) -> str:
    """Say what keeps some suites from having passed whole: a check that failed, or was not evaluated.

    `unlike` are counts of others that are not the census's own: then it may lack what no check can miss.
    """
    rows = _rows(results)
    wrong = [row for row in rows if row.verdict in (CheckVerdict.FAIL, CheckVerdict.INCONCLUSIVE)]
    said = [f"check {row.number} {row.title}: {_told(row)}" for row in wrong]
    said += [
        f"suite {one.suite}: {one.declared} checks declared, {one.loaded} loaded, {one.evaluated} evaluated"
        for one in results
        if not one.declared == one.loaded == one.evaluated
    ]
    if not any(row.verdict is CheckVerdict.PASS for row in rows):
        said.append("no check was evaluated")
    return "; ".join([*said, *unlike])[:_MOST]


def told(error: Exception) -> str:
    """Say an error in a row: its own words, and of one that nobody foresaw its kind."""
    return error.message if isinstance(error, MetadrillError) else f"{type(error).__name__}: {error}"


def _rows(results: tuple[SuiteResult, ...]) -> tuple[CheckResult, ...]:
    return tuple(row for result in results for row in result.results)


def _finding(row: CheckResult) -> tuple[object, ...]:
    return row.suite, row.number, row.title, row.unexpected, row.sample


def _red(said: tuple[CheckResult, ...]) -> tuple[int, ...]:
    return tuple(sorted({row.number for row in said if row.verdict is CheckVerdict.FAIL}))


def _told(row: CheckResult) -> str:
    return row.because or f"{row.unexpected:,} of {row.examined:,}"


def _since(began: int) -> float:
    return round(clock.seconds(began, clock.SYSTEM.monotonic_ns()), 3)
