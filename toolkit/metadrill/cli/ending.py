"""The end of a run as it is printed: verdict, actuals against objectives, findings, where it lies."""

from pathlib import Path
from typing import TYPE_CHECKING

from metadrill.cli import history, printing
from metadrill.errors import Code
from metadrill.model import units
from metadrill.model.assessment import Assessment, LossMeasure

if TYPE_CHECKING:
    from metadrill.app.history import Foretold

_MOST = 8


def show(assessment: Assessment, folder: Path) -> None:
    """Print what a run came to."""
    printing.say()
    word = assessment.verdict.value
    printing.say(f"{printing.verdict(word)}  {assessment.sentence.removeprefix(f'{word.upper()}: ')}")
    printing.say()
    printing.table(_measures(assessment))
    _findings(assessment)
    printing.say()
    kind = assessment.evidence_class.value.capitalize()
    because = "; ".join(assessment.class_because)
    printing.say(f"  {kind}: {because}" if because else f"  {kind}")
    if Code.CLEANUP_INCOMPLETE in assessment.codes:
        printing.say("  clean-up incomplete: metadrill gc")
    printing.say(f"  report   {folder / 'report.html'}")
    printing.say(f"  journal  {folder / 'journal.jsonl'}")
    if (folder / "deviations").exists():
        printing.say(f"  rows     {folder / 'deviations'}: those that did not hold, by phase and suite")
    if assessment.code:
        printing.say(f"  exit code {int(assessment.code)}: metadrill explain {int(assessment.code)}")


def rank(assessments: list[Assessment], drawn: Path) -> None:
    """Print the recoveries of one drill by verdict, then time, then loss; and where they are drawn."""
    from metadrill.packs import ranking

    rows = ranking.ranked(assessments)
    printing.say("Recoveries, the fastest that passed first")
    printing.table(
        (
            found.recovery,
            printing.verdict(found.verdict.value),
            _actual(found.rta.actual),
            ranking.kept(found),
        )
        for found in rows
    )
    if least := ranking.gentlest(rows):
        printing.say(f"  {least} loses the least")
    printing.say(f"  drawn    {drawn}")


def foretold(told: "Foretold | None") -> None:
    """Print what the runs so far foretell of a recovery at the size that the drill stands for."""
    if told is None or told.rta is None:
        return
    missed = told.limit is not None and told.rta.value > told.limit
    against = ", beyond the objective" if missed else ""
    printing.say(
        f"  at {told.size:,} entities about {history.about(told.rta)}{against}: "
        f"foretold {history.drilled(told)}"
    )


def _measures(found: Assessment) -> list[tuple[str, str, str]]:
    rta, rpo = found.rta, found.rpo
    size = found.size
    drilled = f"{size.get('drilled') or 0:,} entities drilled"
    stands = f", standing for {size['production']:,}" if size.get("production") else ""
    return [
        ("RTA", _actual(rta.actual), f"objective {units.short(rta.limit)}{_met(met=rta.met)}"),
        ("", "", f"{drilled}{stands}"),
        ("RPA graph", _actual(found.rpa_graph.seconds), _lost(found.rpa_graph)),
        ("RPA search", _actual(found.rpa_search.seconds), _lost(found.rpa_search)),
        *([("at risk", units.short(found.at_risk), rpo.because)] if found.at_risk is not None else []),
        ("RPO", units.short(rpo.limit), f"objective{_met(met=rpo.met)}"),
        *(
            (
                f"tier {tier.name}",
                _actual(tier.actual),
                f"objective {units.short(tier.limit)}{_met(met=tier.met)}",
            )
            for tier in found.tiers
        ),
    ]


def _findings(found: Assessment) -> None:
    if not found.findings:
        return
    printing.say()
    printing.say("  findings")
    for item in found.findings[:_MOST]:
        count = f" ({item.count:,})" if item.count else ""
        printing.say(f"    {item.severity.value:9} {item.name}{count}: {item.because}")
    if len(found.findings) > _MOST:
        printing.say(f"    and {len(found.findings) - _MOST} more, in the report")


def _actual(seconds: float | None) -> str:
    return "not measured" if seconds is None else units.short(seconds)


def _met(*, met: bool | None) -> str:
    return "" if met is None else ", met" if met else ", missed"


def _lost(loss: LossMeasure) -> str:
    if loss.seconds is None:
        return loss.because
    return f"{len(loss.lost)} of {loss.acknowledged} acknowledged before the fault are lost"
