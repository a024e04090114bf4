"""A plan as a program reads it; times are RFC 3339 in UTC, spans are seconds."""

from typing import Any

from escalator.core.instant import SECOND, rfc3339
from escalator.rehearsal.changes.ladders import Ladder
from escalator.rehearsal.changes.plan import Change, Next, Plan


def document(found: Plan) -> dict[str, Any]:
    return {
        "worse": found.worse,
        "changes": [_change(each) for each in found.changes],
        "shifts": [
            {
                "schedule": each.schedule, "from": rfc3339(each.since), "until": rfc3339(each.until),
                "old": each.old, "new": each.new,
            }
            for each in found.shifts
        ],
        "schedules": list(found.schedules),
        "incidents": [
            {"id": each.incident.id, "worse": each.worse, "old": _next_page(each.old), "new": _next_page(each.new)}
            for each in found.moves
        ],
        "open": found.incidents,
    }  # fmt: skip


def _change(each: Change) -> dict[str, Any]:
    return {
        "alerts": list(each.alerts),
        "example": dict(each.labels),
        "hours": list(each.hours),
        "zone": each.zone,
        "worse": each.worse or None,
        "old": _ladder(each.old),
        "new": _ladder(each.new),
    }


def _ladder(ladder: Ladder) -> dict[str, Any]:
    return {
        "route": ladder.route,
        "policy": None if ladder.drop else ladder.policy,
        "urgency": "high" if ladder.high else "low",
        "rungs": [
            {
                "after_seconds": rung.after // SECOND,
                "people": {name: list(vias) for name, vias in rung.people},
                "channels": list(rung.channels),
            }
            for rung in ladder.rungs
        ],
    }


def _next_page(found: Next) -> dict[str, Any] | None:
    if found.at is None:
        return None
    return {"at": rfc3339(found.at), "people": list(found.people), "channels": list(found.channels)}
