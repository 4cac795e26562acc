"""Files into values: the one reader of YAML, from scenarios and drills to the configuration.

`load_drill(path)` and its like give frozen values with `source` and `digest`; whatever is wrong
in a file is one DocumentError that lists every problem as `path:line:column: what is wrong`.
`Project` finds content by name, `find` expands folders, `json_schema` says a format to editors.

`document` reads within budgets, `shapes` and `forms` say what a value may be, `kinds` holds
the table of each format, `paths` and `addresses` judge where a file may lead.
"""

from metadrill.loading.files import (
    Loaded,
    load,
    load_configuration,
    load_controls,
    load_dataset,
    load_drill,
    load_scenario,
    load_stack,
    load_suite,
    project_of,
)
from metadrill.loading.kinds import KINDS, json_schema
from metadrill.loading.project import Project, find, shipped
from metadrill.loading.shapes import Known

__all__ = [
    "KINDS",
    "Known",
    "Loaded",
    "Project",
    "find",
    "json_schema",
    "load",
    "load_configuration",
    "load_controls",
    "load_dataset",
    "load_drill",
    "load_scenario",
    "load_stack",
    "load_suite",
    "project_of",
    "shipped",
]
