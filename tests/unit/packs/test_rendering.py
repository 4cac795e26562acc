"""Drawing in a child: nothing fetched, nothing left, every limit kept, the same bytes each time."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from metadrill.errors import Code, EnvironmentNotReady, UsageError
from metadrill.packs import rendering

_SPEC = importlib.util.spec_from_file_location("pages", Path(__file__).with_name("pages.py"))
pages = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(pages)

LONG = pages.page("<table>" + "<tr><td>x</td></tr>" * 20_000 + "</table>")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """A folder for temporary files: whatever happens, nothing is in it afterwards, and no child."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    assert _children(folder) == []


def _children(folder):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            found += [entry.name] if b"pdf_child" in line and str(folder).encode() in line else []
    return found


def drawn(html, **limits):
    document = pages.document(html)
    return rendering.render([document], rendering.Limits(**limits))[document.name]


@pytest.fixture(scope="module")
def rich():
    return drawn(pages.RICH)


def test_a_page_becomes_a_pdf_with_its_own_identifier(rich):
    assert rich.startswith(b"%PDF-1.7")
    assert f"/ID [({bytes(range(16)).hex()})".encode() in rich


def test_several_documents_come_from_one_child_and_do_not_change_each_other(rich):
    second = pages.document(pages.RICH, "second.pdf")
    both = rendering.render([pages.document(pages.page("<p>another</p>"), "first.pdf"), second])
    assert list(both) == ["first.pdf", "second.pdf"]
    assert both["second.pdf"] == rich


ASKING = {
    "an image": '<img src="http://127.0.0.1:9/x.png" alt="x">',
    "a file": '<img src="file:///etc/passwd" alt="x">',
    "a relative file": '<img src="x.png" alt="x">',
    "data": '<img src="data:image/png;base64,AAAA" alt="x">',
    "a resource that is not there": '<img src="pack:no.png" alt="x">',
    "a way out of the resources": '<img src="pack:../../etc/passwd" alt="x">',
    "an object": '<object data="http://127.0.0.1:9/x.svg"></object>',
    "an embed": '<embed src="http://127.0.0.1:9/x.svg">',
    "a frame": '<iframe src="http://127.0.0.1:9/"></iframe>',
    "an image in a drawing": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>t</title>'
    '<image href="http://127.0.0.1:9/x.png" width="5" height="5"/></svg>',
    "a drawing in a drawing": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>t</title>'
    '<use href="file:///etc/passwd#a"/></svg>',
}


@pytest.mark.parametrize("what", ASKING)
def test_what_a_page_asks_for_from_elsewhere_is_refused_by_its_address(what):
    address = re.search(r'(?:src|data|href)="([^"]+)"', ASKING[what])[1]
    with pytest.raises(UsageError, match=pages.REFUSED) as caught:
        drawn(pages.page(ASKING[what]))
    assert address in caught.value.message and "evidence.pdf" in caught.value.message
    assert caught.value.code == Code.USAGE


STYLES = {
    "a background": "p { background: url(http://127.0.0.1:9/x.png) }",
    "content": "p::before { content: url(file:///etc/passwd) }",
    "a font": "@font-face { font-family: C; src: url(ftp://127.0.0.1:9/x.ttf) }",
    "a font of the machine": "@font-face { font-family: C; src: local(Body) }",
}


@pytest.mark.parametrize("what", STYLES)
def test_what_a_style_asks_for_from_elsewhere_is_refused(what):
    with pytest.raises(UsageError, match=pages.REFUSED):
        drawn(pages.page("<p>x</p>", STYLES[what]))


HEADS = {
    "an import": '<style>@import "http://127.0.0.1:9/x.css";</style>',
    "a sheet": '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
    "a base": '<base href="http://127.0.0.1:9/"><link rel="stylesheet" href="x.css">',
}


@pytest.mark.parametrize("what", HEADS)
def test_what_a_head_asks_for_from_elsewhere_is_refused(what):
    with pytest.raises(UsageError, match=r"asks for http://127\.0\.0\.1:9/x\.css"):
        drawn(pages.page("<p>x</p>", head=HEADS[what]))


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ('<p><a rel="attachment" href="pack:plot.svg">x</a></p>', ""),
        ('<p><a rel="attachment" href="file:///etc/passwd">x</a></p>', ""),
        ("", '<link rel="attachment" href="file:///etc/passwd">'),
    ],
)
def test_a_page_attaches_nothing_by_itself(body, head):
    with pytest.raises(UsageError, match="attaches a file by itself"):
        drawn(pages.page(body, head=head))


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (pages.page('<p><img src="pack:plot.svg"></p>'), "no required alt"),
        (pages.page('<p><a href="#nowhere">x</a></p>'), "No anchor #nowhere"),
        (pages.page("<p>x</p>").replace(' lang="en"', ""), '"lang"'),
        (pages.page("<p>x</p>", "p::before{content:'\\2192'}"), r"no font of the page has U\+2192"),
        (pages.page("<p>x</p>", "@font-face{font-family:C;src:url(pack:plot.svg)}"), "Failed to load font"),
        ('<!DOCTYPE html><html lang="en"><body><h1>x</h1></body></html>', "@font-face|none of its fonts"),
    ],
)
def test_what_weasyprint_would_go_on_without_is_an_error(html, reason):
    with pytest.raises(UsageError, match=reason):
        drawn(html)


def test_a_document_without_a_font_is_refused():
    with pytest.raises(UsageError, match="comes with no font"):
        rendering.render([replace(pages.document(pages.page("")), resources={"plot.svg": pages.PLOT})])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"identifier": b"short"}, "16 bytes"),
        ({"created": datetime(2026, 1, 1)}, "time zone"),
        ({"attachments": pages.ATTACHMENTS * 2}, "one name"),
        ({"attachments": (replace(pages.ATTACHMENTS[0], mime="text/csv; x"),)}, "media type"),
    ],
)
def test_a_document_that_cannot_be_right_is_refused_before_a_child_starts(change, reason):
    with pytest.raises(UsageError, match=reason):
        rendering.render([replace(pages.document(pages.page("")), **change)])


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"wall": SECOND}, "longer than 1 s"),
        ({"processor": SECOND}, "more than 1 s of the processor"),
        ({"memory": 150 << 20}, "more than 150 MiB of memory"),
    ],
)
def test_a_page_without_end_is_stopped_at_the_limit_that_it_reaches(limits, told):
    with pytest.raises(EnvironmentNotReady, match=told) as caught:
        drawn(LONG, **limits)
    assert caught.value.code == Code.ENVIRONMENT


PARENT = """
import signal, sys, tempfile, importlib.util
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background hands it down ignored
from metadrill.packs import rendering
spec = importlib.util.spec_from_file_location("pages", sys.argv[1])
pages = importlib.util.module_from_spec(spec); spec.loader.exec_module(pages)
tempfile.tempdir = sys.argv[2]
long = pages.page("<table>" + "<tr><td>x</td></tr>" * 20_000 + "</table>")
html = long if sys.argv[3] == "long" else pages.RICH
sys.stdout.buffer.write(rendering.render([pages.document(html)])["evidence.pdf"])
"""


def _parent(folder, what, **more):
    argv = [sys.executable, "-c", PARENT, pages.__spec__.origin, str(folder), what]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more)


def _wait(condition):
    for _ in range(300):
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_an_interrupted_drawing_leaves_no_child_and_no_folder(scratch):
    parent = _parent(scratch, "long")
    assert _wait(lambda: _children(scratch))
    parent.send_signal(signal.SIGINT)
    parent.communicate(timeout=30)
    assert parent.returncode and _wait(lambda: not _children(scratch))


def test_a_drawing_ends_with_the_process_that_asked_for_it(scratch):
    parent = _parent(scratch, "long")
    assert _wait(lambda: list(scratch.glob("*/weasyprint-*")))
    parent.kill()
    parent.communicate(timeout=30)
    assert _wait(lambda: not _children(scratch))
    for left in scratch.iterdir():  # a killed process cannot clear up; its folder is all that is left
        assert left.stat().st_mode & 0o077 == 0
        shutil.rmtree(left)


FORMS = [
    {"PYTHONHASHSEED": seed, **place}
    for seed in ("1", "4242")
    for place in ({"TZ": "UTC", "LC_ALL": "C"}, {"TZ": "Asia/Kathmandu", "LC_ALL": "de_DE.UTF-8"})
]


def _forms(times):
    return [pytest.param(form, id=f"{form['PYTHONHASHSEED']}-{form['LC_ALL']}-{at}")
            for at in range(times) for form in FORMS]  # fmt: skip


@pytest.mark.parametrize("form", _forms(1))
def test_t15_the_same_document_gives_the_same_bytes_under_other_seeds_zones_and_locales(
    form, rich, scratch, tmp_path
):
    parent = _parent(scratch, "rich", env={**os.environ, **form}, cwd=tmp_path)
    assert parent.communicate(timeout=120)[0] == rich


@pytest.mark.slow
@pytest.mark.parametrize("form", _forms(5))
def test_t15_twenty_drawings_are_the_same_bytes(form, rich, scratch, tmp_path):
    parent = _parent(scratch, "rich", env={**os.environ, **form}, cwd=tmp_path)
    assert parent.communicate(timeout=120)[0] == rich


def test_pango_is_found_here():
    rendering.ready()
