"""An export waits for another one, and for nothing else."""

from datetime import timedelta

import pytest

from metadrill.clients.http import HttpError
from metadrill.errors import DeadlineExceeded
from metadrill.stacks.atlas_elasticsearch.exporting import exported
from metadrill.testing import ManualClock

BUSY = '{"errorCode":"ATLAS-500-00-006","errorMessage":"Another import or export is in progress."}'


class Atlas:
    def __init__(self, *answers):
        self.answers, self.bodies = list(answers), []

    def send(self, method, path, *, timeout, json, stream):
        self.bodies.append(json)
        assert (method, path, stream) == ("POST", "/admin/export", True)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, HttpError):
            raise answer
        return answer


def refused(status, text):
    return HttpError("atlas", "POST /admin/export", status, text)


def test_types_are_asked_for_in_order_as_the_graph_has_them():
    atlas = Atlas("archive")
    assert exported(atlas, {"b": 1, "a": 2}, timedelta(seconds=5)) == "archive"
    assert [item["typeName"] for item in atlas.bodies[0]["itemsToExport"]] == ["a", "b"]
    assert atlas.bodies[0]["options"] == {"matchType": "forType", "fetchType": "connected"}


def test_another_one_under_way_is_waited_for():
    atlas, time = Atlas(refused(409, BUSY), refused(409, BUSY), "archive"), ManualClock()
    assert exported(atlas, ["a"], timedelta(minutes=1), time) == "archive"
    assert len(atlas.bodies) == 3


def test_one_that_does_not_end_is_told_in_time():
    with pytest.raises(DeadlineExceeded, match="another export or import"):
        exported(Atlas(refused(409, BUSY)), ["a"], timedelta(seconds=30), ManualClock())


@pytest.mark.parametrize(("status", "text"), [(409, "conflict"), (500, "broken"), (401, "")])
def test_what_else_goes_wrong_is_told_at_once(status, text):
    atlas = Atlas(refused(status, text), "archive")
    with pytest.raises(HttpError) as raised:
        exported(atlas, ["a"], timedelta(minutes=1), ManualClock())
    assert raised.value.status == status and len(atlas.bodies) == 1
