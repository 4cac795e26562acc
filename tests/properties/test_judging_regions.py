"""What must hold of the judge of a run across regions, or of tiers, whatever the journal leaves out."""

import copy
from typing import Any

import pytest

from metadrill import judging
from metadrill.model.verdict import Verdict

from .recorded import NO_PROOF, OTHERS, RUNS, numbered, verdict


@pytest.mark.parametrize("name", OTHERS)
def test_a_journal_of_regions_or_tiers_without_one_single_proof_is_never_a_pass(name: str) -> None:
    told = list(RUNS[name])
    ended = {event.data["n"] for event in told if event.kind == "write.acked"}
    for index, event in enumerate(told):
        unended = event.kind == "write.invoked" and event.data["n"] not in ended
        # the look at the replica shows that damage, and no check does
        segments = event.data.get("suite") == "segments"  # a suite that is not in must_hold
        looked = name == "slow-region" and event.data.get("phase") == "outage" and event.kind == "checks.run"
        if event.kind not in NO_PROOF and not unended and not segments and not looked:
            assert verdict([*told[:index], *told[index + 1 :]]) is not Verdict.PASS, event


FACTS = {
    "region-loss": [
        "fault.injected: truth", "fault.injected: truth network", "fault.injected: truth running",
        "fault.injected: truth depot", "fault.injected: truth depot left", "recovery.finished: facts",
        "recovery.finished: facts writes", "recovery.finished: facts writes held",
    ],
    "slow-region": [
        "fault.injected: truth", "fault.injected: truth link", "recovery.finished: facts",
        "recovery.finished: facts set", "recovery.finished: facts exposed",
        # nothing is asked of the first of the four: the second was there before the fault too
        *(f"recovery.finished: facts exposed {place}" for place in (1, 2, 3)),
        *(f"recovery.finished: facts exposed {place} {key}"
          for place in (1, 2, 3) for key in ("there_ns", "set")),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in FACTS for path in FACTS[name]])
def test_a_journal_of_regions_without_one_fact_is_never_a_better_pass(name: str, path: str) -> None:
    """Without one of the replicas that came between, more was at risk: that may pass, as a worse number."""
    told = copy.deepcopy(list(RUNS[name]))
    before = judging.assess(numbered(told), "0" * 64)
    assert before.verdict is Verdict.PASS
    kind, keys = path.split(": ")
    *above, last = (int(key) if key.isdigit() else key for key in keys.split())
    holder: Any = next(event.data for event in told if event.kind == kind)
    for key in above:
        holder = holder[key]
    del holder[last]
    if verdict(told) is Verdict.PASS:
        after = judging.assess(numbered(told), "0" * 64)
        assert above == ["facts", "exposed"]
        assert (after.rpo.actual or 0.0) > (before.rpo.actual or 0.0)
