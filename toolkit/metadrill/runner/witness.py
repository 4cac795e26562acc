"""The census's own figure beside each one of the witness, which counted by another route."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from metadrill.census import Census, digests, vouching


def rows(census: Census, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Given what the witness counted, return a row each: what, census, witness, by.

    `graph:<type>` is held against the entities (and the glossary) of that type, `graph:entities`
    against all of them, `index:entities` against the documents, and another name against the
    table of that name. A name may say its route after an `@`. What the census does not have
    counts 0: it disagrees. Each table is read once, piece by piece. Raises BackupError.
    """
    whole, kinds = digests.counts(census), Counter(digests.types(census))
    kinds.update(digests.valued(census, "glossary", "kind"))
    found = []
    for name, witness in sorted(counts.items()):
        what, route = vouching.parted(name)
        if what.startswith(vouching.GRAPH) and what not in vouching.WHOLE:
            ours = kinds[what.removeprefix(vouching.GRAPH)]
        else:
            ours = whole.get(vouching.WHOLE.get(what, what), 0)
        row = {"what": what, "census": ours, "witness": witness}
        found.append({**row, "by": route})
    return found
