"""Files that hold a key: whose they are, who may read them, and where they lie."""

import os
import threading
from pathlib import Path

import pytest

from metadrill import private
from metadrill.errors import KeyRefused
from metadrill.model.configuration import SecretPlace


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "keys" / "key.pem"
    private.put_once(path, b"secret")
    return path


def test_a_file_is_made_for_its_owner_alone_and_read_back(file):
    assert private.read(file) == b"secret"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [path.name for path in file.parent.iterdir()] == ["key.pem"]


def test_a_file_that_is_there_stays(file):
    private.put_once(file, b"another")
    assert private.read(file) == b"secret"


def test_of_many_that_make_it_at_once_one_wins_and_all_read_the_same(tmp_path):
    path, read = tmp_path / "keys" / "key.pem", []
    gate = threading.Barrier(16)

    def make(number: int) -> None:
        gate.wait()
        private.put_once(path, str(number).encode() * 1000)
        read.append(private.read(path))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 16 and len(set(read)) == 1 and len(set(read[0].decode())) <= 2
    assert [found.name for found in path.parent.iterdir()] == ["key.pem"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o601])
def test_a_file_that_others_can_read_is_refused(file, mode):
    file.chmod(mode)
    with pytest.raises(KeyRefused, match=f"others may read it .mode {mode:04o}") as caught:
        private.read(file)
    assert caught.value.code == 21 and "secret" not in str(caught.value) and "chmod 600" in caught.value.hint


def test_a_link_a_folder_and_a_pipe_are_refused(file, tmp_path):
    link, pipe = file.with_name("link.pem"), file.with_name("pipe.pem")
    link.symlink_to(file)
    os.mkfifo(pipe, 0o600)
    for path, wrong in (
        (link, "is a link"),
        (file.parent, "not a file|is a directory"),
        (pipe, "not a file"),
    ):
        with pytest.raises(KeyRefused, match=wrong):
            private.read(path)
    private.put_once(link, b"another")
    assert link.is_symlink() and private.read(file) == b"secret"


def test_a_folder_that_others_can_write_to_is_refused(file):
    file.parent.chmod(0o777)
    with pytest.raises(KeyRefused, match="others may write to it"):
        private.read(file)


def test_what_is_not_there_is_said_as_such(file):
    with pytest.raises(FileNotFoundError):
        private.read(file.with_name("none.pem"))
    with pytest.raises(KeyRefused, match=r"cannot be written: (file exists|not a directory)"):
        private.put_once(file / "below.pem", b"x")


def test_keys_lie_where_the_environment_says(monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "/xdg")
    monkeypatch.setenv("METADRILL_KEYS", "/keys")
    assert private.folder() == Path("/keys")
    monkeypatch.delenv("METADRILL_KEYS")
    assert private.folder() == Path("/xdg/metadrill/keys")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", "/somebody")
    assert private.folder() == Path("/somebody/.config/metadrill/keys")


def held(word: str | bytes, folder: Path) -> SecretPlace:
    path = folder / "word"
    private.put_once(path, word if isinstance(word, bytes) else word.encode())
    return SecretPlace(file=path)


@pytest.mark.parametrize(
    "content", ["hunter2", "hunter2\n", "hunter2\r\n", "hunter2\nnot this\n", "hünter 2 \n"]
)
def test_a_secret_is_the_first_line_of_its_file(tmp_path, content):
    found = private.secret(held(content, tmp_path / "keys"), "password")
    assert found.reveal() == content.split("\n")[0].removesuffix("\r")
    assert repr(found) == "Secret(name='password')"


def test_a_secret_is_the_value_of_its_variable(monkeypatch):
    monkeypatch.setenv("ATLAS_PASSWORD", "hunter2 ")
    assert private.secret(SecretPlace(env="ATLAS_PASSWORD"), "password").reveal() == "hunter2 "


@pytest.mark.parametrize("content", [b"", b"\nhunter2", b"hunter2\xff\n"])
def test_a_secrets_file_without_a_word_is_refused_and_not_shown(tmp_path, content):
    place = held(content, tmp_path / "keys")
    with pytest.raises(KeyRefused, match="word: ") as refused:
        private.secret(place, "password of production")
    assert "hunter2" not in f"{refused.value.message} {refused.value.hint}"


def test_a_secret_that_is_not_there_names_its_place(tmp_path, monkeypatch):
    monkeypatch.delenv("ATLAS_PASSWORD", raising=False)
    with pytest.raises(KeyRefused, match=r"^ATLAS_PASSWORD: not in the environment$") as refused:
        private.secret(SecretPlace(env="ATLAS_PASSWORD"), "password of production")
    assert refused.value.code == 21 and "password of production" in refused.value.hint
    monkeypatch.setenv("ATLAS_PASSWORD", "")
    with pytest.raises(KeyRefused, match=r"^ATLAS_PASSWORD: is empty$"):
        private.secret(SecretPlace(env="ATLAS_PASSWORD"), "password")
    with pytest.raises(KeyRefused, match="none: no such file"):
        private.secret(SecretPlace(file=tmp_path / "none"), "password")


def test_a_secrets_file_that_others_can_read_or_a_link_to_one_is_refused(tmp_path):
    place = held("hunter2", tmp_path / "keys")
    link = tmp_path / "keys" / "link"
    link.symlink_to(place.file)
    with pytest.raises(KeyRefused, match="link: is a link"):
        private.secret(SecretPlace(file=link), "password")
    place.file.chmod(0o640)
    with pytest.raises(KeyRefused, match="others may read it") as refused:
        private.secret(place, "password")
    assert refused.value.code == 21 and "hunter2" not in f"{refused.value.message} {refused.value.hint}"
    place.file.chmod(0o600)
    place.file.parent.chmod(0o777)
    with pytest.raises(KeyRefused, match="others may write to it"):
        private.secret(place, "password")
