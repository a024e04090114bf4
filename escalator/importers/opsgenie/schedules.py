"""Opsgenie's schedules: rotations side by side, each with its turns and, if it has any, its hours."""

from collections.abc import Iterator

from escalator.importers import shifts
from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.opsgenie.people import People
from escalator.importers.sheet import Sheet
from escalator.importers.shifts import Shift
from escalator.importers.weeks import DAY, WEEK, Window, Windows, daily, merged
from escalator.importers.witness import Witness

SECONDS = {"hourly": 3600, "daily": 24 * 3600, "weekly": 7 * 24 * 3600}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Schedules:
    """What escalations need of schedules, by id and by name: the schedules here, and everybody in them."""

    def __init__(self) -> None:
        self.sides: dict[str, list[str]] = {}
        self.people: dict[str, list[str]] = {}

    def add(self, key: str, name: str, sides: list[str], own: list[Shift]) -> None:
        self.sides[key] = self.sides[name] = sides
        self.people[key] = self.people[name] = list(dict.fromkeys(person for shift in own for person in shift.people))


def schedules(sheet: Sheet, export: Export, people: People, witness: Witness) -> Schedules:
    """Declares every schedule."""
    overrides: dict[str, list[Field]] = {}
    for row in export.rows("overrides"):
        overrides.setdefault(row.owner, []).append(row.field)
    timelines = {row.owner: row.field for row in export.rows("timeline")}
    found = Schedules()
    for schedule in export.fields("schedules"):
        key, name = schedule["id"].text(), schedule["name"].text("")
        source = f"schedule {name or key}"
        zone = sheet.zone(source, schedule["timezone"].text("UTC"))
        own = [
            shift for each in schedule["rotations"].items() for shift in _rotation(sheet, source, zone, people, each)
        ]
        sides = shifts.schedule(sheet, key, name, zone, own)
        found.add(key, name, sides, own)
        for override in [*overrides.pop(key, []), *overrides.pop(name, [])]:
            _override(sheet, source, zone, people, sides, override)
        _told(sheet, source, sides, schedule)
        if key in timelines:
            witness.says(source, sides, zone, _periods(timelines[key]))
    for owner in overrides:
        sheet.report.lost(f"overrides of {owner or 'a schedule'}", "the file's name is no schedule of the export")
    return found


def _periods(timeline: Field) -> Iterator[tuple[Field, Field, str]]:
    """Opsgenie's final timeline: who serves, rotation by rotation."""
    for rotation in timeline["finalTimeline"]["rotations"].items():
        for period in rotation["periods"].items():
            yield period["startDate"], period["endDate"], period["recipient"]["id"].text("")


def _told(sheet: Sheet, source: str, sides: list[str], schedule: Field) -> None:
    if sides:
        sheet.report.carried(source, f"schedule {', '.join(f'`{side}`' for side in sides)}")
    else:
        sheet.report.lost(source, "it has no rotation that carries over: fetch schedules with `?expand=rotation`")
    if not schedule["enabled"].flag(True):
        sheet.report.changed(source, "disabled there; here a schedule serves as soon as a level names it")


def _rotation(sheet: Sheet, source: str, zone: str, people: People, rotation: Field) -> list[Shift]:
    source = f"{source}, rotation {rotation['name'].text('') or rotation['id'].text('')}".rstrip()
    groups = []
    for participant in rotation["participants"].items():
        group = _participant(sheet, source, people, participant)
        if group:
            groups.append(group)
    kind, length = rotation["type"].text("weekly"), rotation["length"].whole(1, least=1)
    every = shifts.turn(SECONDS.get(kind, 0) * length)
    if every is None:
        sheet.report.lost(source, f"turns of type `{kind}`, {length} long, have no like here")
        return []
    starts = shifts.local(rotation["startDate"], zone)
    until = shifts.local(rotation["endDate"], zone) if rotation["endDate"].given else None
    windows = restriction(rotation["timeRestriction"])
    return [Shift(column, every, starts, zone, windows, until) for column in shifts.columns(groups)]


def _participant(sheet: Sheet, source: str, people: People, participant: Field) -> list[str]:
    """Who serves in one turn."""
    kind = participant["type"].text("user")
    if kind == "user":
        person = people.named(participant)
        if person is None:
            sheet.report.lost(source, f"its participant `{participant['username'].text('')}` is not in the export")
        return [person] if person else []
    if kind == "team":
        sheet.report.changed(
            source, f"the team `{participant['name'].text('')}` serves as all its members, not as it routes"
        )
        return people.team(participant)
    why = (
        "a turn in which nobody serves" if kind == "none" else f"a turn of the {kind} `{participant['name'].text('')}`"
    )
    sheet.report.lost(source, f"{why}: the others follow each other without it")
    return []


def restriction(given: Field) -> Windows:
    """The windows of a time restriction; None where there is none."""
    if not given.given:
        return None
    if given["type"].text("time-of-day") == "time-of-day":
        one = given["restriction"]
        start, end = _minutes(one, "start"), _minutes(one, "end")
        return merged(daily(start, (end - start - 1) % DAY + 1))
    return merged(_weekly(each) for each in given["restrictions"].items())


def _weekly(given: Field) -> Window:
    """From a day and time until a day and time, without a break."""
    start = _day(given["startDay"]) * DAY + _minutes(given, "start")
    end = _day(given["endDay"]) * DAY + _minutes(given, "end")
    return start, start + (end - start - 1) % WEEK + 1


def _minutes(given: Field, which: str) -> int:
    return given[f"{which}Hour"].whole(least=0, most=23) * 60 + given[f"{which}Min"].whole(0, most=59)


def _day(given: Field) -> int:
    day = given.text().lower()
    if day not in DAYS:
        given.wrong(f"`{day}` is not a day of the week")
    return DAYS.index(day)


def _override(sheet: Sheet, source: str, zone: str, people: People, sides: list[str], override: Field) -> None:
    starts, ends = shifts.local(override["startDate"], zone), shifts.local(override["endDate"], zone)
    source = f"{source}, override from {shifts.wall(starts)}"
    person = people.named(override["user"])
    if person is None or not shifts.override(sheet, sides, person, starts, ends):
        sheet.report.lost(source, "its person is not in the export, or it ends before it begins")
        return
    sheet.report.carried(source, f"override by `{person}`")
    if override["rotations"].items():
        sheet.report.changed(source, "it was for some of the schedule's rotations; here it is for the whole schedule")
