"""What a real Alertmanager sent, in every order: our intake reaches what the oracle of the rules reaches."""

import asyncio
import json
import random
from collections.abc import Sequence
from itertools import permutations

import pytest

from escalator.core.alert import Severity
from escalator.core.episodes import State
from escalator.core.instant import SECOND
from escalator.engine.intake import Delivery
from tests.engine.corpus import AFTER, BODIES, SEQUENCES, deliveries, delivery
from tests.engine.desk import Desk, Seen, alert, delivery_of, desk
from tests.engine.oracle import Oracle

STEP = SECOND
HOLD = 61 * SECOND
STATES = {State.FIRING: "open", State.RESOLVED: "resolved", State.HELD: "held", State.RECORDED: "recorded"}


def judged(oracle: Oracle) -> list[Seen]:
    return sorted(
        Seen(group, case.open, len(case.firing) if case.open else 0, case.pages) for group, case in oracle.cases.items()
    )


async def agrees(desk: Desk, oracle: Oracle) -> None:
    """Incidents, pages and every alert's newest episode are what the rules say."""
    assert sorted(await desk.incidents()) == judged(oracle)
    known = await desk.alerts()
    expected = {fp: thing for (_, fp), thing in oracle.things.items() if fp != "rest" and thing.episodes}
    told = {alert.fingerprint: alert for alert in known if alert.fingerprint in expected}
    assert {fp: STATES[a.state] for fp, a in told.items()} == {fp: thing.state for fp, thing in expected.items()}
    assert {fp: a.episodes for fp, a in told.items()} == {fp: thing.episodes for fp, thing in expected.items()}
    for fingerprint, thing in expected.items():
        if thing.state == "open":
            assert (told[fingerprint].first_start, told[fingerprint].last_start) == (thing.first, thing.newest)
        else:
            assert told[fingerprint].ends_at == thing.ends


async def replay(desk: Desk, bodies: Sequence[Delivery]) -> Oracle:
    """One after the other, a second apart, compared after each; then until every hold has ended."""
    oracle = Oracle()
    for each in bodies:
        await desk.intake.accept(each)
        oracle.deliver(each, desk.clock.now)
        await agrees(desk, oracle)
        await desk.pass_time(STEP)
    await desk.pass_time(HOLD)
    oracle.run(desk.clock.now)
    await agrees(desk, oracle)
    return oracle


@pytest.mark.parametrize("sequence", SEQUENCES)
async def test_a_sequence_in_order_reaches_what_the_rules_say(database_url: str, sequence: str) -> None:
    async with desk(database_url) as one:
        await replay(one, deliveries(sequence))


@pytest.mark.parametrize("sequence", SEQUENCES)
async def test_every_body_twice_changes_nothing_more(database_url: str, sequence: str) -> None:
    async with desk(database_url) as one:
        oracle = await replay(one, [each for body in deliveries(sequence) for each in (body, body)])
    single = Oracle()
    for number, each in enumerate(deliveries(sequence)):
        single.deliver(each, AFTER + number * STEP)
    single.run(AFTER + 2 * HOLD)
    assert [case.pages for case in oracle.cases.values()] == [case.pages for case in single.cases.values()]


@pytest.mark.parametrize("sequence", SEQUENCES)
async def test_the_whole_sequence_again_is_stale_and_pages_only_after_the_hold(
    database_url: str, sequence: str
) -> None:
    async with desk(database_url) as one:
        await replay(one, deliveries(sequence) * 2)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("sequence", [name for name, each in SEQUENCES.items() if len(each["files"]) > 1])
async def test_in_any_order_the_rules_hold(database_url: str, sequence: str, seed: int) -> None:
    bodies = deliveries(sequence) * 2
    random.Random(seed).shuffle(bodies)
    async with desk(database_url) as one:
        await replay(one, bodies)


@pytest.mark.parametrize("sequence", SEQUENCES)
async def test_all_at_once_end_as_some_order_would(database_url: str, sequence: str) -> None:
    bodies = deliveries(sequence)
    async with desk(database_url) as one:
        await asyncio.gather(*(one.intake.accept(each) for each in bodies))
        seen = sorted(await one.incidents())
    # A page may have been taken back before it went out, by a resolve that came at the same instant.
    outcomes = []
    for order in permutations(bodies) if len(bodies) < 5 else [bodies]:
        oracle = Oracle()
        for each in order:
            oracle.deliver(each, one.clock.now)
        outcomes.append([case._replace(pages=0) for case in judged(oracle)])
    assert [case._replace(pages=0) for case in seen] in outcomes
    assert all(case.pages <= 1 for case in seen)


async def test_every_captured_body_one_after_the_other(database_url: str) -> None:
    async with desk(database_url) as one:
        await replay(one, [delivery(name) for name in BODIES])


@pytest.mark.parametrize("seed", range(2))
async def test_every_captured_body_shuffled(database_url: str, seed: int) -> None:
    bodies = [delivery(name) for name in BODIES]
    random.Random(seed).shuffle(bodies)
    async with desk(database_url) as one:
        await replay(one, bodies)


EXPECTED = {
    # sequence: incidents, episodes, alerts still open, pages a minute later
    "simple": (1, 1, 0, 1),
    "group-life": (1, 7, 0, 1),
    "repeat": (1, 1, 1, 1),
    # nothing listed was ever seen firing; what was cut off fires
    "truncated": (1, 1, 1, 1),
    "send-resolved-false": (1, 4, 4, 1),
    # the warning opens in the body in which the critical closes: the incident goes on, and nobody is paged anew
    "severity-change": (1, 2, 1, 1),
    "annotation-change": (1, 1, 1, 1),
    "refire": (1, 2, 0, 2),
    "refire-out-of-order": (1, 1, 0, 1),
    "resolved-before-firing": (1, 1, 1, 1),
    "flap": (1, 2, 0, 2),
    "hidden-refire": (1, 1, 1, 1),
    "fanout": (1, 1, 1, 1),
    "dual": (1, 1, 1, 1),
    "storm": (1, 500, 0, 1),
}


@pytest.mark.parametrize("sequence", SEQUENCES)
async def test_a_sequence_ends_as_its_collector_expected(database_url: str, sequence: str) -> None:
    async with desk(database_url) as one:
        for each in deliveries(sequence):
            await one.intake.accept(each)
            await one.pass_time(STEP)
        await one.pass_time(HOLD)
        cases, known = await one.incidents(), await one.alerts()
    alive = sum(alert.state is State.FIRING for alert in known)
    episodes = sum(alert.episodes for alert in known)
    assert (len(cases), episodes, alive, sum(case.pages for case in cases)) == EXPECTED[sequence]


async def test_a_truncated_body_closes_what_it_lists_and_nothing_else(database_url: str) -> None:
    lies = delivery("015-truncated-status-lies.json")
    before = lies._replace(alerts=tuple(each._replace(firing=True, ends_at=None) for each in lies.alerts))
    async with desk(database_url) as one:
        await one.intake.accept(before)
        assert [(case.open, case.firing) for case in await one.incidents()] == [(True, 4)]
        await one.pass_time(STEP)
        # The top level says "resolved", and five alerts that it does not list fire on.
        await one.intake.accept(lies)
        assert [(case.open, case.firing, case.pages) for case in await one.incidents()] == [(True, 1, 1)]
        await one.pass_time(STEP)
        # The next body that lists everything ends it.
        await one.intake.accept(lies._replace(truncated=0))
        assert [case.open for case in await one.incidents()] == [False]


async def test_a_late_resolve_of_an_earlier_episode_closes_nothing(database_url: str) -> None:
    first, second, late, last = deliveries("refire-out-of-order")
    async with desk(database_url) as one:
        for each in (first, second, late):
            await one.intake.accept(each)
        assert [(case.open, case.pages) for case in await one.incidents()] == [(True, 1)]
        await one.intake.accept(last)
        assert [case.open for case in await one.incidents()] == [False]


async def test_resolves_that_appear_again_do_not_move_the_end(database_url: str) -> None:
    bodies = deliveries("group-life")
    ends: dict[str, int] = {}
    async with desk(database_url) as one:
        for each in [*bodies, *bodies[4:], bodies[-1]]:
            await one.intake.accept(each)
            await one.pass_time(STEP)
            now = {alert.fingerprint: alert.ends_at for alert in await one.alerts()}
            assert {fp: now.get(fp) for fp in ends} == ends
            ends = {fp: end for fp, end in now.items() if end is not None}
    assert len(ends) == 7


async def test_a_changed_annotation_is_kept_and_pages_nobody(database_url: str) -> None:
    async with desk(database_url) as one:
        for each in deliveries("annotation-change"):
            await one.intake.accept(each)
        kept = await one.one("SELECT annotations FROM episode")
        assert [case.pages for case in await one.incidents()] == [1]
    assert json.loads(kept) == deliveries("annotation-change")[1].alerts[0].annotations


async def test_a_stale_firing_of_a_resolved_group_waits_and_a_resolve_cancels_it(database_url: str) -> None:
    """Two hosts: one fires and resolves; of the other only the resolve was heard when its old firing arrives."""
    async with desk(database_url) as one:
        now = one.clock.now
        await one.intake.accept(delivery_of(alert(now, instance="a")))
        await one.intake.accept(
            delivery_of(alert(now, firing=False, instance="a"), alert(now, firing=False, instance="b"))
        )
        await one.intake.accept(delivery_of(alert(now, instance="b")))
        assert [(case.open, case.pages) for case in await one.incidents()] == [(False, 1)]
        await one.pass_time(30 * SECOND)
        await one.intake.accept(delivery_of(alert(now, firing=False, instance="b")))
        await one.pass_time(HOLD)
        assert [(case.open, case.pages) for case in await one.incidents()] == [(False, 1)]
        # Once more, and no resolve comes: it was true.
        await one.intake.accept(delivery_of(alert(now, instance="b")))
        await one.pass_time(HOLD)
        assert [(case.open, case.pages) for case in await one.incidents()] == [(True, 2)]


async def test_one_alert_that_is_surely_true_is_not_delayed_by_a_stale_one_beside_it(database_url: str) -> None:
    async with desk(database_url) as one:
        now = one.clock.now
        await one.intake.accept(delivery_of(alert(now, firing=False, instance="a")))
        await one.intake.accept(delivery_of(alert(now, instance="a"), alert(now, instance="b")))
        assert [case.pages for case in await one.incidents()] == [1]


async def test_what_fires_after_its_hold_raises_the_severity_of_its_incident(database_url: str) -> None:
    async with desk(database_url) as one:
        now = one.clock.now
        await one.intake.accept(delivery_of(alert(now, severity="warning")))
        await one.intake.accept(delivery_of(alert(now, firing=False, severity="critical")))
        await one.intake.accept(delivery_of(alert(now, severity="critical")))
        assert [case.pages for case in await one.incidents()] == [1]
        await one.pass_time(HOLD)
        assert [(case.firing, case.pages) for case in await one.incidents()] == [(2, 2)]
        assert await one.one("SELECT severity FROM incident") == Severity.CRITICAL
