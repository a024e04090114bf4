"""Push as browsers and their services see it: encrypted, signed, to every device, and what each refusal means."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from escalator.channels.base import Message, NotSent, Words
from escalator.channels.desk import Busy, Declined, Device, Done, Forged, Incoming
from escalator.channels.push import content, from_wiring, keys, receipts
from escalator.channels.push.sending import Push
from escalator.channels.wiring import Wiring
from escalator.core.notification import Outcome
from tests.channels.samples import INCIDENT, page
from tests.engine.live import Live, live, policies
from tests.vendors.push import Browser, Fault, PushService, push_service

TOKEN = "t0K3n" * 8
ALLOW = ["127.0.0.0/8"]
BUTTON = {"x-escalator-push": "1", "content-type": "application/json"}


class Desk:
    """Devices and secrets in memory, and what was asked."""

    def __init__(self, *devices: Device) -> None:
        self.registered = list(devices)
        self.secrets: dict[str, str] = {}
        self.acted: list[tuple[str, Any]] = []
        self.receipts: list[tuple[str, str, Outcome, str]] = []
        self.unknown = 0
        """How many receipts come before their message is written down."""
        self.refusal: Exception | None = None
        self.away = False

    async def devices(self, person: str) -> list[Device]:
        if self.away:
            raise Busy("away")
        return [each for each in self.registered if each.person == person]

    async def forget_device(self, id: str) -> None:
        self.registered = [each for each in self.registered if each.id != id]

    async def kept(self, name: str, fresh: str) -> str:
        return self.secrets.setdefault(name, fresh)

    async def act_by_token(self, token: str, event: Any) -> Done:
        if self.refusal:
            raise self.refusal
        self.acted.append((token, event))
        return Done(INCIDENT | {"status": "acknowledged", "acknowledged_by": "alice"})

    async def receipt(self, via: str, receipt: str, outcome: Outcome, detail: str) -> bool:
        self.unknown -= 1
        if self.unknown < 0:
            self.receipts.append((via, receipt, outcome, detail))
        return self.unknown < 0


def paged(**fields: Any) -> Message:
    return page(token=TOKEN, **fields)


@asynccontextmanager
async def channel(desk: Any, **wiring: Any) -> AsyncIterator[Push]:
    made = Push(Wiring(**{"outbound_allow": ALLOW, "email_from": "Escalator <ops@example.com>"} | wiring))
    await made.listen(desk)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as found:
        yield found


async def refused(push: Push, message: Message) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await push.send("browser", message)
    return caught.value


async def test_a_page_reaches_every_device_of_the_person_and_can_be_read_there(service: PushService) -> None:
    desk = Desk(service.browser("phone").device(), service.browser("laptop").device())
    desk.registered.append(service.browser("other").device("bob"))
    async with channel(desk) as push:
        sent = await push.send("browser", paged())
    assert "2 of 2 devices" in sent.detail
    assert not sent.delivered, "a push service's 201 proves nothing about the screen"
    assert sorted(each.device for each in service.taken) == ["laptop", "phone"]
    taken = service.taken[0]
    assert taken.payload["title"] == "CRITICAL #42 HostDown c1"
    assert taken.payload["body"] == "host01 does not answer"
    assert "http" not in taken.payload["body"]
    assert (taken.payload["token"], taken.payload["kind"]) == (TOKEN, "page")
    assert taken.payload["url"] == "https://escalator.example/incidents/42"
    assert taken.payload["tag"] == taken.headers["Topic"]
    assert taken.headers["Urgency"] == "high"
    assert taken.claims["sub"] == "mailto:ops@example.com"


async def test_without_a_sender_the_push_service_is_told_the_public_url(service: PushService) -> None:
    async with channel(Desk(service.browser().device()), email_from=None, public_url="http://localhost:8080") as push:
        await push.send("browser", paged())
    assert service.taken[0].claims["sub"] == "http://localhost:8080"


async def test_messages_of_one_incident_replace_each_other_and_no_others(service: PushService) -> None:
    async with channel(Desk(service.browser().device())) as push:
        await push.send("browser", paged())
        await push.send("browser", paged(kind="resolved", incident={"status": "resolved"}))
        await push.send("browser", paged(incident={"id": "43"}))
    first, second, third = (each.headers["Topic"] for each in service.taken)
    assert first == second != third
    assert service.taken[1].headers["Urgency"] == "normal"


async def test_a_digest_says_how_many(service: PushService) -> None:
    async with channel(Desk(service.browser().device())) as push:
        await push.send("browser", paged(also=(INCIDENT | {"id": "43"}, INCIDENT | {"id": "44"})))
    assert service.taken[0].payload["title"].startswith("CRITICAL 3 incidents")


@pytest.mark.parametrize("title", ["x" * 50_000, "\ud800" * 999, "🔥" * 9_000, "\x00" * 5_000, '"' * 9_000])
def test_whatever_a_title_holds_the_payload_fits(title: str) -> None:
    made = content.payload(paged(incident={"title": title}))
    assert len(made) <= content.MOST_BYTES
    assert json.loads(made)["token"] == TOKEN


async def test_a_message_of_the_policys_own_words_says_those(service: PushService) -> None:
    words = Words(subject="Wake up", short="The ledger is down")
    async with channel(Desk(service.browser().device())) as push:
        await push.send("browser", paged(words=words))
    assert (service.taken[0].payload["title"], service.taken[0].payload["body"]) == (
        "[#42] Wake up",
        "The ledger is down",
    )


async def test_an_answer_whose_body_never_comes_counts_by_its_status(service: PushService) -> None:
    async with channel(Desk(service.browser("phone", Fault(201, drips=True)).device())) as push:
        assert "HTTP 201" in (await push.send("browser", paged())).detail


async def test_a_test_says_what_it_is_has_no_button_and_waits_for_nobody(service: PushService) -> None:
    async with channel(Desk(service.browser().device())) as push:
        await push.send("browser", paged(kind="test")._replace(token=None))
    [taken] = service.taken
    assert (taken.payload["title"], taken.payload["token"]) == ("Test of Escalator", None)
    assert taken.payload["body"] == "Pages for alice arrive on this device."
    assert (taken.headers["Urgency"], taken.headers["TTL"]) == ("high", "60")


async def test_a_device_that_is_gone_is_removed_and_the_others_are_told(service: PushService) -> None:
    desk = Desk(*(service.browser(str(status), Fault(status)).device() for status in (404, 410)))
    desk.registered.append(service.browser("phone").device())
    async with channel(desk) as push:
        assert "1 of 3 devices" in (await push.send("browser", paged())).detail
    assert [each.id for each in desk.registered] == ["id-phone"]


async def test_when_the_last_device_is_gone_the_next_contact_starts_now(service: PushService) -> None:
    desk = Desk(service.browser("phone", Fault(410)).device())
    async with channel(desk) as push:
        first, second = await refused(push, paged()), await refused(push, paged())
    assert (first.outcome, first.blames) == (second.outcome, second.blames) == ("permanent", "contact")
    assert "escalator device link" in second.detail
    assert service.calls == ["phone"]


@pytest.mark.parametrize(
    ("fault", "outcome", "wait", "blames"),
    [
        (Fault(429, {"Retry-After": "17"}), "temporary", 17.0, "provider"),
        (Fault(429), "temporary", 60.0, "provider"),
        (Fault(503), "temporary", None, "provider"),
        (Fault(503, {"Retry-After": "5"}), "temporary", 5.0, "provider"),
        (Fault(400), "permanent", None, "contact"),
        (Fault(403), "permanent", None, "contact"),
        (Fault(302, {"Location": "http://127.0.0.1:1/"}), "permanent", None, "contact"),
    ],
)
async def test_what_a_refusal_means(
    service: PushService, fault: Fault, outcome: str, wait: float | None, blames: str
) -> None:
    async with channel(Desk(service.browser("phone", fault).device())) as push:
        error = await refused(push, paged())
    assert (error.outcome, error.retry_after, error.blames) == (outcome, wait, blames)


async def test_what_is_too_large_goes_out_once_more_as_small_as_it_can_be(service: PushService) -> None:
    async with channel(Desk(service.browser("phone", Fault(413)).device())) as push:
        await push.send("browser", paged())
        assert service.calls == ["phone", "phone"]
        assert service.taken[0].payload["body"] == ""
        assert service.taken[0].payload["token"] == TOKEN
        service.faults["phone"] = [Fault(413), Fault(413)]
        assert (await refused(push, paged())).outcome == "permanent"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:{port}/push/phone",
        "https://127.0.0.1:{port}/push/phone",
        "http://2130706433:{port}/push/phone",
        "http://localhost:{port}/push/phone",
        "https://localhost:{port}/push/phone",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]:{port}/push/phone",
        "http://push.example.com/x",
        "https://user:password@push.example.com/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "https://",
        "\x00",
    ],
)
async def test_an_endpoint_that_leads_inside_is_never_called(service: PushService, endpoint: str) -> None:
    port = service.base.rpartition(":")[2]
    device = service.browser().device()._replace(endpoint=endpoint.replace("{port}", port))
    async with channel(Desk(device), outbound_allow=[]) as push:
        error = await refused(push, paged())
    assert error.outcome == "permanent"
    assert service.calls == []


@pytest.mark.parametrize("host", ["localhost", "10.1.2.3", "192.0.2.1"])
async def test_plain_http_is_called_only_at_an_address_of_this_machine_that_was_allowed(
    service: PushService, host: str
) -> None:
    device = service.browser().device()
    named = device._replace(endpoint=device.endpoint.replace("127.0.0.1", host))
    async with channel(Desk(named), outbound_allow=["0.0.0.0/0"]) as push:
        error = await refused(push, paged())
    assert (error.outcome, "https" in error.detail) == ("permanent", True)
    assert service.calls == []


@pytest.mark.parametrize("field", ["p256dh", "auth"])
@pytest.mark.parametrize("value", ["", "AAAA", "not base64 ☠", "B" * 87])
async def test_keys_that_are_none_harm_nobody_else(service: PushService, field: str, value: str) -> None:
    broken = service.browser("broken").device()._replace(**{field: value})
    async with channel(Desk(broken)) as push:
        assert (await refused(push, paged())).outcome == "permanent"
    async with channel(Desk(broken, service.browser("phone").device())) as push:
        assert "1 of 2" in (await push.send("browser", paged())).detail


async def test_before_the_desk_is_there_a_page_waits() -> None:
    assert (await refused(Push(Wiring()), paged())).outcome == "temporary"


async def test_while_the_database_is_away_a_page_waits(service: PushService) -> None:
    desk = Desk(service.browser().device())
    desk.away = True
    async with channel(desk) as push:
        assert (await refused(push, paged())).outcome == "temporary"


async def test_a_service_that_is_down_is_tried_again(service: PushService) -> None:
    device = service.browser().device()._replace(endpoint="http://127.0.0.1:1/push/phone")
    async with channel(Desk(device)) as push:
        assert (await refused(push, paged())).outcome == "temporary"


async def test_all_processes_sign_with_one_key_that_survives_them(service: PushService) -> None:
    desk = Desk(service.browser().device())
    for _ in range(2):
        async with channel(desk) as push:
            await push.send("browser", paged())
            shown = await push.receive(Incoming("key", "", {}, b"", "GET"), desk)  # type: ignore[arg-type]
    first, second = service.taken
    assert first.key == second.key == shown.body.decode() == keys.public(keys.opened(desk.secrets["vapid"]))


# --- the button -------------------------------------------------------------------------------------------------------


def pressed(headers: dict[str, str] = BUTTON, **fields: Any) -> Incoming:
    return Incoming("", "", headers, json.dumps({"token": TOKEN, "action": "acknowledge"} | fields).encode())


async def test_the_button_acknowledges_and_is_answered_in_words() -> None:
    desk = Desk()
    answer = await Push(Wiring()).receive(pressed(), desk)  # type: ignore[arg-type]
    assert json.loads(answer.body)["text"] == "Acknowledged #42 by alice. Paging has stopped."
    [(token, event)] = desk.acted
    assert (token, event.by, event.note) == (TOKEN, "", "on the notification")


async def test_a_button_that_can_do_nothing_says_why() -> None:
    desk = Desk()
    desk.refusal = Declined("incident 42 is resolved")
    answer = await Push(Wiring()).receive(pressed(), desk)  # type: ignore[arg-type]
    assert (answer.status, json.loads(answer.body)["text"]) == (200, "Not acknowledged: incident 42 is resolved")


@pytest.mark.parametrize(
    "request_",
    [
        pressed({}),
        pressed(BUTTON | {"x-escalator-push": "0"}),
        pressed({"content-type": "application/json"}),
        pressed({"x-escalator-push": "1"}),
        pressed(BUTTON | {"content-type": "text/plain"}),
        pressed(action="shown"),
        pressed(action="shown", receipt="x"),
        pressed(action="resolve"),
        pressed(token=7),
        pressed(token=""),
        pressed(more=1),
        pressed()._replace(method="GET"),
        pressed()._replace(path="else"),
        pressed()._replace(body=b"{"),
        pressed()._replace(body=b"[]"),
        pressed()._replace(body=b"[" * 100_000),
    ],
)
async def test_whatever_our_worker_does_not_send_is_forged(request_: Incoming) -> None:
    desk = Desk()
    with pytest.raises(Forged):
        await Push(Wiring()).receive(request_, desk)  # type: ignore[arg-type]
    assert desk.acted == []


# --- shown ------------------------------------------------------------------------------------------------------------


def shown(receipt: str) -> Incoming:
    return Incoming("", "", BUTTON, json.dumps({"receipt": receipt, "action": "shown"}).encode())


async def test_what_a_device_showed_is_delivered(service: PushService) -> None:
    desk = Desk(service.browser().device())
    async with channel(desk) as push:
        sent = await push.send("browser", paged())
        await push.receive(shown(service.taken[0].payload["receipt"]), desk)  # type: ignore[arg-type]
    assert sent.receipt == paged().key
    assert desk.receipts == [("push", paged().key, Outcome.DELIVERED, "shown by device id-phone")]


async def test_each_device_gives_its_own_receipt_which_is_the_same_at_a_retry(service: PushService) -> None:
    desk = Desk(service.browser("phone").device(), service.browser("laptop").device())
    async with channel(desk) as push:
        await push.send("browser", paged())
        await push.send("browser", paged())
    given = {(each.device, each.payload["receipt"]) for each in service.taken}
    assert len(given) == 2


async def test_a_receipt_that_comes_before_the_message_is_written_down_is_kept(service: PushService) -> None:
    desk = Desk()
    desk.unknown = 2
    push = Push(Wiring(), early=(0.0, 0.0))
    receipt = receipts.given(await push._keys(desk), "7.2026", "d1")  # type: ignore[arg-type]
    assert (await push.receive(shown(receipt), desk)).status == 200  # type: ignore[arg-type]
    assert [each[1] for each in desk.receipts] == ["7.2026"]


async def test_nobody_can_say_that_a_message_was_shown_who_did_not_get_it() -> None:
    desk = Desk()
    push = Push(Wiring())
    good = receipts.given(await push._keys(desk), "7.2026", "d1")  # type: ignore[arg-type]
    foreign = receipts.given(keys.opened(keys.fresh()), "7.2026", "d1")
    for receipt in ("", "7.2026", "7.2026/d1/", good.replace("7.", "8."), good[:-1], foreign, "\ud800/☠/x"):
        with pytest.raises(Forged):
            await push.receive(shown(receipt), desk)  # type: ignore[arg-type]
    assert desk.receipts == []


async def test_it_is_there_without_any_setting_and_says_so() -> None:
    [push] = from_wiring(Wiring())
    assert (push.via, push.door, push.registers) == ("push", "push", True)
    assert "push: ready" in await push.check()


# --- a whole house ----------------------------------------------------------------------------------------------------

PEOPLE = "alice: {contacts: {push: browser}}, bob: {contacts: {push: browser}}"
LEVELS = "[{notify: [{person: alice}]}, {notify: [{person: bob}]}]"


async def registered(house: Live, browser: Browser, person: str = "alice") -> None:
    made = (await house.door.post(f"/api/v1/people/{person}/devices/link", json={})).json()
    body = {"endpoint": browser.endpoint, **browser.keys, "label": browser.name}
    path = made["url"].removeprefix("http://localhost:8080")
    assert (await house.door.post(path, json=body)).status == 201


async def test_alice_registers_her_phone_is_paged_there_and_acknowledges_on_the_notification(
    service: PushService, database_url: str, tmp_path: Path
) -> None:
    async with live(database_url, tmp_path / "policies", policies(PEOPLE, levels=LEVELS)) as house:
        await registered(house, service.browser("phone"))
        await house.fire()
        await house.until(lambda: service.taken)
        body = {"token": service.taken[0].payload["token"], "action": "acknowledge"}
        for headers in ({}, BUTTON | {"x-escalator-push": "2"}):
            assert (await house.door.post("/replies/push", json=body, headers=headers)).status == 401
        assert (await house.get("incidents/1"))["status"] == "triggered"
        answer = await house.door.post("/replies/push", json=body, headers=BUTTON)
        assert answer.json()["text"] == "Acknowledged #1 by alice. Paging has stopped."
        assert (await house.get("incidents/1"))["acknowledged_by"] == "alice"
        again = await house.door.post("/replies/push", json=body, headers=BUTTON)
        assert (again.status, again.json()["text"][:16]) == (200, "Not acknowledged")


async def test_the_ledger_says_sent_and_once_a_device_showed_it_delivered_and_by_which(
    service: PushService, database_url: str, tmp_path: Path
) -> None:
    async with live(database_url, tmp_path / "policies", policies(PEOPLE)) as house:
        await registered(house, service.browser("phone"))
        await house.fire()
        await house.until(lambda: service.taken)
        body = {"receipt": service.taken[0].payload["receipt"], "action": "shown"}
        assert (await house.door.post("/replies/push", json=body, headers=BUTTON)).status == 200
        [page] = await house.notifications()
        assert page["state"] == "delivered"
        [device] = (await house.get("people/alice/devices"))["items"]
        assert page["attempts"][-1]["detail"] == f"shown by device {device['id']}"
        # What the ledger shows is no proof.
        forged = {"receipt": page["receipt"], "action": "shown"}
        assert (await house.door.post("/replies/push", json=forged, headers=BUTTON)).status == 401


async def test_when_alices_only_device_is_gone_bob_is_paged_now(
    service: PushService, database_url: str, tmp_path: Path
) -> None:
    async with live(database_url, tmp_path / "policies", policies(PEOPLE, levels=LEVELS)) as house:
        await registered(house, service.browser("old", Fault(410)))
        await registered(house, service.browser("bobs"), "bob")
        await house.fire()
        await house.until(lambda: any(each.device == "bobs" for each in service.taken))
        assert (await house.get("people/alice/devices"))["items"] == []


async def test_a_house_that_starts_again_signs_with_the_same_key(
    service: PushService, database_url: str, tmp_path: Path
) -> None:
    text = policies(PEOPLE, levels=LEVELS)
    async with live(database_url, tmp_path / "policies", text) as house:
        await registered(house, service.browser("phone"))
        await house.fire("One")
        await house.until(lambda: service.taken)
    async with live(database_url, tmp_path / "policies", text) as house:
        await house.fire("Two")
        await house.until(lambda: any("Two" in each.payload["title"] for each in service.taken))
    assert len({each.key for each in service.taken}) == 1
