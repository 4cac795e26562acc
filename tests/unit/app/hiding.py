"""A twin with a type that nobody who asks type by type comes upon: only who counts everything counts it.

The twin of this folder is made of it, as a plugin; which type it hides, if any, stands in TWIN_HIDES.
"""

import os
from dataclasses import asdict

from metadrill.testing import MemoryStack
from metadrill.testing.graph import Graph

ALL = "graph:entities@checkstate"


class Hiding(Graph):
    """A graph that has entities of one type, and names none of them."""

    def __init__(self):
        super().__init__()
        self.hidden = {}

    def put(self, entity):
        if entity.type == os.environ.get("TWIN_HIDES"):
            self.hidden[entity.guid] = entity
        else:
            super().put(entity)

    def dump(self):
        """Return all of it: its files hold what it does not name."""
        whole = super().dump()
        return {**whole, "entities": [*whole["entities"], *map(asdict, self.hidden.values())]}


class Counted(MemoryStack):
    """The in-memory stack, with such a graph: of the type it tells in a count of all, and nowhere else."""

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self.graph = Hiding()

    def witness(self):
        counts = super().witness()
        return {**counts, ALL: counts[ALL] + len(self.graph.hidden)}

    def export(self, into, deadline):
        facts = super().export(into, deadline)
        return {**facts, "entities": facts["entities"] + len(self.graph.hidden)}
