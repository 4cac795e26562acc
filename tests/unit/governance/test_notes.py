"""Signed notes, checkpoints and the Merkle tree, held against what others have published."""

import re
from pathlib import Path

import pytest

from metadrill.governance import checkpoints, ed25519, merkle, notes
from metadrill.governance.notes import NoteError

# the example of golang.org/x/mod/sumdb/note
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""

# the leaves and roots that Certificate Transparency is tested with
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_a_tree_has_the_published_roots_at_every_size():
    tree = merkle.Tree()
    roots = [tree.root().hex()]
    for leaf in LEAVES:
        tree.add(bytes.fromhex(leaf))
        roots.append(tree.root().hex())
    assert tuple(roots) == ROOTS and tree.size == 8


def test_a_tree_is_that_of_the_recursive_definition(audit_verifier):
    tree, lines = merkle.Tree(), []
    for number in range(130):
        assert tree.root() == audit_verifier.root(lines)
        lines.append(str(number).encode())
        tree.add(lines[-1])


def test_the_published_note_is_opened_with_the_published_key():
    key = notes.verifier_key(KEY)
    assert str(key) == KEY and key.id.hex() == "c74f20a3"
    assert notes.opened(NOTE.encode(), [key]) == NOTE.partition("\n\n")[0] + "\n"


def test_signatures_of_others_are_not_looked_at_and_a_wrong_one_of_a_known_key_refuses(tmp_path):
    key = ed25519.Key(tmp_path, ed25519.make())
    own = notes.VerifierKey("mine", key.public)
    signed = notes.sign("text\n", "mine", key)
    line = signed.splitlines()[-1]
    other = NOTE.splitlines()[-1]
    for tail in (f"{other}\n{line}\n", f"{line}\n{other}\n"):
        assert notes.opened(f"text\n\n{tail}".encode(), [own]) == "text\n"
    with pytest.raises(NoteError, match="the signature by PeterNeumann is wrong"):
        notes.opened(f"text\n\n{line}\n{other}\n".encode(), [own, notes.verifier_key(KEY)])
    with pytest.raises(notes.Unknown, match=r"but by PeterNeumann\+c74f20a3"):
        notes.opened(NOTE.encode(), [own])
    with pytest.raises(NoteError, match="too many signatures"):
        notes.opened(("text\n\n" + f"{line}\n" * 101).encode(), [own])


@pytest.mark.parametrize(
    "note", ["", "\n", "text\n", "text\n\n", "text\n\nno signature\n", NOTE[:-1], NOTE.replace("\n\n", "\n"),
             NOTE.replace("—", "-"), NOTE.replace("=\n", "\n"), NOTE.replace("If", "I\tf"), NOTE + "\n",
             NOTE.replace("nAM=", "nAN=")]
)  # fmt: skip
def test_what_is_no_note_is_refused(note):
    with pytest.raises(NoteError):
        notes.opened(note.encode(), [notes.verifier_key(KEY)])


def test_a_note_that_is_not_text_is_refused():
    with pytest.raises(NoteError, match="not UTF-8"):
        notes.opened(b"\xff" + NOTE.encode(), [notes.verifier_key(KEY)])


@pytest.mark.parametrize(
    "key", ["", "a+b", "name+c74f20a3+ARpc", KEY.replace("Peter", "Petra"), KEY.replace("c74f", "c74e"),
            KEY.replace("+AR", "+BR"), KEY[:-1], KEY[:-4]]
)  # fmt: skip
def test_what_is_no_key_is_refused(key):
    with pytest.raises(NoteError):
        notes.verifier_key(key)


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        "a\n01\nx\n",
        "a\n-1\nx\n",
        "a\n1\nAAAA\n",
        "\n1\nAAAA\n",
        "a\n1\n\n",
        "a\n" + "9" * 30 + "\nx\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        checkpoints.checkpoint(text)


def test_a_checkpoint_is_read_as_it_was_written_and_further_lines_mean_nothing():
    made = checkpoints.Checkpoint("example.com/log", 20852163, bytes(range(32)))
    assert checkpoints.checkpoint(made.text()) == made
    assert checkpoints.checkpoint(made.text() + "more\n") == made
    assert made.text() == "example.com/log\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


def test_the_checkpoint_in_the_documentation_is_opened_with_the_key_that_stands_there(audit_verifier):
    page = (Path(__file__).parents[3] / "toolkit" / "docs" / "audit.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    note, key = blocks[-2].encode(), blocks[-1].strip()
    found = checkpoints.checkpoint(notes.opened(note, [notes.verifier_key(key)]))
    assert (found.origin, found.size, found.root) == audit_verifier.opened(note, key)
    assert found.size == 3 and found.origin == key.partition("+")[0]
