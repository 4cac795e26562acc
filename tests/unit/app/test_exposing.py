"""Which sets the RPO exposure counts: those that something proved, until something found them wrong."""

import pytest

from metadrill.app import depots, exposing
from metadrill.governance import audit
from metadrill.governance.audit import Deed


def proved(backed, deeds):
    name = backed.take().manifest.name
    log = audit.Log(backed.ledger)
    for action, facts in deeds:
        of = name if action == "backup.verify" else "another"
        log.record(Deed(action, of, "done", {"set": name, **facts}))
    (cut,) = exposing._cuts(backed.settings, depots.depot(backed.settings))
    return cut.verified is not None


@pytest.mark.parametrize(
    ("deed", "counts"),
    [
        (("run", {"verdict": "pass"}), True),
        (("run", {"verdict": "fail"}), False),
        (("run", {"verdict": "inconclusive"}), False),
        (("run", {}), False),
        (("restore", {"code": 0}), True),
        (("restore", {"code": 10}), False),
        (("restore", {"code": 5}), False),
        (("backup.verify", {"problems": []}), True),
        (("backup.verify", {"problems": ["part.changed"]}), False),
        (("backup.verify", {}), False),
        (("drift", {"code": 0}), False),
    ],
)
def test_a_set_counts_where_what_was_done_with_it_ended_well(backed, deed, counts):
    assert proved(backed, [deed]) is counts


def test_a_set_that_was_found_wrong_counts_no_longer_until_it_is_found_right(backed):
    right, wrong = ("backup.verify", {"problems": []}), ("backup.verify", {"problems": ["part.changed"]})
    ran = ("run", {"verdict": "pass"})
    assert not proved(backed, [ran, right, wrong])


def test_a_set_that_was_mended_counts_again(backed):
    right, wrong = ("backup.verify", {"problems": []}), ("backup.verify", {"problems": ["part.changed"]})
    assert proved(backed, [right, wrong, right])
