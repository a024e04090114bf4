"""What a person does on the page of one incident: the fields of its forms as events, and what is said afterwards.

Law: nothing is decided here; the rules say whether the state allows it. What cannot be read raises Problem 422 with the
field that it concerns.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from escalator.core import events
from escalator.core.book import Book
from escalator.core.events import Event
from escalator.core.incident import Incident
from escalator.core.instant import DAY, Instant, rfc3339
from escalator.web.fields import end_of, targets_of
from escalator.web.pages.forms import Form
from escalator.web.problems import Problem

SPANS: Final = ("15m", "30m", "1h", "2h", "4h", "8h", "12h", "24h")
LONGEST: Final = 10_000
"""Characters of a note, as in the API."""
MOST_LEVELS: Final = 1000


class Ask(NamedTuple):
    """What an act is made of."""

    form: Form
    by: str
    book: Book
    now: Instant

    @property
    def note(self) -> str:
        return _words(self.form, "note")


def act_of(form: Form, by: str, book: Book, now: Instant) -> Event:
    """Raises Problem 422; its `field` names what a person can mend."""
    make = ACTS.get(form.text("act"))
    if make is None:
        raise Problem(422, "Nothing was changed: choose what to do.", field="act")
    return make(Ask(form, by, book, now))


def _acknowledge(ask: Ask) -> Event:
    return events.Acknowledged(ask.by, ask.note)


def _unacknowledge(ask: Ask) -> Event:
    return events.Unacknowledged(ask.by, ask.note)


def _snooze(ask: Ask) -> Event:
    try:
        until = end_of(None, ask.form.text("for"), ask.now, ask.now)
    except Problem as problem:
        raise Problem(422, problem.detail, field="for") from None
    if until > ask.now + DAY:
        raise Problem(422, "A snooze lasts at most 24 hours; for longer, make a silence.", field="for")
    return events.Snoozed(ask.by, until, ask.note)


def _escalate(ask: Ask) -> Event:
    level = ask.form.text("level")
    if not level:
        return events.Escalated(ask.by, None, ask.note)
    if not level.isascii() or not level.isdigit() or not 0 < int(level[:9]) <= MOST_LEVELS:
        raise Problem(422, f"{level[:50]!r} is no level.", field="level")
    return events.Escalated(ask.by, int(level), ask.note)


def _reassign(ask: Ask) -> Event:
    wanted = [each for each in ask.form.many("to") if each]
    if not wanted or len(wanted) > 100:
        raise Problem(422, "Choose whom to page instead.", field="to")
    try:
        targets = targets_of(wanted, ask.book)
    except Problem as problem:
        raise Problem(422, problem.detail, field="to") from None
    return events.Reassigned(ask.by, targets, ask.note)


def _resolve(ask: Ask) -> Event:
    return events.Resolved(ask.by, ask.note)


def _reopen(ask: Ask) -> Event:
    return events.Reopened(ask.by, ask.note)


def _note(ask: Ask) -> Event:
    text = _words(ask.form, "text")
    if not text:
        raise Problem(422, "An empty note says nothing: write it first.", field="text")
    return events.Noted(ask.by, text)


ACTS: Final[dict[str, Callable[[Ask], Event]]] = {
    "acknowledge": _acknowledge,
    "unacknowledge": _unacknowledge,
    "snooze": _snooze,
    "escalate": _escalate,
    "reassign": _reassign,
    "resolve": _resolve,
    "reopen": _reopen,
    "note": _note,
}


def _words(form: Form, name: str) -> str:
    """A text of several lines."""
    text = form.text(name)
    if len(text) > LONGEST:
        raise Problem(422, f"At most {LONGEST} characters; these are {len(text)}.", field=name)
    return text


def said(event: Event, incident: Incident) -> str:
    """What came of it, in a sentence."""
    match event:
        case events.Acknowledged(by=by):
            return _acknowledged(by, incident)
        case events.Unacknowledged():
            return "Taken back: the paging begins again."
        case events.Snoozed(until=until):
            return f"Snoozed until {rfc3339(until)[11:16]} UTC: nobody is paged before."
        case events.Escalated():
            return f"Escalated to level {incident.level}."
        case events.Reopened(by=by):
            return "Open again: " + (f"{by} has it." if incident.acknowledged_by == by else "level 1 is paged now.")
        case events.Reassigned(to=to):
            return f"Reassigned to {', '.join(each.name for each in to)}."
        case events.Resolved(by=by):
            return f"{by} says it is over; it closes when its alerts stop." if incident.open else "Resolved."
        case _:
            return "The note is written down."


def _acknowledged(by: str, incident: Incident) -> str:
    if incident.awaited:
        return f"Acknowledged by {by}; still waiting for {', '.join(incident.awaited)}."
    if incident.acknowledged_by not in (None, by):
        return f"{incident.acknowledged_by} has it already; they keep it."
    return f"Acknowledged by {by}: the paging stops, and everyone who was told hears that."
