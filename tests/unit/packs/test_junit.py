"""junit.xml as a CI server reads it."""

from xml.etree import ElementTree as Tree

from metadrill.packs import junit


def document(sample) -> Tree.Element:
    return Tree.fromstring(junit.render(sample.assessment))


def tags(suite: Tree.Element) -> dict[str, list[str]]:
    return {str(case.get("name")): [child.tag for child in case] for case in suite}


def suites(sample) -> dict[str, Tree.Element]:
    return {str(suite.get("name")): suite for suite in document(sample)}


def test_the_counts_of_each_suite_are_those_of_its_cases(sample):
    for suite in document(sample):
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute, "-1")) == len(suite.findall(f"testcase/{tag}"))
        assert int(suite.get("tests", "-1")) == len(suite.findall("testcase")) > 0


def test_a_passed_run_has_no_failure_and_skips_what_is_not_provable(make_sample):
    found = suites(make_sample("passed"))
    assert list(found) == ["structure", "references", "lineage", "index", "segments", "drill"]
    assert tags(found["index"])["34. audit continuity"] == ["skipped"]
    told = [tag for suite in found.values() for case in tags(suite).values() for tag in case]
    assert told == ["skipped"]


def test_a_failed_run_fails_in_the_check_the_measures_and_the_verdict(make_sample):
    found = suites(make_sample("failed"))
    failures = [name for suite in found.values() for name, told in tags(suite).items() if told == ["failure"]]
    assert failures == [
        "33. graph and index hold the same guids, types and states",
        "recovery time within its objective",
        "recovery point within its objective",
        "no acknowledged change lost from search",
        "verdict",
    ]


def test_what_proved_nothing_is_an_error_and_never_a_pass(make_sample):
    for name in ("inconclusive", "aborted"):
        found = suites(make_sample(name))
        assert list(found) == ["drill"]
        assert set(map(tuple, tags(found["drill"]).values())) == {("error",)}


def test_hostile_names_leave_the_document_well_formed(attack):
    root = document(attack)
    assert {element.tag for element in root.iter()} <= {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "skipped",
    }
    assert "<script>alert(1)</script>]]>\\n`id`$(touch pwned)'\"&" in str(root.get("name"))
