"""report.html: one file, no network, no script."""

import base64
import hashlib

from metadrill.journal import Reading
from metadrill.model.assessment import Assessment
from metadrill.packs import content, page, templates


def render(assessment: Assessment, reading: Reading) -> str:
    """Given a run's assessment and its journal, return the report.

    The policy in the page allows its own style and nothing else, so that even text that were
    not escaped could not load or run anything.
    """
    style = (content.reports() / "style" / "report.css").read_text("utf-8")
    return templates.fill(
        "report.html.j2",
        a=assessment,
        page=page.compose(assessment, reading),
        style=templates.own(style),
        policy=policy(style),
    )


def policy(style: str) -> str:
    """Given the style of a page, return the policy that allows it and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
