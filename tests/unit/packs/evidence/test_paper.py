"""The document before it is rendered: what it says, what it attaches, and that hostile text is text."""

import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from metadrill.model.assessment import TierMeasure
from metadrill.packs import evidence

SECTIONS = ("1", "2", "3", "5", "6", "7", "8", "9", "10", "12", "13", "14", "15", "17")


class Tags(HTMLParser):
    """Collects tags, headings, and the attributes that could load something."""

    def __init__(self):
        super().__init__()
        self.tags, self.loads, self.levels = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.loads += [value for name, value in attrs if name in ("src", "href", "data")]


def drafts(sample, *frameworks):
    return evidence.documents(sample.assessment, sample.reading, frameworks or ("soc2", "iso27001"))


def read(html):
    tags = Tags()
    tags.feed(html)
    return tags


def test_each_kind_of_run_gives_a_document_per_framework_with_every_section(sample):
    for draft in drafts(sample):
        assert draft.name in ("evidence-soc2.pdf", "evidence-iso27001.pdf")
        numbers = re.findall(r'<h2 id="[a-z]+"><span class="no">(\d+)</span>', draft.html)
        assert tuple(numbers) == SECTIONS
        assert f'data-verdict="{sample.assessment.verdict.value.upper()}"' in draft.html
        assert 'data-class="Demonstration: no evidence about' in draft.html


def test_headings_begin_at_one_and_never_skip_a_level(sample):
    levels = read(drafts(sample)[0].html).levels
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_one_framework_named_twice_gives_one_document(make_sample):
    assert len(drafts(make_sample("passed"), "soc2", "soc2")) == 1


def test_the_journal_is_attached_to_the_byte_and_the_manifest_lists_every_other_file(sample):
    draft = drafts(sample)[0]
    files = {file.name: file for file in draft.attachments}
    assert files["journal.jsonl"].data == (sample.folder / "journal.jsonl").read_bytes()
    listed = json.loads(files["manifest.json"].data)
    assert listed["journal"]["head"] == sample.reading.head
    told = {row["name"]: row["sha256"] for row in listed["files"]}
    assert set(told) == set(files) - {"manifest.json"}
    for name, digest in told.items():
        assert hashlib.sha256(files[name].data).hexdigest() == digest
        assert digest in draft.html
    assert hashlib.sha256(files["manifest.json"].data).hexdigest() in draft.html


def test_hostile_text_stays_text_and_nothing_from_elsewhere_is_named(attack, make_sample):
    plain = {draft.name: read(draft.html).tags for draft in drafts(make_sample("failed"))}
    for draft in drafts(attack):
        found = read(draft.html)
        assert found.tags <= plain[draft.name] | {"br", "blockquote", "figure", "img", "figcaption"}
        assert all(value.startswith(("pack:", "#")) for value in found.loads)
        for name, data in draft.resources.items():
            if name.endswith(".svg"):
                assert read(data.decode()).tags <= {"svg", "rect", "path", "text"}


def test_a_table_for_spreadsheets_holds_no_formula(attack):
    files = {file.name: file.data for file in drafts(attack)[0].attachments}
    for name in ("findings.csv", "deviations.csv", "checks.csv", "populations.csv"):
        for row in csv.reader(io.StringIO(files[name].decode())):
            assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t"))]


def test_a_run_on_made_up_data_shows_no_strength_for_any_control(make_sample):
    for draft in drafts(make_sample("passed")):
        assert "here-P" not in draft.html and "here-S" not in draft.html
        assert draft.html.count('class="centre here-none"') > 10


def test_what_a_run_lacks_is_said_and_never_left_empty(make_sample):
    html = drafts(make_sample("aborted"))[0].html
    assert "Nothing after the disruption was reached" in html
    assert "No check was run." in html and "No fault was injected." in html
    assert "run.aborted: SIGINT" in html


def test_two_checks_of_one_number_in_one_suite_are_two_lines(make_sample):
    sample = make_sample("passed")
    base = sample.assessment
    first = base.checks["verified"][0]
    twin = replace(first, title="the same number, seen from another side")
    run = replace(base, checks={**base.checks, "verified": (*base.checks["verified"], twin)})
    (draft,) = evidence.documents(run, sample.reading, ("soc2",))
    assert first.title in draft.html and twin.title in draft.html


@pytest.mark.parametrize("name", ["passed", "failed", "inconclusive"])
def test_the_same_run_gives_the_same_document_and_another_one_another_identifier(make_sample, name):
    sample = make_sample(name)
    once, twice = drafts(sample), drafts(sample)
    assert once == twice
    assert len({draft.identifier for draft in once}) == 2 and len(once[0].identifier) == 16


def test_each_tier_stands_in_the_evidence_with_its_objective_and_when_it_was_back(make_sample):
    sample = make_sample("passed")
    assert all("<h3>Tiers</h3>" not in draft.html for draft in drafts(sample))
    tiers = (
        TierMeasure("gold", 60.0, 12.0, True, 1_234),
        TierMeasure("<rest>", 600.0, 720.0, False, 56),
        TierMeasure("archive", 900.0, None, None, None),
    )
    tiered = replace(sample, assessment=replace(sample.assessment, tiers=tiers))
    for draft in drafts(tiered):
        rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', draft.html)
        told = {name: re.findall(r"<td[^>]*>(.*?)</td>", cells) for name, cells in rows}
        assert told["gold"] == ["1,234", "1 m", "12 s", "met"]
        assert told["&lt;rest&gt;"] == ["56", "10 m", "12 m", "missed"]
        assert told["archive"][-1] == "not measured"
