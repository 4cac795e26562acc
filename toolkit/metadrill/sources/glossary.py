"""One glossary with categories and terms, and the terms' assignments to tables.

The `status` of a tie stays empty: Atlas 2.1.0 keeps no relationship attribute that is an
enumeration, whether it comes by import or by API, and reports no error (measured).
"""

from metadrill.sources import marks
from metadrill.sources.entities import entity
from metadrill.sources.world import Json, Ref, Tie, World

ANCHOR = {
    "AtlasGlossaryTerm": "AtlasGlossaryTermAnchor",
    "AtlasGlossaryCategory": "AtlasGlossaryCategoryAnchor",
}


def _anchored(world: World, member: Ref) -> Tie:
    return world.tie(ANCHOR[member.type_name], world.glossary(), member)


def _filed(world: World, category: int, term: int) -> Tie:
    about = {"description": f"filed under {category}", "status": None}
    ends = world.category(category), world.term(term)
    return world.tie("AtlasGlossaryTermCategorization", *ends, about)


def _assigned(world: World, term: int, table: int) -> Tie:
    about = {
        "description": f"table {table} means term {term}", "expression": None, "confidence": 50 + table % 50,
        "status": None, "createdBy": "synthetic", "steward": "platform", "source": "synthetic",
    }  # fmt: skip
    return world.tie("AtlasGlossarySemanticAssignment", world.term(term), world.table(table), about)


def meanings(world: World, table: int) -> list[Json]:
    """Given a table's number, return its assigned terms as the table shows them."""
    term = world.term_of(table)
    return [] if term is None else [_assigned(world, term, table).to(world.term(term))]


def glossary(world: World) -> Json:
    """Return the glossary's entity, which lists categories and terms."""
    ref = world.glossary()
    terms = [world.term(each) for each in range(world.shape.terms)]
    categories = [world.category(each) for each in range(world.shape.categories)]
    attributes = {
        "name": ref.name, "shortDescription": "invented words", "longDescription": "", "usage": "tests",
        "language": "en", "additionalAttributes": {"origin": "seed"},
    }  # fmt: skip
    relations: Json = {
        "terms": [_anchored(world, each).to(each) for each in terms],
        "categories": [_anchored(world, each).to(each) for each in categories],
    }
    return entity(ref, world.moment(0), attributes, relations)


def _below(world: World, parent: int, child: int) -> Tie:
    ends = world.category(parent), world.category(child)
    return world.tie("AtlasGlossaryCategoryHierarchyLink", *ends)


def category(world: World, number: int) -> Json:
    """Given a category's number, return its entity."""
    ref, parent = world.category(number), world.parent_of(number)
    attributes = {"name": ref.name, "shortDescription": f"drawer {number}", "longDescription": "",
                  "additionalAttributes": None}  # fmt: skip
    above = None if parent is None else _below(world, parent, number).to(world.category(parent))
    relations: Json = {
        "anchor": _anchored(world, ref).to(world.glossary()),
        "parentCategory": above,
        "childrenCategories": [
            _below(world, number, child).to(world.category(child)) for child in world.children_of(number)
        ],
        "terms": [_filed(world, number, term).to(world.term(term)) for term in world.terms_in(number)],
    }
    return entity(ref, world.moment(number), attributes, relations)


def _friends(world: World, number: int) -> Json:
    """Terms 2k and 2k + 1 see each other; every third pair are also synonyms."""
    other = number + 1 if number % 2 == 0 else number - 1
    if other >= world.shape.terms:
        return {}
    ends = world.term(min(number, other)), world.term(max(number, other))
    about = {"description": "invented", "steward": "platform", "source": "synthetic", "expression": None,
             "status": None}  # fmt: skip
    made = {"seeAlso": [world.tie("AtlasGlossaryRelatedTerm", *ends, about).to(world.term(other))]}
    if number // 2 % 3 == 0:
        made["synonyms"] = [world.tie("AtlasGlossarySynonym", *ends, about).to(world.term(other))]
    return made


def term(world: World, number: int) -> Json:
    """Given a term's number, return its entity."""
    ref, drawer = world.term(number), world.category_of(number)
    attributes = {
        "name": ref.name, "shortDescription": f"what {ref.name} means", "longDescription": "Größe ≠ Wert",
        "examples": [f"example {number}"], "abbreviation": f"T{number}", "usage": "tests",
        "additionalAttributes": {"rank": str(number)},
    }  # fmt: skip
    filed = [] if drawer is None else [_filed(world, drawer, number).to(world.category(drawer))]
    relations: Json = {
        "anchor": _anchored(world, ref).to(world.glossary()),
        "categories": filed,
        "assignedEntities": [
            _assigned(world, number, table).to(world.table(table)) for table in world.tables_meant_by(number)
        ],
        **_friends(world, number),
    }
    return {**entity(ref, world.moment(number), attributes, relations), **marks.on_term(world, number)}
