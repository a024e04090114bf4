"""What becomes of an open incident if nobody answers: whom its policy tells next, at which instants.

Nothing is guessed: the incident is walked on by the same rules as in the service, from where it stands. Said to hold as
long as it fires, providers take what they are given, and nobody does anything.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from escalator.core.book import Book
from escalator.core.instant import DAY, Instant, Span
from escalator.rehearsal.night import Night
from escalator.rehearsal.records import Line, Message
from escalator.rehearsal.standing import Alone
from escalator.rehearsal.telling import QUIET

FAR: Span = 7 * DAY
"""How far anything is looked for: the longest wait of a policy is that for its hours."""
PASSES = 2
"""At the second time that all begins anew, what comes is known."""
MOST_PAGES = 60
MOST_MOMENTS = 500
"""Bounds of the cost: what would show more is cut, and says so."""

Which = tuple[int, int, int]
"""Which page: round, level, attempt."""


class Call(NamedTuple):
    """One message to one contact."""

    at: Instant
    person: str | None
    channel: str | None
    via: str
    target: str
    kind: str
    level: int
    tries: int = 1
    """How many, with this one."""


class Step(NamedTuple):
    """One line of the timeline to come, and the messages that leave by it, then or later."""

    at: Instant
    event: str
    reason: str
    round: int
    level: int
    attempt: int
    policy: str
    calls: tuple[Call, ...] = ()


class Foresight(NamedTuple):
    """What comes, the earliest first."""

    since: Instant
    until: Instant
    """Everything before it is foreseen."""
    steps: tuple[Step, ...]
    waiting: tuple[Call, ...] = ()
    """Messages of pages that were made already."""
    ends: str = "quiet"
    """`quiet`: nothing is due after that; `again`: another pass begins then; `far`: later things are not looked at;
    `long`: there is more than is shown.
    """


def foresee(book: Book, alone: Alone, far: Span = FAR) -> Foresight:
    """Plays on to the end of the next pass, or as far as there is anything."""
    night = Night(book, alone.at, alone.circumstances)
    night.adopt(alone.open.incident, alone.open.alerts, alone.messages, alone.sent)
    ends = _play(night, alone.at + far)
    calls = _calls(night)
    steps = tuple(_steps(night, calls))
    over = ends in ("again", "long")
    waiting = tuple(call for found in calls.values() for call in found if not over or call.at < night.now)
    return Foresight(alone.at, night.now, steps, waiting, ends)


def _play(night: Night, end: Instant) -> str:
    for _ in range(MOST_MOMENTS):
        following = night.next_at()
        if following is None or following > end:
            night.until(end)
            return "quiet" if following is None else "far"
        night.go_on()
        if len(_known(night)) < len(night.lines):
            return "again"
        if sum(line.entry.event == "paged" for line in night.lines) >= MOST_PAGES:
            break
    return "long"


def _begins_anew(line: Line) -> bool:
    """Whether from here all is as it was before: another pass, or another minute of the last resort."""
    entry = line.entry
    return entry.event == "repeat" or (entry.event in ("paged", "unreachable") and entry.detail.get("level") == 0)


def _known(night: Night) -> Sequence[Line]:
    """The lines up to where there is nothing new."""
    anew = [index for index, line in enumerate(night.lines) if _begins_anew(line)]
    return night.lines[: anew[PASSES - 1]] if len(anew) >= PASSES else night.lines


def _calls(night: Night) -> dict[Which | Instant, list[Call]]:
    """By page; what tells how it goes on, by its instant. What goes out in another's message is that one's."""
    found: dict[Which | Instant, list[Call]] = {}
    for message in (each for each in night.messages if each.carrier):
        key = (message.round, message.level, message.attempt) if message.page else message.at
        found.setdefault(key, []).append(_call(message))
    return found


def _call(message: Message) -> Call:
    channel = None if message.person else message.channel or message.contact
    return Call(
        message.at, message.person, channel, message.via, message.target, str(message.kind), message.level,
        message.tries,
    )  # fmt: skip


def _steps(night: Night, calls: dict[Which | Instant, list[Call]]) -> Iterator[Step]:
    """Takes out of `calls` what belongs to them."""
    for line in _known(night):
        if line.entry.event not in QUIET and line.entry.event != "ignored":
            yield _step(line, night, calls)


def _step(line: Line, night: Night, calls: dict[Which | Instant, list[Call]]) -> Step:
    detail = line.entry.detail
    which = (detail.get("round", 0), detail.get("level", 0), detail.get("attempt", 0))
    taken = calls.pop(which, []) if line.entry.event == "paged" else calls.pop(line.at, [])
    policy = detail.get("policy") or night.incidents[line.incident].policy
    return Step(line.at, line.entry.event, line.entry.reason, *which, policy, tuple(taken))
