"""Grafana OnCall's schedules: shifts with levels, the higher one serves; shifts of one level serve together.

A shift is a calendar event that repeats (RFC 5545). What repeats by day, week or hours and lasts part of a day or week
has its like here; what repeats by month has not.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from escalator.importers import shifts
from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.sheet import Sheet
from escalator.importers.shifts import Shift
from escalator.importers.weeks import DAY, WEEK, Windows, daily, merged
from escalator.importers.witness import Witness

MINUTES = {"hourly": 60, "daily": DAY, "weekly": WEEK}
ICAL = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
OVERRIDE = 1000
"""Rank of what overrides every level."""


class Event(NamedTuple):
    """A shift as its calendar event: when it begins, how long it lasts, how often it returns."""

    source: str
    starts: datetime
    minutes: int
    frequency: str
    interval: int
    days: tuple[int, ...]
    """Weekdays on which it happens; none: on that of its start, or every day."""
    week_start: int


def schedules(sheet: Sheet, export: Export, witness: Witness) -> dict[str, list[str]]:
    """The names of each schedule, by its id."""
    final: dict[str, list[tuple[Field, Field, str]]] = {}
    for row in export.rows("final_shifts"):
        turn = (row.field["shift_start"], row.field["shift_end"], row.field["user_pk"].text(""))
        final.setdefault(row.owner, []).append(turn)
    known = {shift["id"].text(): shift for shift in export.fields("on_call_shifts")}
    found = {}
    for schedule in export.fields("schedules"):
        key, name = schedule["id"].text(), schedule["name"].text("")
        source = f"schedule {name or key}"
        zone = sheet.zone(source, schedule["time_zone"].text("UTC"))
        for url in ("ical_url_primary", "ical_url_overrides"):
            if schedule[url].text(""):
                why = "only its URL is in the export: save it beside the policies and add the layer `{ical: FILE.ics}`"
                sheet.report.lost(source, f"the calendar behind `{url}`: {why}")
        own: list[Shift] = []
        for shift_id in schedule["shifts"].texts():
            if shift_id in known:
                own += _shifts(
                    sheet, f"{source}, shift {known[shift_id]['name'].text(shift_id)}", zone, known[shift_id]
                )
            else:
                sheet.report.lost(source, f"its shift `{shift_id}` is not in the export")
        found[key] = shifts.schedule(sheet, key, name, zone, own)
        _told(sheet, source, found[key])
        witness.says(source, found[key], zone, final.get(key, []))
    return found


def _told(sheet: Sheet, source: str, names: list[str]) -> None:
    if names:
        sheet.report.carried(source, f"schedule {', '.join(f'`{name}`' for name in names)}")
    else:
        sheet.report.lost(source, "it has no shift that carries over; levels that notify it lose it")


def _shifts(sheet: Sheet, source: str, zone: str, shift: Field) -> list[Shift]:
    kind = shift["type"].text("single_event")
    zone = sheet.zone(source, shift["time_zone"].text("")) if shift["time_zone"].text("") else zone
    groups = _groups(sheet, source, shift)
    starts, minutes = shifts.local(shift["start"], zone), -(-shift["duration"].whole(least=1) // 60)
    rank = OVERRIDE if kind == "override" else shift["level"].whole(0)
    until = shifts.local(shift["until"], zone) if shift["until"].given else None
    if kind in ("single_event", "override") and not shift["frequency"].given:
        ends = starts + timedelta(minutes=min(minutes, 400 * DAY))
        return [Shift(column, "1w", starts, zone, until=ends, rank=rank) for column in shifts.columns(groups[:1])]
    event = _event(sheet, source, shift, starts, minutes)
    if event is None or not groups:
        return []
    if len(groups) == 1 and event.interval > 1 and event.minutes < event.interval * MINUTES[event.frequency]:
        sheet.report.lost(source, f"every {event.interval} {event.frequency} turns it serves, and between them nobody")
        return []
    windows, every = _windows(sheet, event), f"{event.interval}{event.frequency[0]}"
    anchor, length = _anchor(event), timedelta(minutes=event.interval * MINUTES[event.frequency])
    # An edited rotation keeps its old start, and serves only from `rotation_start` on.
    edited = shifts.local(shift["rotation_start"], zone) if shift["rotation_start"].given else anchor
    past = max(0, (edited - anchor) // length)
    groups = groups[past % len(groups) :] + groups[: past % len(groups)]
    anchor += past * length
    return [Shift(each, every, anchor, zone, windows, until, rank=rank) for each in shifts.columns(groups)]


def _groups(sheet: Sheet, source: str, shift: Field) -> list[list[str]]:
    """Who serves together, in the order of their turns."""
    if shift["type"].text("") == "rolling_users" or shift["rolling_users"].items():
        listed = [group.texts() for group in shift["rolling_users"].items()]
        first = shift["start_rotation_from_user_index"].whole(0)
        listed = listed[first:] + listed[:first]
    else:
        listed = [shift["users"].texts()]
    groups = [[name for key in group if (name := sheet.known("people", key))] for group in listed]
    missing = sum(map(len, listed)) - sum(map(len, groups))
    if missing:
        sheet.report.lost(source, f"{missing} of its people are not in the export")
    if not all(groups):
        sheet.report.lost(source, "a turn in which nobody serves: the others follow each other without it")
    return [group for group in groups if group]


def _event(sheet: Sheet, source: str, shift: Field, starts: datetime, minutes: int) -> Event | None:
    frequency = shift["frequency"].text("weekly")
    if frequency not in MINUTES or shift["by_month"].items() or shift["by_monthday"].items():
        sheet.report.lost(source, f"it repeats {frequency} by month or day of the month: nobody serves in its place")
        return None
    interval = shift["interval"].whole(1, least=1, most=9999)
    days = tuple(_weekday(day) for day in shift["by_day"].items())
    week_start = _weekday(shift["week_start"]) if shift["week_start"].given else 0
    return Event(source, starts, minutes, frequency, interval, days, week_start)


def _weekday(field: Field) -> int:
    if field.text() not in ICAL:
        field.wrong(f"`{field.text()}` is not one of {', '.join(ICAL)}")
    return ICAL.index(field.text())


def _anchor(event: Event) -> datetime:
    """When a turn begins: with `by_day` on the first day of the week, for then the week is the turn."""
    if event.frequency != "weekly" or not event.days:
        return event.starts
    return event.starts - timedelta(days=(event.starts.weekday() - event.week_start) % 7)


def _windows(sheet: Sheet, event: Event) -> Windows:
    """The part of the week in which the event serves, whoever's turn it is."""
    turn = event.interval * MINUTES[event.frequency]
    clock = event.starts.hour * 60 + event.starts.minute
    if not event.days and event.minutes >= turn:
        return None
    if event.interval > 1 and event.frequency != "hourly":
        why = f"it serves once in {event.interval} {event.frequency} periods; here in each of them, at the same hours"
        sheet.report.changed(event.source, why)
    if event.frequency == "hourly":
        if event.minutes < turn:
            sheet.report.changed(event.source, "it serves for a part of each turn; here for the whole of it")
        return merged(daily(0, DAY, event.days)) if event.days else None
    if event.frequency == "weekly" and not event.days:
        start = event.starts.weekday() * DAY + clock
        return merged([(start, start + min(event.minutes, WEEK))])
    return merged(daily(clock, min(event.minutes, WEEK), event.days or range(7)))
