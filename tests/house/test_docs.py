"""What the program knows by name stands in the documentation, and the documentation names nothing else.

`toolkit/docs/commands.md`, `events.md` and `exit-codes.md` are written from the code. After a change:
METADRILL_DOCS=write pytest tests/house/test_docs.py, and read the difference before it is committed.
"""

import ast
import importlib.util
import os
import re
from pathlib import Path

import pytest

from metadrill import plugins
from metadrill.app import material
from metadrill.errors import Code
from metadrill.model.event import KINDS
from metadrill.runner import probes

_SPEC = importlib.util.spec_from_file_location("generated", Path(__file__).with_name("generated.py"))
generated = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(generated)

PAGES = {"commands.md": generated.commands, "events.md": generated.events, "exit-codes.md": generated.codes}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_written_from_the_code_is_up_to_date(top, name):
    page = top / "toolkit" / "docs" / name
    if os.environ.get("METADRILL_DOCS") == "write":
        page.write_text(PAGES[name](), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == PAGES[name]()


def test_every_command_and_option_is_documented(docs):
    page = docs["toolkit/docs/commands.md"]
    missing = []
    for name, command in generated.every_command():
        assert f"## metadrill {name}\n" in page
        missing += [f"{name} {option}" for option in generated.options(command) if f"`{option}" not in page]
    assert not missing


def test_every_event_kind_is_documented(docs):
    assert [kind for kind in KINDS if f"| `{kind}` |" not in docs["toolkit/docs/events.md"]] == []


def test_every_kind_that_is_recorded_is_in_the_table_of_kinds(package):
    recorded = {
        node.args[0].value
        for tree in package.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if getattr(node.func, "attr", getattr(node.func, "id", "")) in ("record", "_record")
    }
    assert recorded and recorded <= set(KINDS)


def test_every_exit_code_is_documented(docs):
    page = docs["toolkit/docs/exit-codes.md"]
    assert [int(code) for code in Code if f"| {int(code)} |" not in page] == []


def test_every_fault_probe_and_recovery_is_documented(docs):
    page = docs["toolkit/docs/faults.md"]
    roles = {*plugins.registered("faults"), *plugins.registered("recoveries"), *probes.PROBES, "suite"}
    assert [name for name in sorted(roles) if f"### {name}\n" not in page] == []


def test_the_documentation_names_no_fault_probe_or_recovery_that_is_not_there(docs):
    known = {*plugins.registered("faults"), *plugins.registered("recoveries"), *probes.PROBES, "suite"}
    assert set(re.findall(r"^### (\S+)$", docs["toolkit/docs/faults.md"], re.MULTILINE)) == known


def test_every_signer_is_documented(docs):
    page = docs["toolkit/docs/evidence.md"]
    assert set(re.findall(r"^### (\S+)$", page, re.MULTILINE)) == set(plugins.registered("signers"))


def test_every_probe_that_a_scenario_may_name_can_be_made(top):
    assert material.known().probes == {*probes.PROBES, "suite"}


def test_every_suite_is_documented(top, docs):
    page = docs["toolkit/docs/checks.md"]
    suites = [path.stem for path in (top / "fixtures" / "suites").glob("*.yaml")]
    assert suites and [name for name in suites if f"| {name} |" not in page] == []


def test_every_dataset_and_kind_of_step_is_documented(top, docs):
    page = docs["toolkit/docs/datasets.md"]
    datasets = [path.stem for path in (top / "fixtures" / "datasets").glob("*.yaml")]
    assert datasets and [name for name in datasets if f"`{name}`" not in page] == []


def test_the_first_page_of_a_newcomer_is_short(docs):
    assert docs["toolkit/ARCHITECTURE.md"].count("\n") <= 120


def test_every_link_between_pages_leads_somewhere(top, docs):
    broken = []
    for path, text in docs.items():
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
            if "://" not in target and not (top / path).parent.joinpath(target).exists():
                broken.append(f"{path}: {target}")
    assert not broken


def test_every_decision_has_context_options_choice_and_price(top):
    pages = sorted((top / "toolkit" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    parts = ("## Context", "## Options", "## Choice", "## Price")
    lacking = [f"{page.name}: {part}" for page in pages for part in parts if part not in page.read_text()]
    assert pages and not lacking


def test_every_change_fragment_is_named_after_its_issue_and_kind(top):
    found = [path.name for path in (top / "toolkit" / "changes").iterdir() if path.name != "README.md"]
    shape = re.compile(r"\d+\.(feature|fix|change|removal|docs|security)\.md")
    assert [name for name in found if not shape.fullmatch(name)] == []


def test_nothing_public_is_without_a_docstring(package):
    roles = {name for tree in package.values() for name in generated.promised(tree)}
    bare = []
    for path, tree in package.items():
        bare += [] if ast.get_docstring(tree) else [path]
        bare += [f"{path}:{line} {name}" for line, name in generated.bare(tree, roles)]
    assert not bare
