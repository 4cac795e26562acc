"""The templates in `reports/`, filled in. The only module that imports Jinja2, and late."""

from typing import Any

from metadrill import glyphs
from metadrill.packs import content, words


def fill(template: str, **values: Any) -> str:
    """Given a template's name and its values, return the text.

    Every value is escaped, and shown with its invisible characters as escapes; a name the
    template does not know is an error.
    """
    return str(_environment().get_template(template).render(**values))


def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: object) -> object:
        return glyphs.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader(content.reports() / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        lasting=words.lasting, amount=words.amount, plain=words.plain, spoken=words.spoken, latin=words.latin
    )
    return environment


def own(text: str) -> Any:
    """Given text of ours, such as a style sheet, return it as markup that is not escaped."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own file, never a value of a run
