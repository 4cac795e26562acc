"""A depot that is served elsewhere: files of its sets, to whoever says the word, over a link."""

import http.client
import os

import pytest
import requests

from metadrill.clients.link import Link, Shape
from metadrill.depot import replicating
from metadrill.depot.fetching import Fetching
from metadrill.depot.serving import Serving
from metadrill.depot.shelf import Depot
from metadrill.errors import Unreachable


@pytest.fixture
def held(shop):
    return shop.take()


@pytest.fixture
def serving(shop, held):
    made = Serving(shop.depot)
    yield made
    made.close()


@pytest.fixture
def link(serving):
    made = Link(serving.address)
    yield made
    made.close()


@pytest.fixture
def fetching(serving, link):
    return Fetching(link.address, serving.word)


@pytest.fixture
def there(shop, tmp_path):
    return Depot(tmp_path / "there", shop.depot.trusted)


def whole(fetching, held, file, offset=0):
    with fetching.open(held, file, offset) as body:
        blocks = []
        while block := body.read(1000):
            blocks.append(block)
    return b"".join(blocks)


def test_a_file_comes_whole_and_from_where_it_is_asked_for(fetching, held):
    part = max(held.manifest.parts, key=lambda one: one.bytes)
    there = (held.folder / part.name).read_bytes()
    assert whole(fetching, held, part.name) == there
    assert whole(fetching, held, part.name, 100) == there[100:]
    assert (
        whole(fetching, held, part.name, len(there))
        == b""
        == whole(fetching, held, part.name, len(there) + 9)
    )


def test_whoever_does_not_say_the_word_gets_nothing(serving, held):
    path = f"http://127.0.0.1:{serving.address[1]}/{held.manifest.name}/manifest.dsse.json"
    for fields in ({}, {"Authorization": "Bearer guess"}, {"Authorization": "Bearer é".encode()}):
        assert requests.get(path, headers=fields, timeout=5).status_code == 401
    assert "word" in repr(serving.word) and serving.word.reveal() not in repr(serving.word)


@pytest.mark.parametrize(
    "path",
    ["/", "/..", "/{set}", "/{set}/../../secret", "/{set}/none", "/{set}/.lock", "/other/x", "/{set}/link"],
)
def test_nothing_but_files_of_published_sets_is_served(serving, shop, held, tmp_path, path):
    (shop.depot.path / "secret").write_text("secret")
    os.symlink(shop.depot.path / "secret", held.folder / "link")
    asking = http.client.HTTPConnection(*serving.address, timeout=5)
    asking.putrequest("GET", path.format(set=held.manifest.name), skip_accept_encoding=True)
    asking.putheader("Authorization", f"Bearer {serving.word.reveal()}")
    asking.endheaders()
    answer = asking.getresponse()
    assert answer.status == 404 and b"secret" not in answer.read()
    asking.close()


def test_a_set_that_crosses_is_the_one_that_was_taken(shop, held, there, fetching):
    (made,) = replicating.replicate(shop.depot, there, held.manifest.name, way=fetching.open)
    assert made.copied == held.manifest.bytes
    assert {file.name: file.read_bytes() for file in made.held.folder.iterdir()} == {
        file.name: file.read_bytes() for file in held.folder.iterdir()
    }


def test_what_the_link_breaks_is_unreachable_and_gone_on_with(shop, held, there, fetching, link):
    largest = max(part.bytes for part in held.manifest.parts)
    link.reshape(Shape(bandwidth=500_000, cut_after=largest * 3 // 4))
    with pytest.raises(Unreachable):
        replicating.replicate(shop.depot, there, held.manifest.name, way=fetching.open)
    assert there.names() == [] and link.resets == 1
    link.reshape(Shape())
    (made,) = replicating.replicate(shop.depot, there, held.manifest.name, way=fetching.open)
    assert made.resumed > 0 and made.copied + made.resumed == held.manifest.bytes


def test_a_link_that_is_cut_or_nobody_there_is_unreachable(held, fetching, link, serving):
    link.cut()
    with pytest.raises(Unreachable), fetching.open(held, held.manifest.parts[0].name, 0):
        pass
    serving.close()
    with pytest.raises(Unreachable), Fetching(serving.address, serving.word).open(held, "x", 0):
        pass


def test_the_way_is_measured_by_what_it_does(held, fetching, link):
    fast = fetching.measured(held, 4_000)
    link.reshape(Shape(latency_s=0.1, bandwidth=4_000))
    slow = fetching.measured(held, 4_000)
    assert slow["first_byte_s"] >= 0.2 > fast["first_byte_s"] and slow["bytes_s"] <= 4_500 < fast["bytes_s"]
