"""How one person or channel is told: by which contacts in which order, and what follows when a send fails.

Rules only: which contacts are usable, what a provider answered and the dice for jitter come as arguments.
"""

from collections.abc import Container, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from escalator.core.instant import MINUTE, SECOND, Instant, Span
from escalator.core.oncall import Contact, Person, Step

CALL_AFTER: Span = 2 * MINUTE
"""Default high-urgency rules ring a phone only after the quieter methods had their chance."""

RETRIES: tuple[Span, ...] = (2 * SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND)
RETRY_LAST: Span = 60 * SECOND
RETRY_LONGEST: Span = 10 * MINUTE
"""What a provider may ask for at the most: a Retry-After of a day must not silence a page."""


class Reach(NamedTuple):
    """One contact of a person, and how long after the page it is tried."""

    step: int
    contact: Contact
    after: Span


def contact_id(person: str, via: str) -> str:
    """How the outbox names a person's contact; the address is looked up when it is sent."""
    return f"person/{person}/{via}"


def channel_id(name: str) -> str:
    return f"channel/{name}"


LAST_RESORT = "last-resort"


def default_rules(contacts: Iterable[Contact], urgency: str) -> tuple[Step, ...]:
    """Of the usable contacts. High: all at once, `call` at 2m behind quieter ones. Low: e-mail, else the first."""
    methods = [contact.via for contact in contacts]
    if urgency == "high":
        ring = CALL_AFTER if set(methods) != {"call"} else 0
        return tuple(Step(via, ring if via == "call" else 0) for via in methods)
    return (Step("email" if "email" in methods else methods[0]),) if methods else ()


def reaches(
    person: Person,
    urgency: str,
    rules: Mapping[str, tuple[Step, ...]],
    unusable: frozenset[str],
    unverified: frozenset[str] = frozenset(),
) -> tuple[Reach, ...]:
    """By which contacts a page goes to a person, in order; empty when the person is unreachable.

    Contacts that nobody verified count only where no verified one is left.

    Missing methods are known failures, and known failure accelerates: the first usable step goes now. When no step of
    the rule is usable, every usable contact is: a page by another way is better than none.
    """
    usable = _usable(person, unusable)
    usable = {via: c for via, c in usable.items() if contact_id(person.name, via) not in unverified} or usable
    steps = person.rules.get(urgency) or rules.get(urgency) or default_rules(usable.values(), urgency)
    found = [Reach(index, usable[step.via], step.after) for index, step in enumerate(steps) if step.via in usable]
    if not found:
        found = [Reach(len(steps) + index, contact, 0) for index, contact in enumerate(usable.values())]
    if found and found[0].step > 0:
        found[0] = found[0]._replace(after=0)
    return tuple(found)


def every_way(person: Person, unusable: frozenset[str]) -> tuple[Reach, ...]:
    """Every contact at once, whatever the rules say: a test."""
    return tuple(Reach(index, contact, 0) for index, contact in enumerate(_usable(person, unusable).values()))


def spares(person: Person, unusable: frozenset[str], unverified: frozenset[str]) -> tuple[Reach, ...]:
    """What `reaches` keeps back: unverified contacts of somebody who has verified ones."""
    usable = _usable(person, unusable)
    kept = [contact for via, contact in usable.items() if contact_id(person.name, via) in unverified]
    if len(kept) == len(usable):
        return ()
    return tuple(Reach(SPARE_STEP + index, contact, 0) for index, contact in enumerate(kept))


def left_out(
    person: Person, taken: Container[str], unusable: frozenset[str], unverified: frozenset[str]
) -> list[tuple[str, str]]:
    """The contacts by which a page does not go to a person, each with why: unusable, unverified, not in the rules."""
    return [
        (c.via, _why_not(contact_id(person.name, c.via), unusable, unverified))
        for c in person.contacts
        if c.via not in taken
    ]


def _why_not(contact: str, unusable: frozenset[str], unverified: frozenset[str]) -> str:
    if contact in unusable:
        return "unusable"
    return "unverified" if contact in unverified else "not in the rules"


SPARE_STEP = 100
"""Steps of contacts that were kept back are numbered from here: behind those of any rule."""


def _usable(person: Person, unusable: frozenset[str]) -> dict[str, Contact]:
    return {c.via: c for c in person.contacts if contact_id(person.name, c.via) not in unusable}


class Outcome(StrEnum):
    """What a channel said of one attempt."""

    SENT = "sent"
    DELIVERED = "delivered"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    AMBIGUOUS = "ambiguous"
    """It may have arrived: a timeout after the request went out."""


class Next(NamedTuple):
    """What follows an attempt."""

    state: str
    """The notification's new state."""
    retry_at: Instant | None
    fall_back: bool
    """Whether the person's next contact starts now."""


def after_attempt(outcome: Outcome, attempts: int, retry_after: Span | None, dice: float, now: Instant) -> Next:
    """`attempts`: tries so far, this one included; `dice`: in [0, 1), for jitter.

    A retry ends only with success or with the incident: giving up on time alone would lose a page.
    """
    if outcome in (Outcome.SENT, Outcome.DELIVERED):
        return Next(outcome.value, None, fall_back=False)
    if outcome is Outcome.PERMANENT:
        return Next("failed", None, fall_back=True)
    wait = RETRIES[attempts - 1] if attempts <= len(RETRIES) else int(RETRY_LAST * (0.75 + dice / 2))
    return Next("pending", now + max(wait, min(retry_after or 0, RETRY_LONGEST)), fall_back=True)
