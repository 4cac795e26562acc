"""Adapters by name, from entry points of any distribution."""

import subprocess
import sys

import pytest

from metadrill import plugins
from metadrill.errors import EnvironmentNotReady, UsageError


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a distribution that has nothing but entry points."""

    def install(name, text):
        info = tmp_path / name / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path / name))
        plugins.registered.cache_clear()

    yield install
    plugins.registered.cache_clear()


@pytest.mark.parametrize("role", plugins.ROLES)
def test_every_role_has_an_adapter_of_our_own_and_each_can_be_loaded(role):
    found = plugins.registered(role)
    assert found
    for plugin in found.values():
        assert plugin.distribution == "metadrill" and callable(plugin.load())
        assert plugin.facts == {
            "role": role, "name": plugin.name, "distribution": "metadrill", "version": plugin.version
        }  # fmt: skip


def test_an_adapter_of_another_distribution_is_found_and_named_as_its_own(installed):
    installed("some-adapter", "[metadrill.faults]\npower_cut = json:JSONDecoder\n")
    plugin = plugins.pick("faults", "power_cut")
    assert (plugin.distribution, plugin.version) == ("some-adapter", "1.0")
    assert plugin.load().__name__ == "JSONDecoder"


def test_a_name_that_two_distributions_give_is_refused(installed):
    installed("usurper", "[metadrill.sandboxes]\nprocess = json:JSONDecoder\n")
    with pytest.raises(UsageError, match="sandboxes 'process' is in ") as caught:
        plugins.pick("sandboxes", "process")
    assert "usurper" in caught.value.message and "uninstall one" in caught.value.hint


def test_comments_other_groups_and_extras_are_no_part_of_an_adapter(installed):
    installed("some-adapter", "[console_scripts]\na = b:c\n\n[metadrill.faults]\n# x = y:z\n"
              "power_cut = json : JSONDecoder [fast]\n[other]\npower_loss = d:e\n")  # fmt: skip
    found = plugins.registered("faults")
    assert found["power_cut"].load().__name__ == "JSONDecoder"
    assert not {"a", "# x", "power_loss"} & set(found)


def test_the_first_of_two_distributions_of_one_name_hides_the_other(installed):
    installed("some-adapter", "[metadrill.faults]\nold_cut = json:JSONDecoder\n")
    installed("Some-Adapter", "[metadrill.faults]\nnew_cut = json:JSONDecoder\n")
    found = plugins.registered("faults")
    assert "new_cut" in found and "old_cut" not in found


@pytest.mark.parametrize("target", ["no_such_module:X", "json:NoSuchName"])
def test_one_that_cannot_be_loaded_is_an_environment_that_is_not_ready(installed, target):
    installed("broken", f"[metadrill.faults]\nbroken = {target}\n")
    with pytest.raises(EnvironmentNotReady, match="faults 'broken' of broken: cannot be loaded"):
        plugins.pick("faults", "broken").load()


@pytest.mark.parametrize(
    ("role", "name", "told", "hint"),
    [
        ("sandboxes", "proces", "unknown sandbox 'proces'", "did you mean 'process'?"),
        ("recoveries", "index_rebuilt", "unknown recovery 'index_rebuilt'", "did you mean 'index_rebuild'?"),
        ("faults", "qqq", "unknown fault 'qqq'", "there are: alter_documents, corrupt_index_file"),
    ],
)
def test_an_unknown_name_gets_the_nearest_one(role, name, told, hint):
    with pytest.raises(UsageError) as caught:
        plugins.pick(role, name)
    assert caught.value.message == told and hint in caught.value.hint


def test_a_role_without_any_adapter_says_that_the_installation_is_not_whole():
    with pytest.raises(EnvironmentNotReady, match="no toys are registered"):
        plugins.registered("toys")


def test_looking_adapters_up_imports_none_of_them():
    script = """
import sys
from metadrill import plugins
for role in plugins.ROLES:
    plugins.registered(role)
print(sorted(name for name in sys.modules if name.startswith("metadrill.")))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "['metadrill.errors', 'metadrill.plugins']\n"


def test_validating_a_drill_imports_no_library_that_it_has_no_use_for():
    script = """
import sys
from metadrill.cli import main
main.run(["validate", "drills/corrupted-index.yaml"])
heavy = {"importlib.metadata", "requests", "pyarrow", "great_expectations", "difflib", "json"}
print(sorted(heavy & set(sys.modules)))
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["1 of 1 files are right", "[]"]
