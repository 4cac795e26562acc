"""What the reader is told, and which class of evidence it is."""

from typing import Any

import pytest

from metadrill.model.verdict import EvidenceClass


def test_the_contradiction_is_in_the_views(told: Any) -> None:
    views = told("pass-silent").judge().views
    assert views == {"elasticsearch": "green", "atlas": "ACTIVE", "metadrill": "DAMAGED"}


def test_a_pass_is_one_plain_sentence(story: Any) -> None:
    assert story.judge().sentence == (
        "A byte of the search index goes bad: seen after 3.3 s, recovered in 25 s of the 15 m allowed; "
        "nothing acknowledged was lost."
    )


def test_what_was_examined_is_counted_against_the_witness(story: Any) -> None:
    assert "examined 2,312 of 2,312 entities, complete" in story.judge().shows


def test_less_than_half_of_production_is_said_to_be_this_size(story: Any) -> None:
    line = (
        "full size: judged at this size (2,312 of 250,000 entities); "
        "what past runs foretell of it is no evidence"
    )
    assert line in story.judge().does_not_show
    story.data("run.opened")["production_size"] = 4624
    story.data("drill.closed")["events"] = "recount"
    assert line not in story.judge().does_not_show


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ({"lost": {"graph": {"files": 7, "bytes": 18_709_460}}}, True),
        ({"lost": {"graph": {"files": 7, "bytes": 18_709_460}}, "region": "a"}, False),
        ({"lost": True, "file": "00000003.jdb"}, False),
        ({"offset": 17}, False),
    ],
)
def test_where_the_stores_were_lost_and_all_else_stayed_provisioning_is_not_shown(
    story: Any, truth: dict[str, Any], said: bool
) -> None:
    story.data("fault.injected")["truth"] = truth
    line = (
        "provisioning: the stores were lost, and the sandbox's network, installation, configuration and "
        "credentials stayed: the RTA holds no making of them"
    )
    assert (line in story.judge().does_not_show) is said


def test_a_part_that_was_exchanged_is_named(story: Any) -> None:
    story.data("run.opened")["exchanged"] = ["kafka 2.5 for 2.0"]
    assert "the part that was exchanged: kafka 2.5 for 2.0" in story.judge().does_not_show


def test_a_warm_start_cites_the_last_cold_one(story: Any) -> None:
    assert "a cold start: this one was warm; the last cold one took 1 m 21 s" in story.judge().does_not_show


def test_unproved_isolation_is_listed_and_changes_no_verdict(story: Any) -> None:
    story.drop("isolation.proved")
    story.add("isolation.unproved", {"probes": [], "because": "no probe ran"}, after="sandbox.created")
    assessed = story.judge()
    assert assessed.verdict == "pass"
    assert "isolation of the sandbox is not proved" in assessed.does_not_show


def test_a_dataset_is_a_demonstration(story: Any) -> None:
    assessed = story.judge()
    assert assessed.evidence_class is EvidenceClass.DEMONSTRATION
    assert assessed.class_because == (
        "the data is a dataset (starter): no evidence about the reader's systems",
    )


def _operating(story: Any) -> dict[str, Any]:
    opened: dict[str, Any] = story.data("run.opened")
    opened.update(
        data={"backup": "random", "environment": "production"},
        parity={"equal": True},
        qualification={"stack": opened["digests"]["stack"], "until": "2027-01-31T00:00:00.000Z"},
        approval={"by": "head-of-platform", "at": "2026-11-01T00:00:00Z"},
        production_size=2312,
        pick={"how": "checkpoint"},
    )
    return opened


def test_a_real_backup_with_everything_in_place_is_operating(story: Any) -> None:
    _operating(story)
    assert story.judge().evidence_class is EvidenceClass.OPERATING


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        ({"data": {"backup": "latest"}}, "the backup is not of a declared production repository"),
        ({"parity": {}}, "parity of the stack with production is not shown"),
        ({"qualification": {"stack": "0" * 64}}, "the stack is not qualified"),
        ({"production_size": 4625}, "the size drilled is not half of production's"),
        (
            {"approval": {"by": "on-call", "at": "2026-11-01T00:00:00Z"}},
            "the objectives were not approved before the run by somebody else",
        ),
        (
            {"approval": {"by": "head-of-platform", "at": "2026-11-24T00:00:00Z"}},
            "the objectives were not approved before the run by somebody else",
        ),
        (
            {"roles": {"operator": "ann", "reviewer": "ann"}},
            "the reviewer is not independent of the operator",
        ),
        ({"pick": {"how": "hand"}}, "the seed of the random pick was given by hand"),
        ({"pick": {}}, "nothing says where the seed of the random pick came from"),
    ],
)
def test_each_missing_thing_makes_a_rehearsal_and_is_named(
    story: Any, change: dict[str, Any], lacking: str
) -> None:
    _operating(story).update(change)
    assessed = story.judge()
    assert (assessed.evidence_class, assessed.class_because) == (EvidenceClass.REHEARSAL, (lacking,))


def test_nobody_is_apart_from_an_operator_who_is_not_named(story: Any) -> None:
    _operating(story)["roles"] = {"reviewer": "bob"}
    assert story.judge().class_because == (
        "the objectives were not approved before the run by somebody else",
        "the reviewer is not independent of the operator",
    )


@pytest.mark.parametrize(
    ("until", "lacking"),
    [
        ("2026-11-01T00:00:00.000Z", "the stack's qualification expired on 2026-11-01"),
        ("soon", "nothing says until when the stack is qualified"),
        (None, "nothing says until when the stack is qualified"),
    ],
)
def test_a_qualification_that_had_run_out_when_the_run_began_is_none(
    story: Any, until: str | None, lacking: str
) -> None:
    opened = _operating(story)
    opened["qualification"] = {"stack": opened["digests"]["stack"], "until": until}
    assessed = story.judge()
    assert (assessed.evidence_class, assessed.class_because) == (EvidenceClass.REHEARSAL, (lacking,))


def test_why_the_stack_is_not_qualified_is_told_in_the_words_of_who_looked(story: Any) -> None:
    because = "the stack's qualification is signed by a key that is not trusted here, SHA256:ab"
    _operating(story)["qualification"] = {"because": because}
    assert story.judge().class_because == (because,)


def test_a_tier_of_which_nothing_says_that_search_had_it_is_said_to_be_of_the_graph_alone(told: Any) -> None:
    story = told("tiers")
    assert not any(text.startswith("search in a tier") for text in story.judge().does_not_show)
    story.data("tier.verified", tier="core").pop("documents")
    assert any(text.startswith("search in a tier: ") for text in story.judge().does_not_show)
