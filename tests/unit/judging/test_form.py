"""The assessment as JSON."""

import json
from dataclasses import fields
from typing import Any

import pytest

from metadrill import judging
from metadrill.errors import JournalError
from metadrill.model.assessment import Assessment


def test_keys_stand_in_the_order_of_the_model(story: Any) -> None:
    assert list(judging.to_json(story.judge())) == [field.name for field in fields(Assessment)]


@pytest.mark.parametrize("name", ["pass-loud", "rpo-missed", "torn", "fault-left-out"])
def test_what_comes_back_from_json_judges_and_reads_the_same(told: Any, name: str) -> None:
    assessed = told(name).judge()
    text = json.dumps(judging.to_json(assessed), allow_nan=False)
    back = judging.from_json(json.loads(text))
    assert back.verdict is assessed.verdict
    assert back.codes == assessed.codes
    assert back.findings == assessed.findings
    assert back.checks == assessed.checks
    assert json.dumps(judging.to_json(back)) == text


def test_a_key_of_a_later_version_is_left_aside(story: Any) -> None:
    assessed = story.judge()
    assert judging.from_json({**judging.to_json(assessed), "mood": "good"}).run == assessed.run


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("schema", "assessment/v9", "not an assessment/v1"),
        ("verdict", "fine", "assessment.verdict: not one of pass, inconclusive, fail"),
        ("codes", [0, 99], r"assessment.codes\[1\]: not one of"),
        ("rta", {"actual": "1"}, "assessment.rta.limit: missing"),
        ("findings", {}, "assessment.findings: not of type list"),
        ("counts", {"entities": "many"}, "assessment.counts.entities: not of type int"),
        ("recovery_point_age", "old", "assessment.recovery_point_age: not of type float"),
        ("sentence", None, "assessment.sentence: not of type str"),
        ("seed", True, "assessment.seed: not of type int"),
    ],
)
def test_an_assessment_of_another_form_is_an_error_that_names_the_key(
    story: Any, key: str, value: object, place: str
) -> None:
    body = {**judging.to_json(story.judge()), key: value}
    with pytest.raises(JournalError, match=place):
        judging.from_json(body)


def test_a_missing_key_is_named(story: Any) -> None:
    body = judging.to_json(story.judge())
    del body["verdict"]
    with pytest.raises(JournalError, match=r"assessment\.verdict: missing"):
        judging.from_json(body)
