"""One framework's document: everything its template shows, composed from assessment and journal."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from metadrill import __version__, glyphs
from metadrill.model.assessment import Assessment
from metadrill.model.control import Catalogue, Item
from metadrill.model.verdict import EvidenceClass, Verdict
from metadrill.packs import content, templates
from metadrill.packs.evidence import attached, backup, claims, figures, sections, showing, story
from metadrill.packs.evidence.record import Record, mapping
from metadrill.packs.page import Page
from metadrill.packs.rendering import Attachment, Document

_FONTS = ("IBMPlexSans-Regular", "IBMPlexSans-SemiBold", "IBMPlexSans-Italic", "IBMPlexMono-Regular")

CLASS_LINES = {
    EvidenceClass.DEMONSTRATION: "Made-up data. This is no evidence about the reader's systems.",
    EvidenceClass.REHEARSAL: "A real backup. What is missing for more is named on this page.",
    EvidenceClass.OPERATING: "A real backup of a declared production repository.",
}
SYMBOLS = {Verdict.PASS: "✓", Verdict.FAIL: "×", Verdict.INCONCLUSIVE: "?"}
SHOWN_TEXT = 6000  # characters of an input that are printed; all of it is attached


@dataclass(frozen=True)
class Listed:
    """An attachment as the annex lists it."""

    name: str
    description: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Edition:
    """What the template needs beside the assessment and the page of the report."""

    framework: Catalogue
    claims: tuple[claims.Claim, ...]
    class_line: str
    symbol: str
    stamps: tuple[sections.Stamp, ...]
    differences: sections.Rows
    objective: sections.Rows
    people: sections.Rows
    ipe: sections.Rows
    exceptions: tuple[sections.Exception_, ...]
    clock: str
    data: str
    backup: sections.Rows
    pick: sections.Rows
    story: story.Story
    figures: Mapping[str, figures.Figure]
    files: tuple[Listed, ...]
    witnessed: str
    checked: str
    cleaned: str
    signer: Mapping[str, object]
    version: str


@dataclass(frozen=True)
class Run:
    """What the documents of one run share, whatever their framework."""

    assessment: Assessment
    page: Page
    record: Record
    figures: Mapping[str, figures.Figure]
    files: tuple[Attachment, ...]
    resources: Mapping[str, bytes]


def run(assessment: Assessment, page: Page, record: Record) -> Run:
    """Given a run, return what its documents share: drawn, read and tabled once."""
    drawn = figures.draw(assessment, page, record)
    return Run(assessment, page, record, drawn, attached.attachments(assessment, record), _resources(drawn))


def document(catalogue: Catalogue, told: Run) -> Document:
    """Given a framework's controls and a run, return the document to be rendered."""
    assessment, record = told.assessment, told.record
    html = templates.fill(
        "evidence/paper.html.j2",
        a=assessment,
        page=told.page,
        record=record,
        edition=_edition(catalogue, told),
        shown=SHOWN_TEXT,
    )
    return Document(
        name=f"evidence-{catalogue.name}.pdf",
        html=html,
        title=glyphs.visible(f"{catalogue.title} evidence: {assessment.drill}, {assessment.verdict.value}"),
        identifier=hashlib.sha256(f"{record.head} {catalogue.name}".encode()).digest()[:16],
        created=record.closed,
        attachments=told.files,
        resources=told.resources,
    )


def _edition(catalogue: Catalogue, told: Run) -> Edition:
    assessment, record = told.assessment, told.record
    said = showing.sentences(assessment, record)
    return Edition(
        framework=catalogue,
        claims=claims.matrix(catalogue, assessment, record),
        class_line=CLASS_LINES[assessment.evidence_class],
        symbol=SYMBOLS[assessment.verdict],
        stamps=sections.stamps(assessment),
        differences=sections.differences(assessment, record),
        objective=sections.objective(record),
        people=sections.people(record),
        ipe=sections.ipe(record),
        exceptions=sections.exceptions(assessment, record),
        clock=sections.clock_state(record),
        data=backup.data(record),
        backup=backup.rows(record),
        pick=backup.pick(record),
        story=story.tell(assessment, record),
        figures=told.figures,
        files=tuple(
            Listed(file.name, file.description, len(file.data), attached.digest(file.data))
            for file in told.files
        ),
        witnessed=said[Item.IPE],
        checked=showing.checked(assessment),
        cleaned=showing.cleaned(assessment),
        signer=mapping(record.opened.get("signer")),
        version=__version__,
    )


def _resources(drawn: Mapping[str, figures.Figure]) -> Mapping[str, bytes]:
    style = content.reports() / "style"
    found = {f"fonts/{name}.ttf": (style / "fonts" / f"{name}.ttf").read_bytes() for name in _FONTS}
    found["evidence.css"] = (style / "evidence.css").read_bytes()
    return found | {figure.name: figure.svg.encode() for figure in drawn.values()}
