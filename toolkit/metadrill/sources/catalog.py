"""Databases and tables with their columns, as an export archive shows them."""

from metadrill.sources import glossary, lineage, marks
from metadrill.sources.entities import entity
from metadrill.sources.world import CLUSTER, Json, World

KINDS = ("string", "bigint", "string", "decimal(18,2)", "string", "timestamp", "string", "string")


def database(world: World, number: int) -> Json:
    """Given a database's number, return its entity."""
    ref = world.database(number)
    tables = [world.table(table) for table in world.tables_of(number)]
    attributes = {
        "name": ref.name, "clusterName": CLUSTER, "owner": "synthetic", "ownerType": "USER",
        "description": f'database {number}: "quoted", ümlaut, two\nlines',
        "parameters": {"tier": str(number % 3)}, "location": f"hdfs://synthetic:8020/warehouse/{ref.name}.db",
    }  # fmt: skip
    ties = [world.tie("hive_table_db", table, ref).to(table) for table in tables]
    made = entity(ref, world.moment(0), attributes, {"tables": ties, "ddlQueries": [], "meanings": []})
    return {**made, **marks.on_database(world, number)}


def table(world: World, number: int) -> Json:
    """Given a table's number, return its entity, which refers to columns and storage."""
    ref, owner, storage = world.table(number), world.database_of(number), world.storage(number)
    columns = [world.column(number, column) for column in range(world.shape.columns_per_table)]
    attributes = {
        "name": ref.name, "owner": "synthetic", "description": f"{ref.name}, invented from a seed",
        "createTime": world.moment(number), "lastAccessTime": world.moment(number + 1),
        "retention": number % 30, "tableType": "MANAGED_TABLE", "temporary": False,
        "parameters": {"numRows": str(number * 17)},
        "aliases": [f"t{number}"], "db": owner.header(), "sd": storage.header(), "partitionKeys": [],
        "columns": [column.header() for column in columns],
    }  # fmt: skip
    relations: Json = {
        "db": world.tie("hive_table_db", ref, owner).to(owner),
        "sd": world.tie("hive_table_storagedesc", ref, storage).to(storage),
        "columns": [world.tie("hive_table_columns", ref, column).to(column) for column in columns],
        "partitionKeys": [], "schema": [], "ddlQueries": [],
        "meanings": glossary.meanings(world, number),
        **lineage.of_table(world, number),
    }  # fmt: skip
    return {**entity(ref, world.moment(number), attributes, relations), **marks.on_table(world, number)}


def owned(world: World, number: int) -> dict[str, Json]:
    """Given a table's number, return what it owns, by guid: storage and columns."""
    made = [_storage(world, number)]
    made += [_column(world, number, column) for column in range(world.shape.columns_per_table)]
    return {each["guid"]: each for each in made}


def _storage(world: World, number: int) -> Json:
    ref, owner = world.storage(number), world.table(number)
    serde = {"serializationLib": "org.apache.hadoop.hive.ql.io.orc.OrcSerde", "name": f"serde {number % 5}",
             "parameters": {"serialization.format": "1"}}  # fmt: skip
    attributes = {
        "location": f"hdfs://synthetic:8020/warehouse/{owner.qualified_name}",
        "inputFormat": "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        "outputFormat": "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat", "compressed": number % 2 == 0,
        "numBuckets": -1, "storedAsSubDirectories": False, "bucketCols": ["id"], "parameters": {"k": "v"},
        "sortCols": [{"typeName": "hive_order", "attributes": {"col": "id", "order": 1}}],
        "serdeInfo": {"typeName": "hive_serde", "attributes": serde}, "table": owner.header(),
    }  # fmt: skip
    tie = world.tie("hive_table_storagedesc", owner, ref).to(owner)
    return entity(ref, world.moment(number), attributes, {"table": tie, "meanings": []})


def _column(world: World, table: int, number: int) -> Json:
    ref, owner = world.column(table, number), world.table(table)
    attributes = {
        "name": ref.name, "owner": "synthetic", "type": KINDS[number % len(KINDS)], "position": number,
        "comment": f"column {number} of {owner.name}" if number % 3 else None, "table": owner.header(),
    }  # fmt: skip
    relations: Json = {
        "table": world.tie("hive_table_columns", owner, ref).to(owner), "schema": [], "meanings": [],
        **lineage.of_column(world, table, number),
    }  # fmt: skip
    made = entity(ref, world.moment(table), attributes, relations)
    return {**made, **marks.on_column(world, table, number)}
