"""The evidence of a run as PDF, one document for each framework (evidence-pack.md).

Made from the journal and the shipped catalogues alone: the same journal gives the same bytes.
"""

from collections.abc import Mapping, Sequence

from metadrill import loading
from metadrill.journal import Reading
from metadrill.model.assessment import Assessment
from metadrill.packs import content, page, rendering
from metadrill.packs.evidence import paper
from metadrill.packs.evidence.record import record
from metadrill.packs.rendering import Document


def documents(assessment: Assessment, reading: Reading, frameworks: Sequence[str]) -> tuple[Document, ...]:
    """Given a run and the names of frameworks, return a document for each, not yet rendered.

    Raises EnvironmentNotReady where a catalogue is not installed.
    """
    catalogues = loading.Project(content.reports().parent)
    named = [catalogues.controls(name) for name in dict.fromkeys(frameworks)]
    if not named:
        return ()
    told = paper.run(assessment, page.compose(assessment, reading), record(reading))
    return tuple(paper.document(catalogue, told) for catalogue in named)


def render(assessment: Assessment, reading: Reading, frameworks: Sequence[str]) -> Mapping[str, bytes]:
    """Given a run and the names of frameworks, return the unsigned PDFs by file name.

    Raises UsageError for an unknown framework, EnvironmentNotReady where they cannot be drawn.
    """
    drafts = documents(assessment, reading, frameworks)
    return rendering.render(drafts) if drafts else {}
