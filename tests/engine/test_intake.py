"""Everything that comes in: copies, poison, storms, heartbeats, what is dropped or silenced, what we say ourselves."""

import asyncio
import time

import pytest

from escalator.core.alert import Matcher, Silence
from escalator.core.book import HEARTBEAT_LABEL
from escalator.core.episodes import State
from escalator.core.instant import HOUR, MINUTE, SECOND
from escalator.core.policy import Heartbeat, Route
from escalator.engine.intake import Unwritable
from escalator.engine.world import Made
from escalator.store.db import Unavailable
from tests.engine.corpus import delivery
from tests.engine.desk import Desk, alert, book, delivery_of, desk


async def test_copies_of_one_body_through_two_replicas_are_one_incident_and_one_page(postgresql_url: str) -> None:
    body = delivery("047-dual-webhook-1.json")
    async with desk(postgresql_url) as one, desk(postgresql_url) as two:
        await asyncio.gather(*(each.intake.accept(body) for each in [one, two] * 20))
        assert [(case.firing, case.pages) for case in await one.incidents()] == [(1, 1)]
        assert [known.episodes for known in await one.alerts()] == [1]


async def test_two_replicas_share_a_storm_of_one_group_without_losing_or_doubling(postgresql_url: str) -> None:
    """Each replica hears of each host twice, in an order of its own, while the incident changes under both."""
    bodies = [delivery_of(alert(instance=f"host{number}")) for number in range(60)]
    async with desk(postgresql_url) as one, desk(postgresql_url) as two:
        await asyncio.gather(
            *(one.intake.accept(body) for body in bodies * 2),
            *(two.intake.accept(body) for body in reversed(bodies * 2)),
        )
        assert [(case.firing, case.pages) for case in await one.incidents()] == [(60, 1)]
        assert {known.episodes for known in await one.alerts()} == {1}
        ends = [delivery_of(alert(firing=False, instance=f"host{number}")) for number in range(60)]
        await asyncio.gather(*(one.intake.accept(body) for body in ends), *(two.intake.accept(body) for body in ends))
        assert [(case.open, case.firing) for case in await two.incidents()] == [(False, 0)]


async def test_a_firing_and_its_resolve_through_two_replicas_end_as_one_incident(postgresql_url: str) -> None:
    async with desk(postgresql_url) as one, desk(postgresql_url) as two:
        for number in range(20):
            fired = delivery_of(alert(instance=str(number), service=str(number)))
            ended = delivery_of(alert(firing=False, instance=str(number), service=str(number)))
            await asyncio.gather(one.intake.accept(fired), two.intake.accept(ended))
        cases = await one.incidents()
    assert len(cases) == 20
    # Either order may win; a resolve that was heard first leaves an incident that pages only after its hold.
    assert {(case.open, case.pages) for case in cases} <= {(False, 0), (False, 1), (True, 0)}


async def test_a_delivery_that_can_never_be_stored_leaves_the_others_alone(database_url: str) -> None:
    good = [delivery_of(alert(instance=str(number), service=str(number))) for number in range(100)]
    poison = delivery_of(alert(instance="poison")._replace(generator_url="\ud800"))
    async with desk(database_url) as one:
        answers = await asyncio.gather(
            *(one.intake.accept(each) for each in [*good[:50], poison, *good[50:]]), return_exceptions=True
        )
        assert answers[:50] + answers[51:] == [1] * 100
        assert isinstance(answers[50], Unwritable)
        assert len(await one.incidents()) == 100
        assert sum(firing for _, firing, _ in one.counted) == 100


async def test_without_a_commit_nothing_is_promised_and_nothing_is_counted(sqlite_url: str) -> None:
    async with desk(sqlite_url) as one:
        await one.database.close()
        with pytest.raises(Unavailable):
            await one.intake.accept(delivery_of(alert()))
        assert (one.counted, one.wakes) == ([], [])


async def test_bytes_that_cannot_be_read_are_kept_and_somebody_is_told_once(database_url: str) -> None:
    async with desk(database_url) as one:
        for _ in range(3):
            await one.intake.quarantine("alertmanager", b"\xff\x00garbage", "not UTF-8")
        assert await one.one("SELECT COUNT(*) FROM quarantine") == 3
        assert bytes(await one.one("SELECT body FROM quarantine")) == b"\xff\x00garbage"
        assert [(case.group[0], case.pages) for case in await one.incidents()] == [("UnparsableWebhook", 1)]


async def test_the_same_complaint_is_the_same_alert_until_it_is_settled(database_url: str) -> None:
    async with desk(database_url) as one:
        for _ in range(3):
            await one.intake.complain("IngestUnauthorized", "a rotated token", {"integration": "alertmanager"})
            one.clock.now += SECOND
        await one.intake.complain("IngestUnauthorized", "another", {"integration": "grafana"})
        assert [(case.open, case.firing, case.pages) for case in await one.incidents()] == [(True, 2, 1)]
        for source in ("alertmanager", "grafana"):
            await one.intake.settle("IngestUnauthorized", {"integration": source})
        assert [case.open for case in await one.incidents()] == [False]


async def test_a_body_of_ten_thousand_alerts_is_one_commit(database_url: str) -> None:
    body = delivery_of(*(alert(instance=str(number)) for number in range(10_000)))
    async with desk(database_url) as one:
        before = time.monotonic()
        assert await one.intake.accept(body) == 10_000
        # An item waits 5 s for its commit at most, so it was faster; the repeat must be, too.
        assert await one.intake.accept(body) == 10_000
        assert time.monotonic() - before < 10
        assert [(case.firing, case.pages) for case in await one.incidents()] == [(10_000, 1)]


async def test_a_heartbeat_opens_nothing_and_its_silence_does(database_url: str) -> None:
    beat = Heartbeat("prometheus", (Matcher("alertname", "=", "Watchdog"),), 5 * MINUTE, "page")
    async with desk(database_url, book(heartbeats=(beat,))) as one:
        for _ in range(3):
            await one.intake.accept(delivery_of(alert(one.clock.now, alertname="Watchdog")))
            one.clock.now += MINUTE
        assert await one.incidents() == []
        assert await one.one("SELECT last_seen FROM heartbeat") == one.clock.now - MINUTE
        await one.intake.complain("HeartbeatMissed", "silent", {HEARTBEAT_LABEL: "prometheus"})
        assert [case.pages for case in await one.incidents()] == [1]


async def test_what_a_route_drops_opens_nothing_and_is_still_counted_as_received(database_url: str) -> None:
    drop = Route("routes[0]", (Matcher("env", "=", "dev"),), {}, drop="nobody looks at it")
    async with desk(database_url, book(routes=(drop,))) as one:
        await one.intake.accept(delivery_of(alert(env="dev"), alert(env="prod")))
        await one.intake.accept(delivery_of(alert(env="dev", firing=False)))
        assert [(case.firing, case.pages) for case in await one.incidents()] == [(1, 1)]
        assert one.counted == [("alertmanager", 2, 0), ("alertmanager", 0, 1)]


async def silenced(one: Desk) -> None:
    window = Silence("s1", (Matcher("env", "=", "dev"),), one.clock.now - 1, one.clock.now + HOUR, "bob", "migration")
    one.world.renew(Made((window,)))


async def test_a_silenced_alert_shows_and_pages_when_the_silence_ends(database_url: str) -> None:
    async with desk(database_url) as one:
        await silenced(one)
        await one.intake.accept(delivery_of(alert(env="dev")))
        assert [(case.open, case.pages) for case in await one.incidents()] == [(True, 0)]
        one.world.renew(Made())
        await one.pass_time(HOUR)
        assert [(case.open, case.pages) for case in await one.incidents()] == [(True, 1)]


async def test_an_alert_that_no_silence_covers_pages_in_a_silenced_group(database_url: str) -> None:
    async with desk(database_url) as one:
        await silenced(one)
        await one.intake.accept(delivery_of(alert(env="dev")))
        await one.intake.accept(delivery_of(alert(env="prod")))
        assert [(case.firing, case.pages) for case in await one.incidents()] == [(2, 1)]


async def test_a_missed_refresh_stops_paging_and_a_repeat_begins_again(database_url: str) -> None:
    async with desk(database_url) as one:
        await one.intake.accept(delivery_of(alert(one.clock.now)))
        await one.pass_time(5 * HOUR)
        assert [known.state for known in await one.alerts()] == [State.UNCONFIRMED]
        assert [(case.open, case.pages) for case in await one.incidents()] == [(True, 1)]
        await one.intake.accept(delivery_of(alert(one.clock.now, ago=5 * HOUR)))
        assert [known.state for known in await one.alerts()] == [State.FIRING]
        assert [(case.open, case.pages) for case in await one.incidents()] == [(True, 2)]


async def test_a_replica_that_lost_the_race_for_a_number_still_opens_its_incident(postgresql_url: str) -> None:
    bodies = [delivery_of(alert(instance=str(number), service=str(number % 7))) for number in range(70)]
    async with desk(postgresql_url) as one, desk(postgresql_url) as two:
        await asyncio.gather(*(each.intake.accept(body) for body in bodies for each in (one, two)))
        cases = await one.incidents()
    assert sorted((case.firing, case.pages) for case in cases) == [(10, 1)] * 7
