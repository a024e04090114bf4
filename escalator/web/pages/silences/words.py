"""Matchers and times of silences as a form writes them, and back; and the zones in which a form can be filled in.

Law: what is written here is read back as the same value, also a label's value that is hostile.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from escalator.core.alert import Labels, Matcher
from escalator.core.book import Book
from escalator.core.instant import HOUR, Instant, from_datetime, rfc3339
from escalator.core.wallclock import zone
from escalator.web.fields import matchers_of
from escalator.web.pages.entry import Visitor
from escalator.web.pages.oncall.words import when
from escalator.web.problems import Problem

MOST: Final = 64
"""Matchers of one silence, as in the API."""
SPANS: Final = {
    "30m": "30 minutes", "1h": "1 hour", "2h": "2 hours", "4h": "4 hours", "8h": "8 hours", "12h": "12 hours",
    "1d": "1 day", "3d": "3 days", "1w": "1 week",
}  # fmt: skip
UNWRITABLE: Final = frozenset("=!~")


def written(matcher: Matcher) -> str:
    """`label=value`, quoted where a bare value would be read otherwise."""
    if isinstance(matcher.value, tuple):
        return f"{matcher.label} {matcher.operator} {', '.join(matcher.value)}"
    value = matcher.value
    bare = value == value.strip() and value.isprintable() and not value.startswith(('"', "~"))
    return f"{matcher.label}{matcher.operator}{value if bare else json.dumps(value)}"


def lines_of(labels: Labels) -> str:
    """One matcher a line, for labels whose names can be written."""
    fit = [name for name in labels if name and not UNWRITABLE & set(name) and not any(c.isspace() for c in name)]
    return "\n".join(written(Matcher(name, "=", labels[name])) for name in fit)


def matchers_in(text: str) -> tuple[Matcher, ...]:
    """One a line; raises Problem that names the line."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise Problem(422, "Say which alerts: one matcher a line, such as service=ledger.")
    if len(lines) > MOST:
        raise Problem(422, f"At most {MOST} matchers.")
    found: list[Matcher] = []
    for number, line in enumerate(lines, 1):
        try:
            found += matchers_of([line])
        except Problem as problem:
            raise Problem(422, f"Line {number}: {problem.detail}") from None
    return tuple(found)


def zones(book: Book, visitor: Visitor) -> list[str]:
    """The zones that the policies know, the visitor's own first, then UTC."""
    named = {each.timezone for each in book.schedules.values()} | {each.timezone for each in book.hours.values()}
    named |= {person.timezone for person in book.people.values() if person.timezone}
    first = own_zone(book, visitor)
    return list(dict.fromkeys([first, "UTC", *sorted(named)]))


def own_zone(book: Book, visitor: Visitor) -> str:
    person = book.people.get(visitor.person or "")
    return (person.timezone if person else None) or "UTC"


def known_zone(text: str, otherwise: str) -> str:
    """The zone of this name where there is one."""
    try:
        return zone(text).key if text else otherwise
    except (ValueError, OSError, LookupError):
        return otherwise


def moment(at: Instant, timezone: str) -> str:
    """`Mon 23 Nov 09:00 UTC`, for a sentence."""
    return f"{when(at, timezone)} {timezone}"


def fitting(texts: Iterable[str], asked: str) -> bool:
    """Whether every word that was asked for stands somewhere in these."""
    whole = "\n".join(texts).casefold()
    return all(word in whole for word in asked.casefold().split())


def later(at: str, hours: int) -> str:
    """An instant moved by hours: absolute, so that a button that is pressed twice means what it says."""
    return rfc3339(from_datetime(datetime.fromisoformat(at)) + hours * HOUR)
