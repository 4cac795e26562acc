"""Who may do what, where."""

import pytest

from metadrill.governance import roles
from metadrill.model.configuration import Permission, Role

CREATE, RESTORE, PRUNE, RELEASE = Permission
OPERATORS = Role("operators", ("alice", "bob"), (CREATE, RESTORE), ("production", "test"))
KEEPERS = Role("keepers", ("carol", "alice"), (PRUNE, RELEASE))
BOTH = (OPERATORS, KEEPERS)


@pytest.mark.parametrize(
    ("who", "permission", "environment", "role"),
    [
        ("alice", CREATE, "production", OPERATORS),
        ("bob", RESTORE, "test", OPERATORS),
        ("alice", PRUNE, "production", KEEPERS),
        ("carol", RELEASE, "anywhere", KEEPERS),
        ("alice", CREATE, "staging", None),
        ("carol", CREATE, "production", None),
        ("bob", PRUNE, "production", None),
        ("mallory", CREATE, "production", None),
        ("Alice", CREATE, "production", None),
        ("ali", CREATE, "production", None),
        ("", PRUNE, "production", None),
        ("alice", CREATE, "Production", None),
        ("alice", CREATE, "", None),
        ("root", RESTORE, "production", None),
    ],
)
def test_a_user_may_what_a_role_of_his_says_where_it_says(who, permission, environment, role):
    assert roles.allowed(BOTH, who, permission, environment) is role


def test_without_a_role_nobody_is_in_one():
    assert roles.allowed((), "alice", CREATE, "production") is None


def test_of_two_roles_that_let_the_first_is_named():
    second = Role("second", ("alice",), (CREATE,))
    assert roles.allowed((OPERATORS, second), "alice", CREATE, "test") is OPERATORS
    assert roles.allowed((OPERATORS, second), "alice", CREATE, "staging") is second


def test_the_roles_that_may_are_named_whoever_is_in_them():
    assert roles.granting(BOTH, RESTORE, "production") == (OPERATORS,)
    assert roles.granting(BOTH, RESTORE, "staging") == ()
    assert roles.granting(BOTH, PRUNE, "staging") == (KEEPERS,)
