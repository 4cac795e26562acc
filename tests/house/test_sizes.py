"""A file has one reason and at most 300 lines; a function at most 40 lines and 5 parameters."""

import ast

FILE, FUNCTION, PARAMETERS = 300, 40, 5

LONGER = {"toolkit/metadrill/runner/line.py:run": 60}
"""Functions that may be longer, and up to where. `run` is the straight line of a drill, which is
read from top to bottom (house.md)."""

SPANS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _functions(python):
    for path, text in python:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, SPANS):
                yield f"{path}:{node.name}", node


def test_no_file_is_longer_than_300_lines(python):
    long = {path: lines for path, text in python if (lines := text.count("\n")) > FILE}
    assert not long


def test_no_function_is_longer_than_40_lines(python):
    long = {
        f"{name} (line {node.lineno})": lines
        for name, node in _functions(python)
        if (lines := node.end_lineno - node.lineno + 1) > LONGER.get(name, FUNCTION)
    }
    assert not long


def test_no_function_takes_more_than_5_parameters(python):
    many = {}
    for name, node in _functions(python):
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        own = [item.arg for item in given if item.arg not in ("self", "cls")]
        if len(own) > PARAMETERS:
            many[f"{name} (line {node.lineno})"] = own
    assert not many
