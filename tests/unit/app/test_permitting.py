"""What no role allows is refused before it begins, and that stands in the audit log."""

import pytest

from metadrill.app import permitting
from metadrill.app.settings import Settings
from metadrill.errors import Refused
from metadrill.governance import actors, audit
from metadrill.model.configuration import Permission, Role

ME = actors.current().user
ASKED = (Permission.RESTORE, "production", "backup.restore", "set-1")


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setenv("METADRILL_KEYS", str(tmp_path / "keys"))
    return lambda *roles: Settings(ledger=tmp_path / "ledger", roles=roles)


def test_without_roles_everybody_may_and_that_is_said(made, tmp_path):
    assert permitting.require(made(), *ASKED) == "no roles configured"
    assert not (tmp_path / "ledger").exists()


def test_by_which_role_the_user_may_is_said(made, tmp_path):
    role = Role("operators", ("alice", ME), (Permission.RESTORE,), ("production",))
    assert permitting.require(made(role), *ASKED) == "role operators"
    assert not (tmp_path / "ledger").exists()


def test_what_the_environment_claims_of_the_user_does_not_count(made, monkeypatch):
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "alice")
    with pytest.raises(Refused):
        permitting.require(made(Role("operators", ("alice",), (Permission.RESTORE,))), *ASKED)


def test_a_refusal_names_who_may_and_is_noted(made, tmp_path):
    others = Role("operators", ("alice", "bob"), (Permission.RESTORE,), ("production",))
    mine = Role("keepers", (ME,), (Permission.PRUNE,))
    with pytest.raises(Refused) as refused:
        permitting.require(made(others, mine), *ASKED)
    assert refused.value.code == 32
    assert refused.value.message == (
        f"backup.restore set-1: user {ME} may not restore in environment 'production'"
    )
    assert refused.value.hint == "may: role operators (alice, bob)"
    created, noted = audit.read(tmp_path / "ledger")
    assert created.action == "audit.create"
    assert (noted.action, noted.object, noted.outcome) == ("backup.restore", "set-1", "refused")
    assert noted.facts == {"permission": "restore", "environment": "production", "roles": ["operators"]}
    assert noted.actor["user"] == ME


def test_where_no_role_may_at_all_the_hint_says_where_roles_are(made):
    with pytest.raises(Refused) as refused:
        permitting.require(made(Role("keepers", (ME,), (Permission.PRUNE,))), *ASKED)
    assert refused.value.hint == "no role may: see `roles` in metadrill.yaml"


def test_a_refusal_that_cannot_be_noted_is_one_all_the_same(made, tmp_path):
    (tmp_path / "ledger").write_text("a file where the ledger should be\n")
    with pytest.raises(Refused, match=r"may not restore .*; and that could not be noted: ") as refused:
        permitting.require(made(Role("keepers", (ME,), (Permission.PRUNE,))), *ASKED)
    assert refused.value.code == 32
