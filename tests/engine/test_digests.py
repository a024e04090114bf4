"""Several incidents in one message, and what becomes of it later: on both databases, with a channel that records."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from escalator.app.house import House, Plan
from escalator.channels.base import Channel, Message, NotSent, Sent
from escalator.channels.desk import Declined
from escalator.core import events
from escalator.core.draft import COLLECTED
from escalator.core.instant import MINUTE, SECOND
from escalator.core.notification import Outcome
from escalator.engine.lifecycle import NotFound
from escalator.store.db import Database
from tests.engine.live import Live, Shifted

POLICIES = """\
version: 1
people:
  ann: {contacts: {sms: "secret:ANN", call: "secret:ANN", email: ann@example.com}}
  ben: {contacts: {email: ben@example.com}}
channels: {chat: {slack: "#ops"}}
notification_rules: {high: [{via: sms}, {via: call, after: 5m}]}
policies:
  page:
    storm: {over: 1, within: 5m}
    levels: [{notify: [{person: ann}, {channel: chat}]}, {notify: [{person: ben}]}]
catch_all: page
"""


class Recorder(Channel):
    """Takes everything and remembers it."""

    threads = True

    def __init__(self, via: str) -> None:
        self.via = via
        self.spacing = 0.05 if via == "slack" else 0.0
        self.taken: list[Message] = []
        self.refuses: NotSent | None = None

    async def send(self, address: str, message: Message) -> Sent:
        if self.refuses:
            raise self.refuses
        self.taken.append(message)
        return Sent(f"{self.via}-{len(self.taken)}")

    async def check(self) -> str:
        return "records"

    @property
    def told(self) -> list[tuple[str, list[int]]]:
        return [(m.kind, [int(each["id"]) for each in (m.incident, *m.also)]) for m in self.taken]


class Night(Live):
    """A house whose every way out records."""

    def __init__(self, house: House, clock: Shifted, ways: dict[str, Recorder]) -> None:
        super().__init__(house, clock)
        self.ways = ways

    async def storm(self, number: int = 5) -> None:
        """So many incidents, and the time until what is held together goes out."""
        # From the instant at which messages go out, not before it: one that passes in between parts the storm in two.
        self.clock.by += -self.house.database.now() % COLLECTED
        for each in range(number):
            await self.fire(f"Disk{each}")
        self.clock.by += 31 * SECOND
        await self.until(lambda: sum(len(told) for _, told in self.ways["sms"].told) == number)


@asynccontextmanager
async def night(url: str, folder: Path, text: str = POLICIES) -> AsyncIterator[Night]:
    folder.mkdir()
    (folder / "main.yaml").write_text(text)
    clock = Shifted()
    ways = {via: Recorder(via) for via in ("sms", "call", "email", "slack")}
    database = await Database.open(url, clock=clock)
    numbers = {"secret:ANN": "+44 7700 900123"}
    house = House(
        database,
        Plan(
            policies=folder,
            public_url="https://escalator.example",
            channels=ways,
            resolve=lambda a: numbers.get(a, a),
            version="0",
        ),
    )
    await house.start()
    try:
        yield Night(house, clock, ways)
    finally:
        await house.stop(0.2)


@pytest.fixture
async def one(database_url: str, tmp_path: Path) -> AsyncIterator[Night]:
    async with night(database_url, tmp_path / "policies") as found:
        yield found


async def test_one_message_tells_of_the_rest_and_each_row_names_it(one: Night) -> None:
    await one.storm()
    assert one.ways["sms"].told == [("page", [1]), ("page", [2, 3, 4, 5])]
    rows = [row for id in range(2, 6) for row in await one.notifications(id) if row["channel"] == "sms"]
    assert {(row["state"], row["receipt"]) for row in rows} == {("sent", "sms-2")}


async def test_the_link_of_a_digest_acknowledges_all_that_it_told_of(one: Night) -> None:
    await one.storm()
    message = one.ways["sms"].taken[1]
    assert message.token is not None
    done = await one.house.desk.act_by_token(message.token, events.Acknowledged(""))
    assert done.incident["acknowledged_by"] == "ann"
    statuses = [(await one.get(f"incidents/{id}"))["status"] for id in range(1, 6)]
    assert statuses == ["triggered", *["acknowledged"] * 4], "bound to what the message told of"
    with pytest.raises(Declined):
        await one.house.desk.act_by_token(message.token, events.Acknowledged(""))


async def test_a_digest_whose_first_incident_is_over_still_acknowledges_the_others(one: Night) -> None:
    await one.storm()
    await one.fire("Disk1", resolved=True)
    token = one.ways["sms"].taken[1].token
    assert token is not None
    await one.house.desk.act_by_token(token, events.Acknowledged(""))
    assert (await one.get("incidents/3"))["acknowledged_by"] == "ann"


async def test_the_page_behind_the_link_names_every_incident(one: Night) -> None:
    await one.storm()
    link = one.ways["sms"].taken[1].acknowledge
    assert link is not None
    page = await one.door.get(link.removeprefix("https://escalator.example"))
    assert "I am taking these 4 incidents" in page.text
    assert all(f"Disk{number}" in page.text for number in range(1, 5))


async def test_a_later_word_ends_every_row_of_the_message(one: Night) -> None:
    await one.storm()
    assert await one.house.desk.receipt("sms", "sms-2", Outcome.DELIVERED, "delivered to the handset")
    rows = [row for id in range(2, 6) for row in await one.notifications(id) if row["channel"] == "sms"]
    assert {row["state"] for row in rows} == {"delivered"}
    assert all(row["attempts"][-1]["detail"] == "delivered to the handset" for row in rows)
    assert not await one.house.desk.receipt("sms", "sms-2", Outcome.DELIVERED, "again"), "it has moved on"
    assert not await one.house.desk.receipt("sms", "unheard-of", Outcome.DELIVERED, "")


async def test_a_message_that_failed_on_its_way_starts_the_next_contact_now(one: Night) -> None:
    await one.fire("Disk")
    await one.until(lambda: one.ways["sms"].taken)
    assert one.ways["call"].taken == []
    await one.until(lambda: _state(one, "sms", "sent"))
    assert await one.house.desk.receipt("sms", "sms-1", Outcome.PERMANENT, "30005 unknown handset")
    await one.until(lambda: one.ways["call"].taken)


async def test_a_late_failure_of_what_is_acknowledged_by_now_wakes_nobody(one: Night) -> None:
    await one.fire("Disk")
    await one.until(lambda: _state(one, "sms", "sent"))
    await one.house.lifecycle.act(1, events.Acknowledged("ann"))
    assert await one.house.desk.receipt("sms", "sms-1", Outcome.PERMANENT, "30005 unknown handset")
    assert [row["state"] for row in await one.notifications() if row["channel"] == "call"] == ["cancelled"]


async def test_the_sixth_text_of_a_quarter_of_an_hour_waits_and_the_call_is_made_now(
    database_url: str, tmp_path: Path
) -> None:
    calm = POLICIES.replace("{over: 1, within: 5m}", "off")
    async with night(database_url, tmp_path / "policies", calm) as one:
        for number in range(1, 8):
            await one.fire(f"Slow{number}", severity="error")
            one.clock.by += 31 * SECOND
            await one.until(lambda number=number: _rows_told(one) == list(range(1, number + 1)))
        assert one.ways["sms"].told == [("page", [number]) for number in range(1, 6)]
        assert one.ways["call"].told == [("page", [6]), ("page", [7])]
        held = [row for id in (6, 7) for row in await one.notifications(id) if row["channel"] == "sms"]
        assert [row["state"] for row in held] == ["pending", "pending"], "nothing is dropped"
        assert all(row["attempts"][-1]["outcome"] == "postponed" for row in held)
        one.clock.by += 15 * MINUTE
        await one.until(lambda: len(one.ways["sms"].taken) > 5)
        assert one.ways["sms"].told[5][1][:2] == [6, 7]


async def test_a_thread_is_known_and_whether_others_share_it(one: Night) -> None:
    await one.storm()
    await one.until(lambda: sum(len(told) for _, told in one.ways["slack"].told) == 5)
    for id in (1, 3):
        await one.house.lifecycle.act(id, events.Acknowledged("ann"))
    one.clock.by += 31 * SECOND
    await one.until(lambda: len([m for m in one.ways["slack"].taken if m.kind == "update"]) == 2)
    updates = {m.incident["id"]: m.thread for m in one.ways["slack"].taken if m.kind == "update"}
    first, third = updates["1"], updates["3"]
    assert first is not None
    assert third is not None
    assert (first.receipt, first.shared) == ("slack-1", False)
    assert (third.receipt, third.shared) == ("slack-2", True)


async def test_the_desk_knows_people_by_their_addresses_and_no_strangers(one: Night) -> None:
    desk = one.house.desk
    assert desk.whois("sms", "+447700900123") == "ann"
    assert desk.whois("call", "0044 7700-900123") is None, "another spelling of the country code is another number"
    assert desk.whois("slack", "U123", "BEN@example.com") == "ben"
    assert desk.whois("slack", "U123", "mallory@example.com") is None
    assert desk.whois("sms", "") is None


async def test_one_request_is_carried_out_once_and_a_refused_one_may_come_again(one: Night) -> None:
    await one.fire("Disk")
    desk = one.house.desk
    first = await desk.act(1, events.Acknowledged("ann"), "slack:1")
    again = await desk.act(1, events.Unacknowledged("ann"), "slack:1")
    assert (first.fresh, again.fresh) == (True, False)
    assert again.incident["status"] == "acknowledged"
    for _ in range(2):
        with pytest.raises(Declined):
            await desk.act(99, events.Acknowledged("ann"), "slack:2")
    await one.fire("Disk", resolved=True)
    for _ in range(2):
        with pytest.raises(Declined, match="resolved"):
            await desk.act(1, events.Acknowledged("ann"), "slack:3")


async def test_open_incidents_are_those_that_a_person_heard_of(one: Night) -> None:
    await one.fire("Disk")
    await one.until(lambda: _state(one, "sms", "sent"))
    desk = one.house.desk
    assert [each["id"] for each in await desk.open_incidents(told="ann", via="sms")] == ["1"]
    assert [each["id"] for each in await desk.open_incidents(told="ann")] == ["1"]
    assert await desk.open_incidents(told="ben") == []
    assert [each["id"] for each in await desk.open_incidents()] == ["1"]


async def test_whoever_opts_out_is_reached_by_the_ways_that_are_left(one: Night) -> None:
    await one.house.desk.opt("sms", "+44 7700 900123", out=True)
    await one.fire("Disk")
    await one.until(lambda: one.ways["call"].taken)
    assert one.ways["sms"].taken == []
    await one.house.desk.opt("sms", "+44 7700 900123", out=False)
    await one.fire("Other")
    one.clock.by += 31 * SECOND
    await one.until(lambda: one.ways["sms"].taken)


async def test_one_glance_says_whether_somebody_was_told_when_and_how_we_know(one: Night) -> None:
    await one.fire("Disk")
    await one.until(lambda: _state(one, "sms", "sent"))
    assert await one.house.desk.receipt("sms", "sms-1", Outcome.DELIVERED, "delivered to the handset")
    found = (await one.get("notifications?person=ann"))["items"]
    assert {each["person"] for each in found} == {"ann"}
    text = next(each for each in found if each["channel"] == "sms")
    assert text["evidence"] == "arrived, by the provider's word: delivered to the handset"
    assert (text["sent_at"] is not None, text["receipt"]) == (True, "sms-1")
    assert (await one.get("notifications?person=nobody"))["items"] == []


async def test_a_secret_of_ours_is_made_once(one: Night) -> None:
    values = await asyncio.gather(*(one.house.desk.kept("vapid", f"key {number}") for number in range(5)))
    assert len(set(values)) == 1


async def test_a_page_from_a_colleague_reaches_the_one_who_is_named(one: Night) -> None:
    await one.house.desk.page("ben", "ann", "come and look")
    await one.until(lambda: one.ways["email"].taken)
    assert [message.person for message in one.ways["email"].taken] == ["ben"]
    with pytest.raises(Declined):
        await one.house.desk.page("nobody", "ann", "")


async def test_a_link_that_nobody_was_sent_leads_nowhere(one: Night) -> None:
    with contextlib.suppress(NotFound):
        await one.house.links.acknowledge("made-up", "mallory")
        raise AssertionError("a made-up link acknowledged something")


async def _state(one: Night, via: str, state: str) -> bool:
    return any(row["channel"] == via and row["state"] == state for row in await one.notifications())


def _rows_told(one: Night) -> list[int]:
    """Incidents of which anybody was told by text or call."""
    return sorted({id for via in ("sms", "call") for _, told in one.ways[via].told for id in told})
