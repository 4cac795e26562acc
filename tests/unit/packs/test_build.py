"""What `packs.build` leaves in a run's folder."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from metadrill import judging, packs
from metadrill.errors import EnvironmentNotReady, JournalError
from metadrill.packs import content

FILES = {"journal.jsonl", "assessment.json", "report.html", "junit.xml", "as-run.sh", "SHA256SUMS"}


def build(sample) -> tuple[Path, ...]:
    return packs.build(sample.folder, sample.assessment, sample.reading)


def test_every_file_is_written_and_nothing_else(sample):
    paths = build(sample)
    assert {path.name for path in sample.folder.iterdir()} == FILES
    assert {path.name for path in paths} == FILES - {"journal.jsonl"}


def test_built_again_it_is_the_same_bytes(sample):
    first = {path.name: path.read_bytes() for path in build(sample)}
    assert {path.name: path.read_bytes() for path in build(sample)} == first


def test_the_assessment_is_read_back_as_it_was(sample):
    build(sample)
    body = json.loads((sample.folder / "assessment.json").read_text("utf-8"))
    assert judging.to_json(judging.from_json(body)) == judging.to_json(sample.assessment)


def test_the_script_alone_is_executable(sample):
    modes = {path.name: path.stat().st_mode & 0o777 for path in build(sample)}
    assert modes.pop("as-run.sh") == 0o755
    assert set(modes.values()) == {0o644}


def test_a_folder_that_cannot_take_the_file_keeps_no_half_of_it(sample):
    (sample.folder / "report.html").mkdir()
    with pytest.raises(OSError, match=r"report\.html"):
        build(sample)
    assert not list(sample.folder.glob(".*"))


def test_sha256sum_agrees_with_the_sums(sample):
    build(sample)
    sha256sum = shutil.which("sha256sum") or pytest.skip("no sha256sum on this machine")
    done = subprocess.run(
        [sha256sum, "-c", "--strict", "SHA256SUMS"], cwd=sample.folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == len(FILES) - 1
    assert packs.verify_sums(sample.folder) == ()


def test_a_changed_a_missing_and_an_added_file_are_named(sample):
    build(sample)
    with (sample.folder / "report.html").open("a") as file:
        file.write(" ")
    (sample.folder / "junit.xml").unlink()
    (sample.folder / "logs").mkdir()
    (sample.folder / "logs" / "new\nline\\.log").write_text("x")
    assert packs.verify_sums(sample.folder) == (
        "junit.xml: missing",
        "logs/new\nline\\.log: added",
        "report.html: changed",
    )


def test_names_with_line_breaks_and_backslashes_are_summed_as_sha256sum_reads_them(sample):
    names = ["a\nb", "c\\d", "e\\nf", "g\rh", "\\"]
    for name in names:
        (sample.folder / name).write_text(name)
    build(sample)
    assert packs.verify_sums(sample.folder) == ()
    sha256sum = shutil.which("sha256sum") or pytest.skip("no sha256sum on this machine")
    done = subprocess.run([sha256sum, "-c", "--strict", "SHA256SUMS"], cwd=sample.folder, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_file_replaced_by_a_link_to_its_copy_is_changed(sample, tmp_path):
    build(sample)
    copy = tmp_path / "copy"
    shutil.move(sample.folder / "junit.xml", copy)
    (sample.folder / "junit.xml").symlink_to(copy)
    assert packs.verify_sums(sample.folder) == ("junit.xml: changed",)


@pytest.mark.parametrize("text", ["no sums at all\n", "abc  x\n", f"{'0' * 64} x\n"])
def test_sums_that_cannot_be_read_are_an_error_with_their_line(tmp_path, text):
    (tmp_path / "SHA256SUMS").write_text(text)
    with pytest.raises(JournalError, match=r"SHA256SUMS:1: not a line of sums"):
        packs.verify_sums(tmp_path)


def test_a_folder_without_sums_is_an_error(tmp_path):
    with pytest.raises(JournalError, match="SHA256SUMS"):
        packs.verify_sums(tmp_path)


def test_templates_inside_the_package_come_before_those_of_the_checkout(tmp_path):
    package = tmp_path / "toolkit" / "metadrill"
    outside, inside = tmp_path / "reports", package / "content" / "reports"
    (outside / "templates").mkdir(parents=True)
    assert content.reports(package) == outside
    (inside / "templates").mkdir(parents=True)
    assert content.reports(package) == inside


def test_a_package_without_templates_says_so(tmp_path):
    with pytest.raises(EnvironmentNotReady, match="no report templates"):
        content.reports(tmp_path / "toolkit" / "metadrill")


def test_the_journal_decides_the_bytes_of_the_report(sample):
    build(sample)
    before = (sample.folder / "report.html").read_bytes()
    other = replace(sample, reading=replace(sample.reading, head="f" * 64))
    build(other)
    assert (sample.folder / "report.html").read_bytes() != before
