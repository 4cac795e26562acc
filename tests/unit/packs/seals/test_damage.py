"""T1 to T3 on a sealed pack: whatever is changed is named, by ours and by the verifier that stands alone."""

import shutil
import subprocess
import sys

import pytest

from metadrill.envelopes import certificates, dsse
from metadrill.packs import pdf_signature, statement, sums
from metadrill.testing import MemorySigner

from .conftest import FULL, PDF, VERIFIER, a_run, named

MASKS = (0x01, 0xFF, 0x80, 0x20)


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def places(size, most):
    """Every place of a small file, and of a large one as many as are looked at in a short run."""
    step = 1 if FULL or size <= most else size // most + 1
    return range(0, size, step)


def first(standalone, folder):
    """What the verifier says first: it stops there, so that thousands of flips take seconds."""
    return [next(standalone.look(folder, None, []), "")]


def test_t1_every_flipped_byte_is_refused_and_its_file_named(pack, judges, standalone):
    missed, looked = [], 0
    for path in files(pack.folder):
        whole, name = path.read_bytes(), path.relative_to(pack.folder).as_posix()
        for number, at in enumerate(places(len(whole), 240)):
            for mask in MASKS if FULL else (MASKS[number % len(MASKS)],):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :])
                looked += 1
                if not named(first(standalone, pack.folder), name):
                    missed.append(("standalone", name, at, mask))
                if number % (1 if FULL else 5) == 0 and not named(judges(pack.folder)[0], name):
                    missed.append(("ours", name, at, mask))
        path.write_bytes(whole)
    assert not missed and looked > 1500
    assert judges(pack.folder) == ([], [])


def test_t1_every_flipped_byte_of_a_signed_pdf_is_refused_by_its_signature_alone(pack, standalone):
    whole = (pack.folder / PDF).read_bytes()
    key, _ = standalone.public_key(pack.signer.certificate)
    assert standalone.check_pdf(whole, key) is None
    gap = pdf_signature._RANGE.search(whole)
    begin, end = int(gap[2]), int(gap[3])
    missed = []
    for at in range(len(whole)):
        inside = begin < at < end - 1
        if inside and at % 5 and not FULL:  # each of these takes a whole check of the curve
            continue
        damaged = whole[:at] + bytes([whole[at] ^ 0x02]) + whole[at + 1 :]
        try:
            standalone.check_pdf(damaged, key)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            continue
        missed.append(at)
    # what is inside and is not seen stands in the certificate, in the padding, or in a name of CMS that
    # says nothing new: the sums and the signed statement see it (the test above)
    assert [at for at in missed if not begin < at < end - 1] == []


def test_t14_any_flip_in_what_is_signed_makes_a_pdf_invalid_and_says_where(pack):
    whole = (pack.folder / PDF).read_bytes()
    gap = pdf_signature._RANGE.search(whole)
    begin, end = int(gap[2]), int(gap[3])
    for at in range(0, len(whole), 1 if FULL else 41):
        damaged = whole[:at] + bytes([whole[at] ^ 0x01]) + whole[at + 1 :]
        found = pdf_signature.validate(damaged)
        if not begin <= at < end:
            assert found.wrong and not (found.intact and found.valid and found.whole), at
    found = pdf_signature.validate(whole[:300] + b"X" + whole[301:])
    assert found.wrong == (f"bytes 0-{begin - 1} or {end}-{len(whole) - 1} (what is signed) were changed",)
    middle = (begin + end) // 2
    flipped = whole[:middle] + (b"0" if whole[middle : middle + 1] != b"0" else b"1") + whole[middle + 1 :]
    for told in pdf_signature.validate(flipped).wrong:
        assert f"bytes {begin}-{end - 1}" in told


def test_t2_cut_at_every_length_a_file_is_refused_and_named(pack, judges, standalone):
    for path in files(pack.folder):
        whole, name = path.read_bytes(), path.relative_to(pack.folder).as_posix()
        for number, length in enumerate(places(len(whole), 100)):
            path.write_bytes(whole[:length])
            assert named(first(standalone, pack.folder), name), (name, length)
            if number % (1 if FULL else 10) == 0:
                assert named(judges(pack.folder)[0], name), (name, length)
        path.write_bytes(whole)


@pytest.mark.parametrize("tail", [b"\0", b"\n", b" ", b"%%EOF\n", b"x" * 4096])
def test_t2_appended_bytes_are_refused_in_every_file(pack, judges, tail):
    for path in files(pack.folder):
        whole, name = path.read_bytes(), path.relative_to(pack.folder).as_posix()
        path.write_bytes(whole + tail)
        ours, theirs = judges(pack.folder)
        assert named(ours, name) and named(theirs, name), (name, tail)
        path.write_bytes(whole)


def test_t3_a_file_that_is_removed_renamed_doubled_swapped_or_linked_is_named(pack, judges, tmp_path):
    for path in files(pack.folder):
        whole, name = path.read_bytes(), path.relative_to(pack.folder).as_posix()
        path.unlink()
        ours, theirs = judges(pack.folder)
        assert named(ours, name) and named(theirs, name), f"{name} removed"
        (pack.folder / "moved").write_bytes(whole)
        ours, theirs = judges(pack.folder)
        assert named(ours, name) and named(theirs, name) and named(ours, "moved"), f"{name} renamed"
        path.write_bytes(whole)
        ours, theirs = judges(pack.folder)
        assert named(ours, "moved: added") and named(theirs, "moved: added"), f"{name} doubled"
        (pack.folder / "moved").unlink()
        kept = tmp_path / "kept"
        kept.write_bytes(whole)
        path.unlink()
        path.symlink_to(kept)
        ours, theirs = judges(pack.folder)
        assert named(ours, name) and named(theirs, name), f"{name} a link"
        path.unlink()
        path.write_bytes(whole)
    one, two = pack.folder / "report.html", pack.folder / "junit.xml"
    first_, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first_)
    ours, theirs = judges(pack.folder)
    for name in ("report.html", "junit.xml"):
        assert named(ours, name) and named(theirs, name)


def test_t3_the_statement_of_another_run_by_the_same_key_is_refused(pack, judges, tmp_path, pdf):
    other = a_run(tmp_path / "other", "aborted", pack.signer, {PDF: pdf})
    other.seal()
    shutil.copyfile(other.folder / "statement.dsse.json", pack.folder / "statement.dsse.json")
    sums.write_sums(pack.folder)
    ours, theirs = judges(pack.folder)
    for lines in (ours, theirs):
        assert named(lines, "journal.jsonl") and named(lines, "assessment.json")


def test_t3_an_older_run_in_the_place_of_the_last_is_told_by_its_name(pack, tmp_path, pdf, standalone):
    """A whole pack put in another's place verifies: what it is stands in what is printed."""
    facts = []
    assert list(standalone.look(pack.folder, None, facts)) == []
    predicate = statement.parse(
        dsse.unwrap((pack.folder / "statement.dsse.json").read_bytes(), "it").payload, "it"
    )[1]
    assert facts[0] == f"run {predicate['run']}: inconclusive, {predicate['evidenceClass']}"


def process(*words):
    done = subprocess.run([sys.executable, "-I", *words], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_a_stranger_runs_the_verifier_alone(pack, tmp_path):
    """With Python's standard library and nothing else: isolated, in another folder, from another place."""
    trusted = shutil.copyfile(VERIFIER, tmp_path / "trusted.py")
    mine = certificates.read(pack.signer.certificate, "it").fingerprint
    code, told = process(str(pack.folder / "verify.py"))
    assert code == 0 and f"SHA256:{mine} (compare it with one got elsewhere" in told, told
    code, told = process(str(trusted), str(pack.folder), "--fingerprint", f"SHA256:{mine.upper()}")
    assert code == 0 and "as demanded" in told and not list(pack.folder.rglob("__pycache__"))
    code, told = process(str(trusted), str(pack.folder), "--fingerprint", "SHA256:" + "0" * 64)
    assert code == 20 and "certificate.pem: its key is SHA256:" in told
    assert process(str(trusted), str(pack.folder), "--fingerprint", "")[0] == 20, "an empty demand is one"
    (pack.folder / "evil\n\x1b[2Jname").write_text("x")
    (pack.folder / "report.html").write_text("forged")
    code, told = process(str(trusted), str(pack.folder))
    assert code == 20 and "report.html: changed" in told and "\x1b" not in told and "evil\\n\\x1b" in told
    assert process(str(trusted), str(tmp_path / "nothing"))[0] == 20


def test_the_verifier_is_short_and_imports_the_standard_library_alone():
    import ast

    text = VERIFIER.read_text()
    assert text.count("\n") <= 200
    imported = {
        name.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for name in node.names
    }
    assert imported <= set(sys.stdlib_module_names) and "from " not in {
        line[:5] for line in text.splitlines()
    }
    ast.parse(text, feature_version=(3, 9))


def test_the_verifiers_curve_agrees_with_the_library(standalone):
    signer = MemorySigner()
    key, _ = standalone.public_key(signer.certificate)
    for number in range(20):
        payload = b"%d" % number
        signature = signer.sign(payload)
        assert standalone.signed(key, payload, signature)
        assert not standalone.signed(key, payload + b"x", signature)
    zero = bytes.fromhex("3006020100020100")
    order = bytes.fromhex("3026022100") + standalone.N.to_bytes(32, "big") + bytes.fromhex("020101")
    negative = bytes.fromhex("30060201ff0201ff")
    assert not any(standalone.signed(key, b"x", forged) for forged in (zero, order, negative))
