"""How one person, or one channel, is paged: which contacts, when, and with what else the message may go out.

Nothing here climbs: which level is due and whom it names is `levels`'.
"""

from escalator.core import direct
from escalator.core.alert import Severity
from escalator.core.draft import Draft, collected, page_priority
from escalator.core.effects import Bundle, Kind, Notify
from escalator.core.hours import Hours, next_closing
from escalator.core.instant import Instant
from escalator.core.notification import Reach, channel_id, contact_id, every_way, reaches, spares
from escalator.core.policy import Target

TEST = "a test of every contact, nothing is wrong"


def page_person(draft: Draft, name: str, target: Target, why: str) -> bool:
    """One row for each step of the person's rules; False: unreachable."""
    found = ways(draft, name, draft.incident.urgency)
    _page_by(draft, name, str(target), found, TEST if direct.is_test(draft.incident.policy) else why)
    if found:
        incident = draft.incident
        draft.set(paged=_with(incident.paged, name), told=_with(incident.told, name), reached=True)
    return bool(found)


def _page_by(draft: Draft, name: str, target: str, found: tuple[Reach, ...], why: str) -> None:
    for step, contact, after in found:
        due = _after_quiet(draft, name, draft.now + after)
        draft.effects.append(message(draft, contact_id(name, contact.via), contact.via, name, target, step, due, why))


def _after_quiet(draft: Draft, name: str, due: Instant) -> Instant:
    """Quiet hours delay what is of low urgency; a test was asked for by somebody who waits for it."""
    hours = _quiet(draft, name)
    return due if hours is None else next_closing(hours, due)


def _quiet(draft: Draft, name: str) -> Hours | None:
    """The person's quiet hours, where they hold back such a page."""
    hours = draft.book.hours.get(draft.book.people[name].quiet or "")
    wakes = draft.incident.high or direct.is_test(draft.incident.policy)
    return None if wakes else hours


def quiet_hours(draft: Draft, name: str) -> str | None:
    """The name of the quiet hours that hold back a page to this person now."""
    hours = _quiet(draft, name)
    return draft.book.people[name].quiet if hours is not None and next_closing(hours, draft.now) > draft.now else None


def page_spares(draft: Draft, name: str) -> tuple[str, ...]:
    """Pages a person, once for each attempt, by what was kept back because nobody verified it; returns the ways."""
    incident, person = draft.incident, draft.book.people.get(name)
    mark = (incident.round, incident.level, incident.attempt, name)
    if person is None or mark in incident.spared or direct.is_test(incident.policy):
        return ()
    found = spares(person, draft.facts.unusable, draft.facts.unverified)
    if found:
        draft.set(spared=(*incident.spared[-9:], mark))
        _page_by(draft, name, f"person {name}", found, "every verified contact failed")
    return tuple(reach.contact.via for reach in found)


def ways(draft: Draft, name: str, urgency: str = "high") -> tuple[Reach, ...]:
    """By which contacts a page reaches a person now."""
    person, facts = draft.book.people.get(name), draft.facts
    if person is None:
        return ()
    if direct.is_test(draft.incident.policy):
        return every_way(person, facts.unusable)
    return reaches(person, urgency, draft.book.rules, facts.unusable, facts.unverified)


def page_channel(draft: Draft, target: Target, why: str) -> bool:
    channel = draft.book.channels.get(target.name)
    contact = channel_id(target.name)
    if channel is None or contact in draft.facts.unusable:
        return False
    draft.effects.append(message(draft, contact, channel.via, None, str(target), 0, draft.now, why))
    return True


def message(
    draft: Draft, contact: str, via: str, person: str | None, target: str, step: int, not_before: Instant, reason: str
) -> Notify:
    incident = draft.incident
    return Notify(
        Kind.PAGE, contact, via, person, target, incident.round, incident.level, incident.attempt, step,
        page_priority(incident.severity, incident.high), collected(incident, not_before), reason,
        _bundle(draft, person),
    )  # fmt: skip


def _bundle(draft: Draft, person: str | None) -> Bundle:
    first = person is not None and person not in draft.incident.told and draft.incident.severity is Severity.CRITICAL
    if draft.incident.storm:
        return Bundle.FIRST_IN_STORM if first else Bundle.STORM
    return Bundle.ALONE if first or direct.is_test(draft.incident.policy) else Bundle.CAPPED


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)
