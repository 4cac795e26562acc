"""Runs on backup sets: what moved, what was lost whole, how old the cut was, of what class they may be."""

from metadrill.model.verdict import EvidenceClass, Verdict

SOURCE = {"kind": "connection", "name": "production", "production": True}


def chosen(**more):
    return {
        "set": "s", "manifest": "0" * 64, "mode": "full", "methods": ["logical"], "environment": "production",
        "cut": {"started": "2026-09-01T00:00:00.000Z"},
        "moving": {"entities": 1, "share": 0.001, "cap": 0.005}, "source": SOURCE, **more,
    }  # fmt: skip


def on_a_set(told, name="pass-loud", source=SOURCE, **more):
    story = told(name)
    story.data("run.opened")["data"] = {"backup": "latest", "set": "s", "environment": "production",
                                        "source": source}  # fmt: skip
    return story.add("backup.chosen", chosen(**more), after="run.opened")


def test_a_run_on_a_set_passes_where_the_same_run_on_a_dataset_does(told):
    assert told("pass-loud").judge().verdict is Verdict.PASS
    assert on_a_set(told).judge().verdict is Verdict.PASS


def test_more_movement_than_the_cap_proves_nothing(told):
    found = on_a_set(told, moving={"entities": 9, "share": 0.0051, "cap": 0.005}).judge()
    assert found.verdict is Verdict.INCONCLUSIVE
    assert any("changed while the backup set was read" in item.because for item in found.findings)
    assert (
        on_a_set(told, moving={"entities": 9, "share": 0.005, "cap": 0.005}).judge().verdict is Verdict.PASS
    )


def test_a_set_of_made_up_data_is_a_demonstration(told):
    found = on_a_set(told, source={"kind": "sandbox", "dataset": "starter", "production": False}).judge()
    assert found.evidence_class is EvidenceClass.DEMONSTRATION
    assert "made-up data (starter)" in found.class_because[0]


def test_a_set_of_a_connection_is_of_production_only_where_that_says_so(told):
    lacking = "the backup is not of a declared production repository"
    assert lacking not in on_a_set(told).judge().class_because
    test = {**SOURCE, "production": False}
    assert lacking in on_a_set(told, source=test).judge().class_because


def test_what_was_not_compared_stands_under_does_not_show(told):
    story = on_a_set(told)
    story.add("expected.fixed", {"phase": "baseline", "set": "s", "method": "logical", "moving": 3,
                                 "foretold": {"contended": 31}}, after="backup.chosen")  # fmt: skip
    shown = story.judge().does_not_show
    told = "3 entities that changed while the set was read: only that they exist, "
    assert f"{told}and not what others say of them" in shown
    assert any(line.startswith("the state of 31 relationships") for line in shown)


def test_the_age_of_a_given_cut_is_told(told):
    story = on_a_set(told)
    for event in story.find("backup.taken"):
        story.events.remove(event)
    found = story.judge()
    assert found.recovery_point_age is not None and found.recovery_point_age > 86_400


def blind(told):
    """The pass, with checks that could not be evaluated during the outage."""
    story = told("pass-loud")
    for event in story.find("checks.run", phase="outage"):
        for row in event.data["results"]:
            row |= {"verdict": "inconclusive", "because": "no server", "unexpected": 0}
    for event in story.find("census.taken", phase="outage"):
        story.events.remove(event)
    return story


def test_an_outage_in_which_nothing_can_be_read_is_shown_by_that(told):
    assert blind(told).judge().verdict is Verdict.INCONCLUSIVE
    nothing = {"phase": "outage", "counts": {}, "digests": {}, "seconds": 0.1, "faults": {"entities": "no"}}
    story = blind(told).add("census.taken", nothing, after="outage.observed")
    assert story.judge().verdict is Verdict.PASS
    some = {**nothing, "counts": {"documents": 7}}
    story = blind(told).add("census.taken", some, after="outage.observed")
    assert story.judge().verdict is Verdict.INCONCLUSIVE
