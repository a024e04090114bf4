"""PagerDuty both ways: through its own client against a service on loopback, and in a whole house."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from escalator.channels.base import NotSent, Words
from escalator.channels.desk import Forged, Incoming
from escalator.channels.pagerduty import events, webhooks
from escalator.channels.pagerduty.sending import PagerDuty as Channel
from escalator.core.instant import SECOND
from tests.channels.samples import alert, page
from tests.engine.live import Live, live, policies
from tests.vendors.pagerduty import KEY, SECRET, PagerDuty, pagerduty, signed


@pytest.fixture
async def both() -> AsyncIterator[tuple[PagerDuty, Channel]]:
    async with pagerduty() as (service, url):
        yield service, Channel(url, SECRET)


async def test_a_page_triggers_with_all_that_the_reference_names(both: tuple[PagerDuty, Channel]) -> None:
    service, channel = both
    sent = await channel.send(KEY, page())
    [event] = service.events
    assert event["dedup_key"] == sent.receipt == "escalator-42-20260304031000"
    assert event["payload"]["summary"] == "#42 HostDown c1"
    assert (event["payload"]["source"], event["payload"]["class"]) == ("host01.example:9100", "HostDown")
    assert event["payload"]["custom_details"]["alerts"][0]["summary"] == "host01 does not answer"
    assert {"href": page().link, "text": "Open in Escalator"} in event["links"]


@pytest.mark.parametrize(
    ("kind", "status", "action"),
    [
        ("page", "triggered", "trigger"),
        ("update", "acknowledged", "acknowledge"),
        ("update", "snoozed", "acknowledge"),
        # The acknowledgement was taken back.
        ("update", "triggered", "trigger"),
        ("resolved", "resolved", "resolve"),
    ],
)
def test_what_each_message_is_to_pagerduty(kind: str, status: str, action: str) -> None:
    made = events.event(page(kind=kind, incident={"status": status}))
    assert made["event_action"] == action
    assert ("payload" in made) is (action == "trigger")


async def test_endless_and_hostile_content_keeps_to_the_limits(both: tuple[PagerDuty, Channel]) -> None:
    service, channel = both
    wild = {f"l{number}": "x" * 4000 for number in range(64)} | {"severity": "nonsense", "instance": "\x00\u202e" * 50}
    alerts = tuple(alert(wild, annotations={"summary": "y\n" * 9000}) for _ in range(20))
    await channel.send(KEY, page(incident={"title": "t" * 5000, "severity": "nonsense"}, alerts=alerts))
    assert len(service.events) == 1


async def test_what_is_too_large_in_other_alphabets_loses_its_last_alerts_and_says_so(
    both: tuple[PagerDuty, Channel],
) -> None:
    service, channel = both
    texts = {f"note{number}": "🔥" * 4000 for number in range(9)}
    await channel.send(KEY, page(alerts=tuple(alert({"n": str(n)}, annotations=texts) for n in range(10))))
    [event] = service.events
    details = event["payload"]["custom_details"]
    assert details["alerts"][0]["labels"]["n"] == "0", "the worst is kept"
    assert len(details["alerts"]) + details["more alerts"] == 10


@pytest.mark.parametrize("odd", [{"alerts": "nonsense"}, {"title": None, "alerts": {"firing": "x"}}, {"paged": 7}])
async def test_odd_content_never_kills_a_page(both: tuple[PagerDuty, Channel], odd: dict[str, Any]) -> None:
    service, channel = both
    await channel.send(KEY, page(incident=odd))
    assert service.actions == ["trigger"]


async def test_a_policys_own_words_are_the_summary_and_a_test_is_marked(both: tuple[PagerDuty, Channel]) -> None:
    service, channel = both
    own = Words("The boiler\nis cold", None, "Call the janitor.\nThen go home.")
    await channel.send(KEY, page(words=own))
    await channel.send(KEY, page(incident={"route": "test/alice"}))
    first, second = (event["payload"] for event in service.events)
    assert first["summary"] == "#42 The boiler is cold"
    assert first["custom_details"]["text"] == "Call the janitor.\nThen go home."
    assert second["summary"] == "TEST #42 HostDown c1"


async def test_content_that_is_refused_goes_out_as_the_least_there_is(both: tuple[PagerDuty, Channel]) -> None:
    service, channel = both
    service.answers = [web.json_response({"status": "invalid event", "errors": ["no"]}, status=400)]
    await channel.send(KEY, page())
    assert service.events[0]["payload"] == {"summary": "Incident 42", "source": "escalator", "severity": "critical"}


async def test_a_wrong_routing_key_is_permanent_and_not_repeated_to_anyone(both: tuple[PagerDuty, Channel]) -> None:
    _, channel = both
    with pytest.raises(NotSent) as caught:
        await channel.send("b" * 32, page())
    assert caught.value.outcome == "permanent"
    assert "b" * 32 not in caught.value.detail


@pytest.mark.parametrize(
    ("status", "headers", "outcome", "wait"),
    [(429, {}, "temporary", 30.0), (429, {"Retry-After": "7"}, "temporary", 7.0),
     (429, {"Retry-After": "9" * 400}, "temporary", 86_400.0), (500, {}, "temporary", None),
     (503, {}, "temporary", None)],
)  # fmt: skip
async def test_what_another_try_cures(
    both: tuple[PagerDuty, Channel], status: int, headers: dict[str, str], outcome: str, wait: float | None
) -> None:
    service, channel = both
    service.answers = [web.json_response({"message": "slower"}, status=status, headers=headers)]
    with pytest.raises(NotSent) as caught:
        await channel.send(KEY, page())
    assert (caught.value.outcome, caught.value.retry_after) == (outcome, wait)
    assert service.events == [], "nothing is repeated behind our back"


async def test_an_answer_that_is_lost_is_ambiguous_and_sent_again_it_is_the_same_alert(
    both: tuple[PagerDuty, Channel],
) -> None:
    service, channel = both
    service.answers = [None]
    with pytest.raises(NotSent) as caught:
        await channel.send(KEY, page())
    assert caught.value.outcome == "ambiguous"
    await channel.send(KEY, page(tries=2))
    assert len(service.opened) == 1


@pytest.mark.parametrize("answer", ["", "[]", '{"status": "success"}'])
async def test_an_event_that_is_taken_in_other_words_is_taken(both: tuple[PagerDuty, Channel], answer: str) -> None:
    service, channel = both
    service.answers = [web.Response(status=202, text=answer)]
    assert (await channel.send(KEY, page())).receipt == "escalator-42-20260304031000"


@pytest.mark.parametrize(
    "body",
    [f'{{"message": "no {KEY}", "errors": 7}}', f'{{"errors": ["{KEY}", null]}}', f"<h1>{KEY}</h1>", "[]", "{}"],
)
async def test_whatever_a_refusal_says_the_routing_key_is_in_no_error(
    both: tuple[PagerDuty, Channel], body: str
) -> None:
    service, channel = both
    service.answers = [web.Response(status=403, text=body), web.Response(status=403, text=body)]
    with pytest.raises(NotSent) as caught:
        await channel.send(KEY, page())
    assert (caught.value.outcome, caught.value.blames) == ("permanent", "contact")
    assert KEY not in caught.value.detail


async def test_a_service_that_hangs_costs_one_deadline_and_no_thread_of_anybody_else() -> None:
    async with pagerduty() as (service, url):
        service.awake.clear()
        channel = Channel(url, deadline=3.0)
        sends = [asyncio.create_task(channel.send(KEY, page(id))) for id in range(channel.at_once)]
        async with asyncio.timeout(2.5):
            while service.asked < channel.at_once:
                await asyncio.sleep(0.01)
            await asyncio.gather(*(asyncio.to_thread(time.monotonic) for _ in range(4)))
        ends = await asyncio.gather(*sends, return_exceptions=True)
        assert {end.outcome for end in ends if isinstance(end, NotSent)} == {"ambiguous"}
        assert len(ends) == channel.at_once
        service.awake.set()
        await channel.close()


async def test_what_was_given_up_is_not_written_afterwards(both: tuple[PagerDuty, Channel]) -> None:
    service, channel = both
    with pytest.raises(NotSent) as caught:
        await asyncio.to_thread(channel._post, KEY, page(), time.monotonic() - 0.1)
    assert caught.value.outcome == "temporary"
    assert service.events == [], "a trigger that comes after the resolve opens an alert that nobody closes"


async def test_no_connection_is_temporary() -> None:
    with pytest.raises(NotSent) as caught:
        await Channel("http://127.0.0.1:9").send(KEY, page())
    assert (caught.value.outcome, caught.value.blames) == ("temporary", "provider")


async def test_check_asks_nobody_to_wake_up(both: tuple[PagerDuty, Channel]) -> None:
    service, channel = both
    assert await channel.check() == "pagerduty: 127.0.0.1 answers"
    assert service.events == []
    with pytest.raises(NotSent, match="ESCALATOR_PAGERDUTY_EVENTS_URL"):
        await Channel("http://127.0.0.1:9").check()
    assert "WEBHOOK_SECRET" in await Channel(channel._url).check()


# --- in a whole house -------------------------------------------------------------------------------------------------


class Night:
    def __init__(self, house: Live, service: PagerDuty) -> None:
        self.house = house
        self.service = service

    async def fire(self) -> str:
        """The dedup_key of the incident."""
        await self.house.fire()
        await self.house.until(lambda: self.service.events)
        return str(self.service.events[0]["dedup_key"])

    async def hook(self, kind: str, key: str, **how: Any) -> int:
        body, headers = self.service.webhook(kind, key, **how)
        return (await self.house.door.request("POST", "/replies/pagerduty", body=body, headers=headers)).status

    async def shown(self) -> tuple[str, str | None]:
        found = await self.house.get("incidents/1")
        return found["status"], found["acknowledged_by"]


@asynccontextmanager
async def night(url: str, folder: Path, told: str = "{channel: vendor}") -> AsyncIterator[Night]:
    text = policies(
        "alice: {contacts: {email: alice@example.com}}",
        'channels: {vendor: {pagerduty: "secret:PD"}, other: {pagerduty: "secret:PD"}}',
        f"[{{notify: [{told}]}}, {{notify: [{{person: alice}}]}}]",
    )
    async with (
        pagerduty() as (service, base),
        live(
            url, folder / "policies", text, pagerduty_events_url=base, pagerduty_webhook_secret=f"old, {SECRET}",
            secrets={"secret:PD": KEY},
        ) as house,
    ):  # fmt: skip
        yield Night(house, service)


@pytest.fixture
async def one(database_url: str, tmp_path: Path) -> AsyncIterator[Night]:
    async with night(database_url, tmp_path) as found:
        yield found


async def test_acknowledged_there_is_acknowledged_here_and_not_told_back(one: Night) -> None:
    key = await one.fire()
    assert await one.hook("incident.acknowledged", key) == 202
    assert await one.shown() == ("acknowledged", "alice")
    assert await one.house.states() == [("pagerduty", "page", "sent")], "no update is as much as queued"
    await one.house.fire(resolved=True)
    await one.house.until(lambda: "resolve" in one.service.actions)
    assert one.service.actions == ["trigger", "resolve"], "no echo"


async def test_where_two_services_heard_of_it_both_are_told_who_has_it(sqlite_url: str, tmp_path: Path) -> None:
    async with night(sqlite_url, tmp_path, "{channel: vendor}, {channel: other}") as one:
        key = await one.fire()
        await one.house.until(lambda: one.service.actions == ["trigger", "trigger"])
        await one.hook("incident.acknowledged", key)
        await one.house.until(lambda: one.service.actions.count("acknowledge") == 2)
        assert await one.shown() == ("acknowledged", "alice")


async def test_acknowledged_here_is_acknowledged_there_in_order_under_one_key(one: Night) -> None:
    key = await one.fire()
    await one.house.door.post("/api/v1/incidents/1/acknowledge", json={"by": "alice"})
    await one.house.until(lambda: len(one.service.events) == 2)
    await one.house.fire(resolved=True)
    await one.house.until(lambda: len(one.service.events) == 3)
    assert one.service.actions == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in one.service.events} == {key}


async def test_a_service_that_is_down_for_a_while_gets_the_alert_once_and_in_order(one: Night) -> None:
    one.service.answers = [web.Response(status=503), None]
    await one.house.fire()
    for outcome in ("temporary", "ambiguous", "sent"):
        await one.house.until(partial(attempted, one, outcome))
        one.house.clock.by += 30 * SECOND
    await one.house.fire(resolved=True)
    await one.house.until(lambda: "resolve" in one.service.actions)
    assert one.service.actions == ["trigger", "trigger", "resolve"]
    assert len(one.service.opened) == 1
    assert one.service.open == set()


async def attempted(one: Night, outcome: str) -> bool:
    found = await one.house.notifications()
    return bool(found) and outcome in [attempt["outcome"] for attempt in found[0]["attempts"]]


async def test_resolved_there_is_held_here_until_the_source_agrees(one: Night) -> None:
    key = await one.fire()
    await one.hook("incident.resolved", key, agent={"id": "P1", "type": "user_reference", "summary": "Dana Scully"})
    assert await one.shown() == ("acknowledged", "Dana Scully (PagerDuty)")
    assert await one.house.states() == [("pagerduty", "page", "sent")], "not told back either"


async def test_handed_back_there_pages_here_again(one: Night) -> None:
    key = await one.fire()
    await one.hook("incident.acknowledged", key, name="1")
    await one.hook("incident.unacknowledged", key, name="2")
    assert (await one.shown())[0] == "triggered"


async def test_what_our_own_integration_did_is_no_answer(one: Night) -> None:
    key = await one.fire()
    ours = {"id": "P0EVENT", "type": "inbound_integration_reference", "summary": "Events API V2"}
    assert await one.hook("incident.acknowledged", key, agent=ours) == 202
    assert await one.hook("incident.acknowledged", key, agent={}, name="2") == 202
    assert (await one.shown())[0] == "triggered"


@pytest.mark.parametrize("key", ["escalator-1-19700101000000", "escalator-99-20260101000000", "somebody-elses", ""])
async def test_an_alert_that_is_not_ours_changes_nothing(one: Night, key: str) -> None:
    await one.fire()
    assert await one.hook("incident.acknowledged", key) == 202
    assert (await one.shown())[0] == "triggered"


async def test_pings_and_unknown_events_are_taken(one: Night) -> None:
    key = await one.fire()
    for kind in ("pagey.ping", "incident.priority_updated", "something.new"):
        assert await one.hook(kind, key) == 202
    assert (await one.shown())[0] == "triggered"


async def test_a_delivery_that_comes_twice_acts_once(one: Night) -> None:
    key = await one.fire()
    await one.hook("incident.acknowledged", key)
    await one.house.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})
    assert await one.hook("incident.acknowledged", key) == 202
    assert (await one.shown())[0] == "triggered"


async def test_a_replay_under_another_id_is_known_by_what_is_signed(one: Night) -> None:
    key = await one.fire()
    body, headers = one.service.webhook("incident.acknowledged", key)
    for name in ("stolen-1", "stolen-2", None):
        given = {**headers, "x-webhook-id": name} if name else {k: v for k, v in headers.items() if k != "x-webhook-id"}
        answer = await one.house.door.request("POST", "/replies/pagerduty", body=body, headers=given)
        assert answer.status == 202
        assert (await one.shown())[0] == ("acknowledged" if name == "stolen-1" else "triggered")
        await one.house.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})


async def test_another_attempt_at_the_same_delivery_acts_once_even_if_its_bytes_differ(one: Night) -> None:
    key = await one.fire()
    await one.hook("incident.acknowledged", key)
    await one.house.door.post("/api/v1/incidents/1/unacknowledge", json={"by": "bob"})
    body = one.service.webhook("incident.acknowledged", key)[0] + b" "
    headers = {"x-webhook-id": "hook-1", "x-pagerduty-signature": signed(body)}
    await one.house.door.request("POST", "/replies/pagerduty", body=body, headers=headers)
    assert (await one.shown())[0] == "triggered"


async def test_what_came_too_late_cannot_be_replayed_when_it_would_count(one: Night) -> None:
    key = await one.fire()
    await one.house.door.post("/api/v1/incidents/1/acknowledge", json={"by": "bob"})
    await one.hook("incident.unacknowledged", key, name="1")
    await one.hook("incident.unacknowledged", key, name="2")
    await one.house.door.post("/api/v1/incidents/1/acknowledge", json={"by": "bob"})
    await one.hook("incident.unacknowledged", key, name="2")
    assert await one.shown() == ("acknowledged", "bob")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"\xff", b"[" * 9000, b'{"event": 7}', b'{"event": {"event_type": []}}',
     b'{"event": {"event_type": "incident.resolved", "agent": {"type": "user_reference"}, "data": []}}',
     b'{"event": {"event_type": "incident.resolved", "agent": {"type": "user_reference", "summary": {}}}}'],
)  # fmt: skip
async def test_what_is_signed_is_never_answered_as_a_failure(one: Night, body: bytes) -> None:
    headers = {"x-pagerduty-signature": signed(body)}
    assert (await one.house.door.request("POST", "/replies/pagerduty", body=body, headers=headers)).status == 202


async def test_a_forged_delivery_is_refused(one: Night) -> None:
    key = await one.fire()
    assert await one.hook("incident.acknowledged", key, secret="guessed") == 401
    assert (await one.shown())[0] == "triggered"


async def test_an_acknowledgement_of_what_is_over_is_taken_and_changes_nothing(one: Night) -> None:
    key = await one.fire()
    await one.house.fire(resolved=True)
    assert await one.hook("incident.acknowledged", key) == 202
    assert (await one.shown())[0] == "resolved"


@given(st.binary(max_size=100), st.text(max_size=60))
def test_garbage_is_never_a_fault_of_ours(body: bytes, signature: str) -> None:
    request = Incoming("", "", {"x-pagerduty-signature": signature}, body)
    with pytest.raises(Forged):
        asyncio.run(webhooks.receive(request, None, [SECRET]))  # type: ignore[arg-type]  # never asked
