"""Events of a journal → Assessment. Pure: no files, no clock, the same events the same judgement."""

from collections.abc import Sequence
from typing import Any

from metadrill.judging import asides, case, evidence, populations, timeline, verdict, words
from metadrill.judging.case import Case
from metadrill.judging.form import alike, from_json, to_json
from metadrill.model.assessment import Assessment
from metadrill.model.event import Event

__all__ = ["alike", "assess", "from_json", "to_json"]


def assess(events: Sequence[Event], head: str) -> Assessment:
    """Given a journal's events and the digest of its last line, return the assessment.

    A run that ended early, or whose journal is torn or lacks proof, is inconclusive. Raises
    JournalError naming the event when one is not of the form its kind has.
    """
    heard = case.hear(events)
    judgement = verdict.compose(heard.rulings)
    kind, because = evidence.classify(heard.log, heard.opening)
    return Assessment(
        verdict=judgement.verdict,
        code=judgement.code,
        codes=judgement.codes,
        sentence=words.sentence(heard, judgement),
        findings=judgement.findings,
        evidence_class=kind,
        class_because=because,
        shows=words.shows(heard),
        does_not_show=words.does_not_show(heard, kind),
        journal=asides.journal(heard.log, head),
        started=events[0].at,
        **_fixed(heard),
        **_measured(heard),
        **_told(heard),
    )


def _fixed(heard: Case) -> dict[str, Any]:
    opened = heard.opening
    return {
        "run": opened.run,
        "drill": opened.drill,
        "scenario": opened.scenario,
        "recovery": opened.recovery,
        "title": opened.title,
        "digests": opened.digests,
        "host": opened.facts.mapping("host"),
        "seed": opened.seed,
        "coverage": opened.facts.mapping("coverage"),
    }


def _measured(heard: Case) -> dict[str, Any]:
    return {
        "stamps": heard.taken.relative(),
        "utc": dict(zip(timeline.KEYS, heard.taken.utc, strict=True)),
        "rta": heard.rta,
        "rpa_graph": heard.writes.loss["graph"],
        "rpa_search": heard.writes.loss["search"],
        "rpo": heard.rpo,
        "tiers": heard.tiers,
        "recovery_point_age": heard.age,
        "lost_during": heard.writes.lost_during,
        "checks": {phase: rows for phase, rows in heard.checked.results.items() if rows},
        "counts": populations.counts(heard.log),
        "size": {"drilled": populations.drilled(heard.log), "production": heard.opening.production},
    }


def _told(heard: Case) -> dict[str, Any]:
    log = heard.log
    return {
        "views": asides.views(log, heard.checked),
        "truth": asides.truth(log),
        "phases": timeline.phases(log, heard.taken),
        "steps": tuple(dict(entry.facts.data) for entry in log.all("recovery.step")),
        "start": asides.start(log),
        "isolation": asides.isolation(log),
        "cleanup": asides.cleanup(log),
    }
