"""What an entity says of itself: its name, its times; and what it always said is no restore's doing."""

from typing import Any

import pytest

from metadrill import clock
from metadrill.census import build, frames


def _entity(guid: str, **others: Any) -> dict[str, Any]:
    plain = {"type": "t", "unique_name": f"n-{guid}", "state": "ACTIVE", "shell": False, "digest": "d"}
    return {"guid": guid, **plain, **others}


def _sound(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    sides = [build({"entities": rows, "shortfalls": []}, {}) for rows in (before, after)]
    built = frames.join(*sides)
    rows = built["entities_sound"].to_pylist()
    return {row["guid"]: (row["named"], row["timed"]) for row in rows}


def test_what_was_already_so_is_no_restore_s_doing() -> None:
    twins = [_entity(guid, unique_name="one", created=9, updated=5) for guid in "ab"]
    assert set(_sound(twins, twins).values()) == {("already so", "already so")}
    alone = [_entity("a", unique_name="one", created=1, updated=5)]
    assert set(_sound(alone, twins).values()) == {("shared", "updated before it was created")}
    gone = [twins[0], {**twins[1], "state": "DELETED"}]
    assert {named for named, _ in _sound(alone, gone).values()} == {"unique"}


def test_an_hour_ahead_of_our_clock_is_the_future_and_a_minute_is_a_clock_of_their_own() -> None:
    now = int(clock.SYSTEM.utc().timestamp() * 1000)
    for ahead, said in ((60_000, "in order"), (3_600_000, "in the future")):
        after = [_entity("a", created=1, updated=now + ahead)]
        assert _sound([_entity("a", created=1, updated=2)], after) == {"a": ("unique", said)}


def test_an_entity_without_times_that_always_was_so_is_as_it_was() -> None:
    odd = [_entity("a", created=None, updated=-5)]
    assert _sound(odd, odd) == {"a": ("unique", "already so")}
    assert _sound([_entity("a", created=None, updated=None)], odd)["a"][1] == "updated before it was created"


def test_the_newest_change_of_a_side_without_entities_is_none() -> None:
    some = build({"entities": [_entity("a", updated=7)]}, {})
    rows = frames.join(some, build({"entities": []}, {}))["newest"].to_pylist()
    assert rows == [{"what": "the newest change", "newest_b": 7, "newest_o": -1}]


@pytest.mark.parametrize(
    ("now", "rewrites", "said"),
    [
        (5, False, "same"),
        (6, False, "later"),
        (6, True, "rewritten"),
        (4, True, "earlier"),
        (5, True, "same"),
    ],
)
def test_a_time_of_update_is_rewritten_only_by_a_logical_restore(now: int, rewrites: bool, said: str) -> None:
    before, after = (build({"entities": [_entity("a", updated=at)]}, {}) for at in (5, now))
    built = frames.join(before, after, frames.Exempt(rewrites=rewrites))
    assert built["updates"]["updated"].to_pylist() == [said]


@pytest.mark.parametrize(("now", "said"), [(6, "later"), (700_001, "rewritten"), (700_000, "later")])
def test_what_a_logical_restore_rewrote_is_as_new_as_all_that_it_was_given(now: int, said: str) -> None:
    """The clocks of two servers may be five minutes apart."""
    before, after = (
        build({"entities": [_entity("a", updated=at), _entity("b", updated=1_000_000)]}, {})
        for at in (5, now)
    )
    built = frames.join(before, after, frames.Exempt(rewrites=True))["updates"]
    assert dict(zip(built["guid"].to_pylist(), built["updated"].to_pylist(), strict=True))["a"] == said


def test_an_entity_of_the_future_does_not_keep_a_restore_from_having_rewritten_the_others() -> None:
    ahead = int(clock.SYSTEM.utc().timestamp() * 1000) + 3_600_000
    before, after = (
        build({"entities": [_entity("a", updated=at), _entity("b", updated=ahead)]}, {}) for at in (5, 6)
    )
    built = frames.join(before, after, frames.Exempt(rewrites=True))["updates"].to_pylist()
    assert {row["guid"]: row["updated"] for row in built} == {"a": "rewritten", "b": "same"}


@pytest.mark.parametrize(("rewrites", "told"), [(False, (9, 99)), (True, (8, 7))])
def test_an_older_cut_shows_by_times_that_the_restore_did_not_write_itself(
    rewrites: bool, told: tuple[int, int]
) -> None:
    before = build({"entities": [_entity("a", created=8, updated=9), _entity("b", created=7)]}, {})
    after = build({"entities": [_entity("b", created=7, updated=99)]}, {})
    (row,) = frames.join(before, after, frames.Exempt(rewrites=rewrites))["newest"].to_pylist()
    assert (row["newest_b"], row["newest_o"]) == told
