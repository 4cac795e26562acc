"""The pages that are written from the code, and what else the house tests read out of it."""

import ast
import inspect

import click

from metadrill.cli.commands import COMMANDS, SECTIONS
from metadrill.cli.main import metadrill
from metadrill.errors import MEANING, PRECEDENCE
from metadrill.model.event import KINDS

COMMON = ("--json", "--quiet", "--verbose", "--no-color", "--config", "--ledger", "--fail-on")


def every_command():
    """Return (name as typed, command) of every command and subcommand, groups before theirs."""
    found = []
    for name in COMMANDS:
        command = metadrill.get_command(click.Context(metadrill), name)
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {below}", one) for below, one in sorted(command.commands.items())]
    return found


def options(command):
    """Return the long names of a command's options."""
    return [item.opts[-1] for item in command.params if isinstance(item, click.Option)]


def _written(option):
    names = ", ".join(f"`{name}`" for name in option.opts)
    if isinstance(option.type, click.Choice):
        names = names[:-1] + " " + "\\|".join(option.type.choices) + "`"
    elif not option.is_flag and not option.count:
        names = names[:-1] + f" {option.type.name.upper()}`"
    default = f" (default `{option.default}`)" if option.show_default else ""
    return f"| {names} | {option.help or ''}{default} |"


def _table(rows):
    return ["", "| option | what it does |", "|---|---|", *rows]


def _section(name, command):
    usage = " ".join(item.make_metavar(click.Context(command)) for item in command.params
                     if isinstance(item, click.Argument))  # fmt: skip
    if isinstance(command, click.Group):
        usage = "|".join(sorted(command.commands))
    own = [item for item in command.params if isinstance(item, click.Option) and item.opts[-1] not in COMMON]
    usage = " ".join(word for word in (name, "[OPTIONS]" if command.params else "", usage) if word)
    lines = [f"## metadrill {name}", f"`metadrill {usage}`", "", inspect.cleandoc(command.help or "")]
    if own:
        lines += _table([_written(item) for item in own])
    if set(COMMON) <= set(options(command)):
        lines += ["", "And the options that every command takes."]
    return [*lines, ""]


def commands():
    """Return `commands.md`."""
    lines = [
        "# Commands",
        "",
        "Written from the code by `tests/house/test_docs.py`; do not edit by hand.",
        "",
    ]
    for section in SECTIONS:
        names = [name for name, entry in COMMANDS.items() if entry.section == section]
        lines.append(f"- **{section}**: " + " · ".join(f"`{name}`" for name in names))
    run = metadrill.get_command(click.Context(metadrill), "run")
    common = [item for item in run.params if isinstance(item, click.Option) and item.opts[-1] in COMMON]
    lines += ["", "Codes are in [exit-codes.md](exit-codes.md).", "", "## Options that every command takes"]
    lines += _table([_written(item) for item in common])
    lines += ["", "`metadrill --version` says the version, `-h` or `--help` after any command its help.", ""]
    for name, command in every_command():
        lines += _section(name, command)
    return "\n".join(lines).rstrip() + "\n"


_EVENTS = """# Events of the journal

Written from the code by `tests/house/test_docs.py`; do not edit by hand.

`journal.jsonl` holds one event a line, and is the only thing that measurement, verdict and report are
derived from. An event is `{seq, at, mono_ns, kind, data, prev}`: `seq` is its number, `at` is UTC for
readers, `mono_ns` is the monotonic clock in nanoseconds (differences of it are the durations), `prev` is the
SHA-256 of the previous line's bytes on disk. Each line is on disk before the next thing happens. Kinds are
past tense and carry facts; a reader keeps kinds that it does not know. `drill.closed` is the last; without
it nothing passes.

`metadrill explain KIND` prints the same.

| kind | data |
|---|---|
"""


def events():
    """Return `events.md`."""
    return _EVENTS + "".join(
        f"| `{kind}` | {data.replace('|', chr(92) + '|')} |\n" for kind, data in KINDS.items()
    )


_CODES = """# Exit codes

Written from the code by `tests/house/test_docs.py`; do not edit by hand.

An unknown error is a failure (1), never a pass. Where several codes apply, the process exits with the one
of the lowest rank; `assessment.json` lists all of them. `--fail-on LEVEL` lets codes milder than the level
exit 0; the true code still stands in the assessment. `metadrill explain 5` prints a line of this table.

| code | means | rank |
|---|---|---|
"""


def codes():
    """Return `exit-codes.md`."""
    rows = sorted((int(code), text, PRECEDENCE.index(code) + 1) for code, text in MEANING.items())
    return _CODES + "".join(f"| {code} | {text} | {rank} |\n" for code, text, rank in rows)


def promised(tree):
    """Return the names of methods that a Protocol or another class of the package explains."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.dump(base) for base in node.bases):
            yield from (item.name for item in node.body if isinstance(item, ast.FunctionDef))


def bare(tree, roles):
    """Return (line, name) of what is public and has no docstring.

    Not asked of a method that implements a role (the Protocol says what it does) or overrides a
    class from outside the package, nor of a contract's test, whose name is a sentence.
    """
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield node.lineno, node.name
            if isinstance(node, ast.ClassDef):
                yield from ((line, f"{node.name}.{name}") for line, name in _methods(node, roles))


def _methods(node, roles):
    foreign = any(isinstance(base, ast.Attribute) for base in node.bases)
    for item in node.body:
        if not isinstance(item, ast.FunctionDef) or item.name.startswith(("_", "test_")):
            continue
        if not (ast.get_docstring(item) or item.name in roles or foreign):
            yield item.lineno, item.name
