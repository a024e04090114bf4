"""What of a played night is drawn: who was told when by what, which level ran, who was on call, when it was dark."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta

from escalator.core.book import Book
from escalator.core.incident import Incident, Status
from escalator.core.instant import DAY, Instant, rfc3339, to_datetime
from escalator.core.notification import LAST_RESORT
from escalator.core.oncall import shifts
from escalator.core.wallclock import first, zone
from escalator.rehearsal.pictures.values import Band, Lane, Mark, Picture, Stretch
from escalator.rehearsal.proof.horizon import asked
from escalator.rehearsal.records import Line, Message
from escalator.rehearsal.suppose.scenario import Played
from escalator.rehearsal.telling import tell

ALERT = "alert"
BEYOND = 60 * DAY
"""What still goes on at the end of a picture goes on beyond it."""
MOST_STRIPS = 3
MOST_TICKS = 4
NIGHT = (time(22), time(7))
EVENTS = {
    "opened": (ALERT, "fired"), "reopened": (ALERT, "fired"), "joined": (ALERT, "fired"), "raised": (ALERT, "fired"),
    "cleared": (ALERT, "cleared"), "resolved": (ALERT, "cleared"),
    "acknowledged": ("by", "acknowledged"), "snoozed": ("by", "acted"), "escalated": ("by", "acted"),
    "reassigned": ("by", "acted"), "unacknowledged": ("by", "acted"), "resolved by hand": ("by", "cleared"),
}  # fmt: skip
"""By the timeline's event: in whose lane it is marked, by which sign."""


def of_night(book: Book, played: Played, where: str, title: str, lines: Sequence[str] = ()) -> Picture:
    """`where`: the time zone of its clocks; `lines`: what stands under the title."""
    marks = _marks(played)
    incidents = {state.incident.id: state.incident for state in played.states}
    shown = list(incidents)[:MOST_STRIPS]
    named = "level" if len(incidents) == 1 else "#{}"
    strips = [Lane(f"levels {id}", named.format(id), "levels") for id in shown]
    duties = list(_shifts(book, played))
    strips += [Lane(name, "on call" if len(duties) == 1 else name, "schedule") for name, _ in duties]
    bands = [band for id in shown for band in _levels(played, id, where)]
    bands += [band for _, found in duties for band in found]
    handoffs = [band.since for _, found in duties for band in found if band.since > played.since]
    return Picture(
        title, tuple(lines), "\n".join(tell(played.night, played.since, where)), where, played.since, played.until,
        tuple(strips), tuple(_lanes(marks)), tuple(marks), tuple(bands), tuple(_nights(played, where)),
        tuple(handoffs if len(handoffs) <= MOST_TICKS else ()),
    )  # fmt: skip


# --- lanes and marks --------------------------------------------------------------------------------------------------


def _lanes(marks: Sequence[Mark]) -> list[Lane]:
    """The alert, then people, then channels, each in the order in which they first have anything."""
    found = [_lane(key) for key in dict.fromkeys(mark.lane for mark in marks)]
    return sorted(found, key=lambda lane: ("alert", "person", "channel").index(lane.kind))


def _lane(key: str) -> Lane:
    kind, _, name = key.partition("/")
    return Lane(key, name or key, kind if kind in (ALERT, "person") else "channel")


def _marks(played: Played) -> list[Mark]:
    """In order of time; what is the same to the eye is one mark with a number."""
    found: dict[tuple[Instant, str, str, str], list[str]] = {}
    for at, lane, sign, fate, title in (*_events(played.night.lines), *_messages(played.night.messages)):
        if at <= played.until:
            found.setdefault((at, lane, sign, fate), []).append(title)
    return [Mark(*key, _together(titles), len(titles)) for key, titles in sorted(found.items(), key=_by_time)]


def _by_time(each: tuple[tuple[Instant, str, str, str], list[str]]) -> Instant:
    return each[0][0]


def _together(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{titles[0]}; {len(titles) - 1} more like it"


def _events(lines: Iterable[Line]) -> Iterator[tuple[Instant, str, str, str, str]]:
    for line in lines:
        place, sign = EVENTS.get(line.entry.event, ("", ""))
        if place == ALERT:
            yield line.at, ALERT, sign, "heard", line.entry.reason
        elif place and line.entry.by:
            yield line.at, f"person/{line.entry.by}", sign, "heard", line.entry.reason


def _messages(messages: Iterable[Message]) -> Iterator[tuple[Instant, str, str, str, str]]:
    for message in messages:
        if message.carrier:
            yield message.at, _whose(message), _sign(message), _fate(message), _title(message)


def _whose(message: Message) -> str:
    return f"person/{message.person}" if message.person else message.contact


def _sign(message: Message) -> str:
    return LAST_RESORT if message.contact == LAST_RESORT else message.via


def _fate(message: Message) -> str:
    return "lost" if not message.heard else "heard" if message.page else "told"


def _title(message: Message) -> str:
    whom = f"{message.person or message.channel or message.contact} by {message.via}"
    what = f"level {message.level}, {message.target}" if message.page else message.reason or message.kind.value
    lost = "" if message.heard else f": {message.outcome.value}, not heard"
    others = f", of {len(message.others) + 1} incidents" if message.others else ""
    return f"{rfc3339(message.at)} {whom} ({what}{others}){lost}"


# --- bands ------------------------------------------------------------------------------------------------------------


def _levels(played: Played, id: int, where: str) -> Iterator[Band]:
    """One band for each stretch through which an incident stands the same way; in its holder's lane too, once taken."""
    found: list[tuple[Instant, str, tuple[str, ...], str | None]] = []
    policy = ""
    for at, incident in played.states:
        if incident.id == id:
            policy = policy or incident.policy
            kind, texts = _standing(incident, where)
            texts = texts if policy == incident.policy else (f"{incident.policy}: {texts[0]}", *texts)
            if not found or found[-1][2] != texts:
                found.append((at, kind, texts, incident.acknowledged_by if kind == "taken" else None))
    ends = [each[0] for each in found[1:]] + [played.until + BEYOND]
    for (at, kind, texts, holder), end in zip(found, ends, strict=True):
        if end > at:
            yield Band(f"levels {id}", at, end, kind, texts)
            if holder:
                yield Band(f"person/{holder}", at, end, kind)


def _standing(incident: Incident, where: str) -> tuple[str, tuple[str, ...]]:
    """The kind of its band, and its words, ever shorter."""
    if incident.status is Status.RESOLVED:
        return "over", ("resolved", "over")
    if incident.status is not Status.TRIGGERED:
        holder = incident.acknowledged_by or "somebody"
        return "taken", (f"{incident.status.value} by {holder}", incident.status.value, f"{holder} has it", "ack")
    if incident.muted:
        return "muted", ("silenced",) if incident.silenced else ("unconfirmed: nobody is paged", "unconfirmed")
    if incident.desperate:
        return "level4", ("last resort: everyone", "last resort", "all")
    if incident.level_at is None:
        return "waits", ("nobody is paged any more", "no more pages", "end")
    if not incident.level:
        until = f"until {to_datetime(incident.level_at).astimezone(zone(where)):%a %H:%M}"
        return "waits", (f"waits {until}", until, "waits")
    return _climbing(incident)


def _climbing(incident: Incident) -> tuple[str, tuple[str, ...]]:
    level = f"level {incident.level}"
    whole = f"{level}, page {incident.attempt}" if incident.attempt > 1 else level
    kind = f"level{min(incident.level, 4)}"
    if not incident.passes:
        return kind, (whole, whole.rpartition(", ")[2], str(incident.level))
    number = f"pass {incident.passes + 1}"
    shorter = (number,) if whole == "level 1" else (whole, level)
    return kind, (f"{number}, {whole}", *shorter, str(incident.level))


def _shifts(book: Book, played: Played) -> Iterator[tuple[str, list[Band]]]:
    """Who is on call, by each schedule that was asked."""
    every = [state.incident for state in played.states]
    names = dict.fromkeys(each.policy for each in every)
    policies = [policy for name in names if (policy := book.policy_named(name))]
    overrides = (*book.overrides, *played.night.circumstances.overrides)
    for name in asked(book, policies, all(each.high for each in every))[0]:
        found = shifts(book.schedules[name], overrides, played.since, played.until + 1)
        found[-1] = (found[-1][0], played.until + BEYOND, found[-1][2])
        yield (
            name,
            [
                Band(name, start, end, f"shift{number % 2}" if person else "gap", (person or "nobody",))
                for number, (start, end, person) in enumerate(found)
            ],
        )


def _nights(played: Played, where: str) -> Iterator[Stretch]:
    """From ten to seven, by the picture's clocks."""
    here = zone(where)
    day = to_datetime(played.since).astimezone(here).date() - timedelta(days=1)
    while (since := first(datetime.combine(day, NIGHT[0]), here)) <= played.until:
        until = first(datetime.combine(day + timedelta(days=1), NIGHT[1]), here)
        if until > played.since:
            yield Stretch(max(since, played.since), until if until <= played.until else played.until + BEYOND)
        day += timedelta(days=1)


def headline(played: Played) -> str:
    """What it is about."""
    incidents = dict.fromkeys(state.incident.id for state in played.states)
    incident = next((state.incident for state in played.states), None)
    more = f" and {len(incidents) - 1} more" if len(incidents) > 1 else ""
    return f"{incident.title} ({incident.severity.name.lower()}){more}" if incident else "Nothing opens"
