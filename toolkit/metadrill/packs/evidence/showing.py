"""What a run showed, a sentence for each section of the pack."""

from collections.abc import Mapping

from metadrill.model.assessment import Assessment, LossMeasure, Measure
from metadrill.model.control import Item
from metadrill.model.verdict import passing
from metadrill.packs import words
from metadrill.packs.evidence.record import Record


def sentences(assessment: Assessment, record: Record) -> Mapping[Item, str]:
    """Given a run, return what it showed, by section; nothing where a section has nothing to say."""
    told = {
        Item.OBJECTIVE: _objective(assessment, record),
        Item.SCENARIO: _scenario(assessment, record),
        Item.PEOPLE: _people(record),
        Item.ENVIRONMENT: _environment(assessment),
        Item.TIMELINE: f"{len(record.events):,} events, each chained to the one before",
        Item.MEASUREMENT: f"{measured('recovery time', assessment.rta)}; {lost(assessment)}",
        Item.INTEGRITY: checked(assessment),
        Item.EXCEPTIONS: _findings(assessment),
        Item.IPE: _witnesses(record),
        Item.CLEANUP: cleaned(assessment),
        Item.SIGNOFF: "roles are named; nobody has signed this edition",
        Item.ANNEX: f"{len(record.inputs)} files that decided the run are attached as they were read",
    }
    return {item: text for item, text in told.items() if text}


def measured(what: str, measure: Measure) -> str:
    """Given a measure, return it beside its objective: `recovery time 39 s of 15 m, met`."""
    if measure.actual is None:
        return f"{what} {measure.because or 'not measured'}"
    outcome = {True: "met", False: "missed", None: "not judged"}[measure.met]
    return f"{what} {words.lasting(measure.actual)} of {words.lasting(measure.limit)}, {outcome}"


def lost(assessment: Assessment) -> str:
    """Return what was lost, for graph and for search."""
    ways = (("graph", assessment.rpa_graph), ("search", assessment.rpa_search))
    if all(loss.seconds is not None and not loss.lost for _, loss in ways):
        return "no write acknowledged before the disruption is lost"
    return "; ".join(_loss(way, loss) for way, loss in ways)


def _loss(way: str, loss: LossMeasure) -> str:
    if loss.seconds is None:
        return f"loss from {way} not measured"
    return f"{len(loss.lost):,} of {loss.acknowledged:,} acknowledged writes lost from {way}"


def checked(assessment: Assessment) -> str:
    """Return how many checks passed after the recovery."""
    results = assessment.checks.get("verified", ())
    if not results:
        return "no check was run after the recovery"
    return passing((result.verdict for result in results), "pass after the recovery")


def cleaned(assessment: Assessment) -> str:
    """Return whether anything was left of the sandbox."""
    if assessment.cleanup.get("complete") is True:
        return "the sandbox and the data in it were removed, nothing was left"
    return "it is not proved that everything was removed"


def _objective(assessment: Assessment, record: Record) -> str:
    intent = record.of("intent")
    fixed = f", fixed at {intent['at']} before the run" if intent.get("at") else ""
    return f"RTO {words.lasting(assessment.rta.limit)}, RPO {words.lasting(assessment.rpo.limit)}{fixed}"


def _scenario(assessment: Assessment, record: Record) -> str:
    injected = "fault.injected" in {event.kind for event in record.events}
    return f"{assessment.title}: {'broken for real' if injected else 'the fault was not injected'}"


def _people(record: Record) -> str:
    roles = record.of("roles")
    named = ", ".join(f"{role} {words.plain(name)}" for role, name in roles.items())
    by = words.plain(record.last("decision.made").get("by"))
    return f"{named or 'no role is named'}; decided by: {by}"


def _environment(assessment: Assessment) -> str:
    proved = assessment.isolation.get("proved") is True
    probes = len(assessment.isolation.get("probes") or ())
    return f"isolation proved by {probes} probes" if proved else "isolation is not proved"


def _findings(assessment: Assessment) -> str:
    count = len(assessment.findings)
    return f"{count} findings" if count else "no finding"


def _witnesses(record: Record) -> str:
    rows = record.last("witness.heard").get("counts")
    if not isinstance(rows, list) or not rows:
        return "no population was counted twice"
    equal = sum(1 for row in rows if isinstance(row, Mapping) and row.get("census") == row.get("witness"))
    return f"{equal} of {len(rows)} populations counted alike by another route"
