"""Processes and column lineage, and how tables and columns show them."""

from metadrill.sources.entities import entity
from metadrill.sources.world import Json, Ref, World


def _in(world: World, process: Ref, data: Ref, near: Ref) -> Json:
    far = data if near is process else process
    return world.tie("dataset_process_inputs", process, data).to(far)


def _out(world: World, process: Ref, data: Ref, near: Ref) -> Json:
    far = data if near is process else process
    return world.tie("process_dataset_outputs", process, data).to(far)


def of_table(world: World, number: int) -> Json:
    """Given a table's number, return its two lineage attributes."""
    ref, producer = world.table(number), world.producer_of(number)
    made_by = [] if producer is None else [world.process(producer)]
    read_by = [world.process(process) for process in world.consumers_of(number)]
    return {
        "inputToProcesses": [_in(world, process, ref, ref) for process in read_by],
        "outputFromProcesses": [_out(world, process, ref, ref) for process in made_by],
    }


def of_column(world: World, table: int, number: int) -> Json:
    """Given a column, return its two lineage attributes; a column is read by the next table only."""
    if number >= world.shape.column_lineages_per_process:
        return {"inputToProcesses": [], "outputFromProcesses": []}
    ref, producer = world.column(table, number), world.producer_of(table)
    next_steps = [each for each in world.consumers_of(table) if world.inputs_of(each)[-1] == table]
    made_by = [] if producer is None else [world.column_lineage(producer, number)]
    read_by = [world.column_lineage(process, number) for process in next_steps]
    return {
        "inputToProcesses": [_in(world, process, ref, ref) for process in read_by],
        "outputFromProcesses": [_out(world, process, ref, ref) for process in made_by],
    }


def process(world: World, number: int) -> Json:
    """Given a process's number, return its entity."""
    ref = world.process(number)
    inputs = [world.table(table) for table in world.inputs_of(number)]
    output = world.table(world.output_of(number))
    lineages = [world.column_lineage(number, each) for each in range(world.shape.column_lineages_per_process)]
    start = world.moment(number)
    attributes = {
        "name": ref.name, "owner": "synthetic", "userName": "synthetic", "operationType": "QUERY",
        "queryText": ref.name, "queryId": f"query_{number}", "queryPlan": "Not Supported",
        "recentQueries": [ref.name], "startTime": start, "endTime": start + 1000 + number,
        "inputs": [each.unique_header() for each in inputs], "outputs": [output.unique_header()],
    }  # fmt: skip
    relations = {
        "inputs": [_in(world, ref, each, ref) for each in inputs],
        "outputs": [_out(world, ref, output, ref)],
        "columnLineages": [world.tie("hive_process_column_lineage", each, ref).to(each) for each in lineages],
        "processExecutions": [], "meanings": [],
    }  # fmt: skip
    return entity(ref, start, attributes, relations)


def owned(world: World, number: int) -> dict[str, Json]:
    """Given a process's number, return what it owns, by guid: its column lineage."""
    made = [_column_lineage(world, number, each) for each in range(world.shape.column_lineages_per_process)]
    return {each["guid"]: each for each in made}


def _column_lineage(world: World, number: int, column: int) -> Json:
    ref, owner = world.column_lineage(number, column), world.process(number)
    source = world.column(world.inputs_of(number)[-1], column)
    target = world.column(world.output_of(number), column)
    attributes = {
        "name": ref.name, "depenendencyType": "SIMPLE", "expression": None, "query": owner.header(),
        "inputs": [source.unique_header()], "outputs": [target.unique_header()],
    }  # fmt: skip
    relations = {
        "query": world.tie("hive_process_column_lineage", ref, owner).to(owner),
        "inputs": [_in(world, ref, source, ref)],
        "outputs": [_out(world, ref, target, ref)], "meanings": [],
    }  # fmt: skip
    return entity(ref, world.moment(number), attributes, relations)
