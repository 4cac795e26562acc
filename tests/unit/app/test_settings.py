"""Which depot, which connection: the one asked for, the only one, or the nearest name."""

from pathlib import Path

import pytest

from metadrill.app.settings import Settings
from metadrill.errors import UsageError
from metadrill.model.configuration import Connection, DepotPlace, SecretPlace

ONE, TWO = DepotPlace("main", Path("a")), DepotPlace("offsite", Path("b"))
LIVE = Connection("production", "production", "atlas-2.1", {}, "backup", SecretPlace(env="X"))


def test_without_a_depot_there_is_one_in_the_ledger():
    settings = Settings(ledger=Path("elsewhere"))
    assert settings.every_depot == {"main": DepotPlace("main", Path("elsewhere/depot"))}
    assert settings.depot() == settings.depot("main") == DepotPlace("main", Path("elsewhere/depot"))


def test_the_depot_asked_for_is_given_or_the_only_one():
    assert Settings(depots={"main": ONE, "offsite": TWO}).depot("offsite") == TWO
    assert Settings(depots={"offsite": TWO}).depot() == TWO
    assert Settings(depots={"offsite": TWO}).every_depot == {"offsite": TWO}


def test_the_connection_asked_for_is_given_or_the_only_one():
    settings = Settings(connections={"production": LIVE})
    assert settings.connection() == settings.connection("production") == LIVE


@pytest.mark.parametrize(
    ("ask", "message", "hint"),
    [
        (lambda s: s.depot("ofsite"), "unknown depot 'ofsite'", "did you mean 'offsite'?"),
        (lambda s: s.depot("zzz"), "unknown depot 'zzz'", "known: main, offsite"),
        (lambda s: s.depot(""), "unknown depot ''", "known: main, offsite"),
        (lambda s: s.depot(), "which depot? there are 2", "known: main, offsite"),
        (lambda s: s.connection("produktion"), "unknown connection 'produktion'",
         "did you mean 'production'?"),
        (lambda s: Settings().connection(), "no connection is configured",
         "name it under `connections` in metadrill.yaml"),
        (lambda s: Settings().connection("x"), "no connection is configured",
         "name it under `connections` in metadrill.yaml"),
        (lambda s: Settings(depots={"offsite": TWO}).depot("main"), "unknown depot 'main'", "known: offsite"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_usage_error_with_the_nearest_name(ask, message, hint):
    with pytest.raises(UsageError) as wrong:
        ask(Settings(depots={"main": ONE, "offsite": TWO}, connections={"production": LIVE}))
    assert (wrong.value.message, wrong.value.hint) == (message, hint)
