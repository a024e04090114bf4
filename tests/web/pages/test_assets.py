"""The console's files: asked for once, small on the line; and what they may do."""

import gzip
import re

from escalator.web import build
from escalator.web.pages.assets import ASSETS, HERE, asset
from tests.web.asgi import Client
from tests.web.conftest import House


async def test_every_file_comes_as_it_is_or_compressed(house: House) -> None:
    client = Client(build(house.needs))
    for name, found in ASSETS.items():
        plain = await client.get(asset(name))
        assert plain.body == (HERE / name).read_bytes()
        assert "immutable" in plain.headers["cache-control"]
        small = await client.get(asset(name), headers={"accept-encoding": "gzip, br"})
        assert (gzip.decompress(small.body) if found.small else small.body) == plain.body


async def test_a_file_asked_for_without_its_mark_is_asked_about_again(house: House) -> None:
    client = Client(build(house.needs))
    answer = await client.get("/assets/console.js")
    assert answer.headers["cache-control"] == "no-cache"
    again = await client.get("/assets/console.js", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


async def test_only_our_files_are_shown(house: House) -> None:
    client = Client(build(house.needs))
    for path in ("/assets/../looks.py", "/assets/..%2Flooks.py", "/assets/none.css", "/assets/"):
        assert (await client.get(path)).status == 404


ELSEWHERE = re.compile(r"(url\(|from |import |import\(|fetch\(|Source\()\s*['\"]?(https?:)?//|@import")
WRITES = re.compile(r"innerHTML\s*=[^=]|outerHTML\s*=[^=]|document\.write|\beval\(|insertAdjacentHTML|new Function")


def test_nothing_comes_from_elsewhere_and_nothing_is_written_into_a_page_by_a_script() -> None:
    for name, found in ASSETS.items():
        if name.endswith((".css", ".js")):
            text = found.content.decode()
            assert not ELSEWHERE.search(text), name
            assert not WRITES.search(text), name
