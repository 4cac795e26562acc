"""report.html: what it says, and that it stays whole, closed and inert."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from metadrill import glyphs
from metadrill.model.assessment import Phase, TierMeasure
from metadrill.packs import drawings, report, words

VOID = {"meta", "br", "link", "img", "input"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "div", "span"),
    *("h1", "h2", "h3", "p", "strong", "b", "i", "br", "code", "pre", "ul", "li", "dl", "dt", "dd"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "svg", "desc", "rect", "text", "path"),
}


class Page(HTMLParser):
    """Collects tags, attributes, text and the order of headings; notices what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page_of(sample) -> Page:
    return Page(report.render(sample.assessment, sample.reading))


def test_every_element_is_closed_and_known(sample):
    page = page_of(sample)
    assert page.open == []
    assert set(page.tags) <= TAGS


def test_the_page_says_verdict_sentence_and_class_first(sample):
    text = page_of(sample).text
    told = (
        f"{sample.assessment.evidence_class} made-up data: no evidence about your systems",
        sample.assessment.title,
        sample.assessment.verdict.upper(),
        sample.assessment.sentence,
    )
    body = text[text.index(told[0]) :]
    places = [body.index(word) for word in told]
    assert places == sorted(places)


def test_headings_start_at_one_and_never_jump(sample):
    levels = [int(tag[1]) for tag in page_of(sample).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_nothing_is_loaded_and_no_script_is_there(sample):
    page = page_of(sample)
    names = {name for name, _ in page.attributes}
    assert "script" not in page.tags
    assert not names & {"src", "href", "style", "srcset", "action"}
    assert not any(name.startswith("on") for name in names)
    assert not re.search(r"url\(|@import|https?:", report.render(sample.assessment, sample.reading))


def test_the_policy_allows_this_style_and_nothing_else(sample):
    text = report.render(sample.assessment, sample.reading)
    style = text[text.index("<style>") + 7 : text.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [
        value for name, value in Page(text).attributes if name == "content" and value and "'none'" in value
    ]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]


def test_drawings_and_header_cells_have_names(sample):
    text = report.render(sample.assessment, sample.reading)
    for drawing in re.findall(r"<svg(?![^>]*aria-hidden).*?</svg>", text, re.DOTALL):
        assert "<title id=" in drawing
        assert "<desc id=" in drawing
    assert len(re.findall(r"<th\b", text)) == len(re.findall(r"<th scope=", text))


def test_the_contradiction_stands_in_the_report(make_sample):
    text = page_of(make_sample("passed")).text
    assert "Elasticsearch green Atlas ACTIVE metadrill DAMAGED" in text
    assert "Byte 88,412 of _2.cfs was changed from 3f to bf" in text
    assert "9c41e2d7 → 17f0b38a" in text


def test_a_failed_run_names_what_is_missing(make_sample):
    text = page_of(make_sample("failed")).text
    assert "14 of 52 acknowledged changes absent: no. 31, 32" in text
    assert "hive_table sales.orders_0005@prod" in text
    assert "Exit code 10: integrity lost" in text


def test_what_was_not_measured_is_not_a_zero(make_sample):
    text = page_of(make_sample("aborted")).text
    assert text.count("not measured") == 3
    assert "0 s of" not in text
    assert "The stack never served." in text


def test_hostile_names_are_text_and_nothing_more(attack):
    text = report.render(attack.assessment, attack.reading)
    page = Page(text)
    assert page.open == []
    assert set(page.tags) <= TAGS
    assert (
        page.text.count(
            "<script>alert(1)</script>]]>\\n`id`$(touch pwned)'\"&\\u202e\\u0000\\ud800;{{ a.run }}"
        )
        > 30
    )
    assert not any(ord(char) < 32 and char != "\n" for char in text)
    assert "\u202e" not in text


def test_every_free_text_of_the_assessment_reaches_the_page(attack):
    """Otherwise the test before would prove nothing about the fields it never showed."""
    text = page_of(attack).text
    for name in ("run", "drill", "scenario", "recovery", "title", "sentence"):
        assert glyphs.visible(words.spoken(getattr(attack.assessment, name)))[:12] in words.spoken(text)


@pytest.mark.parametrize(
    "stamps", [(0.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.001, 0.002, 0.003, 0.004, 0.005, 900.0)]
)
def test_labels_of_stamps_never_overlap_or_leave_the_drawing(make_sample, stamps):
    keys = list(drawings.MARKS)[: len(stamps)]
    assessment = replace(make_sample("passed").assessment, stamps=dict(zip(keys, stamps, strict=True)))
    bar = drawings.bar(assessment)
    labels = [mark.label for mark in bar.marks]
    assert all(after - before >= 124 - 1e-6 for before, after in pairwise(labels))
    assert min(labels) >= 58 - 1e-6
    assert max(labels) <= 1000 - 58 + 1e-6
    assert all(span.at >= 0 and span.at + span.width <= 1000.001 for span in bar.spans)


@pytest.mark.parametrize("ends", [(0.0, 0.0), (-0.002, 0.001), (-5000.0, 90000.0), (3.0, 4.0)])
def test_a_timeline_of_any_length_has_few_ticks_inside_it(ends):
    line = drawings.timeline([Phase("one", ends[0], ends[1])])
    assert line is not None
    assert len(line.ticks) <= 8
    assert all(line.left - 1e-6 <= tick.at <= 1000 for tick in line.ticks)
    assert (line.zero is not None) == (ends[0] <= 0 <= ends[1])


def test_a_disruption_alone_is_no_recovery_to_draw(make_sample):
    sample = make_sample("inconclusive")
    assert drawings.bar(sample.assessment) is None
    assert "there is no recovery to draw" in page_of(sample).text


CITED = {"record": "a" * 64, "at": "2026-10-01", "until": "2026-12-30", "key": "SHA256:b", "stack": "c" * 64}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (CITED, f"Qualification of the stack: record {'a' * 64}, of 2026-10-01, until 2026-12-30,"),
        ({"because": "it expired"}, "No qualification of the stack is cited: it expired."),
    ],
)
def test_the_record_that_qualifies_the_stack_is_cited_or_why_none_is(sample, told, said):
    first, *rest = sample.reading.events
    opened = replace(first, data={**first.data, "qualification": told})
    reading = replace(sample.reading, events=(opened, *rest))
    assert said in Page(report.render(sample.assessment, reading)).text


def test_a_journal_of_before_says_nothing_of_a_qualification(sample):
    assert "ualification of the stack" not in page_of(sample).text


def test_each_tier_is_shown_with_its_own_objective(sample):
    tiers = (
        TierMeasure("glossary", 300.0, 132.0, True, 80), TierMeasure("rest", 60.0, 148.0, False, 160),
        TierMeasure("never", 60.0, None, None, None),
    )  # fmt: skip
    text = Page(report.render(replace(sample.assessment, tiers=tiers), sample.reading)).text
    assert "Tier glossary 2 m 12 s of 5 m allowed" in text and "80 entities" in text
    assert re.search(r"Tier rest 2 m 28 s of 1 m allowed \S+ missed", text)
    assert "Tier never" in text and "Tier" not in page_of(sample).text
