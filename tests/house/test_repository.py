"""What lies where, what no text may say, and what the wheel carries."""

import io
import os
import re
import subprocess
import sys
import tokenize
import zipfile

CONTENT = ("scenarios", "drills", "fixtures", "reports")
FOLDERS = {*CONTENT, "toolkit", "tests"}
FILES = {"README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml"}

# from fragments, so that this file names no registry either
REGISTRIES = tuple(
    ".".join(labels)
    for labels in (
        ("pypi", "org"), ("pythonhosted", "org"), ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"), ("search", "maven", "org"), ("central", "sonatype", "com"),
        ("oss", "sonatype", "org"), ("registry", "npmjs", "org"), ("npmjs", "com"), ("crates", "io"),
        ("ghcr", "io"), ("quay", "io"), ("gcr", "io"), ("hub", "docker", "com"),
        ("docker", "elastic", "co"), ("artifacts", "elastic", "co"), ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"), ("proxy", "golang", "org"), ("conda", "anaconda", "org"),
        ("repo", "anaconda", "com"),
    )
)  # fmt: skip
PLACES = re.compile(r"(?<![\w.$~])/(?:home|root|work|tmp)/\w")


def test_the_top_holds_the_content_the_toolkit_and_nothing_else(top):
    names = {path.name for path in top.iterdir() if not path.name.startswith(".")}
    assert names - {"build", "dist"} == FOLDERS | FILES


def test_no_text_names_a_registry(texts):
    found = [f"{path}: {host}" for path, text in texts for host in REGISTRIES if host in text.lower()]
    assert len(texts) > 200 and not found


def test_the_locked_requirements_have_hashes_and_no_address(top):
    for name in ("run.txt", "dev.txt", "spark.txt"):
        text = (top / "toolkit" / "requirements" / name).read_text()
        assert "://" not in text and "--index-url" not in text and "--find-links" not in text
        pinned = re.findall(r"^[\w.\[\]-]+==.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+", text, re.MULTILINE)
        assert pinned and len(pinned) == len(re.findall(r"^[\w.\[\]-]+==", text, re.MULTILINE))


def test_no_page_names_a_place_on_somebodys_machine(docs):
    found = [
        f"{path}: {line}" for path, text in docs.items() for line in text.splitlines() if PLACES.search(line)
    ]
    assert not found


def test_every_ignore_carries_its_reason_on_the_line(python):
    bare = []
    for path, text in python:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type != tokenize.COMMENT:
                continue
            words = token.string
            if re.search(r"\bnoqa\b", words) and not re.search(r"noqa: [A-Z0-9, ]+ - \w", words):
                bare.append(f"{path}:{token.start[0]}: {words}")
            if "type: ignore" in words and not re.search(r"type: ignore\[[\w, -]+\]\s+# \w", words):
                bare.append(f"{path}:{token.start[0]}: {words}")
    assert not bare


def test_the_version_stands_in_one_place(top):
    from metadrill import __version__

    assert 'dynamic = ["version"]' in (top / "pyproject.toml").read_text()
    assert f"## [{__version__}]" in (top / "CHANGELOG.md").read_text()


def test_the_wheel_carries_the_content(top, tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(
        build, cwd=top, capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in CONTENT:
        files = [
            path for path in (top / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
        ]
        lost = [path for path in files if f"metadrill/content/{path.relative_to(top)}" not in names]
        assert files and not lost
    assert "metadrill/stacks/atlas_elasticsearch/groovy/repair.groovy" in names
    assert not [name for name in names if name.startswith(("tests/", "metadrill/content/tests"))]
