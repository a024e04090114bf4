"""PagerDuty's schedules: layers that override each other, turns of some seconds, restrictions to parts of the week."""

import re
from datetime import timedelta

from escalator.importers import shifts
from escalator.importers.exports import Export
from escalator.importers.fields import Field
from escalator.importers.sheet import Sheet
from escalator.importers.shifts import Shift
from escalator.importers.weeks import DAY, WEEK, Windows, daily, merged
from escalator.importers.witness import Witness

NUMBERED = re.compile(r"layer\s*#?([0-9]{1,3})", re.IGNORECASE)


def schedules(sheet: Sheet, export: Export, witness: Witness) -> dict[str, list[str]]:
    """The names of each schedule, by its id."""
    overrides: dict[str, list[Field]] = {}
    for row in export.rows("overrides"):
        overrides.setdefault(row.owner, []).append(row.field)
    found: dict[str, list[str]] = {}
    for schedule in export.fields("schedules"):
        key, name = schedule["id"].text(), schedule["name"].text("")
        source = f"schedule {name or key}"
        zone = sheet.zone(source, schedule["time_zone"].text())
        found[key] = shifts.schedule(sheet, key, name, zone, _layers(sheet, source, zone, schedule))
        _told(sheet, source, found[key])
        final = schedule["final_schedule"]["rendered_schedule_entries"].items()
        witness.says(source, found[key], zone, ((e["start"], e["end"], e["user"]["id"].text("")) for e in final))
        for override in [*schedule["overrides"].items(), *overrides.get(key, [])]:
            _override(sheet, source, zone, found[key], override)
    return found


def _told(sheet: Sheet, source: str, names: list[str]) -> None:
    if names:
        sheet.report.carried(source, f"schedule `{names[0]}`")
    else:
        sheet.report.lost(source, "it has no layer with people in it: fetch /schedules/ID, the list has no layers")


def _layers(sheet: Sheet, source: str, zone: str, schedule: Field) -> list[Shift]:
    layers = schedule["schedule_layers"].items()
    numbers = [NUMBERED.fullmatch(layer["name"].text("")) for layer in layers]
    numbered = all(numbers) and len({found[1] for found in numbers if found}) == len(layers)
    if len(layers) > 1 and not numbered:
        why = "layers are taken as the API lists them, the one that overrides the others first: compare who is on call"
        sheet.report.changed(source, why)
    found = []
    for index, (layer, number) in enumerate(zip(layers, numbers, strict=True)):
        shift = _layer(sheet, f"{source}, layer {layer['name'].text('') or index + 1}", zone, layer)
        if shift is not None:
            found.append(shift._replace(rank=int(number[1]) if numbered and number else -index))
    return found


def _layer(sheet: Sheet, source: str, zone: str, layer: Field) -> Shift | None:
    ids = [user["user"]["id"].text(user["id"].text("")) for user in layer["users"].items()]
    people = [name for name in (sheet.known("people", key) for key in ids) if name is not None]
    if len(people) < len(ids):
        sheet.report.lost(source, f"{len(ids) - len(people)} of its people are not in the export")
    length = layer["rotation_turn_length_seconds"].whole(7 * 86400, least=1)
    every = shifts.turn(length)
    if every is None:
        length = max(60, length // 60 * 60)
        every = shifts.turn(length) or "1w"
        sheet.report.changed(source, f"its turns of {length}s are turns of {every}")
    if not people:
        return None
    start = layer["start"] if layer["start"].given else layer["rotation_virtual_start"]
    anchor = layer["rotation_virtual_start"] if layer["rotation_virtual_start"].given else start
    first, begins = (shifts.local(each, zone) for each in (anchor, start))
    past = max(0, (begins - first) // timedelta(seconds=length))
    return Shift(
        people=tuple(people[past % len(people) :] + people[: past % len(people)]),
        every=every,
        starts=first + past * timedelta(seconds=length),
        timezone=zone,
        windows=_windows(layer),
        until=shifts.local(layer["end"], zone) if layer["end"].given else None,
    )


def _windows(layer: Field) -> Windows:
    restrictions = layer["restrictions"].items()
    if not restrictions:
        return None
    found = []
    for each in restrictions:
        start = each["start_time_of_day"].clock()
        minutes = -(-each["duration_seconds"].whole(least=1) // 60)
        if each["type"].text("daily_restriction") == "daily_restriction":
            found += daily(start, min(minutes, DAY))
        else:
            day = each["start_day_of_week"].whole(least=1, most=7) - 1
            found.append((day * DAY + start, day * DAY + start + min(minutes, WEEK)))
    return merged(found)


def _override(sheet: Sheet, source: str, zone: str, names: list[str], override: Field) -> None:
    person = sheet.known("people", override["user"]["id"].text())
    starts, ends = shifts.local(override["start"], zone), shifts.local(override["end"], zone)
    source = f"{source}, override from {shifts.wall(starts)}"
    if person is None or not shifts.override(sheet, names, person, starts, ends):
        sheet.report.lost(source, "its person or its schedule is not in the export, or it ends before it begins")
    else:
        sheet.report.carried(source, f"override by `{person}`")
