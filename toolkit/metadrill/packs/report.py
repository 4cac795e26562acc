"""report.html: one file, no network, no script. The only module that imports Jinja2, and late."""

import base64
import hashlib

from metadrill.journal import Reading
from metadrill.model.assessment import Assessment
from metadrill.packs import content, page, words


def render(assessment: Assessment, reading: Reading) -> str:
    """Given a run's assessment and its journal, return the report.

    Every value is escaped, and shown with its invisible characters as escapes; a name the
    template does not know is an error. The policy in the page allows its own style and
    nothing else, so that even text that were not escaped could not load or run anything.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: object) -> object:
        return words.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    folder = content.reports()
    environment = Environment(
        loader=FileSystemLoader(folder / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        lasting=words.lasting, amount=words.amount, plain=words.plain, spoken=words.spoken
    )
    style = (folder / "style" / "report.css").read_text("utf-8")
    return environment.get_template("report.html.j2").render(
        a=assessment,
        page=page.compose(assessment, reading),
        style=Markup(style),  # noqa: S704 - our own file, not a value of the run
        policy=_policy(style),
    )


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
