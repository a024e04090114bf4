"""Rotations of a source as schedules of the language.

Where a source lets several people be on call at once, and here a schedule names one, a schedule becomes several side by
side, and targets name them all. Each side holds, rank by rank, first its own shift and behind it every other of that
rank: so at any time the sides together name exactly who is on duty in the highest rank that has anybody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escalator.importers.fields import Field
from escalator.importers.sheet import Sheet
from escalator.importers.weeks import DAY, Opening, Windows, clock, openings, overlap, spoken
from escalator.importers.writing import Said, Value

UNITS = (("w", 7 * 24 * 3600), ("d", 24 * 3600), ("h", 3600), ("m", 60))
LONGEST_TURN = 9999
SINCE = datetime(2024, 1, 1)  # noqa: DTZ001 - wall-clock
"""A Monday long enough ago, for a rotation of which no source says when it began."""


class Shift(NamedTuple):
    """One rotation: whose turns, how long, from when, and in which part of the week."""

    people: tuple[str, ...]
    every: str
    starts: datetime
    """Wall-clock in the time zone."""
    timezone: str
    windows: Windows = None
    until: datetime | None = None
    hours_zone: str | None = None
    """Where the windows are told in another time zone than the turns."""
    rank: int = 0
    """Of shifts that overlap, those of the highest rank are on duty."""
    was: str = ""


def turn(seconds: int) -> str | None:
    """`1w`, `2d`, `12h` for a length that the language can write."""
    for unit, size in UNITS:
        if seconds > 0 and seconds % size == 0 and seconds // size <= LONGEST_TURN:
            return f"{seconds // size}{unit}"
    return None


def columns(groups: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Rotations side by side that name, at every turn, exactly that turn's people."""
    widest = max(map(len, groups), default=0)
    return [tuple(group[min(place, len(group) - 1)] for group in groups) for place in range(widest)]


def lanes(shifts: Sequence[Shift]) -> list[list[Shift]]:
    """The shifts of each schedule that stands beside the others, first that applies wins."""
    ranks = [[each for each in shifts if each.rank == rank] for rank in sorted({s.rank for s in shifts}, reverse=True)]
    slots = [_slots(rank) for rank in ranks]
    sides = max(map(len, slots), default=0)
    return [[each for rank in slots for each in _own_first(rank, side)] for side in range(sides)]


def _own_first(rank: list[list[Shift]], side: int) -> list[Shift]:
    own = rank[side : side + 1]
    return [each for slot in [*own, *(slot for slot in rank if slot not in own)] for each in slot]


def _slots(rank: Iterable[Shift]) -> list[list[Shift]]:
    """Shifts of one rank, those that are never on duty together in one slot."""
    slots: list[list[Shift]] = []
    for shift in rank:
        free = (slot for slot in slots if not any(_meet(shift, other) for other in slot))
        slot = next(free, None)
        if slot is None:
            slots.append([shift])
        else:
            slot.append(shift)
    return slots


def _meet(one: Shift, other: Shift) -> bool:
    """Whether both may be on duty at once; of shifts in different zones that is assumed."""
    if (one.until and one.until <= other.starts) or (other.until and other.until <= one.starts):
        return one.timezone != other.timezone
    return (one.hours_zone or one.timezone) != (other.hours_zone or other.timezone) or overlap(
        one.windows, other.windows
    )


def schedule(sheet: Sheet, key: str, wanted: str, timezone: str, shifts: Sequence[Shift]) -> list[str]:
    """Declares the schedules that together are the source's one; their names, none where it has no shift."""
    alive = [s for s in shifts if s.people and s.windows != () and (s.until is None or s.until > s.starts)]
    names = []
    for number, side in enumerate(lanes(alive), 1):
        name = sheet.name("schedules", wanted if number == 1 else f"{wanted} side {number}", key if number == 1 else "")
        layers = [layer for shift in side for layer in _layers(sheet, timezone, shift)]
        sheet.put("schedules", name, {"timezone": timezone, "layers": layers})
        names.append(name)
    return names


def _layers(sheet: Sheet, timezone: str, shift: Shift) -> list[Value]:
    """One layer, or one for each of the hours that its windows take."""
    layer: dict[str, Value] = {
        "people": list(shift.people),
        "every": shift.every,
        "starts": wall(shift.starts),
    }
    if shift.timezone != timezone:
        layer["timezone"] = shift.timezone
    if shift.until is not None:
        layer["until"] = wall(shift.until)
    during = hours(sheet, shift.hours_zone or shift.timezone, shift.windows)
    found: list[Value] = [layer if name is None else {**layer, "during": name} for name in during]
    return [Said(each, f"was: {shift.was}") for each in found] if shift.was else found


def hours(sheet: Sheet, timezone: str, windows: Windows) -> list[str | None]:
    """Names of the hours that cover the windows, declared once however often they are wanted; None: always."""
    if windows is None:
        return [None]
    return [_hours(sheet, timezone, opening) for opening in openings(windows)]


def _hours(sheet: Sheet, timezone: str, opening: Opening) -> str:
    """Named after what they say: `mon-fri 0900-1700`."""
    key = f"{timezone} {opening}"
    name = sheet.known("hours", key)
    if name is not None:
        return name
    value: dict[str, Value] = {"timezone": timezone}
    wanted = []
    if len(opening.days) < 7:
        runs = spoken(opening.days)
        value["days"] = runs[0] if len(runs) == 1 else list(runs)
        wanted += runs
    if (opening.starts, opening.ends) != (0, DAY):
        times = [clock(opening.starts), clock(opening.ends)]
        value |= {"from": times[0], "to": times[1]}
        wanted.append("-".join(times).replace(":", ""))
    name = sheet.name("hours", " ".join(wanted), key)
    sheet.put("hours", name, value)
    return name


def override(sheet: Sheet, names: Sequence[str], person: str, starts: datetime, ends: datetime) -> bool:
    """Puts somebody in place of a schedule, of all its sides where it has several; False where that means nothing."""
    if ends <= starts:
        return False
    for name in names:
        window: dict[str, Value] = {"schedule": name, "person": person, "from": wall(starts), "until": wall(ends)}
        sheet.lists["overrides"].append(window)
    return bool(names)


def foremost(sheet: Sheet, name: str) -> list[Value]:
    """The people of a schedule's first layer, which on each side of a source's schedule is another."""
    value = sheet.sections["schedules"][name]
    layers = value["layers"] if isinstance(value, dict) else []
    first = layers[0] if isinstance(layers, list) else {}
    people = first["people"] if isinstance(first, dict) else []
    return people if isinstance(people, list) else []


def local(field: Field, zone: str) -> datetime:
    """A moment of the export as clocks in the zone show it, naive; one without an offset is that already."""
    moment = field.moment()
    return (moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment).replace(tzinfo=None)


def wall(moment: datetime) -> str:
    """As the language writes it."""
    naive = moment.replace(tzinfo=None, microsecond=0)
    return naive.isoformat(timespec="seconds" if naive.second else "minutes")
