"""What Slack is sent, and what is made of its answers; through the SDK, against a workspace on loopback."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from escalator.channels.base import Message, NotSent, Thread, Words
from escalator.channels.slack import from_wiring
from escalator.channels.slack.errors import CONTENT, ERRORS, FIXED, METADATA, MISSING, RATE, RATE_WAIT
from escalator.channels.slack.sending import Slack as Channel
from escalator.channels.wiring import Wiring
from tests.channels.samples import ALERT, alert, page
from tests.channels.test_webhook import endpoint
from tests.vendors.slack import APP_TOKEN, METHODS, SECRET, TOKEN, Slack, fails, limits, slack


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


async def test_a_page_whose_reply_was_refused_after_the_edit_is_not_taken_for_sent() -> None:
    """The edit wakes nobody: only the reply does."""
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        again: Callable[..., Message] = lambda **more: page(  # noqa: E731
            18, thread=Thread(str(first.receipt), shared=False), **more
        )
        workspace.faults.append(limits("chat.postMessage", 1))
        with pytest.raises(NotSent):
            await one.send("#ops", again())
        sent = await one.send("#ops", again(tries=2))
    assert [bool(each.get("thread_ts")) for each in workspace.messages] == [False, True]
    assert sent.receipt == first.receipt


async def test_the_first_message_keeps_its_own_key_when_it_is_edited() -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        await one.send("#ops", page(18, kind="update", thread=Thread(str(first.receipt), shared=False)))
        root, reply = workspace.messages
    assert root["metadata"]["event_payload"]["key"] == page().key
    assert reply["metadata"]["event_payload"]["key"] == page(18).key


@pytest.mark.parametrize("fault", [fails("chat.update", "internal_error"), limits("chat.update", 9)])
async def test_an_edit_that_fails_keeps_no_page_from_anybody(fault: Any) -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        workspace.faults.append(fault)
        sent = await one.send("#ops", page(18, thread=Thread(str(first.receipt), shared=False)))
    assert workspace.messages[1]["reply_broadcast"] is True
    assert "not edited" in sent.detail


async def test_an_edit_that_hangs_keeps_no_page_from_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalator.channels.slack.sending.EDIT_WITHIN", 0.1)
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        workspace.hangs.add("chat.update")
        await one.send("#ops", page(18, thread=Thread(str(first.receipt), shared=False)))
    assert len(workspace.messages) == 2


async def test_an_update_whose_edit_failed_is_tried_again_because_the_edit_is_what_it_is_for() -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        workspace.faults.append(fails("chat.update", "internal_error"))
        with pytest.raises(NotSent):
            await one.send("#ops", page(18, kind="update", thread=Thread(str(first.receipt), shared=False)))
    assert len(workspace.messages) == 1


@pytest.mark.parametrize("error", sorted(FIXED))
async def test_what_cannot_be_edited_is_told_in_its_thread_all_the_same(error: str) -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        workspace.faults.append(fails("chat.update", error))
        sent = await one.send("#ops", page(18, kind="update", thread=Thread(str(first.receipt), shared=False)))
    assert workspace.messages[1]["thread_ts"] == workspace.messages[0]["ts"]
    assert sent.receipt == first.receipt


async def test_in_the_thread_of_several_each_line_names_its_incident() -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        shared = Thread(str(first.receipt), shared=True)
        await one.send("#ops", page(18, kind="update", reason="acknowledged by bob", thread=shared))
    assert "#42 HostDown c1: acknowledged by bob" in workspace.messages[1]["text"]


async def test_a_digest_stands_alone_and_not_behind_the_message_of_one() -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        other = {**page().incident, "id": "43"}
        sent = await one.send("#ops", page(18, also=(other,), thread=Thread(str(first.receipt), shared=False)))
    assert "thread_ts" not in workspace.messages[1]
    assert sent.receipt != first.receipt


async def test_a_storms_button_is_left_out_where_its_names_do_not_fit_and_the_link_takes_all() -> None:
    async with channel() as (workspace, one):
        others = tuple({**page().incident, "id": str(id)} for id in range(100, 1099))
        await one.send("#ops", page(also=others))
        [message] = workspace.messages
    assert "actions" not in [block["type"] for block in message["blocks"]]
    assert str(page().acknowledge) in workspace.shown(message)
    assert "and 960 more" in workspace.shown(message)


async def test_a_policys_own_words_are_shown_and_never_instead_of_how_to_answer() -> None:
    words = Words(subject="The shop is down", long="Call the shop <!channel>.")
    async with channel() as (workspace, one):
        await one.send("#ops", page(words=words))
        [message] = workspace.messages
    assert message["blocks"][0]["text"]["text"] == "The shop is down"
    texts = [block["text"] for block in message["blocks"] if "text" in block]
    assert [each["type"] for each in texts if "Call the shop" in each["text"]] == ["plain_text"]
    assert workspace.button(message, "acknowledge")
    assert str(page().acknowledge) in workspace.shown(message)


async def test_a_digest_is_never_edited_into_the_story_of_one() -> None:
    async with channel() as (workspace, one):
        others = tuple({**page().incident, "id": str(id), "title": f"Disk{id}"} for id in (43, 44))
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
        gone = Thread("C0PS/1.1", shared=False)
        sent = await one.send("#ops", page(kind="update", thread=gone))
        assert sent.receipt == f"C0PS/{workspace.messages[0]['ts']}"
        await one.send("#ops", page(18, kind="update", thread=gone))
        assert [each.get("thread_ts") for each in workspace.messages] == [None, workspace.messages[0]["ts"]]


@pytest.mark.parametrize("error", sorted(MISSING))
async def test_a_thread_that_takes_no_reply_is_no_reason_to_tell_nobody(error: str) -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        workspace.faults.append(fails("chat.postMessage", error))
        await one.send("#ops", page(18, thread=Thread(str(first.receipt), shared=True)))
    assert [each.get("thread_ts") for each in workspace.messages] == [None, None]


@pytest.mark.parametrize("address", ["U0ALICE", "alice@example.com"])
async def test_a_person_gets_a_direct_message(address: str) -> None:
    async with channel() as (workspace, one):
        await one.send(address, page())
        await one.send(address, page(18))
        assert [message["channel"] for message in workspace.messages] == ["D0ALICE", "D0ALICE"]
        assert [method for method, _ in workspace.calls].count("conversations.open") == 1


FORMS: dict[str, Any] = {
    "channel": str, "text": str, "blocks": list, "metadata": dict, "thread_ts": str, "ts": str, "users": str,
    "reply_broadcast": bool, "unfurl_links": bool, "unfurl_media": bool,
}  # fmt: skip


async def test_what_is_sent_has_the_names_and_forms_of_slacks_reference() -> None:
    """slackapi/slack-api-specs, and docs.slack.dev for what is younger than it (metadata)."""
    async with channel() as (workspace, one):
        first = await one.send("U0ALICE", page())
        await one.send("U0ALICE", page(18, thread=Thread(str(first.receipt), shared=False)))
        sent = dict(workspace.calls)
    assert list(sent) == ["conversations.open", "chat.postMessage", "chat.update"]
    assert set(sent["conversations.open"]) == {"users"}
    assert set(sent["chat.update"]) == {"channel", "ts", "text", "blocks"}
    reply = {"channel", "text", "blocks", "metadata", "thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media"}
    assert set(sent["chat.postMessage"]) == reply
    for fields in sent.values():
        assert {name: type(value) for name, value in fields.items()} == {name: FORMS[name] for name in fields}


@pytest.mark.parametrize("method", sorted(METHODS))
def test_slacks_own_library_knows_every_field_that_we_send(method: str) -> None:
    known = inspect.signature(getattr(AsyncWebClient, method.replace(".", "_"))).parameters
    assert set(known) >= METHODS[method]


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
    mrkdwn = [b["text"] for b in message["blocks"] if b.get("text", {}).get("type") == "mrkdwn"]
    assert all(each["verbatim"] is True for each in mrkdwn), "Slack links nothing by itself"


async def test_what_a_stranger_wrote_is_plain_in_the_thread_too() -> None:
    async with channel() as (workspace, one):
        first = await one.send("#ops", page())
        for kind in ("update", "page"):
            hostile = page(18, {"title": HOSTILE}, kind=kind, reason=HOSTILE, target=HOSTILE)
            await one.send("#ops", hostile._replace(thread=Thread(str(first.receipt), shared=False)))
    for reply in workspace.messages[1:]:
        formatted = [b["text"]["text"] for b in reply["blocks"] if b.get("text", {}).get("type") == "mrkdwn"]
        assert all("<!" not in text and "<https://evil" not in text for text in (reply["text"], *formatted))


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
    assert ("metadata" in message) is (error not in METADATA), "so that it can be found again"
    assert message["unfurl_links"] is False
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


POST_MESSAGE = """
    as_user_not_supported attachment_payload_limit_exceeded channel_not_found cannot_reply_to_message
    duplicate_channel_not_found duplicate_message_not_allowed external_channel_migrating invalid_blocks
    invalid_blocks_format invalid_metadata_format invalid_metadata_schema is_archived markdown_text_conflict
    message_limit_exceeded messages_tab_disabled metadata_must_be_sent_from_app metadata_too_large msg_blocks_too_long
    msg_too_long no_text not_in_channel rate_limited restricted_action restricted_action_non_threadable_channel
    restricted_action_read_only_channel restricted_action_thread_locked restricted_action_thread_only_channel
    slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked
    team_not_found too_many_attachments too_many_contact_cards
"""
UPDATE = """
    as_user_not_supported block_mismatch cant_broadcast_message cant_update_message channel_not_found
    edit_window_closed external_channel_migrating invalid_attachments invalid_blocks invalid_blocks_format
    invalid_metadata_format invalid_metadata_schema is_inactive markdown_text_conflict message_not_found
    metadata_must_be_sent_from_app metadata_too_large msg_too_long no_dual_broadcast_content_update no_text
    slack_connect_file_link_sharing_blocked streaming_state_conflict team_not_found too_many_attachments update_failed
"""
EVERYWHERE = """
    access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted
    fatal_error internal_error invalid_arg_name invalid_arguments invalid_array_arg invalid_auth invalid_charset
    invalid_form_data invalid_post_type method_deprecated missing_post_type missing_scope no_permission
    not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable
    team_access_not_granted team_added_to_org token_expired token_revoked two_factor_setup_required upgrade_required
"""
"""As the reference lists them."""


def test_every_error_that_slack_documents_has_its_place_in_the_table() -> None:
    documented = {*POST_MESSAGE.split(), *UPDATE.split(), *EVERYWHERE.split()}
    assert documented - set(ERRORS) - CONTENT - RATE == set()


@pytest.mark.parametrize("error", sorted(RATE))
async def test_a_rate_limit_without_a_time_is_waited_out_too(error: str) -> None:
    async with channel() as (workspace, one):
        workspace.faults.append(fails("chat.postMessage", error))
        with pytest.raises(NotSent) as caught:
            await one.send("#ops", page())
    assert (caught.value.outcome, caught.value.retry_after) == ("temporary", RATE_WAIT)


async def test_content_refused_even_as_plain_text_is_a_fault_of_ours_and_trips_no_breaker() -> None:
    async with channel() as (workspace, one):
        workspace.faults.append(fails("chat.postMessage", "invalid_blocks", times=2))
        with pytest.raises(NotSent, match="fault of ours") as caught:
            await one.send("#ops", page())
    assert (caught.value.outcome, caught.value.blames) == ("temporary", "contact")


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


async def test_a_message_is_looked_for_from_when_it_was_put_in_the_outbox_however_busy_the_channel() -> None:
    async with channel() as (workspace, one):
        await one.send("#ops", page())
        for id in range(20, 27):
            await one.send("#ops", page(id))
        workspace.page_size, workspace.calls = 3, []
        sent = await one.send("#ops", page(tries=2, queued_at="2023-11-14T22:13:20Z"))
        looked = [given for method, given in workspace.calls if method == "conversations.history"]
    assert sent.receipt == f"C0PS/{workspace.messages[0]['ts']}"
    assert len(looked) == 3
    assert {given["oldest"] for given in looked} == {"1699999880.000000"}, "two minutes before: clocks differ"
    assert len(workspace.messages) == 8


async def test_a_message_posted_anew_is_found_where_it_stands() -> None:
    async with channel() as (workspace, one):
        gone = Thread("C0PS/1.1", shared=False)
        workspace.lost = 1
        with pytest.raises(NotSent):
            await one.send("#ops", page(thread=gone))
        sent = await one.send("#ops", page(thread=gone, tries=2))
    assert len(workspace.messages) == 1
    assert sent.receipt == f"C0PS/{workspace.messages[0]['ts']}"


async def test_a_search_that_slack_refuses_keeps_nobody_from_being_told() -> None:
    async with channel() as (workspace, one):
        workspace.faults.append(fails("conversations.history", "not_in_channel"))
        await one.send("#ops", page(tries=2))
    assert len(workspace.messages) == 1


async def test_a_slack_that_hangs_is_ambiguous_within_the_deadline() -> None:
    async with slack() as (workspace, base):
        one = Channel(Wiring(slack_api_url=base), TOKEN, deadline=0.2)
        workspace.hangs.add("chat.postMessage")
        with pytest.raises(NotSent) as caught:
            await one.send("#ops", page())
        await one.close()
    assert (caught.value.outcome, caught.value.blames) == ("ambiguous", "provider")


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", "<html>log in</html>"),
        (200, "text/plain", "ok"),
        (200, "application/json", "{"),
        (200, "application/json", "[]"),
        (502, "text/plain", "bad gateway"),
        (404, "text/html", "<html>no such proxy</html>"),
    ],
)
async def test_an_answer_that_is_not_slacks_is_tried_again(status: int, kind: str, body: str) -> None:
    async with channel() as (workspace, one):
        workspace.faults.append(lambda method: web.Response(status=status, text=body, content_type=kind))
        with pytest.raises(NotSent) as caught:
            await one.send("#ops", page())
    assert (caught.value.outcome in ("temporary", "ambiguous"), caught.value.blames) == (True, "provider")


async def test_an_id_that_is_no_use_any_more_is_asked_for_again() -> None:
    async with channel() as (workspace, one):
        await one.send("U0ALICE", page())
        workspace.faults.append(fails("chat.postMessage", "channel_not_found"))
        with pytest.raises(NotSent):
            await one.send("U0ALICE", page(18))
        await one.send("U0ALICE", page(19))
    assert [method for method, _ in workspace.calls].count("conversations.open") == 2


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
    if outcome == "permanent":
        assert caught.value.blames == "contact", "one hook that was revoked says nothing of the others"
    assert url not in caught.value.detail


async def test_an_incoming_webhook_that_refuses_the_content_gets_plain_text_with_the_links() -> None:
    seen: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(await request.json())
        refused = "blocks" in seen[-1]
        return web.Response(status=400 if refused else 200, text="invalid_blocks" if refused else "ok")

    async with endpoint(answer) as (_, url):
        [one] = from_wiring(Wiring(outbound_allow=["127.0.0.0/8"]))
        await one.send(url, page())
        await one.close()
    assert str(page().acknowledge) in seen[1]["text"]


async def test_an_incoming_webhook_that_hangs_is_ambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalator.channels.slack.hook.DEADLINE", 0.2)

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with endpoint(answer) as (_, url):
        [one] = from_wiring(Wiring(outbound_allow=["127.0.0.0/8"]))
        with pytest.raises(NotSent) as caught:
            await one.send(url, page())
        await one.close()
    assert caught.value.outcome == "ambiguous"


@pytest.mark.parametrize("token", [None, TOKEN])
async def test_an_address_that_is_no_url_is_refused_and_breaks_nothing(token: str | None) -> None:
    [one] = from_wiring(Wiring(slack_bot_token=token))
    assert one.provider("https://[hooks") == "Slack webhook"
    with pytest.raises(NotSent) as caught:
        await one.send("https://[hooks", page())
    await one.close()
    assert caught.value.outcome == "permanent"


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
