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
from tests.vendors.push import Browser, Fault, push_service
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


async def test_a_link_makes_one_browser_a_device_and_no_second_one(one: Live) -> None:
    path = await path_of(one)
    assert 'id="use"' in (await one.door.get(path)).text
    assert (await one.door.post(path, json=body("phone"))).status == 201
    says(await one.door.post(path, json=body("thief")), 409, "Make another")
    assert [each["label"] for each in (await one.get("people/alice/devices"))["items"]] == ["phone"]
    page = (await one.door.get(path)).text
    assert "This link has registered a device" in page
    assert 'id="use"' not in page
    # The answer was lost on its way: the same browser asks again.
    assert (await one.door.post(path, json=body("phone", label="my phone"))).status == 201
    assert [each["label"] for each in (await one.get("people/alice/devices"))["items"]] == ["my phone"]


async def test_a_link_that_was_refused_is_not_used_up(one: Live) -> None:
    path = await path_of(one)
    assert (await one.door.post(path, json=body(auth="AAAA"))).status == 409
    assert (await one.door.post(path, json=body())).status == 201


async def test_a_test_reaches_the_persons_devices_and_says_so(one: Live) -> None:
    async with push_service() as service:
        path = await path_of(one)
        says(await one.door.post(f"{path}/test"), 409, "escalator device link")
        browser = service.browser("phone")
        await one.door.post(path, json={"endpoint": browser.endpoint, **browser.keys})
        assert 'id="test"' in (await one.door.get(path)).text
        assert "Sent: 1 of 1 devices" in (await one.door.post(f"{path}/test")).json()["text"]
        assert service.taken[0].payload["body"] == "Pages for alice arrive on this device."
        service.faults["phone"] = [Fault(410)]
        says(await one.door.post(f"{path}/test"), 409, "the device is gone")
        assert (await one.get("people/alice/devices"))["items"] == []
        assert (await one.get("incidents"))["items"] == [], "a test is no incident"


async def test_nobody_sends_tests_without_end(house: House) -> None:
    client = Client(build(house.needs))
    answers = [(await client.post("/devices/for-alice/test")).status for _ in range(8)]
    assert answers == [200] * 6 + [429] * 2
    assert (await client.post("/devices/for-bob/test")).status == 200
    assert (await client.post("/devices/nobodys/test")).status == 404


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
        await devices.register(f"link{number}", "alice", **body(f"phone{number}"))
    with pytest.raises(Refused, match="forget one"):
        await devices.register("more", "alice", **body("another"))
    await devices.register("more", "alice", **body("phone3"))
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
    ours = "script-src 'self'; connect-src 'self'; img-src 'self'; worker-src 'self'; manifest-src 'self'"
    assert policy.endswith(ours)
    worker = await one.door.get("/worker.js")
    assert worker.headers["service-worker-allowed"] == "/"
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'; img-src 'self'"
    assert (await one.door.get("/devices/push.js")).headers["content-type"].startswith("text/javascript")


async def test_the_page_can_become_an_app_on_a_home_screen_because_iphones_take_push_for_nothing_else(
    one: Live,
) -> None:
    page = (await one.door.get(await path_of(one))).text
    assert '<link rel="manifest" href="app.webmanifest">' in page
    manifest = await one.door.get("/devices/app.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    found = manifest.json()
    assert (found["display"], found["scope"]) == ("standalone", "../")
    assert "start_url" not in found, "the app opens with its own link"
    assert found["icons"][0]["src"] == "icon.png"
    icon = await one.door.get("/devices/icon.png")
    assert (icon.headers["content-type"], icon.body[:4]) == ("image/png", b"\x89PNG")


async def test_without_javascript_the_page_says_what_is_needed(one: Live) -> None:
    assert "<noscript><p>This needs JavaScript" in (await one.door.get(await path_of(one))).text


async def test_where_push_does_not_run_the_page_says_so(house: House) -> None:
    answer = await Client(build(house.needs)).get("/devices/for-alice")
    assert "sandbox" in answer.text
    assert "<script" not in answer.text
