"""Every cell of the table: each event in each state. What a cell does in detail is told by the other files."""

from contextlib import suppress
from typing import get_args

import pytest

from escalator.core import events
from escalator.core.effects import Facts, Refused
from escalator.core.escalation import COLUMNS, DEADLINES, TABLE, Ignored, Impossible, Refuse, step
from escalator.core.events import Event
from escalator.core.incident import Incident, Status
from escalator.core.instant import HOUR, MINUTE
from tests.core.books import CRITICAL, NOON, Walk, book, level, policy, sound, target

BOOK = book(policy("main", level("bob"), level("carol")))

EXAMPLES: list[Event] = [
    events.Fired(1),
    events.Joined(2, (("cluster", "north"),)),
    events.Worsened(CRITICAL),
    events.Cleared(1),
    events.SourceResolved(3),
    events.Held(1, NOON + MINUTE),
    events.Unheld(1),
    events.Blinked(1),
    events.Refired(2),
    events.LevelDue(),
    events.LapseDue(),
    events.SnoozeDue(),
    events.SilenceDue(),
    events.HoldDue(1),
    events.StaleDue(3, NOON + HOUR),
    events.DigestDue(),
    events.Refreshed(NOON + HOUR),
    events.Silenced(NOON + HOUR, "migration"),
    events.Unreachable(1, 1, 1, "ann", everyone=True),
    events.PolicyChanged(2),
    events.Acknowledged("carol"),
    events.Unacknowledged("carol"),
    events.Snoozed("carol", NOON + 2 * HOUR),
    events.Escalated("carol", 2),
    events.Reassigned("carol", (target("dave"),)),
    events.Resolved("carol"),
    events.Reopened("carol"),
    events.Noted("carol", "looking at it"),
]


def incident_that_is(status: Status) -> Incident:
    """Paged bob with three alerts firing; then held by bob, or over."""
    walk = Walk(BOOK).opens(firing=3)
    if status is Status.ACKNOWLEDGED:
        walk.does(events.Acknowledged("bob"))
    if status is Status.SNOOZED:
        walk.does(events.Snoozed("bob", NOON + HOUR))
    if status is Status.RESOLVED:
        walk.does(events.SourceResolved(3))
    return walk.state


def incident_for(event: Event, status: Status) -> Incident:
    """A resolve can be taken back where there is one: of what fires still, by hand."""
    held = isinstance(event, events.Reopened) and status is Status.ACKNOWLEDGED
    found = incident_that_is(status)
    return step(found, events.Resolved("carol"), BOOK, Facts(), NOON).incident if held else found


CELLS = [(event, status) for event in EXAMPLES for status in Status]
NAMES = [f"{type(event).__name__}-{status}" for event, status in CELLS]


def cell_of(event: Event, status: Status) -> object:
    return TABLE[type(event)][COLUMNS[status]]


def test_the_table_has_a_row_for_each_event_and_no_other() -> None:
    assert set(TABLE) == set(get_args(Event))
    assert {type(event) for event in EXAMPLES} == set(TABLE)


def test_the_table_has_a_column_for_each_status() -> None:
    assert sorted(COLUMNS) == sorted(Status)
    assert sorted(COLUMNS.values()) == list(range(len(Status)))
    assert {len(row) for row in TABLE.values()} == {len(Status)}


@pytest.mark.parametrize(("event", "status"), CELLS, ids=NAMES)
def test_each_cell_keeps_its_word(event: Event, status: Status) -> None:
    before, cell = incident_for(event, status), cell_of(event, status)
    if cell is None:
        with pytest.raises(Impossible, match=f"{type(event).__name__} reached incident 1, which is {status}"):
            step(before, event, BOOK, Facts(), NOON)
        return
    if isinstance(cell, Refuse):
        with pytest.raises(Refused) as refused:
            step(before, event, BOOK, Facts(), NOON)
        assert len(str(refused.value).split()) >= 4, "a refusal that explains nothing"
        return
    done = step(before, event, BOOK, Facts(), NOON)
    sound(before, done, BOOK, NOON)
    if isinstance(cell, Ignored):
        name = DEADLINES.get(type(event))
        forgotten = before._replace(**{name: None}) if name else before
        assert done.incident == forgotten._replace(version=before.version + 1)
        assert done.effects == ()
        assert [entry.event for entry in done.entries] == ["ignored"]
        assert cell.reason in done.entries[0].reason


@pytest.mark.parametrize(("event", "status"), CELLS, ids=NAMES)
def test_a_step_leaves_the_incident_that_it_was_given_as_it_was(event: Event, status: Status) -> None:
    before = incident_that_is(status)
    with suppress(Refused, Impossible):
        step(before, event, BOOK, Facts(), NOON)
    assert before == incident_that_is(status)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_the_same_step_on_the_same_facts_is_the_same(event: Event) -> None:
    before = incident_that_is(Status.TRIGGERED)
    if not isinstance(cell_of(event, Status.TRIGGERED), Refuse | None):
        assert step(before, event, BOOK, Facts(), NOON) == step(before, event, BOOK, Facts(), NOON)


@pytest.mark.parametrize(
    ("event", "status"),
    [
        # once resolved nothing makes it live again but a firing, or a person who takes it back
        (event, Status.RESOLVED)
        for event in EXAMPLES
        if not isinstance(event, events.Refired | events.HoldDue | events.Reopened)
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_over_stays_over_unless_it_fires_again_or_a_person_takes_it_back(event: Event, status: Status) -> None:
    try:
        after = step(incident_that_is(status), event, BOOK, Facts(), NOON).incident
    except (Refused, Impossible):
        return
    assert after.status is Status.RESOLVED


def test_every_ignored_deadline_is_forgotten_so_that_it_does_not_come_due_again() -> None:
    ignored = {type(event) for event, status in CELLS if isinstance(cell_of(event, status), Ignored)}
    deadlines = {kind for kind in ignored if kind.__name__.endswith("Due")}
    assert deadlines == set(DEADLINES)
