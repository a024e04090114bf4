"""Whole nights: a house in process, a Twilio on loopback, people who text and press keys."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from escalator.channels.desk import Forged, Incoming, Outgoing
from escalator.channels.twilio import callbacks
from escalator.core.instant import MINUTE
from escalator.store.db import Unavailable
from tests.engine.live import Live, live, policies
from tests.vendors.twilio import SENDER, SID, TOKEN, Fault, Text, Twilio, path_of, said, twilio

ALICE, BOB, STRANGER = "+15551230001", "+15551230002", "+15559990000"
PUBLIC = "http://localhost:8080"
SMS = f"{PUBLIC}/replies/twilio/sms"
TEXTED = "alice: {contacts: {sms: secret:ALICE}}, bob: {contacts: {sms: secret:BOB}}"
BOTH = (
    "alice: {contacts: {sms: secret:ALICE, call: secret:ALICE}, "
    "notification_rules: {high: [{via: sms}, {via: call, after: 10m}]}}"
)
CALLED = "alice: {contacts: {call: secret:ALICE}}, bob: {contacts: {call: secret:BOB}}"
TOGETHER = "[{notify: [{person: alice}, {person: bob}]}]"
TWO_LEVELS = "[{notify: [{person: alice}], escalate_after: 1h}, {notify: [{person: bob}]}]"


class Night:
    """A house and its Twilio."""

    def __init__(self, house: Live, network: Twilio) -> None:
        self.house = house
        self.network = network

    async def text(self, to: str, number: int = 1) -> dict[str, Any]:
        """The newest of so many texts to a phone, once they are there and their sending is written down."""
        await self.house.until(lambda: len(self.network.texts(to)) >= number)
        return [each for each in self.network.messages if each["to"] == to][number - 1]

    async def ring(self, to: str, number: int = 1) -> dict[str, Any]:
        await self.house.until(lambda: len(self.network.rings(to)) >= number)
        return self.network.rings(to)[number - 1]

    async def write(self, sender: str, body: str, **more: str) -> Text:
        return await self.network.write(SMS, sender, body, **more)

    async def status(self, incident: int = 1) -> str:
        return str((await self.house.get(f"incidents/{incident}"))["status"])

    async def holder(self, incident: int = 1) -> Any:
        return (await self.house.get(f"incidents/{incident}"))["acknowledged_by"]


@asynccontextmanager
async def night(url: str, folder: Path, text: str) -> AsyncIterator[Night]:
    numbers = {"secret:ALICE": ALICE, "secret:BOB": BOB}
    async with (
        twilio() as (network, base),
        live(
            url, folder / "policies", text, twilio_account_sid=SID, twilio_auth_token=TOKEN, twilio_from=SENDER,
            twilio_api_url=base, secrets=numbers,
        ) as house,
    ):  # fmt: skip

        async def call(method: str, where: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
            assert where.startswith(PUBLIC)
            answer = await house.door.request(method, path_of(where), body=body, headers=headers)
            return answer.status, answer.body

        network.call = call
        yield Night(house, network)


# --- by text ----------------------------------------------------------------------------------------------------------


async def test_alice_acknowledges_by_texting_1(database_url: str, tmp_path: Path) -> None:
    async with night(database_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire()
        page = await n.text(ALICE)
        assert "Reply 1 or ACK 1" in page["body"]
        answer = await n.write(ALICE, "1")
        assert answer == Text(200, ["Acknowledged: #1 DiskFull"])
        assert (await n.status(), await n.holder()) == ("acknowledged", "alice")
        assert await n.network.report(page, "delivered") == 204
        assert await n.house.states() == [("sms", "page", "delivered")]  # and no text that tells her what she did


async def test_a_stranger_learns_nothing_and_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire()
        await n.text(ALICE)
        for body in ("1", "ack 1", "ack all", "resolve 1", "help", "stop", "ackk"):
            assert await n.write(STRANGER, body) == Text(200, [])
        assert await n.status() == "triggered"


async def test_two_open_incidents_are_told_apart(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire("DiskFull")
        await n.house.fire("HostDown")
        await n.text(ALICE, 2)
        (which,) = (await n.write(ALICE, "ack")).messages
        assert which.startswith("2 wait: ")
        assert "#1 DiskFull" in which
        assert "#2 HostDown" in which
        assert "ACK ALL" in which
        assert await n.status(1) == await n.status(2) == "triggered"
        assert (await n.write(ALICE, "ack 2")).messages == ["Acknowledged: #2 HostDown"]
        assert (await n.status(1), await n.status(2)) == ("triggered", "acknowledged")
        assert (await n.write(ALICE, "Ack!")).messages == ["Acknowledged: #1 DiskFull"]  # one is left: clear again
        assert (await n.write(ALICE, "1")).messages == [
            "Nothing waits for you: all that was texted to you is acknowledged or over."
        ]


async def test_ack_all_takes_what_was_texted_to_this_person_and_no_more(sqlite_url: str, tmp_path: Path) -> None:
    rules = "routes: [{match: {team: b}, policy: other}]"
    text = policies(TEXTED, rules).replace(
        "policies: {", "policies: {other: {levels: [{notify: [{person: bob}]}], storm: off}, "
    )
    async with night(sqlite_url, tmp_path, text) as n:
        await n.house.fire("DiskFull")
        await n.house.fire("HostDown")
        await n.text(ALICE, 2)
        await n.house.fire("Other", team="b")
        await n.text(BOB)
        (answer,) = (await n.write(ALICE, "ACK ALL")).messages
        assert answer in ("Acknowledged: #1, #2.", "Acknowledged: #2, #1.")
        assert [await n.status(id) for id in (1, 2, 3)] == ["acknowledged", "acknowledged", "triggered"]


async def test_a_late_reply_is_answered_kindly_and_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire()
        await n.text(ALICE)
        await n.house.fire(resolved=True)
        await n.house.until(lambda: n.status())
        assert await n.status() == "resolved"
        before = await n.house.get("incidents/1")
        (answer,) = (await n.write(ALICE, "ack 1")).messages
        assert "#1 DiskFull is over already" in answer
        assert (await n.write(ALICE, "1")).messages[0].startswith("Nothing waits for you")
        assert (await n.write(ALICE, "ack 77")).messages == ["There is no incident 77."]
        assert await n.house.get("incidents/1") == before


async def test_resolve_holds_what_still_fires(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire()
        await n.text(ALICE)
        assert (await n.write(ALICE, "resolve 1")).messages == [
            "Yours until its alerts end, some still fire: #1 DiskFull"
        ]
        assert (await n.status(), await n.holder()) == ("acknowledged", "alice")


async def test_the_second_is_told_who_has_it(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED, levels=TOGETHER)) as n:
        await n.house.fire()
        await n.text(ALICE)
        await n.text(BOB)
        answers = await asyncio.gather(n.write(ALICE, "ack 1"), n.write(BOB, "ack 1"))
        holder = await n.holder()
        said_ = {"alice": answers[0].messages[0], "bob": answers[1].messages[0]}
        other = "bob" if holder == "alice" else "alice"
        assert said_[holder] == "Acknowledged: #1 DiskFull"
        assert said_[other] == f"{holder} has it already; noted: #1 DiskFull"


async def test_an_absent_minded_phone_acknowledges_nothing_and_is_not_answered(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire()
        page = await n.text(ALICE)
        assert (await n.write(ALICE, "I'm driving. I'll reply later. (ack 1)")).messages == []
        assert (await n.write(ALICE, f"Liked “{page['body']}”")).messages == []
        assert "nothing was done" in (await n.write(ALICE, "ack please")).messages[0]
        assert "RESOLVE 42" in (await n.write(ALICE, "help")).messages[0]
        assert await n.status() == "triggered"


async def test_stop_is_kept_and_start_brings_the_texts_back(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(BOTH)) as n:
        assert (await n.write(ALICE, "STOP", OptOutType="STOP")).messages == []  # Twilio has answered
        await n.house.fire("DiskFull")
        await n.ring(ALICE)  # at once, not after 10 minutes
        assert n.network.texts(ALICE) == []
        assert (await n.write(ALICE, "Start")).messages == []
        await n.house.fire("HostDown")
        await n.text(ALICE)


# --- by phone ---------------------------------------------------------------------------------------------------------


async def test_alice_acknowledges_by_pressing_4(database_url: str, tmp_path: Path) -> None:
    async with night(database_url, tmp_path, policies(CALLED)) as n:
        await n.house.fire()
        call = await n.ring(ALICE)
        heard = await n.network.pick_up(call)
        assert "Hello alice" in said(heard)
        assert "Critical incident 1. Disk Full." in said(heard)
        assert "press 4" in said(heard)
        assert len(heard.findall("Gather")) == 3  # said, twice repeated
        assert heard.find("Hangup") is not None
        again = await n.network.press(call, heard, "9")
        assert "Critical incident 1. Disk Full." in said(again)
        assert await n.status() == "triggered"
        done = await n.network.press(call, again, "4")
        assert "Acknowledged by you: incident 1, Disk Full." in said(done)
        assert (await n.status(), await n.holder()) == ("acknowledged", "alice")
        assert await n.network.hang_up(call) == 204
        assert await n.house.states() == [("call", "page", "delivered")]


async def test_whoever_was_called_may_text_but_must_say_which(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(CALLED)) as n:
        await n.house.fire()
        await n.ring(ALICE)
        assert (await n.write(ALICE, "1")).messages == ["1 waits: #1 DiskFull. Text ACK 1."]
        assert await n.status() == "triggered"
        assert (await n.write(ALICE, "ack 1")).messages == ["Acknowledged: #1 DiskFull"]
        assert await n.holder() == "alice"


async def test_key_6_escalates_and_says_when_there_is_nobody_left(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(CALLED, levels=TWO_LEVELS)) as n:
        await n.house.fire()
        call = await n.ring(ALICE)
        heard = await n.network.pick_up(call)
        assert "That key does nothing" in said(await n.network.press(call, heard, "7"))
        assert "Escalated: incident 1" in said(await n.network.press(call, heard, "6"))
        second = await n.ring(BOB)
        heard = await n.network.pick_up(second)
        assert "Nothing was changed" in said(await n.network.press(second, heard, "6"))
        assert await n.status() == "triggered"


async def test_a_machine_never_acknowledges_and_the_next_contact_starts_now(sqlite_url: str, tmp_path: Path) -> None:
    people = (
        "alice: {contacts: {call: secret:ALICE, sms: secret:ALICE}, "
        "notification_rules: {high: [{via: call}, {via: sms, after: 10m}]}}"
    )
    async with night(sqlite_url, tmp_path, policies(people)) as n:
        await n.house.fire()
        call = await n.ring(ALICE)
        await n.house.until(lambda: _state(n, "call", "sent"))
        heard = await n.network.pick_up(call, "machine_start")
        assert [each.tag for each in heard] == ["Hangup"]
        await n.text(ALICE)
        form = n.network._of_call(call, AnsweredBy="machine_end_beep", Digits="4")
        assert (await n.network.post(call["_given"]["Url"], form))[0] == 200
        assert await n.status() == "triggered"


async def _state(n: Night, via: str, state: str) -> bool:
    return (via, "page", state) in await n.house.states()


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
async def test_whoever_does_not_answer_is_texted_now(sqlite_url: str, tmp_path: Path, status: str) -> None:
    people = (
        "alice: {contacts: {call: secret:ALICE, sms: secret:ALICE}, "
        "notification_rules: {high: [{via: call}, {via: sms, after: 10m}]}}"
    )
    async with night(sqlite_url, tmp_path, policies(people)) as n:
        await n.house.fire()
        call = await n.ring(ALICE)
        await n.house.until(lambda: _state(n, "call", "sent"))
        assert await n.network.hang_up(call, status) == 204
        await n.text(ALICE)


async def test_whoever_answers_none_of_three_calls_is_given_up_and_the_next_in_line_is_called(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with night(sqlite_url, tmp_path, policies(CALLED, levels=TWO_LEVELS)) as n:
        await n.house.fire()
        for number in (1, 2, 3):
            call = await n.ring(ALICE, number)
            await n.house.until(lambda: _state(n, "call", "sent"))
            assert n.network.rings(BOB) == []
            assert await n.network.hang_up(call, "no-answer") == 204
            n.house.clock.by += MINUTE
        await n.ring(BOB)  # now, not in an hour
        assert (await n.house.states())[0] == ("call", "page", "failed")


async def test_an_answered_call_about_something_over_says_so(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(CALLED, levels=TOGETHER)) as n:
        await n.house.fire()
        mine, his = await n.ring(ALICE), await n.ring(BOB)
        await n.network.press(mine, await n.network.pick_up(mine), "4")
        heard = await n.network.pick_up(his)
        assert "was acknowledged by alice" in said(heard)
        assert heard.find("Gather") is None
        await n.house.fire(resolved=True)
        assert "is over" in said(await n.network.pick_up(his))


async def test_a_label_can_neither_speak_twiml_nor_break_it(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(CALLED)) as n:
        await n.house.fire("</Say><Redirect>http://evil.example</Redirect>&\x07")
        call = await n.ring(ALICE)
        heard = await n.network.pick_up(call)
        assert {each.tag for each in heard.iter()} == {"Response", "Gather", "Say", "Hangup"}
        assert "evil" not in str(heard.find("Gather").get("action"))  # type: ignore[union-attr]


# --- what becomes of messages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [30003, 30006, 21610])
async def test_an_undelivered_text_starts_the_call_now(database_url: str, tmp_path: Path, code: int) -> None:
    async with night(database_url, tmp_path, policies(BOTH)) as n:
        await n.house.fire()
        page = await n.text(ALICE)
        await n.house.until(lambda: _state(n, "sms", "sent"))
        assert n.network.rings(ALICE) == []
        assert await n.network.report(page, "sent") == 204
        assert n.network.rings(ALICE) == []
        assert await n.network.report(page, "undelivered", code) == 204
        await n.ring(ALICE)
        gone = code != 30003
        assert await _state(n, "sms", "failed") is gone
        if not gone:
            n.house.clock.by += MINUTE
            await n.text(ALICE, 2)  # and the text is tried again
        tries = (await n.house.notifications())[0]["attempts"]
        assert any(str(code) in each["detail"] for each in tries)


async def test_a_refused_number_is_called_at_once_and_never_texted_again(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(BOTH)) as n:
        n.network.faults = [Fault(400, 21610, f"Attempt to send to unsubscribed recipient {ALICE}")]
        await n.house.fire()
        await n.ring(ALICE)
        assert await n.house.until(lambda: _state(n, "sms", "failed"))
        assert n.network.texts(ALICE) == []
        assert ALICE not in str(await n.house.notifications())


async def test_a_status_that_comes_before_the_sending_is_written_down_is_not_lost(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        early = asyncio.Event()
        record = n.house.house.claims.record

        async def slowly(report: Any) -> None:
            await early.wait()
            await record(report)

        n.house.house.claims.record = slowly  # type: ignore[method-assign]
        await n.house.fire()
        page = await n.text(ALICE)
        told = asyncio.ensure_future(n.network.report(page, "delivered"))
        await asyncio.sleep(0.05)
        assert not told.done()
        early.set()
        assert await told == 204
        assert await n.house.states() == [("sms", "page", "delivered")]


# --- forged, stolen, replayed -----------------------------------------------------------------------------------------


async def _post(n: Night, url: str, form: dict[str, str], signature: str, **headers: str) -> int:
    head = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature, **headers}
    return (await n.house.door.request("POST", path_of(url), body=urlencode(form).encode(), headers=head)).status


async def test_nothing_forged_is_listened_to(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire()
        await n.text(ALICE)
        form = n.network.written(ALICE, "1")
        sign = RequestValidator(TOKEN).compute_signature
        good = sign(SMS, form)
        evil = "https://evil.example/replies/twilio/sms"
        assert await _post(n, SMS, form, "") == 401
        assert await _post(n, SMS, form, "é" * 28) == 401
        assert await _post(n, SMS, form, RequestValidator("guess").compute_signature(SMS, form)) == 401
        assert await _post(n, SMS, form | {"Body": "ack all"}, good) == 401
        assert await _post(n, SMS + "?a=1", form, good) == 401  # the query is signed
        assert await _post(n, SMS.replace("sms", "status"), form, good) == 401  # and the path
        assert await _post(n, SMS, form, sign(evil, form), **{"x-forwarded-host": "evil.example"}) == 401
        assert await _post(n, SMS, form, good, **{"content-type": "application/json"}) == 401
        other = form | {"AccountSid": "AC" + "9" * 32}
        assert await _post(n, SMS, other, sign(SMS, other)) == 401
        nameless = {name: value for name, value in form.items() if "Sid" not in name} | {"AccountSid": SID}
        assert await _post(n, SMS, nameless, sign(SMS, nameless)) == 401
        assert await _post(n, SMS.replace("sms", "else"), form, sign(SMS.replace("sms", "else"), form)) == 401
        assert await n.status() == "triggered"
        assert await _post(n, SMS, form, good) == 200
        assert await n.status() == "acknowledged"


async def test_the_host_of_a_request_says_nothing_and_the_public_url_all(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        door, desk = n.house.house.doors["twilio"], n.house.house.desk
        form = n.network.written(ALICE, "help")
        body = urlencode(form).encode()

        async def ask(signed_for: str, host: str) -> Outgoing:
            head = {"host": host, "x-twilio-signature": RequestValidator(TOKEN).compute_signature(signed_for, form)}
            return await door.receive(Incoming("sms", "", head, body), desk)

        assert (await ask(SMS, "proxy.internal")).status == 200
        with pytest.raises(Forged):
            await ask("http://evil.example/replies/twilio/sms", "evil.example")


async def test_a_replayed_text_acknowledges_nothing_of_another_night(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        stolen = [n.network.written(ALICE, body) for body in ("1", "ack all", "1", "ack all", "ack 2")]
        await n.house.fire("DiskFull")
        await n.text(ALICE)
        # The first acts, the others come to nothing: all are used up.
        for form in stolen:
            assert (await n.network.post(SMS, form))[0] == 200
        assert await n.status(1) == "acknowledged"
        await n.house.fire("HostDown")
        await n.text(ALICE, 2)
        for form in stolen:
            status, body = await n.network.post(SMS, form)
            assert status == 200
            assert b"<Message>" not in body
        assert await n.status(2) == "triggered"
        assert (await n.write(ALICE, "1")).messages == ["Acknowledged: #2 HostDown"]


async def test_a_replayed_stop_silences_nobody(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(BOTH)) as n:
        stolen = n.network.written(ALICE, "STOP")
        await n.network.post(SMS, stolen)
        await n.write(ALICE, "START")
        await n.network.post(SMS, stolen)
        await n.house.fire()
        await n.text(ALICE)


async def test_a_replayed_key_works_once(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(CALLED)) as n:
        await n.house.fire()
        call = await n.ring(ALICE)
        heard = await n.network.pick_up(call)
        await n.network.press(call, heard, "4")
        assert (await n.house.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})).status == 200
        await n.network.press(call, heard, "4")
        assert await n.status() == "triggered"


async def test_a_status_of_somebody_elses_message_changes_nothing(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "EARLY", ())
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire()
        page = await n.text(ALICE)
        await n.house.until(lambda: _state(n, "sms", "sent"))
        assert await n.network.report(page | {"sid": "SM" + "f" * 32}, "undelivered", 30003) == 204
        assert await n.network.report(page, "delivered") == 204
        assert await n.network.report(page, "undelivered", 30003) == 204  # late, out of order: it arrived
        assert await n.house.states() == [("sms", "page", "delivered")]


async def test_a_json_callback_is_proved_by_the_hash_in_its_url(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire()
        page = await n.text(ALICE)
        await n.house.until(lambda: _state(n, "sms", "sent"))
        body = f'{{"AccountSid": "{SID}", "MessageSid": "{page["sid"]}", "MessageStatus": "delivered"}}'
        validator = RequestValidator(TOKEN)
        url = f"{PUBLIC}/replies/twilio/status?bodySHA256={validator.compute_hash(body)}"
        head = {"content-type": "application/json", "x-twilio-signature": validator.compute_signature(url, {})}

        async def post(content: str) -> int:
            return (await n.house.door.request("POST", path_of(url), body=content.encode(), headers=head)).status

        assert await post(body.replace("delivered", "failed")) == 401
        assert await post(body) == 204
        assert await n.house.states() == [("sms", "page", "delivered")]


# --- many at once, and trouble of our own -----------------------------------------------------------------------------


async def test_one_key_takes_all_that_a_call_told_of(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(CALLED)) as n:
        await n.house.fire("DiskFull")
        await n.house.fire("HostDown")
        call = await n.ring(ALICE)
        call["_given"]["Url"] = f"{PUBLIC}/replies/twilio/voice?incident=1%2C2&person=alice&row=1"
        heard = await n.network.pick_up(call)
        assert "2 incidents. The worst: Critical incident 1. Disk Full. The others: 2." in said(heard)
        assert "incident 1, Disk Full and 1 more" in said(await n.network.press(call, heard, "4"))
        assert await n.status(1) == await n.status(2) == "acknowledged"


async def test_a_press_that_the_database_cannot_take_asks_for_another(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: Any) -> None:
        raise Unavailable("the disk is full")

    async with night(sqlite_url, tmp_path, policies(CALLED)) as n:
        await n.house.fire()
        call = await n.ring(ALICE)
        heard = await n.network.pick_up(call)
        with monkeypatch.context() as patch:
            patch.setattr(n.house.house.lifecycle, "act", busy)
            heard = await n.network.press(call, heard, "4")
            assert "nothing was changed. Please press it again" in said(heard)
        assert "Acknowledged by you" in said(await n.network.press(call, heard, "4"))


async def test_a_text_that_the_database_cannot_take_is_not_used_up(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: Any) -> None:
        raise Unavailable("the disk is full")

    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        await n.house.fire()
        await n.text(ALICE)
        form = n.network.written(ALICE, "1")
        with monkeypatch.context() as patch:
            patch.setattr(n.house.house.lifecycle, "act", busy)
            assert (await n.network.post(SMS, form))[0] == 503
        assert (await n.network.post(SMS, form))[0] == 200  # Twilio, or its fallback URL, comes again
        assert await n.status() == "acknowledged"


async def test_somebody_who_calls_our_number_learns_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(CALLED)) as n:
        await n.house.fire()
        call = await n.ring(ALICE)
        for query in ("", "?incident=x&person=alice", "?incident=1&person=mallory", "?incident=1"):
            call["_given"]["Url"] = f"{PUBLIC}/replies/twilio/voice{query}"
            heard = await n.network.pick_up(call)
            assert "Disk" not in said(heard)
            assert heard.find("Gather") is None
        assert await n.status() == "triggered"


async def test_while_twilio_is_down_pages_wait_and_go_out_when_it_is_back(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, policies(TEXTED)) as n:
        n.network.refuses[ALICE] = Fault(503, 20503, "Service unavailable")
        await n.house.fire()
        await n.house.until(lambda: n.network.requests)
        for _ in range(12):
            n.house.clock.by += MINUTE
            await asyncio.sleep(0.05)
        assert n.network.texts(ALICE) == []
        assert await n.status() == "triggered"
        del n.network.refuses[ALICE]
        n.house.clock.by += MINUTE
        await n.text(ALICE)
        assert (await n.write(ALICE, "1")).messages == ["Acknowledged: #1 DiskFull"]
