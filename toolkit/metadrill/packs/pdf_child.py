"""The child process that draws PDFs: the only module that knows WeasyPrint.

`python -m metadrill.packs.pdf_child FOLDER`, started by `rendering` and by nobody else. It takes
its limits before it loads anything, and writes `answer.json` in the end, whichever way it ends.
"""

import base64
import ctypes
import io
import json
import logging
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from metadrill.packs import legible, rendering

_DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG, prctl(2)."""
_MAPPED = 512 << 20
"""Bytes of address space beside the data: libraries, fonts, what is shared."""
_LOST = ("Failed to load", "Failed to handle", "Failed to get")
"""How WeasyPrint begins what it says, of low rank, of a font that it goes on without."""
_SHOWN = 120
_FONTS = frozenset({".ttf", ".otf", ".woff", ".woff2"})
_EMBEDDING = frozenset({"src", "srcset", "data", "poster", "background"})
_MAY_LINK = frozenset({"a", "area", "link", "base"})
_UNREAD = frozenset({"style", "script"})

_UA_SCHEMA = b"""<rdf:Description xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""
"""PDF/UA-1's mark and its schema (ISO 19005-3, 6.6.2.3): read only from the first RDF block."""


class Unwelcome(Exception):
    """A page asks for what it may not have, or breaks a rule; the second argument is the hint."""


def main(folder: Path) -> int:
    """Draw what the folder's request asks for, write the answer, and return the exit code."""
    request = json.loads((folder / rendering.REQUEST).read_text(encoding="utf-8"))
    _limit(request["memory"], request["processor"])
    answer: dict[str, Any]
    try:
        for number, asked in enumerate(request["documents"]):
            (folder / f"{number}.pdf").write_bytes(_draw(asked))
        answer = {"done": True}
    except Unwelcome as error:
        reason, hint = error.args
        answer = {"refused": f"{asked['name']}: {reason}", "hint": hint}
    except MemoryError:
        answer = {"memory": True}
    except Exception as error:  # noqa: BLE001 - whatever WeasyPrint raises is told to the parent
        answer = {"failed": f"{type(error).__name__}: {error}"}
    (folder / rendering.ANSWER).write_text(json.dumps(answer), encoding="utf-8")
    return 0 if "done" in answer else 1


def _limit(memory: int, processor: int) -> None:
    """Take the limits upon this process, for good; it ends when its parent does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, int(signal.SIGKILL))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_AS, (memory + _MAPPED, memory + _MAPPED))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 1))


class _Complaints(logging.Handler):
    """What WeasyPrint only logs, and goes on without."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.ERROR or message.startswith(_LOST):
            self.heard.append(message)


@contextmanager
def _listening() -> Iterator[_Complaints]:
    logger, complaints = logging.getLogger("weasyprint"), _Complaints()
    logger.setLevel(logging.DEBUG)
    logger.addHandler(complaints)
    try:
        yield complaints
    finally:
        logger.removeHandler(complaints)


def _fetcher(resources: Mapping[str, str], refused: list[str]) -> Any:
    """Return the way to `pack:NAME` and to nothing else. What is refused stops the drawing."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class Closed(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: Any = None) -> Any:
            name = unquote(url.removeprefix("pack:"))
            if not url.startswith("pack:") or name not in resources:
                refused.append(url)
                raise FatalURLFetchingError(url)
            return URLFetcherResponse(url, base64.b64decode(resources[name]), _headers(name))

    return Closed(allowed_protocols=("pack",))


def _headers(name: str) -> dict[str, str]:
    kinds = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
    return {"Content-Type": kinds.get(Path(name).suffix.lower(), "application/octet-stream")}


def _draw(asked: Mapping[str, Any]) -> bytes:
    import weasyprint
    from weasyprint.urls import FatalURLFetchingError

    refused: list[str] = []
    fetcher = _fetcher(asked["resources"], refused)
    with _listening() as complaints:
        try:
            source = weasyprint.HTML(string=asked["html"], url_fetcher=fetcher)
            _look_over(source.etree_element, _covered(asked["resources"]), refused)
            page = source.render()
            _no_attachments_of_its_own(page)
            _say(page.metadata, asked)
            pdf: bytes = page.write_pdf(
                pdf_variant="pdf/a-3a",
                pdf_tags=True,
                pdf_identifier=asked["identifier"].encode("ascii"),
                attachments=[_attached(one, asked["created"]) for one in asked["attachments"]],
            )
            _nothing_missing(page.fonts)
        except FatalURLFetchingError:
            pdf = b""
    if refused:
        raise Unwelcome(
            f"the page asks for {refused[0][:_SHOWN]}, which is not among its resources",
            "nothing is fetched: add it as a resource and name it pack:NAME",
        )
    if complaints.heard:
        raise Unwelcome(complaints.heard[0][: _SHOWN * 2], "mend the template that it comes from")
    return pdf


def _covered(resources: Mapping[str, str]) -> frozenset[int]:
    """Return the code points that one of the fonts among the resources has a glyph for."""
    from fontTools.ttLib import TTFont, TTLibError

    found: set[int] = set()
    for name, data in resources.items():
        if Path(name).suffix.lower() in _FONTS:
            try:
                found.update(TTFont(io.BytesIO(base64.b64decode(data)), lazy=True).getBestCmap() or ())
            except TTLibError as error:
                raise Unwelcome(f"{name} is no font: {error}", "mend the resource") from None
    if not found:
        raise Unwelcome("the page comes with no font", "add one as a resource, and an @font-face for it")
    return frozenset(found)


def _look_over(root: Any, covered: frozenset[int], refused: list[str]) -> None:
    """Spell what the fonts lack, and refuse addresses that WeasyPrint would leave out unsaid."""
    from weasyprint.urls import FatalURLFetchingError

    for element in root.iter():
        if not isinstance(element.tag, str):  # a comment
            continue
        tag = element.tag.rpartition("}")[2]
        if tag not in _UNREAD:
            element.text = element.text and legible.spelled(element.text, covered)
        element.tail = element.tail and legible.spelled(element.tail, covered)
        for key, value in element.attrib.items():
            name = key.rpartition("}")[2]
            embeds = name in _EMBEDDING or (name == "href" and tag not in _MAY_LINK)
            if embeds and not value.strip().startswith(("pack:", "#")):
                refused.append(value)
                raise FatalURLFetchingError(value)


def _nothing_missing(fonts: Mapping[Any, Any]) -> None:
    """Refuse glyphs that no font has: those left come from the style (bullets, leaders, contents)."""
    missing = sorted({code for font in fonts.values() for code in font.missing})
    if missing:
        told = ", ".join(f"U+{code:04X}" for code in missing[:5])
        raise Unwelcome(f"no font of the page has {told}", "its style puts it in: list-style, content")


def _no_attachments_of_its_own(page: Any) -> None:
    """Refuse attachments by `rel=attachment`: they would bear the time of the drawing."""
    linked = any(link[0] == "attachment" for drawn in page.pages for link in drawn.links)
    if page.metadata.attachments or linked:
        raise Unwelcome("the page attaches a file by itself", "give attachments with the document")


def _say(metadata: Any, asked: Mapping[str, Any]) -> None:
    """Set what the file says of itself, PDF/UA's mark in the same block as PDF/A's."""
    moment = asked["created"].replace("+00:00", "Z")
    metadata.title, metadata.created, metadata.modified = asked["title"], moment, moment
    plain: Callable[..., bytes] = metadata.generate_rdf_metadata

    def with_both(*args: Any, **kwargs: Any) -> bytes:
        block, end, _ = plain(*args, **kwargs).rpartition(b"</rdf:RDF>")
        if not end:
            raise ValueError("WeasyPrint's metadata has no RDF block to add to")
        return block + _UA_SCHEMA

    metadata.generate_rdf_metadata = with_both


def _attached(one: Mapping[str, str], created: str) -> Any:
    import weasyprint

    moment = datetime.fromisoformat(created)
    attachment = weasyprint.Attachment(
        string=b"",
        name=one["name"],
        description=one["description"],
        created=moment,
        modified=moment,
        relationship=one["relationship"],
    )
    attachment.source = _given(base64.b64decode(one["data"]), one["mime"])
    return attachment


@contextmanager
def _given(data: bytes, mime: str) -> Iterator[tuple[io.BytesIO, None, None, str]]:
    """Yield an attachment's data with its media type, which WeasyPrint guesses otherwise."""
    yield io.BytesIO(data), None, None, mime


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
