"""Shapes made of shapes: lists, mappings, records, and things picked by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from metadrill.loading.document import Entry, Node, Scalar, Series, Table
from metadrill.loading.located import Address, ProjectFile
from metadrill.loading.problems import nearest
from metadrill.loading.shapes import (
    Choice,
    Duration,
    Free,
    Integer,
    Named,
    Reading,
    Shape,
    Text,
    Written,
    called,
)
from metadrill.model.scenario import Action

NAME = Text("a name", "[a-z0-9][a-z0-9-]*", 100)
VERSIONED_NAME = Text("a name", "[a-z0-9][a-z0-9-]*(\\.[a-z0-9-]+)*", 100)
WORD = Text("a name", "[A-Za-z_][A-Za-z0-9_]*", 100)


class Field(NamedTuple):
    """A key of a record: what its value looks like, and whether it must be there."""

    shape: Shape
    required: bool = False


def must(shape: Shape) -> Field:
    """Return a key that has to be there."""
    return Field(shape, required=True)


def may(shape: Shape) -> Field:
    """Return a key that may be left out."""
    return Field(shape)


class Listed(NamedTuple):
    """A list of one shape; `least` is how many there must be. Equal texts twice are refused.

    Of records, two with the same text under the key `by` are.
    """

    item: Shape
    least: int = 0
    by: str = ""

    def read(self, node: Node, reading: Reading) -> tuple[Any, ...]:
        if not isinstance(node, Series):
            reading.wrong(node.place, f"expected a list, found {called(node)}")
            return ()
        if len(node.items) < self.least:
            reading.wrong(node.place, f"at least {self.least} needed, found {len(node.items)}")
        values = tuple(self.item.read(item, reading) for item in node.items)
        seen: set[str] = set()
        for item, found in zip(node.items, values, strict=True):
            value = found.get(self.by) if self.by else found
            if isinstance(value, str) and value in seen:
                reading.wrong(item.place, f"{reading.quote(value)} stands twice")
            elif isinstance(value, str) and value:
                seen.add(value)
        return values

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.schema(), "minItems": self.least}


class Mapped(NamedTuple):
    """A mapping of free names to values of one shape; `name` is what a name must look like."""

    value: Shape
    name: Text | None = None

    def read(self, node: Node, reading: Reading) -> dict[str, Any]:
        if not isinstance(node, Table):
            reading.wrong(node.place, f"expected a mapping, found {called(node)}")
            return {}
        if self.name:
            for entry in node.entries:
                self.name.read(Scalar(entry.key, entry.at), reading)
        return {entry.key: self.value.read(entry.value, reading) for entry in node.entries}

    def schema(self) -> dict[str, Any]:
        names = {"propertyNames": self.name.schema()} if self.name else {}
        return {"type": "object", "additionalProperties": self.value.schema(), **names}


class Record(NamedTuple):
    """A mapping of known keys. Of the keys in `one_of` exactly one must be there, not two of `not_both`.

    `hint` says what to write where it is no mapping.
    """

    fields: Mapping[str, Field]
    one_of: tuple[str, ...] = ()
    not_both: tuple[str, ...] = ()
    hint: str = ""

    def read(self, node: Node, reading: Reading) -> dict[str, Any]:
        if not isinstance(node, Table):
            reading.wrong(node.place, f"expected a mapping, found {called(node)}", self.hint)
            return {}
        values = {entry.key: self._value(entry, reading) for entry in node.entries}
        for key, item in self.fields.items():
            if item.required and key not in values:
                reading.wrong(node.place, f"missing key '{key}'")
        if self.one_of and len([key for key in self.one_of if key in values]) != 1:
            reading.wrong(node.place, f"exactly one of {', '.join(self.one_of)} is needed")
        if self.not_both and set(self.not_both) <= set(values):
            reading.wrong(
                node.place, f"{' and '.join(self.not_both)} are both given", "leave one of them away"
            )
        return values

    def _value(self, entry: Entry, reading: Reading) -> Any:
        if entry.key in self.fields:
            return self.fields[entry.key].shape.read(entry.value, reading)
        reading.wrong(entry.at, f"unknown key {reading.quote(entry.key)}", nearest(entry.key, self.fields))
        return None

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {key: item.shape.schema() for key, item in self.fields.items()},
            "required": [key for key, item in self.fields.items() if item.required],
        }
        if self.one_of:
            schema["oneOf"] = [{"required": [key]} for key in self.one_of]
        if self.not_both:
            schema["not"] = {"required": list(self.not_both)}
        return schema


class Form(NamedTuple):
    """The parameters of a named thing; `primary` is the key that a bare value stands for."""

    shape: Shape
    primary: str = ""

    def read(self, entry: Entry, reading: Reading) -> dict[str, Any]:
        bare = isinstance(entry.value, Scalar) and entry.value.value is not None
        node: Node = entry.value
        if self.primary and bare:
            node = Table((Entry(self.primary, entry.value.place, entry.value),), entry.value.place)
        values: dict[str, Any] = self.shape.read(node, reading)
        return values

    def schema(self) -> dict[str, Any]:
        if not (self.primary and isinstance(self.shape, Record)):
            return self.shape.schema()
        return {"anyOf": [self.shape.fields[self.primary].shape.schema(), self.shape.schema()]}


WITHIN = Written(Duration())
ARGS = Listed(Written(Text()))
PARAMS = Free({"within": WITHIN, "command": ProjectFile(), "runbook": ProjectFile(), "url": Address()})
ANY_FORM = Form(PARAMS)
COMMAND = Form(
    Record({"command": must(ProjectFile()), "args": may(ARGS), "within": may(WITHIN)}),
    primary="command",
)
HTTP = Form(
    Record({
        "url": must(Address()),
        "method": may(Choice(("GET", "HEAD", "POST", "PUT", "DELETE"))),
        "body": may(Text()),
        "status": may(Integer(100, 599)),
        "within": may(WITHIN),
    }),
    primary="url",
)  # fmt: skip
SUITE = Form(Record({"name": must(NAME), "within": may(WITHIN)}), primary="name")
SEARCH = Form(Record({"type": must(WORD), "within": may(WITHIN)}), primary="type")
PROCEDURE = Form(
    Record(
        {
            "command": may(ProjectFile()),
            "runbook": may(ProjectFile()),
            "args": may(ARGS),
            "within": may(WITHIN),
        },
        one_of=("command", "runbook"),
    )
)


class Picked(NamedTuple):
    """A fault, probe or recovery: `name`, or `name: parameters`. Gives an Action.

    `forms` are the parameters of the names whose keys are fixed; they are known to everybody.
    `words` stand alone, without parameters.
    """

    name: Named
    forms: Mapping[str, Form] = MappingProxyType({})
    words: tuple[str, ...] = ()

    def read(self, node: Node, reading: Reading) -> Action:
        if isinstance(node, Scalar):
            value = self.name.read(node, reading)
            if value in self.forms and value not in self.words:
                reading.wrong(node.place, f"'{value}' needs its parameters", f"{value}: ...")
            return Action(value)
        if not isinstance(node, Table) or len(node.entries) != 1:
            found = f"{len(node.entries)} keys" if isinstance(node, Table) else called(node)
            reading.wrong(node.place, f"expected one {self.name.singular} by name, found {found}")
            return Action("")
        entry = node.entries[0]
        self.name.check(entry.key, entry.at, reading)
        return Action(entry.key, self.forms.get(entry.key, ANY_FORM).read(entry, reading))

    def schema(self) -> dict[str, Any]:
        table: dict[str, Any] = {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": self.name.schema(),
            "properties": {key: form.schema() for key, form in self.forms.items()},
            "additionalProperties": ANY_FORM.schema(),
        }
        return {"anyOf": [self.name.schema(), table]}
