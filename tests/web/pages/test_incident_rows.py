"""What stands in a row of the list: the next step, who has it, the labels that tell, the last day. Values, no doors."""

from dataclasses import replace
from typing import Any

import pytest

from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.hours import Hours
from escalator.core.incident import Incident, Status
from escalator.core.instant import HOUR, MINUTE
from escalator.core.policy import Level, Policy, Target
from escalator.store.board import HOURS, NOTHING, Card, Day
from escalator.web.pages.incidents.rows import row, telling, who
from escalator.web.pages.incidents.spark import spark
from escalator.web.pages.incidents.steps import Step, next_step
from tests.web.fakes import NOW

BOB = (Target("person", "bob"),)
SOON = NOW + 4 * MINUTE


def book(*levels: Level, **policy: Any) -> Book:
    hours = {"always": Hours("always", "UTC", 0, 1440), "never": Hours("never", "UTC", 0, 1, days=frozenset())}
    mine = Policy("page", levels or (Level(BOB), Level(BOB), Level(BOB)), **policy)
    return Book(policies={"page": mine, "last": Policy("last", (Level(BOB),))}, catch_all="last", hours=hours)


def incident(status: Status = Status.TRIGGERED, **fields: Any) -> Incident:
    high = fields.pop("high", True)
    return Incident(
        12, 12, "r", "page", 1, Severity.CRITICAL, high, "DiskFull db-1", {}, NOW, status=status, level_at=SOON
    )._replace(**fields)


A, S, R = Status.ACKNOWLEDGED, Status.SNOOZED, Status.RESOLVED
TWICE = (Level(BOB, attempts=2), Level(BOB))
ONE = (Level(BOB),)
GUARDED = (Level(BOB), Level(BOB, severities=frozenset({Severity.INFO})), Level(BOB, during="never"), Level(BOB))


@pytest.mark.parametrize(
    ("given", "rules", "expected"),
    [
        # before the first page, and on the way up
        (incident(), book(), Step("pages level 1", SOON)),
        (incident(level=1, attempt=1), book(), Step("pages level 2", SOON)),
        # a level that pages twice
        (incident(level=1, attempt=1), book(*TWICE), Step("pages level 1 again", SOON)),
        (incident(level=1, attempt=2), book(*TWICE), Step("pages level 2", SOON)),
        # levels that do not apply are passed over
        (incident(level=1, attempt=1), book(*GUARDED), Step("pages level 4", SOON)),
        # after the last: urgent ones begin again, others stop, and what was repeated enough is handed over
        (incident(level=3, attempt=1, reached=True), book(), Step("begins again at level 1", SOON)),
        (incident(level=3, attempt=1, high=False), book(), Step("stops paging", SOON)),
        (incident(level=3, attempt=1, passes=1), book(repeat=1), Step("goes to last", SOON)),
        (incident(level=1, attempt=1, passes=0), book(*ONE, repeat=1), Step("begins again at level 1", SOON)),
        (incident(policy="last", level=1, attempt=1, passes=4), book(), Step("begins again at level 1", SOON)),
        (incident(desperate=True), book(), Step("pages everyone", SOON)),
        (incident(policy="gone"), book(), Step("goes to last", SOON)),
        # what withholds pages
        (incident(silenced=True, level_at=None, unmute_at=SOON), book(),
         Step("silenced; the silence ends", SOON, quiet=True)),
        (incident(unconfirmed=True, level_at=None), book(),
         Step("its sender went silent: nobody is paged", quiet=True)),
        (incident(level_at=None), book(),
         Step("its policy is walked to the end: nobody is paged any more", quiet=True)),
        # held
        (incident(A, level_at=None, lapse_at=SOON), book(), Step("acknowledgement lapses", SOON)),
        (incident(A, level_at=None, lapse_at=SOON, held_by="bob"), book(), Step("still fires: pages again", SOON)),
        (incident(A, level_at=None), book(), Step("held until it is resolved", quiet=True)),
        (incident(S, level_at=None, snooze_at=SOON), book(), Step("snooze ends", SOON)),
        # over, or nearly
        (incident(R, level_at=None), book(), Step("nothing: it is over", quiet=True)),
        (incident(R, level_at=None, hold_at=SOON), book(),
         Step("fires again, unless that is a stale copy:", SOON)),
    ],
)  # fmt: skip
def test_the_next_step_is_what_its_deadlines_and_its_policy_say(given: Incident, rules: Book, expected: Step) -> None:
    assert next_step(given, rules) == expected


def test_hours_are_asked_of_the_instant_at_which_the_level_comes() -> None:
    night = Hours("night", "UTC", 0, 1440, days=frozenset({2}))
    rules = replace(book(Level(BOB), Level(BOB, outside="night"), Level(BOB)), hours={"night": night})
    wednesday = next(at for at in range(NOW, NOW + 200 * HOUR, HOUR) if (at // (24 * HOUR) + 3) % 7 == 2)
    at = {
        when: next_step(incident(level=1, attempt=1, level_at=when), rules).text
        for when in (wednesday, wednesday + 24 * HOUR)
    }
    assert at == {wednesday: "pages level 3", wednesday + 24 * HOUR: "pages level 2"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (incident(), ("nobody paged yet", (), 0)),
        # the last one first; at most two names
        (incident(told=("alice", "bob", "carol"), paged=("alice", "bob")), ("paged", ("bob", "alice"), 0)),
        (incident(told=("alice", "bob", "carol")), ("paged", ("carol", "bob"), 1)),
        (incident(awaited=("alice", "bob"), told=("alice", "bob")), ("waits for", ("alice", "bob"), 0)),
        (incident(A, acknowledged_by="bob"), ("has it:", ("bob",), 0)),
        (incident(S, acknowledged_by="bob"), ("has it:", ("bob",), 0)),
        (incident(R, acknowledged_by="bob"), ("had by", ("bob",), 0)),
        (incident(R), ("", (), 0)),
    ],
)
def test_who_has_it_or_was_paged_last(given: Incident, expected: tuple[str, tuple[str, ...], int]) -> None:
    assert who(given) == expected


def test_labels_that_the_title_says_already_or_that_are_empty_say_nothing() -> None:
    labels = {"alertname": "DiskFull", "team": "db", "env": ""}
    assert telling(labels, "DiskFull db-1") == [("team", "db")]
    assert telling(labels, "The disk is full") == [("alertname", "DiskFull"), ("team", "db")]


def test_a_row_names_a_few_labels_and_says_how_many_more_there_are() -> None:
    many = {f"l{n}": "x" for n in range(5)}
    shown = row(Card(incident(labels=many, firing=2), 7, NOTHING), book())
    assert ([name for name, _ in shown["labels"]], shown["more_labels"]) == (["l0", "l1", "l2"], 2)
    assert (shown["firing"], shown["alerts"], shown["spark"]) == (2, 7, None)


def test_an_incident_without_a_title_has_its_number() -> None:
    assert row(Card(incident(title=""), 1, NOTHING), book())["title"] == "Incident 12"


def hours(**counts: int) -> tuple[int, ...]:
    return tuple(counts.get(f"h{n}", 0) for n in range(HOURS))


def test_a_day_is_two_paths_and_a_sentence() -> None:
    drawn = spark(Day(hours(h0=1, h23=100), hours(h5=2)))
    assert drawn is not None
    assert drawn.title == "In the last 24 hours 101 alerts fired and 2 messages left"
    # One alert is seen beside a hundred; the hundred fill the height.
    assert drawn.bars == "M2 19v-2M94 19v-14"
    assert drawn.dots == "M22 2h0"
    one = spark(Day(hours(h1=1), hours()))
    assert one is not None
    assert one.title == "In the last 24 hours 1 alert fired and 0 messages left"


def test_a_day_without_anything_is_no_picture() -> None:
    assert spark(NOTHING) is None
