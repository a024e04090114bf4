"""apprise through the library itself, against services on loopback; and the buttons that come back."""

import asyncio
import json
import logging
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from escalator.channels.apprise import errors, from_wiring, library, sending, words
from escalator.channels.apprise.sending import Apprise
from escalator.channels.base import NotSent, Words
from escalator.channels.wiring import Wiring
from tests.channels.samples import ACKNOWLEDGE, LINK, alert, page
from tests.engine.live import Live, live, policies
from tests.vendors.mattermost import HOOK, mattermost
from tests.vendors.ntfy import Ntfy, ntfy
from tests.vendors.served import served
from tests.vendors.telegram import BLOCKED, BOT, CHAT, GROUP, SUPERGROUP, error, telegram

LOOPBACK = ["127.0.0.0/8"]
TOKEN = "t0k" * 14 + "x"
WILD = alert({f"l{n}": "x" * 4000 for n in range(60)}, annotations={"summary": "y\n" * 9000})


class Service:
    """A receiver of apprise's general forms; `answers`: the statuses that it says first."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.answers: list[int] = []
        self.moved_to: str | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append((await request.read()).decode())
        await self.gate.wait()
        if self.moved_to:
            raise web.HTTPTemporaryRedirect(self.moved_to)
        return web.json_response({"id": 1}, status=self.answers.pop(0) if self.answers else 200)


@asynccontextmanager
async def service() -> AsyncIterator[tuple[Service, str]]:
    made, app = Service(), web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    async with served(app) as place:
        yield made, place


@asynccontextmanager
async def apprise(**options: Any) -> AsyncIterator[Apprise]:
    channel = Apprise("https://pager.example", **({"allow": LOOPBACK} | options))
    try:
        yield channel
    finally:
        await channel.close()


@pytest.fixture
async def channel() -> AsyncIterator[Apprise]:
    async with apprise() as made:
        yield made


def paged(**more: Any) -> Any:
    return page(**({"token": TOKEN} | more))


async def refusal(channel: Apprise, address: str, message: Any = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await channel.send(address, message or paged())
    return caught.value


# --- any service ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["json", "form", "xml"])
async def test_any_service_gets_the_words_and_the_link_to_acknowledge(channel: Apprise, scheme: str) -> None:
    async with service() as (made, place):
        sent = await channel.send(f"{scheme}://{place}/", paged())
    [body] = made.bodies
    assert "HostDown" in body
    assert TOKEN not in body
    assert ACKNOWLEDGE in body or "t0K3n" * 8 in body
    assert (sent.receipt, sent.delivered) == (None, False), "no receipt is offered"


async def test_the_policys_own_words_and_what_kind_of_news_it_is_arrive(channel: Apprise) -> None:
    async with service() as (made, place):
        await channel.send(f"json://{place}/", paged(words=Words("ours", None, "In our own words.")))
        await channel.send(f"json://{place}/", paged(kind="resolved", acknowledge=None, token=None))
    own, resolved = map(json.loads, made.bodies)
    assert (own["title"], own["type"]) == ("[#42] ours", "failure")
    assert own["message"].startswith("In our own words.")
    assert ACKNOWLEDGE in own["message"]
    assert resolved["type"] == "success"
    assert "Acknowledge" not in resolved["message"]


async def test_a_code_that_proves_a_contact_arrives_alone(channel: Apprise) -> None:
    async with service() as (made, place):
        await channel.send(f"json://{place}/", page(kind="code", code="123456", acknowledge=None, incident={}, link=""))
    [body] = map(json.loads, made.bodies)
    assert "123456" in body["message"]
    assert "http" not in body["message"]


@pytest.mark.parametrize("scheme", ["json://{}/", "mmost://{}/" + HOOK, "rocket://u:p@{}/#room", "ntfy://{}/alerts"])
async def test_endless_content_is_cut_and_the_link_stays_whole(channel: Apprise, scheme: str) -> None:
    async with service() as (made, place):
        try:
            await channel.send(scheme.format(place), paged(alerts=(WILD,) * 20, incident={"title": "t" * 9000}))
        except NotSent:
            assert scheme.startswith("rocket"), "its login is not played here"
    assert made.bodies
    if not scheme.startswith("rocket"):
        assert ACKNOWLEDGE in made.bodies[-1]
        assert len(made.bodies[-1]) < 35_000


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_service_that_refuses_for_good_is_permanent_and_only_this_contacts_fault(
    channel: Apprise, status: int
) -> None:
    async with service() as (made, place):
        made.answers = [status]
        found = await refusal(channel, f"json://user:hidden-password@{place}/hidden-path")
    assert (found.outcome, found.blames) == ("permanent", "contact")
    assert f"error={status}" in found.detail
    assert "hidden" not in found.detail


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_service_in_trouble_is_tried_again(channel: Apprise, status: int) -> None:
    async with service() as (made, place):
        made.answers = [status]
        found = await refusal(channel, f"json://{place}/")
    assert (found.outcome, found.blames) == ("temporary", "provider")


async def test_a_rate_limit_is_waited_for(channel: Apprise) -> None:
    async with service() as (made, place):
        made.answers = [429]
        found = await refusal(channel, f"json://{place}/")
    assert (found.outcome, found.retry_after) == ("temporary", errors.RATE_WAIT)


async def test_content_that_is_refused_goes_out_as_the_least_there_is(channel: Apprise) -> None:
    async with service() as (made, place):
        made.answers = [400]
        await channel.send(f"json://{place}/", paged(alerts=(WILD,)))
    least = json.loads(made.bodies[1])["message"]
    assert least == f"PAGE: incident #42\nAcknowledge: {ACKNOWLEDGE}\nOpen: {LINK}"


async def test_nobody_there_is_safe_to_try_again_and_a_cut_connection_may_have_been_heard(channel: Apprise) -> None:
    found = await refusal(channel, "json://127.0.0.1:9/")
    assert found.outcome == "temporary"
    assert found.detail.startswith("no connection")

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert (await refusal(channel, f"json://127.0.0.1:{port}/")).outcome == "ambiguous"


async def test_a_service_that_hangs_ends_ambiguous_within_the_deadline_and_holds_up_no_other() -> None:
    async with apprise(deadline=0.5) as channel, service() as (slow, slowly), service() as (quick, quickly):
        slow.gate.clear()
        hanging = asyncio.ensure_future(refusal(channel, f"json://{slowly}/"))
        await channel.send(f"json://{quickly}/", paged())
        assert not hanging.done()
        assert (await hanging).outcome == "ambiguous"
        assert quick.bodies
        slow.gate.set()


@pytest.mark.parametrize(
    "address", ["nonsense://x", "not a url", "", "://", "dbus://", "syslog://", "tgram://nonsense"]
)
async def test_what_apprise_cannot_read_or_what_reaches_nobody_is_permanent(channel: Apprise, address: str) -> None:
    assert (await refusal(channel, address)).outcome == "permanent"


# --- where it may go --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "json://{}/",
        "ntfy://{}/alerts",
        "mmost://{}/" + HOOK,
        "gotify://{}/" + "A" * 15,
        "mailto://u:p@{}/?from=a@a.example&to=b@b.example",
    ],
)
async def test_a_service_on_our_own_network_needs_the_operators_word(address: str) -> None:
    async with service() as (made, place), apprise(allow=()) as channel:
        for where in (place, place.replace("127.0.0.1", "localhost")):
            found = await refusal(channel, address.format(where))
            assert found.outcome == "permanent"
            assert "ESCALATOR_OUTBOUND_ALLOW" in found.detail
    assert made.bodies == []


async def test_a_redirect_is_not_followed_even_where_the_address_asks_for_it(channel: Apprise) -> None:
    async with service() as (first, place), service() as (second, elsewhere):
        first.moved_to = f"http://{elsewhere}/"
        assert (await refusal(channel, f"json://{place}/?redirect=yes")).outcome == "permanent"
    assert second.bodies == []


async def test_the_gate_is_for_what_apprise_sends_alone() -> None:
    """Everything else in this process connects as before."""
    async with service() as (made, place), apprise(allow=()) as channel:
        await refusal(channel, f"json://{place}/")
        host, port = place.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        await writer.wait_closed()
    assert made.bodies == []


# --- secrets ----------------------------------------------------------------------------------------------------------


class Overheard(logging.Handler):
    """What reaches the program's own log. (pytest's caplog listens at the library's logger itself.)"""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def test_no_secret_of_an_address_reaches_a_log_a_detail_or_a_providers_name(channel: Apprise) -> None:
    log = Overheard()
    logging.getLogger().addHandler(log)
    secret = "SecretSecretSecret"
    async with service() as (made, place):
        made.answers = [500] * 9
        for address in (f"json://u:{secret}@{place}/{secret}", f"gotify://{place}/{secret}", f"discord://1/{secret}"):
            # Discord is not reachable from here, and need not be.
            async with apprise(allow=LOOPBACK, deadline=2.0) as short:
                found = await refusal(short if address.startswith("discord") else channel, address)
            assert secret not in found.detail
            assert secret not in channel.provider(address)
    logging.getLogger().removeHandler(log)
    assert secret not in "".join(log.lines)


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("tgram://123:abc/55", "apprise tgram"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "apprise discord"),
        ("sendgrid://SG.key.dots:from@example.com", "apprise sendgrid"),
        ("ntfys://tk_secret@ntfy.example/topic", "apprise ntfys ntfy.example"),
        ("mmosts://bot@chat.example:8065/hook", "apprise mmosts chat.example:8065"),
        ("https://discord.com/api/webhooks/1/secret", "apprise https"),
        ("json://[::1", "apprise json"),
        ("nothing", "apprise unknown"),
    ],
)
def test_a_provider_is_the_service_and_where_it_is_ours_its_host(address: str, provider: str) -> None:
    assert Apprise("https://pager.example").provider(address) == provider


def test_what_is_called_a_host_is_one_to_the_library_too() -> None:
    for scheme in sending.HOSTED:
        made = library.service(f"{scheme}://127.0.0.1/aaaaaaaaaaaaaaa/bbbb")
        if made is not None:
            assert "host" in type(made).template_tokens
            assert not type(made).template_tokens["host"].get("private")


async def test_check_says_what_is_installed_and_calls_nobody() -> None:
    [channel] = from_wiring(Wiring())
    said = await channel.check()
    assert "version" in said
    assert int(said.split(", ")[1].split()[0]) > 100


def test_without_the_library_there_is_no_such_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalator.channels.apprise.find_spec", lambda name: None)
    assert from_wiring(Wiring()) == ()
    assert util.find_spec("apprise") is not None


URLS = re.findall(r"`(\w+://[^`]+)`", (Path(__file__).parents[2] / "docs" / "channels" / "apprise.md").read_text())
FILLED = {
    "HOST:443/WORKFLOWID/SIGNATURE": f"prod.example:443/{'6' * 32}/{'K' * 43}",
    "HOST/HOOKKEY": f"chat.example/{HOOK}",
    "BOTTOKEN": BOT,
    "CHATID:TOPIC": "55:7",
    "CHATID": "55",
    "WEBHOOKID/WEBHOOKTOKEN": "4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "USERKEY@APPTOKEN": f"{'u' * 30}@{'a' * 30}",
    "HOST/APPTOKEN": "push.example/AbCdEfGhIjKlMno",
    "WEBHOOKTOKEN": f"{'a' * 24}/{'b' * 43}",
    "HOST": "host.example",
}


@pytest.mark.parametrize("url", URLS)
def test_every_url_of_the_page_is_one_to_the_library(url: str) -> None:
    if url.split("://")[0] in sending.LOCAL:
        pytest.skip("named as what is refused")
    for word, value in FILLED.items():
        url = url.replace(word, value)
    assert library.service(url) is not None


@pytest.mark.parametrize(
    ("url", "room"),
    [
        (f"discord://4174216298/{'J' * 28}", 2000),
        (f"pover://{'u' * 30}@{'a' * 30}", 1024),
        (f"workflows://prod.example:443/{'6' * 32}/{'K' * 43}", 800),
    ],
)
def test_the_page_says_what_a_service_bears(url: str, room: int) -> None:
    assert library.room(library.service(url)).body == room


# --- what strangers write ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["@everyone", "look:@here", "x@channel", "<@U123>", "<!channel>", "<users/all>", "@room", "(@all)", "*@Everyone*"],
)
def test_no_stranger_wakes_a_whole_room(text: str) -> None:
    made = words.fitted(paged(incident={"title": text}), words.Room(4000))
    assert text not in made.body
    assert words.MENTION.search(made.body) is None
    assert words.ANGLE.search(made.body) is None


def test_no_stranger_hides_where_a_link_leads_and_an_address_stays_readable() -> None:
    made = words.fitted(
        paged(incident={"title": "[Acknowledge](https://evil.example) ops@example.com"}), words.Room(4000)
    )
    assert "](" not in made.body
    assert "https://evil.example" not in made.body, "it would follow the word of our own link"
    assert "ops@example.com" in made.body


@given(st.text(), st.text(), st.integers(min_value=160, max_value=4000), st.sampled_from((0, 50, 250)))
def test_whatever_is_written_the_link_to_acknowledge_is_whole_and_the_room_is_kept(
    title: str, value: str, body: int, room: int
) -> None:
    message = paged(incident={"title": title}, alerts=(alert({"x": value}, annotations={"summary": value}),))
    made = words.fitted(message, words.Room(body, room))
    assert ACKNOWLEDGE in made.body
    assert len(made.body) <= body
    assert len(made.title) <= (room or 0)


# --- ntfy -------------------------------------------------------------------------------------------------------------


async def test_ntfy_carries_a_button_that_calls_us_and_one_that_opens(channel: Apprise) -> None:
    async with ntfy() as (server, place):
        await channel.send(f"ntfy://{place}/alerts", paged())
    [message] = server.messages
    assert (message["topic"], message["title"]) == ("alerts", "[#42] HostDown c1")
    tap = server.tap(0, "Acknowledge")
    assert (tap.method, tap.headers) == ("POST", {"x-escalator-press": "1"})
    assert tap.url == f"https://pager.example/replies/apprise/press?token={TOKEN}"
    assert [action["label"] for action in message["actions"]] == ["Acknowledge", "Open"]


@pytest.mark.parametrize("filler", ["x", "ä", "漢", "🙂"])
async def test_ntfy_is_given_no_more_than_it_shows(channel: Apprise, filler: str) -> None:
    wild = alert(annotations={f"a{n}": (filler * 60 + "\n") * 30 for n in range(12)})
    async with ntfy() as (server, place):
        await channel.send(f"ntfy://{place}/alerts", paged(alerts=(wild,) * 10))
    assert server.attachments == []
    assert ACKNOWLEDGE in server.messages[0]["message"]


async def test_actions_that_ntfy_refuses_cost_the_button_and_not_the_page(channel: Apprise) -> None:
    async with ntfy() as (server, place):
        server.answers = [(400, 40018, "invalid request: actions invalid")]
        await channel.send(f"ntfy://{place}/alerts", paged())
    [message] = server.messages
    assert message["actions"] == []
    assert ACKNOWLEDGE in message["message"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((401, 40101, "unauthorized"), "permanent"),
        ((403, 40301, "forbidden"), "permanent"),
        ((429, 42901, "limit reached: too many requests, please be nice"), "temporary"),
        ((500, 50001, "internal server error"), "temporary"),
    ],
)
async def test_what_ntfy_documents_as_failing(channel: Apprise, answer: tuple[int, int, str], outcome: str) -> None:
    async with ntfy() as (server, place):
        server.answers = [answer]
        found = await refusal(channel, f"ntfy://{place}/alerts")
    assert found.outcome == outcome
    assert answer[2].split(":")[0] in found.detail


async def test_an_address_with_actions_of_its_own_keeps_them(channel: Apprise) -> None:
    own = "%5B%7B%22action%22%3A%22view%22%2C%22label%22%3A%22Wiki%22%2C%22url%22%3A%22https%3A%2F%2Fw.example%22%7D%5D"
    async with ntfy() as (server, place):
        await channel.send(f"ntfy://{place}/alerts?priority=high&actions={own}", paged())
    assert [action["label"] for action in server.messages[0]["actions"]] == ["Wiki"]


# --- Mattermost -------------------------------------------------------------------------------------------------------


async def test_mattermost_carries_a_button_whose_token_stays_on_its_server(channel: Apprise) -> None:
    async with mattermost() as (server, place):
        await channel.send(f"mmost://pager@{place}/{HOOK}?to=ops,dev", paged())
    assert sorted(post["channel"] for post in server.posts) == ["dev", "ops"]
    assert server.posts[0]["username"] == "pager"
    assert server.shown(0) == ["Acknowledge"]
    url, request = server.press(0)
    assert (url, request["context"]) == ("https://pager.example/replies/apprise/mattermost", {"token": TOKEN})
    assert TOKEN not in server.posts[0]["text"]


async def test_an_update_has_no_button(channel: Apprise) -> None:
    async with mattermost() as (server, place):
        await channel.send(f"mmost://{place}/{HOOK}", paged(kind="update", token=None, acknowledge=None))
    assert server.shown(0) == []


async def test_what_mattermost_documents_as_failing(channel: Apprise) -> None:
    async with mattermost() as (server, place):
        gone = await refusal(channel, f"mmost://{place}/{'y' * 26}")
        missing = await refusal(channel, f"mmost://{place}/{HOOK}?to=missing")
        server.answers = [(500, "out of order")]
        down = await refusal(channel, f"mmost://{place}/{HOOK}")
        server.answers = [(400, "Unable to parse incoming data.")]
        await channel.send(f"mmost://{place}/{HOOK}", paged())
    assert [(each.outcome, each.blames) for each in (gone, missing)] == [("permanent", "contact")] * 2
    assert "Invalid webhook" in gone.detail
    assert down.outcome == "temporary"
    assert server.posts[-1]["text"].startswith("PAGE: incident #42"), "the least there is"
    assert HOOK not in gone.detail + missing.detail + down.detail


async def test_a_bot_of_mattermosts_is_spoken_to_by_the_library(channel: Apprise) -> None:
    async with service() as (made, place):
        await channel.send(f"mmost://team@{place}/{HOOK}?mode=bot&to=%2B{'c' * 26}", paged())
    [body] = map(json.loads, made.bodies)
    assert body["channel_id"] == "c" * 26
    assert ACKNOWLEDGE in body["message"]


# --- Telegram ---------------------------------------------------------------------------------------------------------


async def test_telegram_carries_a_button_that_opens_the_page() -> None:
    async with telegram() as (bot, base), apprise(telegram=base) as channel:
        sent = await channel.send(f"tgram://{BOT}/{CHAT}", paged())
    assert bot.buttons(0) == {"Acknowledge": ACKNOWLEDGE, "Open": LINK}
    assert ACKNOWLEDGE in bot.messages[0]["text"]
    assert sent.receipt == f"{CHAT}:1"


async def test_a_group_that_became_a_supergroup_is_followed() -> None:
    async with telegram() as (bot, base), apprise(telegram=base) as channel:
        sent = await channel.send(f"tgram://{BOT}/{GROUP}:7", paged())
    assert (sent.receipt, bot.messages[0]["message_thread_id"]) == (f"{SUPERGROUP}:1", 7)


async def test_a_button_that_telegram_refuses_costs_neither_page_nor_words() -> None:
    async with telegram() as (bot, base), apprise(telegram=base) as channel:
        await channel.send(f"tgram://{BOT}/{CHAT}", paged(acknowledge="http://localhost:8080/replies/link/x"))
    assert bot.buttons(0) == {}
    assert "host01 does not answer" in bot.messages[0]["text"]
    assert "http://localhost:8080/replies/link/x" in bot.messages[0]["text"]


async def test_words_that_telegram_finds_too_long_become_the_least_there_is() -> None:
    wild = alert(annotations={f"a{n}": ("🙂" * 60 + "\n") * 30 for n in range(12)})
    async with telegram() as (bot, base), apprise(telegram=base) as channel:
        await channel.send(f"tgram://{BOT}/{CHAT}", paged(alerts=(wild,) * 10))
    assert bot.messages[0]["text"].startswith("PAGE: incident #42")


@pytest.mark.parametrize(
    ("address", "outcome", "detail"),
    [
        (f"tgram://{BOT[:-1]}9/{CHAT}", "permanent", "Unauthorized"),
        (f"tgram://{BOT}/99", "permanent", "chat not found"),
        (f"tgram://{BOT}/{BLOCKED}", "permanent", "blocked"),
    ],
)
async def test_what_telegram_documents_as_failing(address: str, outcome: str, detail: str) -> None:
    async with telegram() as (_, base), apprise(telegram=base) as channel:
        found = await refusal(channel, address)
    assert (found.outcome, found.blames) == (outcome, "contact")
    assert detail in found.detail
    assert BOT.partition(":")[2][:20] not in found.detail


async def test_telegrams_rate_limit_is_waited_for_as_long_as_it_asks() -> None:
    async with telegram() as (bot, base), apprise(telegram=base) as channel:
        bot.answers = [error(429, "Too Many Requests: retry after 34", {"retry_after": 34})]
        found = await refusal(channel, f"tgram://{BOT}/{CHAT}")
    assert (found.outcome, found.retry_after) == ("temporary", 34.0)


# --- in a whole house -------------------------------------------------------------------------------------------------

ALICE = policies('alice: {contacts: {apprise: "secret:A"}}')


@asynccontextmanager
async def night(url: str, folder: Path, address: str, text: str = ALICE) -> AsyncIterator[Live]:
    async with live(url, folder / "p", text, secrets={"secret:A": address}) as house:
        await house.fire()
        yield house


async def press(house: Live, server: Ntfy, **changes: Any) -> int:
    """What the phone does, or somebody who does nearly the same; the status of the answer."""
    tap = server.tap(0, "Acknowledge")._replace(**changes)
    parts = urlsplit(tap.url)
    where = f"{parts.path}?{parts.query}"
    answer = await house.door.request(tap.method, where, body=tap.body.encode(), headers=tap.headers)
    return answer.status


async def test_the_button_in_ntfy_acknowledges_once_and_a_scanner_does_not(database_url: str, tmp_path: Path) -> None:
    async with ntfy() as (server, place), night(database_url, tmp_path, f"ntfy://{place}/alerts") as house:
        await house.until(lambda: server.messages)
        forged = server.tap(0, "Acknowledge").url.partition("?")[0] + "?token=" + "x" * 43
        assert await press(house, server, method="GET") == 405
        assert await press(house, server, method="HEAD", headers={}) == 405
        assert await press(house, server, headers={}) == 401
        assert await press(house, server, headers={"x-escalator-press": "0"}) == 401
        assert await press(house, server, url=forged) == 409
        assert await press(house, server, url=forged.partition("?")[0]) == 401
        assert (await house.get("incidents/1"))["status"] == "triggered"
        assert await press(house, server) == 200
        assert (await house.get("incidents/1"))["acknowledged_by"] == "alice"
        assert await press(house, server) == 409
        [entry] = [e for e in (await house.get("incidents/1/timeline"))["items"] if e["event"] == "acknowledged"]
        assert "by a button in ntfy" in json.dumps(entry)


async def test_the_button_in_mattermost_acknowledges_for_whoever_the_message_was_for(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with mattermost() as (server, place), night(sqlite_url, tmp_path, f"mmost://{place}/{HOOK}") as house:
        await house.until(lambda: server.posts)
        url, request = server.press(0, "mallory")
        where = urlsplit(url).path
        headers = {"content-type": "application/json"}
        said = await house.door.request("POST", where, body=json.dumps(request).encode(), headers=headers)
        assert said.json() == {"ephemeral_text": "Acknowledged by alice."}
        assert (await house.get("incidents/1"))["acknowledged_by"] == "alice"
        again = await house.door.request("POST", where, body=json.dumps(request).encode(), headers=headers)
        assert "Nothing was changed" in again.json()["ephemeral_text"]


@pytest.mark.parametrize(
    "change",
    [
        {"context": {}},
        {"context": {"token": 7}},
        {"context": {"token": ["x" * 43]}},
        {"context": "x"},
        {"user_id": ""},
        {"post_id": None},
    ],
)
async def test_what_mattermost_would_not_send_proves_nothing(
    sqlite_url: str, tmp_path: Path, change: dict[str, Any]
) -> None:
    async with mattermost() as (server, place), night(sqlite_url, tmp_path, f"mmost://{place}/{HOOK}") as house:
        await house.until(lambda: server.posts)
        url, request = server.press(0)
        for body in (json.dumps(request | change).encode(), b"", b"[]", b"\xff", b"[" * 9000, b"null"):
            assert (await house.door.request("POST", urlsplit(url).path, body=body)).status == 401
        assert (await house.get("incidents/1"))["status"] == "triggered"


async def test_in_a_room_the_press_is_by_whoever_mattermost_names_and_says_so(sqlite_url: str, tmp_path: Path) -> None:
    text = policies(
        "alice: {contacts: {email: a@example.com}}",
        "channels: {room: {apprise: secret:A}}",
        "[{notify: [{person: alice}, {channel: room}]}]",
    )
    async with mattermost() as (server, place), night(sqlite_url, tmp_path, f"mmost://{place}/{HOOK}", text) as house:
        await house.until(lambda: server.posts)
        url, request = server.press(0, "alice\u202e\n")
        await house.door.request("POST", urlsplit(url).path, body=json.dumps(request).encode())
        assert (await house.get("incidents/1"))["acknowledged_by"] == "@alice in Mattermost", "which is not our alice"


async def test_threads_that_hang_are_this_channels_own() -> None:
    async with service() as (slow, place), apprise(deadline=0.3) as channel:
        slow.gate.clear()
        await asyncio.gather(*(refusal(channel, f"json://{place}/") for _ in range(8)))
        assert await asyncio.wait_for(asyncio.to_thread(threading.get_ident), 0.2)
        slow.gate.set()
