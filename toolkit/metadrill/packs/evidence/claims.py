"""The control matrix: what a run may be shown for, how strongly, and what is not claimed."""

from collections.abc import Mapping
from dataclasses import dataclass

from metadrill.model.assessment import Assessment
from metadrill.model.control import Catalogue, Condition, Control, Item, Strength
from metadrill.model.verdict import CheckVerdict, EvidenceClass, Verdict
from metadrill.packs.evidence import conditions, showing
from metadrill.packs.evidence.record import Record

SECTIONS: Mapping[Item, int] = {
    Item.OBJECTIVE: 2, Item.SCENARIO: 3, Item.PEOPLE: 5, Item.ENVIRONMENT: 6, Item.TIMELINE: 7,
    Item.MEASUREMENT: 8, Item.INTEGRITY: 9, Item.EXCEPTIONS: 10, Item.IPE: 12, Item.CLEANUP: 13,
    Item.SIGNOFF: 15, Item.ANNEX: 17,
}  # fmt: skip
"""Numbers of the sections, as evidence-pack.md has them; 4, 11 and 16 are of later editions."""

_CAP = {
    EvidenceClass.DEMONSTRATION: (Strength.NONE, "a demonstration shows no strength"),
    EvidenceClass.REHEARSAL: (Strength.SUPPORTING, "a rehearsal is supporting at most"),
}
_ORDER = (Strength.NONE, Strength.SUPPORTING, Strength.PRIMARY)


@dataclass(frozen=True)
class Claim:
    """One control: the strength it can have, the one this run has, why no more, what was shown."""

    control: Control
    named: bool
    strength: Strength
    because: tuple[str, ...]
    showed: tuple[str, ...]
    sections: tuple[int, ...]


def matrix(catalogue: Catalogue, assessment: Assessment, record: Record) -> tuple[Claim, ...]:
    """Given a framework's controls and a run, return a claim for each control.

    `named` says whether the scenario names the control in `evidence_for`.
    """
    lacking = conditions.lacking(assessment, record)
    said = showing.sentences(assessment, record)
    listed = record.of("evidence_for").get(catalogue.name)
    named = {str(name) for name in listed} if isinstance(listed, list) else set()
    return tuple(
        _claim(control, assessment, (lacking, said), named=control.id in named)
        for control in catalogue.controls
    )


def _claim(
    control: Control,
    assessment: Assessment,
    told: tuple[Mapping[Condition, str], Mapping[Item, str]],
    *,
    named: bool,
) -> Claim:
    lacking, said = told
    strength, because = _strength(control, assessment, lacking)
    return Claim(
        control,
        named,
        strength,
        because,
        tuple(said[item] for item in control.items if item in said),
        tuple(SECTIONS[item] for item in control.items),
    )


def _strength(
    control: Control, assessment: Assessment, lacking: Mapping[Condition, str]
) -> tuple[Strength, tuple[str, ...]]:
    """Return how strong a run is for a control, and everything that keeps it from being stronger."""
    because = [lacking[need] for need in control.needs if need in lacking]
    if control.scenarios and assessment.scenario not in control.scenarios:
        because.append("the scenario is none of security")
    if control.strength is Strength.PRIMARY and _blocked(assessment):
        because.append("a check is not provable on this stack")
    lower = Strength.SUPPORTING if control.strength is Strength.PRIMARY else Strength.NONE
    strength = lower if because else control.strength
    if assessment.verdict is Verdict.INCONCLUSIVE:
        return Strength.NONE, ("nothing was proved: the run is inconclusive", *because)
    cap, why = _CAP.get(assessment.evidence_class, (Strength.PRIMARY, ""))
    if _ORDER.index(strength) > _ORDER.index(cap):
        return cap, (why, *because)
    return strength, tuple(because)


def _blocked(assessment: Assessment) -> bool:
    return any(
        result.verdict is CheckVerdict.NOT_PROVABLE
        for results in assessment.checks.values()
        for result in results
    )
