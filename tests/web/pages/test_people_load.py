"""What a person's page works out: pages by day and night, hours on call, rules in words, and when they were paged."""

from collections.abc import Mapping
from datetime import datetime

import pytest
from sqlalchemy import Connection

from escalator.core.instant import DAY, HOUR, MINUTE, WEEK
from escalator.core.oncall import Contact, Every, Layer, Override, Person, Schedule, Step
from escalator.core.paging import TEST
from escalator.engine.contacts import Standing, State
from escalator.store import paged
from escalator.store.db import Database
from escalator.web.pages.oncall.load import HIGH, bars, load, weeks
from escalator.web.pages.oncall.rules import rules_of, said
from escalator.web.pages.oncall.seats import seats, turns
from tests.core.zones import at, utc
from tests.store.seeds import START, put_notification
from tests.store.test_listing import seed
from tests.store.test_plans import connection, plans

__all__ = ["connection"]  # a fixture

LONDON, NEW_YORK = "Europe/London", "America/New_York"
NOW = utc("2026-03-04T12:00")
"""A Wednesday."""


def test_a_page_counts_as_by_night_by_the_clock_of_who_was_woken() -> None:
    pages = [utc("2026-03-03T03:00"), utc("2026-03-03T12:00"), utc("2026-02-24T23:00"), utc("2020-01-01T00:00")]
    london = load(weeks(LONDON, NOW), pages, [], LONDON)
    assert [(each.monday.isoformat(), each.days, each.nights) for each in london[-2:]] == [
        ("2026-02-23", 0, 1), ("2026-03-02", 1, 1),
    ]  # fmt: skip
    # 03:00 in London is 22:00 of the day before in New York; 23:00 there is 18:00.
    new_york = load(weeks(NEW_YORK, NOW), pages, [], NEW_YORK)
    assert [(each.days, each.nights, each.pages) for each in new_york[-2:]] == [(1, 0, 1), (1, 1, 2)]
    assert len(london) == 8
    assert sum(each.pages for each in london) == 3


def test_an_hour_for_two_schedules_is_one_hour_and_a_week_in_which_clocks_change_has_167() -> None:
    now = at(LONDON, "2026-03-29T23:00")
    since, until = at(LONDON, "2026-03-23T00:00"), at(LONDON, "2026-03-30T00:00")
    (last,) = load(weeks(LONDON, now, 1), [], [(since - DAY, until + DAY), (since, until)], LONDON)
    # eight hours of each of seven nights, less the one that was skipped
    assert (last.hours, last.night_hours) == (167, 55)


def test_bars_are_as_high_as_their_share_of_the_worst_week_and_no_pages_make_none() -> None:
    quiet = load(weeks("UTC", NOW), [], [], "UTC")
    assert {(bar.day, bar.night) for bar in bars(quiet)} == {(0, 0)}
    busy = load(weeks("UTC", NOW), [NOW, NOW, utc("2026-03-03T01:00"), NOW - WEEK], [], "UTC")
    assert [(bar.day, bar.night) for bar in bars(busy)][-2:] == [
        (round(HIGH / 3, 1), 0),
        (round(HIGH * 2 / 3, 1), round(HIGH / 3, 1)),
    ]


# --- when they were paged -------------------------------------------------------------------------------------------


async def test_a_page_by_many_contacts_is_one_and_news_tests_and_what_was_called_back_are_none(
    database: Database,
) -> None:
    def fill(connection: Connection) -> None:
        put_notification(connection, 1, 1)
        put_notification(connection, 2, 1, contact="person/alice/sms", created_at=START + MINUTE)
        put_notification(connection, 3, 1, level=2, created_at=START + 5 * MINUTE)
        put_notification(connection, 4, 1, kind="update")
        put_notification(connection, 5, 2, state="cancelled")
        put_notification(connection, 6, 3, person="bob", contact="person/bob/email")
        put_notification(connection, 7, 4, created_at=START - DAY)
        put_notification(connection, 8, 5, reason=TEST)

    await seed(database, fill)
    found = await database.read(lambda c: paged.pages(c, "alice", START, START + DAY))
    assert found == [START, START + 5 * MINUTE]
    assert await database.read(lambda c: paged.pages(c, "bob", START, START + DAY)) == [START]
    assert await database.read(lambda c: paged.pages(c, "nobody", START, START + DAY)) == []


def test_one_persons_pages_are_found_by_an_index_however_many_there_are(connection: Connection) -> None:
    steps = plans(connection, lambda c: paged.pages(c, "alice", START, START + DAY))
    assert any("INDEX outbox_paged (person=? AND created_at>? AND created_at<?)" in step for step in steps), steps


# --- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([("push", 0), ("email", 0), ("sms", 0)], "At once by push, email and sms."),
        ([("push", 0), ("call", 2 * MINUTE)], "At once by push, after 2m by call."),
        # Rules may be written in any order: what comes first is said first.
        ([("call", 90_000_000), ("push", 0)], "At once by push, after 90s by call."),
        ([], ""),
    ],
)
def test_rules_are_said_in_words(steps: list[tuple[str, int]], words: str) -> None:
    assert said(steps) == words


PUSH, CALL, MAIL = (Contact("push", "browser"), Contact("call", "secret:A"), Contact("email", "a@example.com"))


def standings(**states: State) -> list[Standing]:
    return [Standing("alice", via, "x", state) for via, state in states.items()]


@pytest.mark.parametrize(
    ("own", "ours", "written", "whose"),
    [
        ({}, {}, "At once by push and email, after 2m by call.", "the default"),
        ({}, {"high": (Step("email"),)}, "At once by email.", "the organisation's rule"),
        ({"high": (Step("call"),)}, {"high": (Step("email"),)}, "At once by call.", "alice's own rule"),
    ],
)
def test_a_rule_says_whose_it_is(
    own: Mapping[str, tuple[Step, ...]], ours: Mapping[str, tuple[Step, ...]], written: str, whose: str
) -> None:
    person = Person("alice", (PUSH, CALL, MAIL), rules=own)
    high, low = rules_of(person, ours, standings(push="verified", call="verified", email="verified"))
    assert (high.urgency, high.written, high.whose, high.now) == ("high", written, whose, "")
    assert (low.urgency, low.written) == ("low", "At once by email.")


def test_what_would_happen_now_is_said_where_it_is_not_what_is_written() -> None:
    person = Person("alice", (PUSH, CALL, MAIL))
    high, _ = rules_of(person, {}, standings(push="not usable", call="verified", email="unverified"))
    assert high.now == "At once by call."
    nobody, _ = rules_of(person, {}, standings(push="not usable", call="opted out", email="not usable"))
    assert nobody.now == "Nobody is reached."
    none, _ = rules_of(Person("alice", ()), {}, [])
    assert (none.written, none.now) == ("No contact, so no page.", "")


# --- seats ----------------------------------------------------------------------------------------------------------

SECOND_OF_MARCH, TENTH_OF_MARCH = datetime(2026, 3, 2), datetime(2026, 3, 10)  # noqa: DTZ001 - wall-clock
ROTA = Schedule("rota", "UTC", (Layer(("alice", "bob"), Every(1, "w"), SECOND_OF_MARCH, "UTC"),))
ENDING = Schedule("ending", "UTC", (Layer(("alice",), Every(1, "w"), SECOND_OF_MARCH, "UTC", None, TENTH_OF_MARCH),))


def test_a_seat_knows_now_and_next_and_every_gap_of_14_days() -> None:
    rota, ending = seats([ROTA, ENDING], (), NOW)
    assert (rota.now["person"], rota.now["then"], rota.gaps) == ("alice", "bob", ())
    assert ending.gaps == ((utc("2026-03-10T00:00"), NOW + 14 * DAY),)
    assert ending.uncovered == NOW + 14 * DAY - utc("2026-03-10T00:00")


def test_an_override_of_one_schedule_fills_no_gap_of_another() -> None:
    covers = Override("ending", "bob", utc("2026-03-09T00:00"), NOW + 20 * DAY, "", "o1")
    other = covers._replace(schedule="rota")
    assert seats([ENDING], (covers,), NOW)[0].gaps == ()
    assert seats([ENDING], (other,), NOW)[0].gaps != ()


def test_a_persons_turns_come_from_all_schedules_in_the_order_of_time() -> None:
    covers = Override("ending", "bob", NOW + 2 * HOUR, NOW + 3 * HOUR, "dentist", "o1")
    found = turns([ROTA, ENDING], (covers,), "bob", NOW, NOW + 10 * DAY)
    assert [(turn.schedule, turn.starts_at, turn.swapped) for turn in found] == [
        ("ending", NOW + 2 * HOUR, "dentist"), ("rota", utc("2026-03-09T00:00"), ""),
    ]  # fmt: skip
    assert turns([ROTA, ENDING], (covers,), "zoe", NOW, NOW + 10 * DAY) == []
