"""What two censuses are compared with: the engine that is asked for, and the list of what was erased."""

import pytest

from metadrill.app import comparing, configured, material
from metadrill.app.settings import Settings
from metadrill.census import asking
from metadrill.errors import DocumentError, EnvironmentNotReady, UsageError
from metadrill.model.stack import LISTS_ERASURES

GUID = "96a078c4-dc2a-435e-94ac-dbb9f524f595"


def test_without_a_list_nothing_was_erased_and_this_machine_compares():
    assert comparing.erased(Settings()) == frozenset()
    assert isinstance(comparing.engine(Settings()), asking.Local)


def test_a_list_has_a_guid_a_line_and_remarks(tmp_path):
    path = tmp_path / "erased"
    path.write_text(f"# by request 17\n\n{GUID.upper()}   # a person\n")
    assert comparing.erased(Settings(erasures=path)) == {GUID}


@pytest.mark.parametrize("line", ["nobody", f"{GUID} {GUID}", GUID[:-1], f"{GUID};"])
def test_a_line_that_is_no_guid_is_refused_with_its_place(tmp_path, line):
    path = tmp_path / "erased"
    path.write_text(f"{GUID}\n{line}\n")
    with pytest.raises(UsageError, match="line 2"):
        comparing.erased(Settings(erasures=path))


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_list_that_cannot_be_read_is_no_empty_one(tmp_path, content):
    path = tmp_path / "erased"
    if content:
        path.write_bytes(content)
    with pytest.raises(EnvironmentNotReady, match="cannot be read"):
        comparing.erased(Settings(erasures=path))


def test_the_configuration_names_engine_and_list_and_an_option_wins(tmp_path):
    path = tmp_path / "metadrill.yaml"
    path.write_text("engine: {name: spark, master: 'spark://there:7077'}\nerasures: erased\n")
    found = configured.settings(path, None, None)
    assert (found.engine.name, found.engine.master) == ("spark", "spark://there:7077")
    assert found.erasures == tmp_path / "erased"
    assert configured.settings(path, None, None, "local").engine.name == "local"
    path.write_text("engine: {name: abacus}\n")
    with pytest.raises(DocumentError, match="unknown value"):
        configured.settings(path, None, None)


@pytest.mark.parametrize("listed", [False, True])
def test_without_a_list_check_38_is_not_provable_and_the_plan_says_so(tmp_path, listed):
    settings = Settings(project=tmp_path, erasures=tmp_path / "erased" if listed else None)
    assert (LISTS_ERASURES in material.stack(settings, "atlas-2.1").abilities) is listed
    (plan, *_) = material.plans(settings, "corrupted-index")
    told = [line for line in plan.not_provable if line.startswith("check 38")]
    assert [line.partition("): ")[2] for line in told] == (
        [] if listed else ["no list of erasures is configured"]
    )
