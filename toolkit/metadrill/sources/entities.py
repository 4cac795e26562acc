"""The form of an entity in an export archive of Atlas 2.1.0."""

from metadrill.sources.world import Json, Ref


def entity(ref: Ref, moment: int, attributes: Json, relations: Json) -> Json:
    """Given who, when, what and with whom, return an entity without marks."""
    return {
        "typeName": ref.type_name,
        "attributes": {"qualifiedName": ref.qualified_name, **attributes},
        "guid": ref.guid,
        "isIncomplete": False,
        "provenanceType": 0,
        "status": "ACTIVE",
        "createdBy": "synthetic",
        "updatedBy": "synthetic",
        "createTime": moment,
        "updateTime": moment,
        "version": 0,
        "relationshipAttributes": relations,
        "labels": [],
        "proxy": False,
    }
