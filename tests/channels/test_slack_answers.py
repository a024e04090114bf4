"""What people press, choose, type and send off in Slack: in a whole house, by signed HTTP and over a real websocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from escalator.channels.desk import Forged, Incoming
from escalator.channels.slack.door import Door
from escalator.channels.slack.manifest import manifest
from escalator.channels.slack.sending import Slack as Channel
from escalator.channels.slack.socket import Ear
from escalator.channels.wiring import Wiring
from escalator.cli.main import app
from tests.engine.live import Live, live
from tests.vendors.slack import APP_TOKEN, METHODS, SECRET, TOKEN, Slack, fails, limits, slack

POLICIES = """\
version: 1
people:
  alice: {contacts: {slack: U0ALICE, email: alice@example.com}}
  bob: {contacts: {email: bob@example.com}}
teams: {sre: [alice, bob]}
channels: {ops: {slack: "#ops"}}
schedules:
  primary:
    timezone: UTC
    layers: [{people: [alice, bob], every: 1w, starts: 2026-01-05T09:00}]
policies:
  page:
    storm: off
    levels: [{notify: [{channel: ops}]}, {notify: [{person: alice}]}, {notify: [{person: alice}]}]
catch_all: page
"""


class Night:
    """A house and its workspace."""

    def __init__(self, house: Live, workspace: Slack) -> None:
        self.house = house
        self.workspace = workspace

    async def page(self, name: str = "DiskFull", number: int = 1, **labels: Any) -> dict[str, Any]:
        """Fires, and the message in #ops."""
        await self.house.fire(name, **labels)
        await self.house.until(lambda: len(self.roots) >= number)
        await self.house.until(self._written_down)
        return self.roots[number - 1]

    async def _written_down(self) -> bool:
        found = (await self.house.get("notifications"))["items"]
        return all(each["state"] != "sending" for each in found if each["channel"] == "slack")

    @property
    def roots(self) -> list[dict[str, Any]]:
        return [each for each in self.workspace.messages if not each.get("thread_ts") and each["channel"] == "C0PS"]

    async def post(self, payload: dict[str, Any], **how: Any) -> Any:
        body, headers = self.workspace.signed(payload, **how)
        answer = await self.house.door.request("POST", "/replies/slack", body=body, headers=headers)
        await self.slack._door.errands.settled()
        return answer

    @property
    def slack(self) -> Channel:
        found = self.house.house.doors["slack"]
        assert isinstance(found, Channel)
        return found

    async def press(self, message: dict[str, Any], action: str, user: str = "U0ALICE", **more: Any) -> Any:
        return await self.post(self.workspace.press(message, action, user, **more))

    async def status(self, id: int = 1) -> str:
        return str((await self.house.get(f"incidents/{id}"))["status"])

    async def story(self, id: int = 1) -> list[str]:
        return [each["event"] for each in (await self.house.get(f"incidents/{id}/timeline"))["items"]]

    def replies(self, message: dict[str, Any]) -> list[str]:
        """The story in its thread."""
        return [each["text"] for each in self.workspace.messages if each.get("thread_ts") == message["ts"]]

    @property
    def whispers(self) -> list[str]:
        return [each["text"] for each in self.workspace.ephemeral]


@asynccontextmanager
async def night(url: str, folder: Path, text: str = POLICIES, **more: Any) -> AsyncIterator[Night]:
    async with (
        slack() as (workspace, base),
        live(
            url,
            folder / "policies",
            text,
            slack_bot_token=TOKEN,
            slack_signing_secret=SECRET,
            slack_api_url=base,
            **more,
        ) as house,
    ):
        yield Night(house, workspace)


@pytest.fixture
async def one(database_url: str, tmp_path: Path) -> AsyncIterator[Night]:
    async with night(database_url, tmp_path) as found:
        yield found


async def test_alice_presses_acknowledge_and_the_message_shows_it(one: Night) -> None:
    message = await one.page()
    assert (await one.press(message, "acknowledge")).status == 200
    assert (await one.house.get("incidents/1"))["acknowledged_by"] == "alice"
    await one.house.until(lambda: message["blocks"][0]["text"]["text"].startswith("ACKNOWLEDGED"))
    await one.house.until(lambda: one.replies(message) == ["acknowledged by alice"])
    assert len(one.roots) == 1, "one message per incident and channel"


async def test_a_person_is_known_by_the_mail_that_slack_vouches_for(one: Night) -> None:
    await one.press(await one.page(), "acknowledge", "U0BOB")
    assert (await one.house.get("incidents/1"))["acknowledged_by"] == "bob"


async def test_a_stranger_is_told_how_to_be_linked_and_nothing_is_acknowledged(one: Night) -> None:
    await one.press(await one.page(), "acknowledge", "U0MALLORY")
    assert await one.status() == "triggered"
    assert "slack: U0MALLORY" in one.whispers[0]
    assert one.workspace.ephemeral[0]["user"] == "U0MALLORY"


async def test_two_people_press_at_once_and_the_first_has_it(one: Night) -> None:
    message = await one.page()
    await asyncio.gather(one.press(message, "acknowledge"), one.press(message, "acknowledge", "U0BOB"))
    shown = await one.house.get("incidents/1")
    loser = {"alice": "bob", "bob": "alice"}[shown["acknowledged_by"]]
    assert (await one.story()).count("acknowledged") == 2
    assert loser not in one.whispers
    assert any("has it already" in each for each in one.whispers)


async def test_a_press_on_a_resolved_incident_says_so(one: Night) -> None:
    message = dict(await one.page())
    message["blocks"] = [*message["blocks"]]
    await one.house.fire("DiskFull", resolved=True)
    await one.press(message, "acknowledge")
    assert await one.status() == "resolved"
    assert "it is resolved" in one.whispers[0]


async def test_hand_back_escalate_snooze_and_resolve(one: Night) -> None:
    message = await one.page()
    await one.press(message, "acknowledge")
    await one.house.until(lambda: message["blocks"][0]["text"]["text"].startswith("ACKNOWLEDGED"))
    await one.press(message, "unacknowledge")
    assert await one.status() == "triggered"
    await one.house.until(lambda: message["blocks"][0]["text"]["text"].startswith("CRITICAL"))
    await one.press(message, "escalate")
    assert "Escalated" in one.whispers[-1]
    await one.press(message, "snooze", option=1)
    assert await one.status() == "snoozed"
    await one.press(dict(message), "resolve")
    assert "resolved by hand" in await one.story()


async def test_a_note_from_a_modal(one: Night) -> None:
    await one.press(await one.page(), "note")
    [view] = one.workspace.views
    answer = await one.post(one.workspace.submit(view, text="it is the switch"))
    assert (answer.status, answer.body) == (200, b"")
    lines = (await one.house.get("incidents/1/timeline"))["items"]
    assert [(each["by"], each["reason"]) for each in lines if each["event"] == "note"] == [
        ("alice", "it is the switch")
    ]


def _choices(view: dict[str, Any]) -> dict[str, str]:
    """The labels of a silence's form, and what each carries."""
    return {each["text"]["text"]: each["value"] for each in view["blocks"][0]["element"]["options"]}


async def test_a_silence_from_a_modal_is_filled_in_with_the_alerts_labels(one: Night) -> None:
    await one.press(await one.page(team="db"), "silence")
    [view] = one.workspace.views
    choices = _choices(view)
    assert {"alertname=DiskFull", "severity=critical", "team=db"} <= set(choices)
    await one.post(one.workspace.submit(view, labels=[choices["team=db"]], hours="4", reason="migration"))
    [silence] = (await one.house.get("silences"))["items"]
    assert (silence["by"], silence["reason"]) == ("alice", "migration")
    await one.house.until(lambda: _silenced(one))


async def test_a_label_too_long_for_a_button_still_narrows_the_silence(one: Night) -> None:
    long = "https://" + "x" * 400
    await one.press(await one.page(instance=long), "silence")
    [view] = one.workspace.views
    [carries] = [carries for text, carries in _choices(view).items() if text.startswith("instance=https://")]
    assert len(carries) <= 150
    await one.post(one.workspace.submit(view, labels=[carries]))
    [silence] = (await one.house.get("silences"))["items"]
    assert long in json.dumps(silence["matchers"])


async def test_a_label_that_is_no_longer_there_widens_no_silence(one: Night) -> None:
    await one.press(await one.page(), "silence")
    [view] = one.workspace.views
    gone = ["team=" + "0" * 24, *_choices(view).values()]
    assert "have changed" in json.dumps((await one.post(one.workspace.submit(view, labels=gone))).json())
    assert (await one.house.get("silences"))["items"] == []


async def test_a_form_of_another_database_does_nothing(one: Night) -> None:
    await one.press(await one.page(), "note")
    view = one.workspace.views[0] | {"private_metadata": "1.19700101000000"}
    assert "not here" in json.dumps((await one.post(one.workspace.submit(view, text="hello"))).json())
    assert "note" not in await one.story()


async def test_a_silence_without_labels_is_refused_in_the_form(one: Night) -> None:
    await one.press(await one.page(), "silence")
    answer = await one.post(one.workspace.submit(one.workspace.views[0], labels=[]))
    assert answer.json()["response_action"] == "errors"
    assert (await one.house.get("silences"))["items"] == []


async def test_reassign_picks_from_people_teams_and_schedules(one: Night) -> None:
    await one.press(await one.page(), "reassign")
    [view] = one.workspace.views
    groups = {
        each["label"]["text"]: [o["value"] for o in each["options"]]
        for each in view["blocks"][0]["element"]["option_groups"]
    }
    assert groups == {"Person": ["person:alice", "person:bob"], "Team": ["team:sre"], "Schedule": ["schedule:primary"]}
    await one.post(one.workspace.submit(view, to=["person:alice"]))
    await one.house.until(lambda: any(each["channel"] == "D0ALICE" for each in one.workspace.messages))
    stranger = await one.post(one.workspace.submit(view, "U0MALLORY", to=["person:alice"]))
    assert "does not know who you are" in json.dumps(stranger.json())


async def test_a_button_of_another_database_does_nothing(one: Night) -> None:
    message = await one.page()
    payload = one.workspace.press(message, "acknowledge")
    payload["actions"][0]["value"] = "1.19700101000000"
    await one.post(payload)
    assert await one.status() == "triggered"
    assert "not here" in one.whispers[0]


async def test_the_button_of_a_digest_acknowledges_all(one: Night) -> None:
    first, second = await one.page("One"), await one.page("Two", 2)
    payload = one.workspace.press(first, "acknowledge")
    values = [one.workspace.button(each, "acknowledge")["value"] for each in (first, second)]
    payload["actions"][0] |= {"action_id": "acknowledge_all", "value": " ".join(values)}
    await one.post(payload)
    assert [await one.status(id) for id in (1, 2)] == ["acknowledged", "acknowledged"]
    assert one.whispers == ["Acknowledged: 2 incidents."]


async def test_a_press_that_comes_twice_acts_once(one: Night) -> None:
    message = await one.page()
    payload = one.workspace.press(message, "acknowledge")
    await one.post(payload)
    await one.house.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})
    assert (await one.post(payload)).status == 200
    assert await one.status() == "triggered", "a replay acknowledges nothing"


@pytest.mark.parametrize("how", [{"at": 0.0}, {"secret": "another"}])
async def test_a_stale_or_forged_signature_is_refused(one: Night, how: dict[str, Any]) -> None:
    message = await one.page()
    assert (await one.post(one.workspace.press(message, "acknowledge"), **how)).status == 401
    assert await one.status() == "triggered"


async def test_a_body_that_was_changed_is_refused(one: Night) -> None:
    message = await one.page()
    body, headers = one.workspace.signed(one.workspace.press(message, "acknowledge"))
    changed = body.replace(b"U0ALICE", b"U0BOBBY")
    assert (await one.house.door.request("POST", "/replies/slack", body=changed, headers=headers)).status == 401


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=80))
def test_garbage_is_never_a_fault_of_ours(body: bytes, stamp: str, signature: str) -> None:
    door = Door(SECRET, None)  # type: ignore[arg-type]  # never asked
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    with pytest.raises(Forged):
        asyncio.run(door.receive(Incoming("", "", headers, body), None))  # type: ignore[arg-type]


async def test_slack_asks_whether_the_url_is_ours(one: Night) -> None:
    import hashlib
    import hmac
    import time

    body, stamp = b'{"type": "url_verification", "challenge": "3eZbrw1aB"}', str(int(time.time()))
    made = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/json", "x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={made}",
    }  # fmt: skip
    answer = await one.house.door.request("POST", "/replies/slack", body=body, headers=headers)
    assert (answer.status, answer.body) == (200, b"3eZbrw1aB")


async def test_slack_that_cannot_say_who_somebody_is_makes_no_stranger_of_them(one: Night) -> None:
    message = await one.page()
    one.workspace.faults.append(fails("users.info", "internal_error"))
    await one.press(message, "acknowledge", "U0BOB")
    assert await one.status() == "triggered"
    assert "did not say who you are" in one.whispers[0]
    await one.press(message, "acknowledge", "U0BOB")
    assert (await one.house.get("incidents/1"))["acknowledged_by"] == "bob", "what failed was not remembered"


async def test_another_workspaces_word_for_an_address_proves_nothing(one: Night) -> None:
    """In a shared channel (Slack Connect) the other side's administrators choose the addresses of their users."""
    one.workspace.teams["U0BOB"] = "T0EVIL"
    await one.press(await one.page(), "acknowledge", "U0BOB")
    assert await one.status() == "triggered"
    assert "does not know who you are" in one.whispers[0]


async def test_slack_is_answered_before_it_is_asked_anything_else(one: Night) -> None:
    """It waits 3 seconds; its own API may take longer."""
    message = await one.page()
    one.workspace.hangs |= {"chat.postEphemeral", "views.open"}
    async with asyncio.timeout(8):  # for a loaded machine: what hangs, hangs for 60
        for action in ("escalate", "note"):
            body, headers = one.workspace.signed(one.workspace.press(message, action))
            answer = await one.house.door.request("POST", "/replies/slack", body=body, headers=headers)
            assert answer.status == 200
    assert "escalated" in " ".join(await one.story())


async def test_a_form_that_slack_does_not_open_is_told(one: Night) -> None:
    one.workspace.faults.append(fails("views.open", "expired_trigger_id"))
    await one.press(await one.page(), "note")
    assert "press again" in one.whispers[0]


async def test_what_only_one_person_is_told_pings_nobody(one: Night) -> None:
    payload = one.workspace.press(await one.page(), "acknowledge", "U0MALLORY")
    payload["user"]["id"] = "<!channel>"
    await one.post(payload)
    assert "<!" not in one.whispers[0]


async def test_a_page_of_a_higher_level_can_be_acknowledged_where_it_stands(database_url: str, tmp_path: Path) -> None:
    text = POLICIES.replace("{notify: [{person: alice}]}, ", "{notify: [{channel: ops}]}, ", 1)
    async with night(database_url, tmp_path, text=text) as one:
        root = await one.page()
        await one.press(root, "escalate")
        await one.house.until(lambda: one.replies(root))
        [again] = [each for each in one.workspace.messages if each.get("thread_ts") == root["ts"]]
        assert again["reply_broadcast"] is True
        assert "CRITICAL #1 DiskFull" in one.workspace.shown(again)
        await one.press(again, "acknowledge")
        assert (await one.house.get("incidents/1"))["acknowledged_by"] == "alice"


# --- /escalator -------------------------------------------------------------------------------------------------------


async def test_the_command_says_who_is_on_call_and_what_is_open(one: Night) -> None:
    await one.page()
    assert "*primary*: " in (await one.post(one.workspace.typed("oncall"))).json()["text"]
    listed = (await one.post(one.workspace.typed("list"))).json()
    assert listed["response_type"] == "ephemeral"
    assert "#1 triggered, critical" in listed["text"]
    assert "/escalator oncall" in (await one.post(one.workspace.typed("nonsense"))).json()["text"]


async def test_the_command_acknowledges_the_only_one_or_asks_which(one: Night) -> None:
    await one.page("One")
    await one.page("Two", 2)
    assert "Which one? #2, #1" in (await one.post(one.workspace.typed("ack"))).json()["text"]
    await one.post(one.workspace.typed("ack 2"))
    assert [await one.status(id) for id in (1, 2)] == ["triggered", "acknowledged"]
    assert "#1 is acknowledged by alice" in (await one.post(one.workspace.typed("ack"))).json()["text"]
    assert "no incident 99" in (await one.post(one.workspace.typed("ack 99"))).json()["text"]


async def test_the_command_pages_a_colleague_and_takes_a_shift(one: Night) -> None:
    assert (
        "being paged"
        in (await one.post(one.workspace.typed("page <@U0ALICE|alice> the door is open", "U0BOB"))).json()["text"]
    )
    await one.house.until(lambda: any(each["channel"] == "D0ALICE" for each in one.workspace.messages))
    assert (
        "bob is on call for primary" in (await one.post(one.workspace.typed("override primary 2h @bob"))).json()["text"]
    )
    assert (await one.house.get("oncall"))["items"][0]["person"] == "bob"
    assert "no schedule" in (await one.post(one.workspace.typed("override nothing 2h"))).json()["text"]


async def test_a_shift_is_taken_to_its_end_where_nobody_says_for_how_long(one: Night) -> None:
    said = (await one.post(one.workspace.typed("override primary @bob"))).json()["text"]
    [shift] = (await one.house.get("overrides"))["items"]
    assert "bob is on call for primary until" in said
    assert shift["ends_at"].endswith("T09:00:00Z"), "the handoff"
    assert "for 2h" in (await one.post(one.workspace.typed("override primary sometime"))).json()["text"], "the help"
    assert "30 days" in (await one.post(one.workspace.typed("override primary for 99d"))).json()["text"]


async def test_whoever_takes_a_shift_takes_it_now_and_for_nobody_else(one: Night) -> None:
    said = (await one.post(one.workspace.typed("take primary 2h", "U0BOB"))).json()["text"]
    assert "bob is on call for primary until" in said
    assert (await one.house.get("oncall"))["items"][0]["person"] == "bob"
    for words in ("take primary @alice", "take primary <@U0ALICE|alice>", "take", "take primary for 2h more"):
        assert "`take SCHEDULE [2h]`" in (await one.post(one.workspace.typed(words, "U0BOB"))).json()["text"], words
    assert len((await one.house.get("overrides"))["items"]) == 1


async def test_the_command_does_nothing_for_a_stranger(one: Night) -> None:
    await one.page()
    answer = await one.post(one.workspace.typed("ack 1", "U0MALLORY"))
    assert "does not know who you are" in answer.json()["text"]
    assert await one.status() == "triggered"


# --- Socket Mode ------------------------------------------------------------------------------------------------------


async def test_a_press_over_socket_mode_acknowledges_without_a_public_address(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, slack_app_token=APP_TOKEN) as one:
        message = await one.page()
        await one.house.until(lambda: one.workspace.sockets)
        payload = one.workspace.press(message, "acknowledge")
        assert await one.workspace.envelope(payload, "e1") == {"envelope_id": "e1"}
        assert await one.status() == "acknowledged"
        await one.house.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})
        # Slack sends an envelope again whose confirmation it missed.
        assert await one.workspace.envelope(payload, "e1") == {"envelope_id": "e1"}
        assert await one.status() == "triggered"
        typed = await one.workspace.envelope(one.workspace.typed("list"), "e2")
        assert "#1 triggered" in typed["payload"]["text"]


async def test_a_payload_that_cannot_be_read_does_not_deafen_the_ear(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, slack_app_token=APP_TOKEN) as one:
        message = await one.page()
        await one.house.until(lambda: one.workspace.sockets)
        broken: dict[str, Any] = {"type": "block_actions", "user": {"id": "U0ALICE"}, "actions": [7]}
        await one.workspace.envelope(broken, "e1")
        await one.workspace.envelope(one.workspace.press(message, "acknowledge"), "e2")
        assert await one.status() == "acknowledged"


async def test_a_connection_that_slack_closes_is_opened_again(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, slack_app_token=APP_TOKEN) as one:
        message = await one.page()
        await one.house.until(lambda: one.workspace.sockets)
        await one.workspace.sockets[0].close()
        await one.house.until(lambda: len(one.workspace.sockets) >= 2)
        await one.workspace.envelope(one.workspace.press(message, "acknowledge"), "e1")
        assert await one.status() == "acknowledged"


async def test_a_connection_that_is_up_and_silent_is_renewed() -> None:
    """Connected, and nothing comes: bolt-python#1529."""
    async with slack() as (workspace, base):
        channel = Channel(Wiring(slack_api_url=base), TOKEN)
        now = [0.0]
        workspace.deaf = True
        ear = Ear(APP_TOKEN, base, channel._door, quiet=300, look=0.02, monotonic=lambda: now[0])
        listening = asyncio.create_task(ear.run(None))  # type: ignore[arg-type]  # nothing is ever asked of it
        async with asyncio.timeout(10):
            while not workspace.sockets:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            assert ear.renewed == 0
            now[0] += 301
            while len(workspace.sockets) < 2:
                await asyncio.sleep(0.01)
        assert ear.renewed == 1
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await channel.close()


async def test_an_address_that_leads_nowhere_is_not_called_for_ever() -> None:
    """The SDK would: it asks for an address once, and tries that until the end of time."""
    async with slack() as (workspace, base):
        channel = Channel(Wiring(slack_api_url=base), TOKEN)
        workspace.turned_away = 1
        with pytest.raises(OSError, match="nothing answers"):
            await Ear(APP_TOKEN, base, channel._door, connect_within=1).run(None)  # type: ignore[arg-type]
        ear = Ear(APP_TOKEN, base, channel._door)
        listening = asyncio.create_task(ear.run(None))  # type: ignore[arg-type]  # nothing is ever asked of it
        async with asyncio.timeout(10):
            while not workspace.sockets:
                await asyncio.sleep(0.01)
        assert workspace.opened == 2, "each try with an address of its own"
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await channel.close()


async def test_a_connection_that_stays_down_is_thrown_away_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack closes it, and the address that the SDK then asks for leads nowhere: it would try that one for ever."""
    monkeypatch.setattr("escalator.channels.slack.socket.PING", 0.1)
    async with slack() as (workspace, base):
        channel, now = Channel(Wiring(slack_api_url=base), TOKEN), [0.0]
        ear = Ear(APP_TOKEN, base, channel._door, quiet=1e9, look=0.02, monotonic=lambda: now[0])
        listening = asyncio.create_task(ear.run(None))  # type: ignore[arg-type]  # nothing is ever asked of it
        async with asyncio.timeout(10):
            while not workspace.sockets:
                await asyncio.sleep(0.01)
            workspace.turned_away = 1
            await workspace.sockets[0].close()
            while workspace.turned_away:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            assert len(workspace.sockets) == 1, "the SDK does not come back by itself"
            now[0] += 21
            while len(workspace.sockets) < 2:
                await asyncio.sleep(0.01)
        assert ear.renewed == 1
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await channel.close()


async def test_no_ticket_and_no_token_of_slacks_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with slack() as (workspace, base):
        channel = Channel(Wiring(slack_api_url=base), TOKEN)
        workspace.turned_away = 1
        with pytest.raises(OSError, match="nothing answers"):
            await Ear(APP_TOKEN, base, channel._door, connect_within=1).run(None)  # type: ignore[arg-type]
        await channel.close()
    said = [each.getMessage() for each in caplog.records if each.name != "aiohttp.access"]  # the workspace's own log
    assert not [text for text in said if "ticket-" in text or APP_TOKEN in text]


# --- together with the engine -----------------------------------------------------------------------------------------


async def test_a_rate_limit_holds_back_the_channel_and_nothing_is_lost(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path) as one:
        one.workspace.faults.append(limits("chat.postMessage", 2))
        for number in range(3):
            await one.house.fire(f"Disk{number}")
        await one.house.until(lambda: len(one.roots) == 3)
        posts = [method for method, _ in one.workspace.calls].count("chat.postMessage")
        assert posts == 4, "one refused, three taken: nobody pressed while told to wait"


SCOPES = {
    "chat.postMessage": {"chat:write", "chat:write.public"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "conversations.open": {"im:write"},
    "conversations.list": {"channels:read", "groups:read"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "users.lookupByEmail": {"users:read.email"},
    "users.info": {"users:read", "users:read.email"},
    "auth.test": set(),
    "apps.connections.open": set(),
    "views.open": set(),
}
"""What each method needs of a bot's token, by its reference."""


def test_the_manifest_asks_for_what_is_used_and_no_more() -> None:
    over_socket, over_http = manifest(), manifest("https://esc.example/")
    assert over_socket["settings"]["socket_mode_enabled"] is True
    assert over_http["settings"]["interactivity"]["request_url"] == "https://esc.example/replies/slack"
    assert over_http["features"]["slash_commands"][0]["url"] == "https://esc.example/replies/slack"
    assert SCOPES.keys() == METHODS.keys()
    assert set(over_socket["oauth_config"]["scopes"]["bot"]) == {"commands"}.union(*SCOPES.values())


def test_the_manifest_is_printed_ready_to_be_pasted() -> None:
    printed = CliRunner().invoke(app, ["slack", "manifest"])
    assert (printed.exit_code, json.loads(printed.stdout)) == (0, manifest())
    printed = CliRunner().invoke(app, ["slack", "manifest", "--http", "https://esc.example"])
    assert json.loads(printed.stdout) == manifest("https://esc.example")
    assert CliRunner().invoke(app, ["slack", "manifest", "--http", "http://esc.example"]).exit_code == 2


async def _silenced(one: Night) -> bool:
    return "silenced" in await one.story()
