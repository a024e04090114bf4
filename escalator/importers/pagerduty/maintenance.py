"""PagerDuty's maintenance windows as silences: there alerts of the services are lost, here they are withheld."""

from collections.abc import Mapping
from datetime import timedelta

from escalator.importers import shifts
from escalator.importers.fields import Field
from escalator.importers.matches import equal
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Value

LONGEST = timedelta(days=30)
"""Of a silence, by E281."""


def maintenance(sheet: Sheet, services: Mapping[str, str], window: Field) -> None:
    """One window; `services` are names by id."""
    starts, ends = shifts.local(window["start_time"], "UTC"), shifts.local(window["end_time"], "UTC")
    source = f"maintenance window from {shifts.wall(starts)}"
    names = [services[key] for each in window["services"].items() if (key := each["id"].text()) in services]
    if not names or not timedelta() < ends - starts <= LONGEST:
        why = "its services are not in the export" if not names else "a silence lasts 30 days at the most"
        sheet.report.lost(source, why)
        return
    for name in dict.fromkeys(names):
        match: dict[str, Value] = {"service": equal(name)}
        span: dict[str, Value] = {"from": shifts.wall(starts), "until": shifts.wall(ends), "timezone": "UTC"}
        reason: Value = window["description"].text("maintenance in PagerDuty")
        sheet.lists["silences"].append({"match": match, **span, "reason": reason})
    sheet.report.changed(source, "alerts of this time were lost there; here they are shown, and page if they last")
