"""Censuses, their witness, and the checks on them, in the phases baseline, outage, verified."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from metadrill.census import Census, digests, frames, vouching
from metadrill.census.exempting import Exempt
from metadrill.census.tables import SCHEMAS, with_table
from metadrill.errors import Interrupted, MetadrillError, UsageError
from metadrill.model.backup import Method
from metadrill.model.scenario import Action
from metadrill.model.suite import CheckResult, Suite, SuiteResult
from metadrill.model.verdict import CheckVerdict
from metadrill.ports import Probe
from metadrill.ports.backing import Exempting
from metadrill.runner import examining, listing
from metadrill.runner.stage import Stage

_EMPTY = Census({}, {})
_SIDES = frozenset({"entities", "documents"})


class Looking:
    """The eyes of one run. Every look after the baseline is compared with the baseline."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._suites = _suites(stage)
        self._baseline = _EMPTY
        self._exempt = Exempt(prefix=stage.rig.canary, erased=stage.rig.erased)

    @property
    def names(self) -> list[str]:
        """Return the names of the suites that are run."""
        return [suite.name for suite in self._suites]

    @property
    def a_type(self) -> str:
        """Return the type that a search is tried with: a probe's, else the most frequent one."""
        for probe in self._stage.plan.scenario.noticed_by:
            if "type" in probe.params:
                return str(probe.params["type"])
        counts = digests.types(self._baseline)
        return max(counts, key=lambda name: (counts[name], name), default="")

    def baseline(self) -> None:
        """Read the sound repository; every suite is run on it against itself."""
        observed = self._census("baseline", self._stage.stack.census)
        self._baseline = self._expected(observed) or observed
        self._check("baseline", observed, self._heard("baseline", observed))

    def _expected(self, observed: Census) -> Census | None:
        """Return the census of the given set, and record what of it need not be equal, and why.

        An import brings no audit of entities: what is told of changes from then on is what was observed.
        """
        given = self._stage.rig.given
        if given is None:
            return None
        method = given.best()
        expected = given.expected(method)
        self._exempt |= expected.exempt
        self._stage.record("expected.fixed", phase="baseline", **expected.facts)
        return with_table(expected.census, observed, "audit") if method is Method.LOGICAL else expected.census

    def outage(self) -> None:
        """Read the broken one, as far as the suites that notice look; the clock of the RTA runs.

        What cannot be read is a fault of the census, not of the run.
        """
        examining.examine(self._stage, "outage")
        suites = self._noticing() or self._suites
        tables = _tables(suites)
        with self._quiet(tables):
            observed = self._census("outage", lambda: self._whatever_is_left(tables))
        self._check("outage", observed, {}, suites)

    def verified(self) -> None:
        """Read the recovered one: census, witness, checks."""
        recovery = self._stage.rig.recovery
        if isinstance(recovery, Exempting):
            self._exempt |= recovery.exempt()
            told = {"moving": len(self._exempt.moving), "relationships": len(self._exempt.relationships)}
            self._stage.record("expected.fixed", phase="verified", **told)
        observed = self._census("verified", self._whatever_is_left)
        self._check("verified", observed, self._heard("verified", observed))

    def probes(self) -> tuple[Probe, ...]:
        """Return a probe for each suite that is named under `noticed_by`."""
        return tuple(_Notices(self, suite) for suite in self._noticing())

    def glance(self, suite: Suite) -> SuiteResult:
        """Run one suite on the repository as it stands, and record nothing."""
        tables = _tables((suite,))
        with self._quiet(tables):
            observed = self._whatever_is_left(tables)
        with self._frames(observed, {}) as joined:
            return self._result(suite, joined)

    def _noticing(self) -> tuple[Suite, ...]:
        named = {suite_name(probe) for probe in self._stage.plan.scenario.noticed_by}
        return tuple(suite for suite in self._suites if suite.name in named)

    def _census(self, phase: str, take: Any) -> Census:
        start = self._stage.rig.time.monotonic_ns()
        census: Census = take()
        self._stage.record(
            "census.taken",
            phase=phase,
            counts=digests.counts(census),
            digests=digests.tables(census),
            seconds=self._stage.since(start),
            faults=dict(census.faults),
        )
        return census

    def _whatever_is_left(self, tables: frozenset[str] | None = None) -> Census:
        try:
            census: Census = self._stage.stack.census(tables)
        except Interrupted:
            raise
        except MetadrillError as error:
            return Census({}, dict.fromkeys(tables or SCHEMAS, error.message))
        return census

    def _heard(self, phase: str, census: Census) -> Mapping[str, int]:
        """Ask the witness. One that cannot be reached has counted nothing, which is recorded."""
        try:
            counts: Mapping[str, int] = self._stage.stack.witness()
        except Interrupted:
            raise
        except MetadrillError as error:
            self._stage.record("probe.answered", probe="witness", answer=error.message, disrupted=True)
            counts = {}
        self._stage.record("witness.heard", phase=phase, counts=vouching.rows(census, counts))
        return counts

    @contextmanager
    def _frames(self, observed: Census, counts: Mapping[str, int]) -> Iterator[frames.Frames]:
        """Join with the baseline, for one look; what the engine held for it is given back then."""
        with closing(self._stage.rig.engine()) as engine:
            yield frames.join(self._baseline, observed, self._exempt, counts, engine)

    def _check(
        self, phase: str, observed: Census, counts: Mapping[str, int], suites: tuple[Suite, ...] = ()
    ) -> None:
        with self._frames(observed, counts) as joined:
            for suite in suites or self._suites:
                start = self._stage.rig.time.monotonic_ns()
                result = self._result(suite, joined)
                self._stage.record(
                    "checks.run",
                    phase=phase,
                    suite=suite.name,
                    declared=result.declared,
                    loaded=result.loaded,
                    evaluated=result.evaluated,
                    seconds=self._stage.since(start),
                    results=[found.told() for found in result.results],
                    **listing.listed(self._stage.rig.folder, f"{phase}-{suite.name}", result),
                )

    def _result(self, suite: Suite, joined: frames.Frames) -> SuiteResult:
        """Run a suite. A checker that breaks down has evaluated nothing: inconclusive."""
        abilities = frozenset(self._stage.plan.stack.abilities)
        try:
            return self._stage.rig.checker.check(suite, joined, abilities)
        except Interrupted:
            raise
        except Exception as error:  # noqa: BLE001 - whatever broke in a checker, nothing was proved
            because = f"the checker broke down: {type(error).__name__}: {error}"
            return SuiteResult(suite.name, len(suite.checks), 0, 0, _unproved(suite, because))

    @contextmanager
    def _quiet(self, tables: frozenset[str]) -> Iterator[None]:
        """Hold the canary while both sides are read: they are read one after the other."""
        canary = self._stage.workload
        if canary is None or not tables >= _SIDES:
            yield
            return
        canary.stop()
        yield
        canary.start()


class _Notices:
    """A suite as a probe: it sees an outage when one of its checks fails."""

    def __init__(self, looking: Looking, suite: Suite) -> None:
        self.name = f"suite {suite.name}"
        self._looking, self._suite = looking, suite

    def look(self, target: Any) -> tuple[bool | None, str]:
        """Run the suite; None when nothing failed and something could not be evaluated."""
        result = self._looking.glance(self._suite)
        failed = [row for row in result.results if row.verdict is CheckVerdict.FAIL]
        if failed:
            return True, "; ".join(_told(row) for row in failed)
        unsure = [row for row in result.results if row.verdict is CheckVerdict.INCONCLUSIVE]
        if unsure or result.evaluated < result.declared:
            return None, "; ".join(_told(row) for row in unsure) or "not every check was evaluated"
        return False, f"{result.evaluated} checks pass"


def suite_name(probe: Action) -> str | None:
    """Given a probe of a scenario, return the suite it names, if it is one."""
    if probe.name != "suite":
        return None
    return next((str(value) for value in probe.params.values()), None)


def _tables(suites: tuple[Suite, ...]) -> frozenset[str]:
    """Return the census tables that the checks of some suites look at."""
    return frames.needs(check.frame for suite in suites for check in suite.checks)


def _suites(stage: Stage) -> tuple[Suite, ...]:
    """Return the suites that must hold, and those that notice, each once."""
    scenario, known = stage.plan.scenario, {suite.name: suite for suite in stage.plan.suites}
    names = [*scenario.must_hold, *filter(None, map(suite_name, scenario.noticed_by))]
    for name in names:
        if name not in known:
            raise UsageError(f"suite {name}: not in the plan", f"there are {', '.join(sorted(known))}")
    return tuple(known[name] for name in dict.fromkeys(names))


def _unproved(suite: Suite, because: str) -> tuple[CheckResult, ...]:
    return tuple(
        CheckResult(
            check.number, check.title, suite.name, check.severity, CheckVerdict.INCONCLUSIVE, because=because
        )
        for check in suite.checks
    )


def _told(row: CheckResult) -> str:
    said = row.because or f"{row.unexpected} of {row.examined}"
    return f"check {row.number} {row.verdict.value}: {said}"
