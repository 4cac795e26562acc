"""Pages to be drawn, and a font made here, so that no test needs one of the machine's."""

import io
from datetime import UTC, datetime

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from metadrill.packs import rendering

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PLOT = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 5" width="100" height="50">
<rect width="10" height="5" fill="#036"/></svg>"""
STYLE = """
@font-face { font-family: Body; src: url(pack:fonts/body.ttf) }
@font-face { font-family: Body; font-weight: 700; src: url(pack:fonts/bold.ttf) }
body { font: 10pt Body }
"""
REFUSED = "not among its resources"


def font(name: str, advance: int) -> bytes:
    """Return a font in which every printable ASCII character and every bullet is a box."""
    glyphs = {code: f"u{code:04x}" for code in (*range(0x20, 0x7F), 0x2022, 0x25E6)}
    order = [".notdef", *glyphs.values()]
    built = FontBuilder(1000, isTTF=True)
    built.setupGlyphOrder(order)
    built.setupCharacterMap(glyphs)
    pen = TTGlyphPen(None)
    for step, point in enumerate(((50, 0), (50, 700), (advance - 50, 700), (advance - 50, 0))):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    box, blank = pen.glyph(), TTGlyphPen(None).glyph()
    built.setupGlyf({one: blank if one == "u0020" else box for one in order})
    built.setupHorizontalMetrics(dict.fromkeys(order, (advance, 50)))
    built.setupHorizontalHeader(ascent=800, descent=-200)
    built.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    built.setupOS2()
    built.setupPost()
    built.updateHead(created=0, modified=0)
    out = io.BytesIO()
    built.font.recalcTimestamp = False
    built.save(out)
    return out.getvalue()


RESOURCES = {
    "fonts/body.ttf": font("Body", 500),
    "fonts/bold.ttf": font("Bold", 600),
    "plot.svg": PLOT,
}
ATTACHMENTS = (
    rendering.Attachment("rows.csv", b"a,b\n1,2\n", "text/csv", "Rows of the checks"),
    rendering.Attachment("journal.jsonl", b'{"seq":0}\n', "application/jsonl", "The journal", "Source"),
)


def page(body: str, style: str = "", head: str = "") -> str:
    """Return a page whose text is drawn with the font made here."""
    return (
        f'<!DOCTYPE html><html lang="en"><head>{head}<meta name="author" content="An organisation">'
        f"<style>{STYLE}{style}</style></head><body><h1>Evidence</h1>{body}</body></html>"
    )


def document(html: str, name: str = "evidence.pdf") -> rendering.Document:
    """Return a document of one page's HTML, with two attachments."""
    return rendering.Document(
        name=name,
        html=html,
        title="Evidence of a drill",
        identifier=bytes(range(16)),
        created=WHEN,
        attachments=ATTACHMENTS,
        resources=RESOURCES,
    )


RICH_STYLE = """
h1 { string-set: chapter content() }
.head { position: running(head) }
@page {
  size: A4; margin: 20mm;
  @top-left { content: element(head) }
  @top-right { content: string(chapter) }
  @bottom-right { content: "Page " counter(page) " of " counter(pages) }
}
nav a::after { content: leader('.') target-counter(attr(href), page) }
.note { float: footnote }
.columns { columns: 2 }
.flex { display: flex } .grid { display: grid; grid-template-columns: 1fr 1fr }
"""
_ROWS = "".join(f'<tr><th scope="row">row {row}</th><td>{row}</td></tr>' for row in range(80))
RICH = page(
    f"""<div class="head">Pack 42 - Demonstration - PASS</div>
<nav><ul><li><a href="#second">Second part</a></li><li><a href="#third">Third part</a></li></ul></nav>
<p>Text with <a href="https://example.org/">a link</a>, <b>bold</b><span class="note">A note.</span>.
A name from elsewhere: \u6f22\u5b57 \U0001f600 \u202e \ue000 \x1b.</p>
<figure><svg xmlns="http://www.w3.org/2000/svg" width="100" height="40"><title>Timeline: 12 s to t5</title>
<rect width="50" height="20" fill="#930"/><text x="3" y="33" font-family="Body">t0</text></svg>
<figcaption>Timeline</figcaption></figure>
<p><img src="pack:plot.svg" alt="RTA: 12 s of 900 s"></p>
<h2 id="second">Second</h2>
<table><caption>Checks</caption><thead><tr><th scope="col">Check</th><th scope="col">Rows</th></tr></thead>
<tbody>{_ROWS}</tbody></table>
<h3 id="third">Third</h3>
<dl><dt>Term</dt><dd>Meaning</dd></dl><ol><li>one<ul><li>inside</li></ul></li><li>two</li></ol>
<div class="columns"><p>One column.</p><p>Another.</p></div>
<div class="flex"><p>left</p><p>right</p></div><div class="grid"><p>left</p><p>right</p></div>""",
    RICH_STYLE,
)
"""Everything that the evidence is made of: lists, links, notes, figures, a table over two pages."""
