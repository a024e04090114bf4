"""Swaps: somebody asks a colleague to take a shift of theirs. Until it is accepted, nothing changes.

Law: a refusal says why. What was asked is looked at again when it is answered, because schedules change meanwhile.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from escalator.core.duty import serves
from escalator.core.instant import DAY, Instant, rfc3339
from escalator.core.oncall import Override, Person, Schedule

LONGEST = 30 * DAY
State = Literal["asked", "accepted", "declined", "expired"]


class Swap(NamedTuple):
    """What was asked of whom, and what came of it."""

    id: str
    schedule: str
    asker: str
    """Whose shift it is."""
    colleague: str | None
    """None: anybody on the schedule."""
    starts_at: Instant
    ends_at: Instant
    reason: str = ""
    state: State = "asked"
    answered_by: str | None = None
    override: str | None = None
    """The id of the override that it became."""


def state(swap: Swap, now: Instant) -> State:
    """What was not answered when it began has expired, whether or not anybody has written that down."""
    return "expired" if swap.state == "asked" and swap.starts_at <= now else swap.state


def unaskable(
    swap: Swap, schedule: Schedule, overrides: Iterable[Override], people: Mapping[str, Person], now: Instant
) -> str | None:
    """Why it cannot be asked; None where it can."""
    for name in (swap.asker, swap.colleague):
        if name is not None and name not in people:
            return f"the policies know no {name}"
    if swap.colleague == swap.asker:
        return "a swap is asked of somebody else"
    if swap.ends_at <= swap.starts_at or swap.ends_at - swap.starts_at > LONGEST:
        return "a swap ends after it starts, and is of 30 days at most"
    if swap.starts_at <= now:
        return "that has begun: let a colleague take it now"
    return _not_theirs(swap, schedule, overrides)


def unacceptable(
    swap: Swap, schedule: Schedule, overrides: Iterable[Override], people: Mapping[str, Person], by: str, now: Instant
) -> str | None:
    """Why this person cannot accept it."""
    if (why := unanswerable(swap, now)) is not None:
        return why
    if by not in people:
        return f"the policies know no {by}"
    if by == swap.asker:
        return "nobody accepts their own swap"
    if swap.colleague is not None and by != swap.colleague:
        return f"{swap.colleague} was asked"
    if swap.colleague is None and by not in {name for layer in schedule.layers for name in layer.people}:
        return f"{by} is on no layer of {schedule.name}"
    return _not_theirs(swap, schedule, overrides)


def undeclinable(swap: Swap, by: str, now: Instant) -> str | None:
    """Why this person cannot decline it; who asked may take it back, and what was asked of all nobody else ends."""
    if (why := unanswerable(swap, now)) is not None:
        return why
    if by not in (swap.asker, swap.colleague):
        whom = f"{swap.colleague} and {swap.asker}" if swap.colleague else f"it was asked of all, so {swap.asker} alone"
        return f"{whom} may decline it"
    return None


def unanswerable(swap: Swap, now: Instant) -> str | None:
    now_is = state(swap, now)
    return None if now_is == "asked" else f"it is {now_is} already" if now_is != "expired" else "it has expired"


def _not_theirs(swap: Swap, schedule: Schedule, overrides: Iterable[Override]) -> str | None:
    other = serves(schedule, overrides, swap.asker, swap.starts_at, swap.ends_at)
    if other is None:
        return None
    who = f"{other.person} is" if other.person else "nobody is"
    return (
        f"{swap.asker} is not on call for {schedule.name} all that time: "
        f"{who} from {rfc3339(other.starts_at)} to {rfc3339(other.ends_at)}"
    )
