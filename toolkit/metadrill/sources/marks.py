"""What is put on entities: classifications, labels, business metadata, custom attributes."""

from metadrill.sources import typedefs
from metadrill.sources.world import Json, Ref, World

TEAMS = ("billing", "logistics", "marketing", "Ärzte-Service", "platform")
LABELS = ("gold", "silver", "deprecated", "audited", "draft")


def _classified(ref: Ref, name: str, attributes: Json, *, propagate: bool = True) -> Json:
    return {
        "typeName": name,
        **({"attributes": attributes} if attributes else {}),
        "entityGuid": ref.guid,
        "entityStatus": "ACTIVE",
        "propagate": propagate,
        "removePropagationsOnEntityDelete": propagate,
    }


def on_database(world: World, number: int) -> Json:
    """Given a database, return its marks: business metadata on every second one."""
    team = world.seed.pick(TEAMS, "team of database", number)
    described = {typedefs.STEWARDSHIP: {"owner_team": team, "cost_centre": 4000 + number, "on_call": True}}
    return {"labels": ["synthetic"], **({"businessAttributes": described} if number % 2 == 0 else {})}


def on_table(world: World, number: int) -> Json:
    """Given a table, return its marks."""
    shape = world.shape
    marks: Json = {}
    if number % shape.classified_every == 0:
        marks["classifications"] = _of_table(world, number)
    if number % shape.described_every == 0:
        marks["businessAttributes"] = _description(world, number)
        marks["customAttributes"] = {"ticket": f"DATA-{number}", "import_batch": str(number % 7)}
    first = world.seed.below(len(LABELS), "label", number)
    if number % 4 != 3:
        marks["labels"] = sorted({LABELS[first], LABELS[(first + number) % len(LABELS)]})
    return marks


def _of_table(world: World, number: int) -> list[Json]:
    """Every classified table has one that travels; every second also one that stays."""
    ref, turn = world.table(number), number // world.shape.classified_every
    level = world.seed.pick(typedefs.LEVELS, "level", number)
    travels = _classified(ref, typedefs.SENSITIVE, {"level": level})
    days = {"days": 30 * (1 + number % 12), "reviewed": world.moment(number)}
    stays = _classified(ref, typedefs.RETENTION, days, propagate=False)
    period = {"startTime": "2026/01/01 00:00:00", "endTime": "2031/01/01 00:00:00", "timeZone": "UTC"}
    return [travels, {**stays, "validityPeriods": [period]}] if turn % 2 else [travels]


def _description(world: World, number: int) -> Json:
    team = world.seed.pick(TEAMS, "team", number)
    stewardship = {"owner_team": team, "cost_centre": 1000 + number, "on_call": number % 2 == 0}
    score = world.seed.below(1000, "score", number) / 8
    quality = {"score": score, "checked": world.moment(number), "rows": 10_000_000_000 + number}
    return {typedefs.STEWARDSHIP: stewardship, typedefs.QUALITY: quality}


def on_column(world: World, table: int, number: int) -> Json:
    """Given a column, return its marks: the first of each classified table is personal data."""
    if number != 0 or table % world.shape.classified_every != 0:
        return {}
    ref = world.column(table, number)
    basis = {"level": "secret", "basis": world.seed.pick(("contract", "consent"), "basis", table)}
    return {"classifications": [_classified(ref, typedefs.PERSONAL, basis)]}


def on_term(world: World, number: int) -> Json:
    """Given a term, return its marks: every tenth is classified, and so is what it is assigned to."""
    if number % 10 != 0:
        return {}
    return {"classifications": [_classified(world.term(number), typedefs.CERTIFIED, {})]}
