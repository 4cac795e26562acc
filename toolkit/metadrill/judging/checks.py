"""What the checks, the censuses and their witnesses come to, phase by phase."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from metadrill.errors import Code
from metadrill.judging.facts import Entry, Facts, Log
from metadrill.judging.opening import Opening
from metadrill.judging.ruling import Ruling, missing, unproved
from metadrill.model.assessment import Finding
from metadrill.model.suite import CheckResult, Deviation, SuiteResult, sentences
from metadrill.model.verdict import Aim, CheckVerdict, Severity, Verdict

PHASES = ("baseline", "outage", "verified")
Word = TypeVar("Word", Severity, CheckVerdict)
_Which = tuple[str, int, str]


@dataclass(frozen=True)
class Checked:
    """Results by phase, the rulings they cause, and whether the recovery is proved by them."""

    results: Mapping[str, tuple[CheckResult, ...]]
    rulings: tuple[Ruling, ...]
    proved: bool
    totals: Mapping[Severity, int]

    @property
    def damage_seen(self) -> bool:
        """Whether at least one check failed during the outage."""
        return any(result.verdict is CheckVerdict.FAIL for result in self.results["outage"])


def checked(log: Log, opening: Opening, lost: int) -> Checked:
    """Given the log and how many writes were lost meanwhile (critical), judge the checks."""
    suites = {phase: _suites(log.phase("checks.run", phase)) for phase in PHASES}
    results = {phase: tuple(row for suite in suites[phase] for row in suite.results) for phase in PHASES}
    judged = {phase: _provable(log, found) for phase, found in suites.items()}
    baseline = [ruling for suite in judged["baseline"] for ruling in _must_pass(suite)]
    verified = [ruling for suite in judged["verified"] for ruling in _complete(suite, "verified")]
    outage = [ruling for suite in judged["outage"] for ruling in _loaded(suite, "outage")]
    for phase, found in (("baseline", baseline), ("verified", verified)):
        found += _absent(suites[phase], opening.must_hold, phase)
    verified += _unseen_again(results["outage"], suites["verified"])
    found_so = _to_be_found(log, opening, results["outage"])
    held = tuple(row for row in results["verified"] if row.unexpected > found_so.get(_which(row), -1))
    totals = _totals(held)
    totals[Severity.CRITICAL] += lost
    over = {severity for severity, most in opening.budget.items() if totals[severity] > most}
    findings = [_finding(row, opening, over) for row in held if row.verdict is CheckVerdict.FAIL]
    grave = {row.severity for row in held if row.verdict is CheckVerdict.FAIL} & over
    proved = not verified and not grave & {Severity.CRITICAL, Severity.MAJOR}
    return Checked(results, (*findings, *baseline, *outage, *verified), proved, totals)


def _provable(log: Log, suites: tuple[SuiteResult, ...]) -> tuple[SuiteResult, ...]:
    """Return the suites without those of which the plan said that the stack can prove no check.

    As such a check, such a suite changes no verdict; but where none is left, nothing is proved, and where
    no plan said it, it may be that nobody looked.
    """
    plan = log.last("plan.fixed")
    said = plan.facts.texts("not_provable") if plan else ()

    def foretold(suite: SuiteResult) -> bool:
        aside = all(row.verdict is CheckVerdict.NOT_PROVABLE for row in suite.results)
        return aside and any(text.startswith(f"suite {suite.suite}, ") for text in said)

    return tuple(suite for suite in suites if not foretold(suite)) or suites


def _to_be_found(log: Log, opening: Opening, outage: tuple[CheckResult, ...]) -> Mapping[_Which, int]:
    """Return the checks that may go on failing, with how much each may still find, where that was the aim.

    Those that saw the damage, of as much as they saw: several checks bear one number, and damage that grew
    after it was found is other damage.
    """
    if opening.aim != Aim.DETECTED or not log.first("recovery.detected"):
        return {}
    return {_which(row): row.unexpected for row in outage if row.verdict is CheckVerdict.FAIL}


def _which(row: CheckResult) -> _Which:
    return row.suite, row.number, row.title


def _totals(results: tuple[CheckResult, ...]) -> dict[Severity, int]:
    totals = dict.fromkeys(Severity, 0)
    for row in results:
        if row.verdict is CheckVerdict.FAIL:
            totals[row.severity] += max(1, row.unexpected)
    return totals


def _suites(entries: tuple[Entry, ...]) -> tuple[SuiteResult, ...]:
    return tuple(
        SuiteResult(
            entry.facts.text("suite"),
            entry.facts.whole("declared"),
            entry.facts.whole("loaded"),
            entry.facts.whole("evaluated"),
            tuple(_result(row, entry.facts.text("suite")) for row in entry.facts.rows("results")),
        )
        for entry in entries
    )


def _result(row: Facts, suite: str) -> CheckResult:
    return CheckResult(
        number=row.whole("number"),
        title=row.text("title"),
        suite=suite,
        severity=_word(row, "severity", Severity),
        verdict=_word(row, "verdict", CheckVerdict),
        examined=row.whole("examined") if row.has("examined") else 0,
        unexpected=row.whole("unexpected") if row.has("unexpected") else 0,
        deviations=_deviations(row),
        because=row.text("because") if row.has("because") else "",
        scope=row.text("scope") if row.has("scope") else "",
        witness=row.text("witness") if row.has("witness") else "",
    )


def _deviations(row: Facts) -> tuple[Deviation, ...]:
    """Return the sentences, and with each what it is of, where the journal says that."""
    said, rows = row.texts("sample"), row.rows("deviations")
    if not rows:
        return sentences(said)
    if len(rows) != len(said):
        row.wrong("deviations", f"{len(rows)}, and {len(said)} in the sample")
    return tuple(
        Deviation(one.texts("guids"), one.text("expected"), one.text("observed"), text)
        for one, text in zip(rows, said, strict=True)
    )


def _word(row: Facts, key: str, kind: type[Word]) -> Word:
    try:
        return kind(row.text(key))
    except ValueError:
        row.wrong(key, f"not one of {', '.join(kind)}")


def _loaded(suite: SuiteResult, phase: str) -> list[Ruling]:
    """Fewer loaded than declared is a lost check, unless those results say why they could not be."""
    if suite.declared == 0:
        return [unproved(suite.suite, f"suite {suite.suite} ({phase}) declares no checks")]
    unsure = sum(row.verdict is CheckVerdict.INCONCLUSIVE for row in suite.results)
    if not suite.declared - unsure <= suite.loaded <= suite.declared:
        because = f"suite {suite.suite} ({phase}) declares {suite.declared} checks, loaded {suite.loaded}"
        return [unproved(suite.suite, because)]
    return []


def _complete(suite: SuiteResult, phase: str) -> list[Ruling]:
    """Every declared check has its result; those not provable may be counted as declared or not."""
    found = _loaded(suite, phase)
    left_aside = sum(row.verdict is CheckVerdict.NOT_PROVABLE for row in suite.results)
    unsure = sum(row.verdict is CheckVerdict.INCONCLUSIVE for row in suite.results)
    reported = len(suite.results)
    spare = left_aside if suite.declared == reported else 0
    evaluated = suite.declared - unsure - spare <= suite.evaluated <= suite.declared
    if not found and (suite.declared not in (reported, reported - left_aside) or not evaluated):
        because = (
            f"suite {suite.suite} ({phase}) declares {suite.declared} checks, evaluated {suite.evaluated}"
        )
        found.append(unproved(suite.suite, f"{because}, reported {reported}"))
    if suite.results and left_aside == len(suite.results):
        found.append(
            unproved(suite.suite, f"suite {suite.suite} ({phase}) has no check that is provable here")
        )
    for row in suite.results:
        if row.verdict is CheckVerdict.INCONCLUSIVE:
            because = f"check {row.number} ({phase}) could not be judged: {row.because or 'no reason given'}"
            found.append(unproved(row.title, because))
    return found


def _must_pass(suite: SuiteResult) -> list[Ruling]:
    found = _complete(suite, "baseline")
    for row in suite.results:
        if row.verdict is CheckVerdict.FAIL:
            because = f"check {row.number} failed before the fault: the start state was broken already"
            found.append(unproved(row.title, because))
    return found


def _absent(suites: tuple[SuiteResult, ...], must_hold: tuple[str, ...], phase: str) -> list[Ruling]:
    if not must_hold:
        return [unproved("must_hold", "no suite was named that must hold")]
    ran = {suite.suite for suite in suites}
    return [
        missing(name, f"suite {name} must hold and was not run ({phase})")
        for name in must_hold
        if name not in ran
    ]


def _unseen_again(outage: tuple[CheckResult, ...], verified: tuple[SuiteResult, ...]) -> list[Ruling]:
    """A suite that saw the damage must be run again, to see it gone."""
    saw = dict.fromkeys(row.suite for row in outage if row.verdict is CheckVerdict.FAIL)
    ran = {suite.suite for suite in verified}
    return [
        missing(name, f"suite {name} saw the damage and was not run again (verified)")
        for name in saw
        if name not in ran
    ]


def _finding(row: CheckResult, opening: Opening, over: set[Severity]) -> Ruling:
    count = max(1, row.unexpected)
    because = f"check {row.number}, {row.title}: {row.because or f'{count:,} found'}"
    verdict, code = Verdict.FAIL, Code.INTEGRITY_LOST
    if row.severity not in over:
        allowed = opening.budget.get(row.severity)
        because += "" if allowed is None else f"; {allowed:,} {row.severity} allowed"
        verdict, code = Verdict.PASS, Code.OK if allowed is None else Code.WARNINGS
    finding = Finding(
        row.title, row.severity, verdict, because, count, row.sample, row.number, row.suite
    )  # fmt: skip
    return Ruling(finding, code)
