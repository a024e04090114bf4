"""What Slack is sent, and what is made of its answers; through the SDK, against a workspace on loopback."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from escalator.channels.base import Message, NotSent, Thread
from escalator.channels.slack import from_wiring
from escalator.channels.slack.errors import CONTENT, ERRORS
from escalator.channels.slack.sending import Slack as Channel
from escalator.channels.wiring import Wiring
from tests.channels.samples import ALERT, alert, page
from tests.channels.test_webhook import endpoint
from tests.vendors.slack import APP_TOKEN, SECRET, TOKEN, Slack, fails, limits, slack


@asynccontextmanager
async def channel(**more: Any) -> AsyncIterator[tuple[Slack, Channel]]:
    async with slack() as (workspace, base):
        made = Channel(
            Wiring(slack_api_url=base, slack_signing_secret=SECRET, outbound_allow=["127.0.0.0/8"], **more), TOKEN
        )
        try:
            yield workspace, made
        finally:
            await made.close()


async def test_a_page_is_one_message_with_buttons_and_its_receipt_says_where() -> None:
    async with channel() as (workspace, one):
        sent = await one.send("#ops", page())
        [message] = workspace.messages
    assert (sent.receipt, sent.delivered) == (f"C0PS/{message['ts']}", True)
    assert message["blocks"][0]["text"]["text"] == "CRITICAL #42 HostDown c1"
    names = [
        each["action_id"] for block in message["blocks"] if block["type"] == "actions" for each in block["elements"]
    ]
    assert names == ["acknowledge", "resolve", "snooze", "escalate", "reassign", "note", "silence"]
    shown = workspace.shown(message)
    for word in (
        "host01 does not answer",
        "wiki.example",
        "Acknowledge in the browser",
        "level 2: nobody acknowledged",
    ):
        assert word in shown


async def test_what_follows_edits_the_first_message_and_is_told_in_its_thread() -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        assert first.receipt is not None
        thread = Thread(first.receipt, shared=False)
        taken = {"status": "acknowledged", "acknowledged_by": "bob"}
        update = page(18, taken, kind="update", reason="acknowledged by bob", acknowledge=None, thread=thread)
        second = await one.send("#ops", update)
        root, reply = workspace.messages
    assert second.receipt == first.receipt, "the thread keeps its root"
    assert root["blocks"][0]["text"]["text"].startswith("ACKNOWLEDGED #42")
    assert (reply["thread_ts"], reply["text"]) == (root["ts"], "acknowledged by bob")
    assert "reply_broadcast" not in reply
    assert workspace.button(root, "unacknowledge")["text"]["text"] == "Hand back"


async def test_a_page_of_a_higher_level_is_seen_in_the_channel_too() -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        await one.send("#ops", page(18, thread=Thread(str(first.receipt), shared=False)))
        assert workspace.messages[1]["reply_broadcast"] is True


async def test_a_digest_is_never_edited_into_the_story_of_one() -> None:
    async with channel() as (workspace, one):
        others = tuple(page().incident | {"id": str(id), "title": f"Disk{id}"} for id in (43, 44))
        first = await one.send("#ops", page(also=others))
        assert workspace.messages[0]["blocks"][0]["text"]["text"] == "CRITICAL: 3 incidents"
        assert all(f"#{id}" in workspace.shown(workspace.messages[0]) for id in (42, 43, 44))
        assert workspace.button(workspace.messages[0], "acknowledge_all")["text"]["text"] == "Acknowledge all 3"
        before = json.dumps(workspace.messages[0])
        await one.send(
            "#ops",
            page(18, kind="update", reason="acknowledged by bob", thread=Thread(str(first.receipt), shared=True)),
        )
        assert json.dumps(workspace.messages[0]) == before
        assert workspace.messages[1]["thread_ts"] == workspace.messages[0]["ts"]


async def test_a_resolved_incident_has_no_buttons() -> None:
    async with channel() as (workspace, one):
        await one.send("#ops", page(incident={"status": "resolved"}, kind="resolved", acknowledge=None))
        assert "actions" not in [block["type"] for block in workspace.messages[0]["blocks"]]


async def test_a_message_that_somebody_deleted_is_posted_anew() -> None:
    async with channel() as (workspace, one):
        sent = await one.send("#ops", page(kind="update", thread=Thread("C0PS/1.1", shared=False)))
        assert sent.receipt == f"C0PS/{workspace.messages[0]['ts']}"


@pytest.mark.parametrize("address", ["U0ALICE", "alice@example.com"])
async def test_a_person_gets_a_direct_message(address: str) -> None:
    async with channel() as (workspace, one):
        await one.send(address, page())
        await one.send(address, page(18))
        assert [message["channel"] for message in workspace.messages] == ["D0ALICE", "D0ALICE"]
        assert [method for method, _ in workspace.calls].count("conversations.open") == 1


HOSTILE = "<!channel> <https://evil.example|Acknowledge> *bold* & </b> @here \u202e"


async def test_what_a_stranger_wrote_pings_nobody_and_links_nowhere() -> None:
    wild = alert(
        {"alertname": HOSTILE, "team": HOSTILE}, annotations={"summary": HOSTILE, "runbook": "javascript:alert(1)"}
    )
    async with channel() as (workspace, one):
        await one.send("#ops", page(incident={"title": HOSTILE}, alerts=(wild,), reason=HOSTILE, target=HOSTILE))
        [message] = workspace.messages
    formatted = [message["text"]] + [
        block["text"]["text"] for block in message["blocks"] if block.get("text", {}).get("type") == "mrkdwn"
    ]
    assert formatted
    for text in formatted:
        assert "<!" not in text
        assert "<https://evil" not in text
        assert "javascript" not in text


async def test_endless_content_keeps_to_slacks_limits() -> None:
    long = {f"label{number}": "x" * 4000 for number in range(60)}
    alerts = tuple(alert(long, annotations={"summary": "y" * 4000, "description": "z\n" * 4000}) for _ in range(20))
    async with channel() as (workspace, one):
        await one.send("#ops", page(incident={"title": "t" * 4000}, alerts=alerts, reason="r" * 4000))
        [message] = workspace.messages
    assert len(json.dumps(message["blocks"])) < 20_000
    assert workspace.button(message, "acknowledge")


@pytest.mark.parametrize("error", sorted(CONTENT))
async def test_content_that_slack_refuses_goes_out_as_plain_text(error: str) -> None:
    async with channel() as (workspace, one):
        workspace.faults.append(fails("chat.postMessage", error))
        await one.send("#ops", page())
        [message] = workspace.messages
    assert message["blocks"] == []
    assert "incident #42" in message["text"]
    assert page().acknowledge in message["text"]


@pytest.mark.parametrize("error", [*sorted(ERRORS), "something_new"])
async def test_each_error_of_slacks_is_permanent_or_tried_again(error: str) -> None:
    async with channel() as (workspace, one):
        workspace.faults.append(fails("chat.postMessage", error))
        with pytest.raises(NotSent) as caught:
            await one.send("#ops", page())
    verdict = ERRORS.get(error)
    assert caught.value.outcome == (verdict.fate if verdict else "temporary")
    assert caught.value.blames == (verdict.blames if verdict else "contact")
    assert error in caught.value.detail
    assert TOKEN not in caught.value.detail


async def test_a_channel_that_is_not_there_is_permanent_and_says_what_to_do() -> None:
    async with channel() as (_, one):
        with pytest.raises(NotSent, match="invite") as caught:
            await one.send("#gone", page())
    assert (caught.value.outcome, caught.value.blames) == ("permanent", "contact")


async def test_a_rate_limit_says_how_long() -> None:
    async with channel() as (workspace, one):
        workspace.faults.append(limits("chat.postMessage", 17))
        with pytest.raises(NotSent) as caught:
            await one.send("#ops", page())
        assert (caught.value.outcome, caught.value.retry_after) == ("temporary", 17.0)
        assert len(workspace.calls) == 1, "nothing is repeated behind our back"


@pytest.mark.parametrize("status", [500, 503])
async def test_slack_in_trouble_is_tried_again(status: int) -> None:
    async with channel() as (workspace, one):
        workspace.faults.append(
            lambda method: web.Response(status=status, text="<html>oops</html>", content_type="text/html")
        )
        with pytest.raises(NotSent) as caught:
            await one.send("#ops", page())
    assert (caught.value.outcome, caught.value.blames) == ("temporary", "provider")


async def test_an_answer_that_is_lost_is_ambiguous_and_the_message_is_found_again() -> None:
    async with channel() as (workspace, one):
        workspace.lost = 1
        with pytest.raises(NotSent) as caught:
            await one.send("#ops", page())
        assert caught.value.outcome == "ambiguous"
        sent = await one.send("#ops", page(tries=2))
        assert len(workspace.messages) == 1, "it had arrived"
        assert sent.receipt == f"C0PS/{workspace.messages[0]['ts']}"


async def test_a_reply_that_is_lost_is_found_in_its_thread() -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        update: Callable[..., Message] = lambda **more: page(  # noqa: E731
            18, kind="update", reason="acknowledged by bob", thread=Thread(str(first.receipt), shared=False), **more
        )
        workspace.lost = 1
        with pytest.raises(NotSent):
            await one.send("#ops", update())
        await one.send("#ops", update(tries=2))
        assert len(workspace.messages) == 2


async def test_no_connection_is_temporary() -> None:
    one = Channel(Wiring(slack_api_url="http://127.0.0.1:9/api"), TOKEN)
    with pytest.raises(NotSent) as caught:
        await one.send("#ops", page())
    await one.close()
    assert (caught.value.outcome, caught.value.blames) == ("temporary", "provider")


async def test_check_says_who_we_are_and_how_answers_come() -> None:
    async with channel() as (workspace, one):
        assert await one.check() == "slack: escalator in Acme, answers at /replies/slack"
        workspace.faults.append(fails("auth.test", "invalid_auth"))
        with pytest.raises(NotSent, match="ESCALATOR_SLACK_BOT_TOKEN"):
            await one.check()
    async with channel(slack_app_token=APP_TOKEN) as (_, one):
        assert (await one.check()).endswith("Socket Mode")


async def test_an_incoming_webhook_works_without_a_token_and_has_no_buttons() -> None:
    async with endpoint() as (hook, url):
        [one] = from_wiring(Wiring(outbound_allow=["127.0.0.0/8"]))
        sent = await one.send(url, page())
        with pytest.raises(NotSent, match="ESCALATOR_SLACK_BOT_TOKEN"):
            await one.send("#ops", page())
        await one.close()
    body = json.loads(hook.bodies[0])
    assert sent.receipt is None
    assert "actions" not in [block["type"] for block in body["blocks"]]
    assert str(page().acknowledge) in json.dumps(body)
    assert ALERT["annotations"]["summary"] in json.dumps(body)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(403, "permanent"), (404, "permanent"), (410, "permanent"), (429, "temporary"), (500, "temporary")],
)
async def test_an_incoming_webhook_that_is_gone_is_permanent(status: int, outcome: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text="no_service")

    async with endpoint(answer) as (_, url):
        [one] = from_wiring(Wiring(outbound_allow=["127.0.0.0/8"]))
        with pytest.raises(NotSent) as caught:
            await one.send(url, page())
        await one.close()
    assert caught.value.outcome == outcome
    assert url not in caught.value.detail


async def test_an_incoming_webhook_leads_only_where_the_operator_allows() -> None:
    [one] = from_wiring(Wiring())
    with pytest.raises(NotSent, match="ESCALATOR_OUTBOUND_ALLOW"):
        await one.send("http://127.0.0.1:9/hook", page())
    await one.close()


async def test_without_a_token_only_incoming_webhooks_count_as_usable() -> None:
    [hooks] = from_wiring(Wiring())
    assert hooks.serves("https://hooks.slack.com/services/T/B/x")
    assert not hooks.serves("#ops")
    await hooks.close()
    async with channel() as (_, bot):
        assert bot.serves("#ops")
