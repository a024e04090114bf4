"""GoAlert's rotations and schedules. Whose turn it is stands in the export as a number that each handoff raises, so a
rotation is anchored at its next handoff; all targets of a schedule that are active serve at once.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from escalator.importers import shifts
from escalator.importers.fields import Field
from escalator.importers.sheet import Sheet
from escalator.importers.shifts import Shift
from escalator.importers.weeks import DAY, Window, daily, merged
from escalator.importers.witness import Witness

TURNS = {"weekly": 7 * 24 * 3600, "daily": 24 * 3600, "hourly": 3600}
TEMPORARY = 1
"""Rank of a temporary schedule: it replaces what the schedule says."""


class Rotation(NamedTuple):
    """Whose turns, before a schedule says when they serve; no shift where the language has none like it."""

    name: str
    shift: Shift | None


def rotation(sheet: Sheet, given: Field) -> Rotation:
    name = given["name"].text("") or given["id"].text()
    source = f"rotation {name}"
    kind, length = given["type"].text("weekly"), given["shiftLength"].whole(1, least=1)
    every = shifts.turn(TURNS.get(kind, 0) * length)
    keys = given["userIDs"].texts() or [user["id"].text() for user in given["users"].items()]
    people = [sheet.known("people", key) for key in keys]
    if every is None:
        sheet.report.lost(source, f"turns of type `{kind}`, {length} long, have no like here")
        return Rotation(name, None)
    if None in people or not people:
        sheet.report.lost(source, f"{people.count(None)} of its {len(people)} people are not in the export")
    zone = sheet.zone(source, given["timeZone"].text("UTC"))
    begins, active = _anchor(sheet, source, given, zone, timedelta(seconds=TURNS[kind] * length))
    active %= max(len(people), 1)
    order = tuple(person for person in (*people[active:], *people[:active]) if person is not None)
    return Rotation(name, Shift(order, every, begins, zone) if order else None)


def _anchor(sheet: Sheet, source: str, given: Field, zone: str, length: timedelta) -> tuple[datetime, int]:
    """When a turn begins, and whose place in the list it is."""
    handoffs = given["nextHandoffTimes"].items()
    if handoffs:
        return shifts.local(handoffs[0], zone) - length, given["activeUserIndex"].whole(0)
    why = "whose turn it is cannot be told without `nextHandoffTimes(num: 1)`: the first in the list began at `start`"
    sheet.report.changed(source, why)
    return shifts.local(given["start"], zone), 0


def schedule(
    sheet: Sheet, given: Field, rotations: Mapping[str, Rotation], extra: list[Field], witness: Witness
) -> list[str]:
    """Declares a schedule with what `userOverrides` say of it; its names."""
    key, name = given["id"].text(), given["name"].text("")
    source = f"schedule {name or key}"
    zone = sheet.zone(source, given["timeZone"].text("UTC"))
    found = [shift for each in given["targets"].items() if (shift := _target(sheet, source, zone, each, rotations))]
    for each in given["temporarySchedules"].items():
        found += _guests(sheet, source, zone, each["shifts"].items(), "userID", TEMPORARY)
        sheet.report.changed(source, "where a temporary schedule names nobody, the usual one serves")
    added = [each for each in extra if not each["removeUserID"].text("")]
    found += _guests(sheet, source, zone, added, "addUserID", 0)
    names = shifts.schedule(sheet, key, name, zone, found)
    for each in extra:
        if each not in added:
            _override(sheet, source, zone, names, each)
    if names:
        sheet.report.carried(source, f"schedule {', '.join(f'`{one}`' for one in names)}")
    else:
        sheet.report.lost(source, "nobody ever serves in it")
    own = ((shift["start"], shift["end"], shift["userID"].text("")) for shift in given["shifts"].items())
    witness.says(source, names, zone, own)
    return names


def _target(sheet: Sheet, source: str, zone: str, given: Field, rotations: Mapping[str, Rotation]) -> Shift | None:
    kind, key = given["target"]["type"].text(""), given["target"]["id"].text()
    person = sheet.known("people", key)
    shift = Shift((person,), "1w", shifts.SINCE, zone) if person else None
    if kind == "rotation":
        shift = rotations[key].shift if key in rotations else None
    if shift is None:
        sheet.report.lost(source, f"its {kind} `{given['target']['name'].text(key)}` has nobody")
        return None
    windows = [window for rule in given["rules"].items() for window in _rule(rule)]
    return shift._replace(windows=merged(windows), hours_zone=zone)


def _rule(rule: Field) -> Iterator[Window]:
    """A rule's windows; `weekdayFilter` begins with Sunday, and equal times mean a whole day."""
    chosen = [day.flag() for day in rule["weekdayFilter"].items()] or [True] * 7
    if len(chosen) != 7:
        rule["weekdayFilter"].wrong("it has seven days, from Sunday")
    starts, ends = rule["start"].clock(), rule["end"].clock()
    days = [(place - 1) % 7 for place, on in enumerate(chosen) if on]
    yield from daily(starts, (ends - starts - 1) % DAY + 1, days)


def _guests(sheet: Sheet, source: str, zone: str, given: list[Field], key: str, rank: int) -> list[Shift]:
    """People who serve once, from a moment to another."""
    found = []
    for each in given:
        person = sheet.known("people", each[key].text(""))
        starts, ends = shifts.local(each["start"], zone), shifts.local(each["end"], zone)
        if person is None:
            sheet.report.lost(source, f"from {shifts.wall(starts)} somebody serves who is not in the export")
        else:
            found.append(Shift((person,), "1w", starts, zone, until=ends, rank=rank))
    return found


def _override(sheet: Sheet, source: str, zone: str, names: list[str], given: Field) -> None:
    starts, ends = shifts.local(given["start"], zone), shifts.local(given["end"], zone)
    person, since = sheet.known("people", given["addUserID"].text("")), shifts.wall(starts)
    if person is None:
        sheet.report.lost(source, f"from {since} somebody is taken off call, and nobody of this export put in")
        return
    removed = sheet.known("people", given["removeUserID"].text(""))
    own = [name for name in names if removed in shifts.foremost(sheet, name)] or names
    if shifts.override(sheet, own, person, starts, ends):
        why = f"from {since} `{person}` stands in for whoever is on call, there only while that is `{removed}`"
        sheet.report.changed(source, why)
    else:
        sheet.report.lost(source, f"an override from {since} of a schedule in which nobody serves, or that never ends")
