"""What `metadrill.yaml` says, as the settings of one call."""

from pathlib import Path

import pytest

from metadrill.app import configured
from metadrill.app.settings import Settings
from metadrill.errors import UsageError
from metadrill.model.signing import KeyPlace


def settings(folder: Path, text: str):
    (folder / "metadrill.yaml").write_text(text)
    return configured.settings(folder / "metadrill.yaml", None, None)


def test_without_a_word_the_local_key_signs(tmp_path):
    found = settings(tmp_path, "ledger: elsewhere\n")
    assert (found.signer, found.key) == ("file_key", KeyPlace())


def test_paths_of_a_key_begin_at_the_configuration_file(tmp_path):
    found = settings(tmp_path, "evidence: {signer: pkcs12, key: keys/e.p12, passphrase_env: DR_PASSPHRASE}\n")
    assert found.signer == "pkcs12"
    assert found.key == KeyPlace(tmp_path / "keys" / "e.p12", None, "DR_PASSPHRASE")
    found = settings(tmp_path, "evidence: {key: /safe/e.pem, passphrase_file: p}\nsandbox: process\n")
    assert found.signer == "file_key" and found.key == KeyPlace(Path("/safe/e.pem"), tmp_path / "p")


@pytest.mark.parametrize(
    "text",
    [
        "evidence: file_key",
        "evidence: [file_key]",
        "evidence: {passphrase: hunter2}",
        "evidence: {key: [hunter2]}",
        "evidence: {key: {hunter2: 1}}",
        "evidence: {key: ''}",
        "evidence: {key: 7}",
        "evidence: {evidence: {key: hunter2}}",
        "key: hunter2",
    ],
)
def test_what_is_not_known_is_refused_without_showing_a_value(tmp_path, text):
    with pytest.raises(UsageError, match=r"metadrill\.yaml") as caught:
        settings(tmp_path, text + "\n")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_keys_signing_is_the_newer_word_for_evidence(tmp_path):
    said = "{signer: pkcs12, key: keys/e.p12, passphrase_env: DR_PASSPHRASE}"
    assert settings(tmp_path, f"keys: {{signing: {said}}}\n") == settings(tmp_path, f"evidence: {said}\n")


def test_the_ledger_begins_at_the_current_folder_and_a_depot_at_the_file(tmp_path):
    found = settings(tmp_path, "ledger: l\ncache: c\ndepots: {far: {path: d}}\n")
    assert (found.ledger, found.cache) == (Path("l"), Path("c").absolute())
    assert found.depot().path == tmp_path / "d"
    assert settings(tmp_path, "ledger: l\n").depot().path == Path("l/depot")


def test_what_was_asked_for_wins_and_the_depot_goes_with_the_ledger(tmp_path):
    (tmp_path / "metadrill.yaml").write_text("ledger: l\nsandbox: docker\n")
    found = configured.settings(tmp_path / "metadrill.yaml", Path("flagged"), "process")
    assert (found.ledger, found.sandbox) == (Path("flagged"), "process")
    assert found.depot().path == Path("flagged/depot")


def test_connections_and_roles_are_handed_on(tmp_path):
    found = settings(
        tmp_path,
        "connections: {live: {environment: e, stack: atlas-2.1, atlas: http://a, elasticsearch: http://b,"
        " user: u, password: {env: X}}}\nroles: [{name: r, who: [u], may: [prune]}]\n",
    )
    assert found.connection().environment == "e" and [role.name for role in found.roles] == ["r"]


def test_without_a_file_the_defaults_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert configured.settings(None, None, None) == Settings()
    with pytest.raises(UsageError, match=r"other\.yaml"):
        configured.settings(Path("other.yaml"), None, None)
