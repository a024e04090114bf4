"""Texts and calls through Twilio's SDK against a Twilio on loopback."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from escalator.channels import gsm
from escalator.channels.base import Channel, Message, NotSent, Words
from escalator.channels.registry import build
from escalator.channels.twilio import codes, words
from escalator.channels.twilio.callbacks import Callbacks
from escalator.channels.twilio.rest import Rest
from escalator.channels.twilio.sms import Sms
from escalator.channels.wiring import Wiring
from escalator.core.notification import Outcome
from tests.channels.samples import ALERT, INCIDENT, page
from tests.vendors.twilio import SENDER, SERVICE, SID, TOKEN, Fault, Twilio, twilio

ALICE = "+15551230001"
PUBLIC = "https://escalator.example"


def wiring(base: str, **more: Any) -> Wiring:
    return Wiring(
        public_url=PUBLIC, twilio_account_sid=SID, twilio_auth_token=TOKEN, twilio_from=SENDER, twilio_api_url=base
    )._replace(**more)


@asynccontextmanager
async def channels(**more: Any) -> AsyncIterator[tuple[Twilio, dict[str, Channel]]]:
    async with twilio() as (one, base):
        found = build(wiring(base, **more))
        try:
            yield one, found
        finally:
            for channel in found.values():
                await channel.close()


def retried(**fields: Any) -> Message:
    """The second attempt at a page that was queued just now."""
    return page(tries=2, queued_at=datetime.now(UTC).isoformat(), **fields)


async def refusal(channel: Channel, message: Message | None = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await channel.send(ALICE, message or page())
    return caught.value


# --- what goes out ----------------------------------------------------------------------------------------------------


async def test_a_text_is_what_twilios_description_allows_and_fits_one_sms() -> None:
    async with channels() as (one, found):
        sent = await found["sms"].send(ALICE, page())
    fields = one.requests[0][2]
    assert fields["To"] == ALICE
    assert fields["From"] == SENDER
    assert fields["StatusCallback"] == f"{PUBLIC}/replies/twilio/status"
    assert 3600 <= int(fields["ValidityPeriod"]) <= 36_000
    assert fields["Body"].startswith("CRITICAL #42 HostDown c1")
    assert "Reply 1 or ACK 42" in fields["Body"]
    assert gsm.length(fields["Body"]) <= 160
    assert sent.receipt == one.messages[0]["sid"]
    assert not sent.delivered


async def test_a_call_asks_for_a_person_and_says_who_is_called_about_what() -> None:
    async with channels() as (one, found):
        sent = await found["call"].send(ALICE, page(id=17))
    fields = one.requests[0][2]
    assert fields["Url"] == f"{PUBLIC}/replies/twilio/voice?incident=42&person=alice&row=17&try=1"
    assert fields["StatusCallback"] == f"{PUBLIC}/replies/twilio/status?try=1"
    assert fields["StatusCallbackEvent"] == "completed"
    assert fields["MachineDetection"] == "Enable"
    assert sent.receipt == one.calls[0]["sid"]


async def test_a_messaging_service_sends_texts_and_cannot_call() -> None:
    async with channels(twilio_from=SERVICE) as (one, found):
        await found["sms"].send(ALICE, page())
        assert "call" not in found
    assert one.requests[0][2]["MessagingServiceSid"] == SERVICE
    assert "From" not in one.requests[0][2]


def test_without_settings_there_is_neither() -> None:
    assert not {"sms", "call"} & set(build(Wiring(twilio_account_sid=SID, twilio_auth_token=TOKEN)))


async def test_a_base_url_may_have_a_path_for_proxies() -> None:
    async with twilio() as (one, base):
        found = build(wiring(base + "/proxied/"))
        assert (await refusal(found["sms"])).outcome == "temporary"
        await found["sms"].close()
    assert [path for _, path, _ in one.requests] == [f"/proxied/2010-04-01/Accounts/{SID}/Messages.json"]


async def test_a_code_is_texted_and_spoken_digit_by_digit_without_fetching_anything() -> None:
    message = page(kind="code", code="493817", incident={}, acknowledge=None)
    async with channels() as (one, found):
        await found["sms"].send(ALICE, message)
        await found["call"].send(ALICE, message)
    assert "493817" in one.texts(ALICE)[0]
    assert "4, 9, 3, 8, 1, 7" in one.rings(ALICE)[0]["_given"]["Twiml"]


# --- wording ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "x" * 500,
        "Größe «überschritten» – naïve",
        "newline\nReply 9 or ACK 7",
        "\u202eevil\u0000",
        "{}[]|^~€" * 40,
        "",
    ],
)
def test_whatever_a_title_holds_the_answer_is_never_cut_and_one_sms_is_enough(title: str) -> None:
    text = words.text(page(incident={"title": title}, link=""))
    assert text.endswith("\nReply 1 or ACK 42")
    assert text.count("\n") == 1
    assert gsm.length(text) <= 160
    assert all(each in gsm.ALPHABET or each in gsm.DOUBLE for each in text)


@pytest.mark.parametrize("incident", [None, [], {"id": 42, "title": object()}, {"id": ["x"], "severity": {}}])
def test_nothing_in_an_incident_keeps_a_text_from_going_out(incident: Any) -> None:
    text = words.text(page()._replace(incident=incident, reason=None, link=""))
    assert "Reply 1 or ACK" in text


def test_another_alphabet_takes_two_parts_instead_of_question_marks() -> None:
    text = words.text(page(incident={"title": "Сервер не отвечает " * 20}, link=""))
    assert "Сервер" in text
    assert text.endswith("Reply 1 or ACK 42")
    assert len(text) <= gsm.TWO_WIDE


def test_a_digest_lists_the_numbers_and_says_how_to_answer_all() -> None:
    also = tuple(INCIDENT | {"id": str(number), "title": "Disk"} for number in range(43, 143))
    text = words.text(page(also=also, incident={"title": "y" * 200}))
    assert text.startswith("101 incidents: CRITICAL #42 ")
    assert "#43, #44" in text
    assert "and 88 more" in text
    assert text.endswith("\nReply ACK ALL or ACK 42")
    assert gsm.length(text) <= 160


def test_an_update_is_short_and_asks_for_nothing() -> None:
    text = words.text(page(kind="resolved", reason="its alerts ended", acknowledge=None, link=""))
    assert text == "RESOLVED #42 HostDown c1: its alerts ended"


def test_an_unverified_phone_is_told_so_where_there_is_room() -> None:
    assert "not verified" in words.text(page(unverified=True))
    assert "not verified" not in words.text(page(unverified=True, incident={"title": "z" * 200}))


def test_a_policys_own_words_go_out_with_our_answer_line() -> None:
    assert words.text(page(words=Words(short="The till is down\nCall Eve"), link="")) == (
        "The till is down Call Eve\nReply 1 or ACK 42"
    )


def test_what_a_voice_would_stumble_over_is_left_out() -> None:
    alert = ALERT | {"annotations": {"summary": "see https://x.example/a_b {{ $labels }} <Hangup/>"}}
    said = words.spoken(INCIDENT | {"title": "KubePodCrashLooping ns=prod_eu"}, (alert,))
    assert said == "Critical incident 42. Kube Pod Crash Looping ns prod eu. see labels Hangup."


# --- what Twilio refuses ----------------------------------------------------------------------------------------------

REFUSALS = [
    # status, code, headers → outcome, blames, retry_after
    (401, 20003, {}, "temporary", "provider", None),  # wrong token: mended by an operator, whom the breaker tells
    (429, 20429, {"Retry-After": "7"}, "temporary", "provider", 7.0),
    (429, None, {}, "temporary", "provider", 1.0),  # asks for patience without saying how long
    (500, None, {}, "temporary", "provider", None),
    (503, 20503, {"Retry-After": "12"}, "temporary", "provider", 12.0),
    (400, 21211, {}, "permanent", "contact", None),  # invalid number
    (400, 21610, {}, "permanent", "contact", None),  # opted out
    (400, 21614, {}, "permanent", "contact", None),  # landline
    (400, 21608, {}, "permanent", "contact", None),  # trial account, number not verified
    (400, 21606, {}, "temporary", "provider", None),  # our own number is wrong, for everybody
    (400, 99999, {}, "temporary", "contact", None),  # codes change: unknown is temporary
    (400, 30001, {}, "temporary", "provider", None),
]


@pytest.mark.parametrize(("status", "code", "headers", "outcome", "blames", "retry_after"), REFUSALS)
async def test_a_refusal_says_what_follows_and_whose_fault_it_is(
    status: int, code: int | None, headers: dict[str, str], outcome: str, blames: str, retry_after: float | None
) -> None:
    async with channels() as (one, found):
        for via in ("sms", "call"):
            one.faults = [Fault(status, code, f"Not {ALICE}, token {TOKEN[:0]}", headers)]
            error = await refusal(found[via])
            assert (error.outcome, error.blames, error.retry_after) == (outcome, blames, retry_after)
            assert ALICE not in error.detail
            assert TOKEN not in error.detail
            assert str(code or status) in error.detail
        assert len(one.requests) == 2  # no silent repetition


async def test_text_that_twilio_refuses_goes_out_in_a_minimal_form() -> None:
    async with channels() as (one, found):
        one.faults = [Fault(400, 21617, "The concatenated message body exceeds the limit")]
        await found["sms"].send(ALICE, page())
    assert one.texts(ALICE) == ["Incident #42. Reply 1 or ACK 42"]


async def test_a_public_url_that_twilio_refuses_silences_no_page() -> None:
    async with channels() as (one, found):
        one.faults = [Fault(400, 21609, "Invalid StatusCallback")]
        await found["sms"].send(ALICE, page())
        one.faults = [Fault(400, 21205, "Invalid Url")]
        await found["call"].send(ALICE, page())
    assert "StatusCallback" not in one.messages[0]["_given"]
    assert "HostDown" in one.calls[0]["_given"]["Twiml"].replace("Host Down", "HostDown")


async def test_nobody_there_is_temporary_and_a_lost_answer_ambiguous() -> None:
    async with twilio() as (one, base):
        pass
    gone = build(wiring(base))
    error = await refusal(gone["sms"])
    assert (error.outcome, error.blames) == ("temporary", "provider")
    await gone["sms"].close()

    async with twilio() as (one, base):
        one.faults = [Fault(hangs=True, takes=True)]
        slow = Sms(Rest(SID, TOKEN, SENDER, base, deadline=0.3), Callbacks(SID, TOKEN, PUBLIC))
        before = time.monotonic()
        error = await refusal(slow)
        await slow.close()
        assert error.outcome == "ambiguous"
        assert time.monotonic() - before < 5


async def test_an_answer_that_is_no_answer_is_ambiguous() -> None:
    async def nonsense(request: web.Request) -> web.Response:
        return web.Response(text="<html>captive portal</html>", status=200)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", nonsense)
    runner = web.AppRunner(application, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found = build(wiring(f"http://127.0.0.1:{runner.addresses[0][1]}"))
    assert (await refusal(found["sms"])).outcome == "ambiguous"
    await found["sms"].close()
    await runner.cleanup()


# --- what may have arrived already ------------------------------------------------------------------------------------


async def test_a_text_that_twilio_took_though_we_never_heard_is_not_sent_again() -> None:
    async with channels() as (one, found):
        one.faults = [Fault(500, takes=True)]
        message = page(queued_at=datetime.now(UTC).isoformat())
        assert (await refusal(found["sms"], message)).outcome == "temporary"
        sent = await found["sms"].send(ALICE, message._replace(tries=2))
    assert len(one.texts(ALICE)) == 1
    assert sent.receipt == one.messages[0]["sid"]
    assert one.requests[1][:2] == ("GET", "/Messages.json")
    assert one.requests[1][2]["To"] == ALICE


async def test_a_trial_accounts_prefix_hides_no_text() -> None:
    async with channels() as (one, found):
        await found["sms"].send(ALICE, page())
        one.messages[0]["body"] = "Sent from your Twilio trial account - " + one.messages[0]["body"]
        await found["sms"].send(ALICE, retried())
    assert len(one.texts(ALICE)) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "failed"}, "it failed"),
        ({"status": "undelivered"}, "it never arrived"),
        ({"direction": "inbound"}, "somebody else wrote it"),
        ({"body": "CRITICAL #421 HostDown c1\nReply 1 or ACK 421"}, "another incident's"),
        ({"body": "ACKNOWLEDGED #42 HostDown c1"}, "an update, not the page"),
        ({"body": "INFO #7 CRITICAL #42 x\nReply 1 or ACK 7"}, "a title that imitates it"),
        ({"body": "CRITICAL #42 x\nReply 1 or ACK 7"}, "a label that a policy's own words put first"),
        ({"date_created": "Wed, 04 Mar 2026 03:00:00 +0000"}, "an earlier round's"),
    ],
)
async def test_what_is_not_this_page_is_sent(change: dict[str, str], why: str) -> None:
    async with channels() as (one, found):
        await found["sms"].send(ALICE, page())
        one.messages[0] |= change
        await found["sms"].send(ALICE, retried())
    assert len(one.messages) == 2, why


async def test_where_twilio_cannot_say_the_page_goes_out_twice_rather_than_never() -> None:
    async with channels() as (one, found):
        await found["sms"].send(ALICE, page())
        one.looks_fail = True
        await found["sms"].send(ALICE, retried())
    assert len(one.texts(ALICE)) == 2


async def test_a_phone_that_rings_for_us_already_is_not_rung_again_but_waits() -> None:
    async with channels() as (one, found):
        await found["call"].send(ALICE, page())
        for status in ("queued", "ringing", "in-progress"):
            one.calls[0]["status"] = status
            error = await refusal(found["call"], retried())
            assert (error.outcome, error.blames) == ("temporary", "contact")
            assert error.retry_after == 20.0
        assert len(one.calls) == 1
        one.calls[0]["status"] = "no-answer"
        await found["call"].send(ALICE, retried())
    assert len(one.calls) == 2


def test_a_text_may_wait_until_the_next_step_and_no_longer_than_twilio_allows() -> None:
    from escalator.channels.twilio.sms import validity

    queued = datetime(2026, 3, 4, 3, 10, tzinfo=UTC)
    for wait, expected in [(60, 3600), (7200, 7200), (900_000, 36_000)]:
        due = (queued + timedelta(seconds=wait)).isoformat()
        assert validity(page(queued_at=queued.isoformat(), incident={"due_at": due})) == expected
    assert validity(page(queued_at="", incident={"due_at": None})) == 3600


# --- doctor -----------------------------------------------------------------------------------------------------------


async def test_a_check_pages_nobody_and_says_what_it_found() -> None:
    async with channels() as (one, found):
        assert await found["sms"].check() == "Twilio: the account is active, the sender is a number"
        one.account_type = "Trial"
        assert "verified numbers only" in await found["call"].check()
        one.account_status = "suspended"
        with pytest.raises(NotSent, match="suspended"):
            await found["sms"].check()
        assert {method for method, _, _ in one.requests} == {"GET"}


async def test_a_check_with_a_wrong_token_says_so() -> None:
    async with channels(twilio_auth_token="another") as (_, found):
        with pytest.raises(NotSent, match="auth token") as caught:
            await found["sms"].check()
    assert "another" not in caught.value.detail


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        ("queued", None, None),
        ("sent", None, None),  # the carrier has it, the phone may not
        ("delivered", None, Outcome.DELIVERED),
        ("undelivered", 30003, Outcome.TEMPORARY),
        ("undelivered", 30008, Outcome.TEMPORARY),
        ("failed", 30001, Outcome.TEMPORARY),
        ("failed", 30002, Outcome.TEMPORARY),
        ("undelivered", 30005, Outcome.PERMANENT),
        ("undelivered", 30006, Outcome.PERMANENT),
        ("undelivered", 30007, Outcome.PERMANENT),
        ("failed", 21610, Outcome.PERMANENT),
        ("failed", 98765, Outcome.TEMPORARY),  # unknown
        ("failed", None, Outcome.TEMPORARY),
        ("canceled", None, Outcome.TEMPORARY),
        ("invented", None, None),
    ],
)
def test_each_word_about_a_text_has_its_meaning(status: str, code: int | None, outcome: Outcome | None) -> None:
    assert codes.message_end(status, code)[0] == outcome


@pytest.mark.parametrize(
    ("status", "answered_by", "sip", "outcome"),
    [
        ("ringing", "", "", None),
        ("in-progress", "", "", None),
        ("completed", "human", "200", Outcome.DELIVERED),
        ("completed", "", "", Outcome.DELIVERED),
        ("completed", "unknown", "", Outcome.DELIVERED),
        ("completed", "machine_start", "", Outcome.TEMPORARY),
        ("completed", "machine_end_beep", "", Outcome.TEMPORARY),
        ("completed", "fax", "", Outcome.TEMPORARY),
        ("busy", "", "486", Outcome.TEMPORARY),
        ("no-answer", "", "487", Outcome.TEMPORARY),
        ("canceled", "", "", Outcome.TEMPORARY),
        ("failed", "", "", Outcome.TEMPORARY),
        ("failed", "", "503", Outcome.TEMPORARY),
        ("failed", "", "404", Outcome.PERMANENT),
        ("invented", "", "", None),
    ],
)
def test_each_end_of_a_call_has_its_meaning(status: str, answered_by: str, sip: str, outcome: Outcome | None) -> None:
    assert codes.call_end(status, answered_by, sip, 1)[0] == outcome
    # Rung three times, a phone that nobody answers is given up.
    last = Outcome.PERMANENT if outcome is Outcome.TEMPORARY else outcome
    assert codes.call_end(status, answered_by, sip, 3)[0] == last


async def test_many_sends_at_once_share_one_client_and_do_not_mix_their_answers() -> None:
    async with channels() as (one, found):
        numbers = [f"+1555777{number:04d}" for number in range(20)]
        one.refuses[numbers[7]] = Fault(400, 21211)
        results = await asyncio.gather(*(found["sms"].send(to, page()) for to in numbers), return_exceptions=True)
    assert [isinstance(each, NotSent) for each in results] == [to == numbers[7] for to in numbers]
    assert len({each.receipt for each in results if not isinstance(each, BaseException)}) == 19
