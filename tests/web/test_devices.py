"""Devices by JSON and on their page: links are their person's, and are over after an hour."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from escalator.core.effects import Refused
from escalator.core.instant import MINUTE
from escalator.engine.devices import MOST, Devices
from escalator.store.db import Database
from escalator.web import build
from tests.engine.live import Live, live, policies
from tests.vendors.push import Browser
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.test_incidents import says

LINK = "/api/v1/people/alice/devices/link"
SERVICE = "https://push.example.com"


@pytest.fixture
async def one(database_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    people = "alice: {contacts: {push: browser}}, bob: {contacts: {push: browser}}"
    async with live(database_url, tmp_path / "policies", policies(people)) as found:
        yield found


async def path_of(one: Live, person: str = "alice") -> str:
    made = (await one.door.post(f"/api/v1/people/{person}/devices/link", json={})).json()
    return str(made["url"]).removeprefix("http://localhost:8080")


def body(name: str = "phone", **more: str) -> dict[str, str]:
    browser = Browser(name, SERVICE)
    return {"endpoint": browser.endpoint, **browser.keys, "label": name} | more


async def test_a_link_registers_lists_and_forgets_a_device(one: Live) -> None:
    path = await path_of(one)
    assert "None yet" in (await one.door.get(path)).text
    made = await one.door.post(path, json=body("alice's <phone>"))
    assert made.status == 201
    shown = (await one.door.get(path)).text
    assert "alice&#39;s &lt;phone&gt;" in shown
    assert "Page alice on this device" in shown
    [listed] = (await one.get("people/alice/devices"))["items"]
    assert listed == {"id": made.json()["id"], "label": "alice's <phone>", "service": "push.example.com"}
    assert (await one.get("people/bob/devices"))["items"] == []
    assert (await one.door.delete(f"{path}/{listed['id']}")).status == 204
    assert (await one.door.delete(f"{path}/{listed['id']}")).status == 404
    assert "None yet" in (await one.door.get(path)).text


async def test_with_a_device_the_contact_can_be_used_at_once_and_no_longer_without(one: Live) -> None:
    path = await path_of(one)

    async def state() -> str:
        return str((await one.get("people/alice"))["contacts"][0]["state"])

    assert await state() == "not usable"
    made = (await one.door.post(path, json=body())).json()
    assert await state() != "not usable"
    await one.door.delete(f"/api/v1/people/alice/devices/{made['id']}")
    assert await state() == "not usable"


async def test_a_browser_that_changes_hands_is_the_new_persons_alone(one: Live) -> None:
    await one.door.post(await path_of(one), json=body())
    await one.door.post(await path_of(one, "bob"), json=body())
    assert (await one.get("people/alice/devices"))["items"] == []
    assert len((await one.get("people/bob/devices"))["items"]) == 1


async def test_a_link_forgets_no_device_of_somebody_else(one: Live) -> None:
    made = (await one.door.post(await path_of(one, "bob"), json=body())).json()
    assert (await one.door.delete(f"{await path_of(one)}/{made['id']}")).status == 404
    assert len((await one.get("people/bob/devices"))["items"]) == 1


async def test_a_link_is_over_after_an_hour(one: Live) -> None:
    path = await path_of(one)
    one.clock.by += 59 * MINUTE
    assert (await one.door.get(path)).status == 200
    one.clock.by += 2 * MINUTE
    assert (await one.door.get(path)).status == 404
    says(await one.door.post(path, json=body()), 404, "escalator device link")


async def test_a_link_that_was_changed_leads_nowhere(one: Live) -> None:
    path = await path_of(one)
    bobs = await path_of(one, "bob")
    note, mark = path.rpartition("/")[2].split(".")
    other = bobs.rpartition("/")[2].split(".")[0]
    for token in (f"{other}.{mark}", f"{note}.", note, f".{mark}", f"{note}.{mark[:-1]}", f"{note}.ü", "x", "."):
        assert (await one.door.post(f"/devices/{token}", json=body())).status == 404, token
    assert (await one.get("people/alice/devices"))["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "file:///etc/passwd"},
        {"endpoint": "javascript:alert(1)"},
        {"endpoint": "https://"},
        {"endpoint": "https://[/x"},
        {"endpoint": "https://push.example.com/" + "x" * 1000},
        {"p256dh": "AAAA"},
        {"p256dh": "☠"},
        {"auth": "AAAA"},
        {"auth": ""},
    ],
)
async def test_what_is_no_subscription_is_refused(one: Live, wrong: dict[str, str]) -> None:
    assert (await one.door.post(await path_of(one), json=body(**wrong))).status == 409
    assert (await one.get("people/alice/devices"))["items"] == []


async def test_nobody_has_more_than_twenty_devices(database: Database) -> None:
    async def look() -> None: ...

    devices = Devices(database, look, "test")
    for number in range(MOST):
        await devices.register("alice", **body(f"phone{number}"))
    with pytest.raises(Refused, match="forget one"):
        await devices.register("alice", **body("another"))
    await devices.register("alice", **body("phone3"))
    assert len(await devices.listed("alice")) == MOST


async def test_all_replicas_know_a_link(database: Database) -> None:
    async def look() -> None: ...

    token, _ = await Devices(database, look, "one").link("alice")
    assert await Devices(database, look, "two").whose(token) == "alice"


async def test_a_link_is_made_for_its_person_alone_or_by_an_admin(house: House) -> None:
    alice, robot, admin = (Client(build(house.needs), token=f"token-{each}") for each in ("alice", "ack", "admin"))
    assert (await alice.post(LINK, json={})).json()["url"] == "http://localhost:8080/devices/for-alice"
    assert (await admin.post(LINK, json={})).status == 200
    says(await robot.post(LINK, json={}), 403, "made for that person")
    says(await alice.post(LINK.replace("alice", "bob"), json={}), 403, "Only bob")
    says(await alice.delete("/api/v1/people/bob/devices/d1"), 403, "Only bob")
    says(await admin.post(LINK.replace("alice", "carol"), json={}), 404, "alice, bob")


async def test_the_page_may_run_our_script_and_speak_to_us_and_nothing_else(one: Live) -> None:
    policy = (await one.door.get(await path_of(one))).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("script-src 'self'; connect-src 'self'; worker-src 'self'")
    worker = await one.door.get("/worker.js")
    assert worker.headers["service-worker-allowed"] == "/"
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert (await one.door.get("/devices/push.js")).headers["content-type"].startswith("text/javascript")


async def test_without_javascript_the_page_says_what_is_needed(one: Live) -> None:
    assert "<noscript><p>This needs JavaScript" in (await one.door.get(await path_of(one))).text


async def test_where_push_does_not_run_the_page_says_so(house: House) -> None:
    answer = await Client(build(house.needs)).get("/devices/for-alice")
    assert "sandbox" in answer.text
    assert "<script" not in answer.text
