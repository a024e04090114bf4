"""A silence as pages show it: made by hand, or written in the policies and perhaps recurring."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from escalator.core.alert import Silence
from escalator.core.book import Book
from escalator.core.instant import LATEST, Instant, rfc3339
from escalator.core.mutes import Mute, mutes_of
from escalator.web.pages.silences.reach import Hidden
from escalator.web.pages.silences.words import written

State = Literal["active", "coming", "over"]
STATES: Final[tuple[State, ...]] = ("active", "coming", "over")


class Shown(NamedTuple):
    """One of a list."""

    id: str
    name: str
    """A silence in the policies has none of its own in the database."""
    state: State
    matchers: tuple[str, ...]
    starts_at: str
    ends_at: str | None
    """None: it recurs without an end."""
    until: str | None
    """While it is active: when it lets alerts through again."""
    next_at: str | None
    """When it begins, or begins again."""
    by: str
    reason: str
    where: str
    """File, line and column of one in the policies."""
    during: str
    """The hours in which it recurs."""
    hidden: Hidden = Hidden()

    @property
    def by_hand(self) -> bool:
        return not self.where

    @property
    def cancelled(self) -> bool:
        """Ended before it began."""
        return self.ends_at is not None and self.ends_at < self.starts_at


def shown(mute: Mute, now: Instant, where: str = "", during: str = "", hidden: Hidden = Hidden()) -> Shown:  # noqa: B008  a frozen value
    silence, until = mute.silence, mute.until(now)
    begins = mute.begins_after(now)
    return Shown(
        "" if where else silence.id, silence.id, _state(silence, until, begins, now),
        tuple(map(written, silence.matchers)), rfc3339(silence.starts_at),
        None if silence.ends_at >= LATEST else rfc3339(silence.ends_at), None if until is None else rfc3339(until),
        None if begins is None else rfc3339(begins), silence.by, silence.reason, where, during, hidden,
    )  # fmt: skip


def _state(silence: Silence, until: Instant | None, begins: Instant | None, now: Instant) -> State:
    if until is not None:
        return "active"
    return "over" if begins is None or silence.ends_at <= now else "coming"


class Written(NamedTuple):
    """Where a silence of the policies stands, and when it recurs."""

    mute: Mute
    where: str
    during: str


def every(book: Book, made: Iterable[Silence]) -> list[Written]:
    """Those made by hand, and those in the policies."""
    by_hand = [Written(Mute(each), "", "") for each in made]
    in_policies = zip(mutes_of(book, ()), book.silences, strict=True)
    return by_hand + [Written(mute, each.where, each.during or "") for mute, each in in_policies]
