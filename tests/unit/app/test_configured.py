"""What `metadrill.yaml` says of the key that signs evidence."""

from pathlib import Path

import pytest

from metadrill.app import configured
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
