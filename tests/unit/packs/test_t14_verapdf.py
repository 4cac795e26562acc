"""T14: veraPDF finds no failed rule of PDF/A-3a, PDF/A-3b and PDF/UA-1; and it can find some."""

import importlib.util
from pathlib import Path

import pytest

from metadrill.packs import rendering

_SPEC = importlib.util.spec_from_file_location("pages", Path(__file__).with_name("pages.py"))
pages = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(pages)

pytestmark = pytest.mark.needs("verapdf")

BARE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>'
BREAKING = {
    "a figure without a text": (pages.page(BARE), "7.3-1"),
    "a level left out": (pages.page("<h3>Too deep</h3>"), "7.4.2-1"),
    "a paragraph in a list": (pages.page("<ul><li><p>text</p></li></ul>"), "7.2-20"),
    "a link around a figure": (
        pages.page('<p id="x"><a href="#x"><img src="pack:plot.svg" alt="x"></a></p>'),
        "7.18.5-1",
    ),
    "opacity": (pages.page('<p style="opacity: .5">text</p>'), "7.1-3"),
    "a row that is short of a cell": (
        pages.page("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td></tr></table>"),
        "7.2-43",
    ),
}
"""What WeasyPrint draws without a word, and the rule of PDF/UA-1 that it breaks."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    asked = {"rich.pdf": pages.RICH, **{f"{at}.pdf": html for at, (html, _) in enumerate(BREAKING.values())}}
    drawn = rendering.render([pages.document(html, name) for name, html in asked.items()])
    for name, data in drawn.items():
        (folder / name).write_bytes(data)
    return folder


def test_t14_everything_the_evidence_is_made_of_breaks_no_rule(files, verapdf):
    rich = files / "rich.pdf"
    assert verapdf.judged([(rich, flavour) for flavour in ("3a", "3b", "ua1")]) == [[], [], []]


def test_t14_the_judge_sees_what_breaks_a_rule(files, verapdf):
    told = verapdf.judged([(files / f"{at}.pdf", "ua1") for at in range(len(BREAKING))])
    for rules, (what, (_, rule)) in zip(told, BREAKING.items(), strict=True):
        assert [one for one in rules if one.startswith(f"{rule} ")], (what, rules)


def test_t14_the_judge_sees_a_file_that_is_not_fit_for_an_archive(files, tmp_path, verapdf):
    first, _, rest = (files / "rich.pdf").read_bytes().split(b"\n", 2)
    plain = tmp_path / "plain.pdf"
    plain.write_bytes(b"\n".join((first, b"%abcd", rest)))
    assert [one.split()[0] for one in verapdf.failed(plain, "3a")] == ["6.1.2-2"]


def test_t14_the_judge_does_not_take_for_good_what_is_no_pdf(tmp_path, verapdf):
    nothing = tmp_path / "nothing.pdf"
    nothing.write_bytes(b"")
    with pytest.raises(AssertionError):
        verapdf.failed(nothing, "3a")
