"""Incidents like this one before: how they ended, who took them, and how long they lasted."""

from typing import Any, NamedTuple

from markupsafe import Markup
from sqlalchemy import Connection

from escalator.core.alert import Severity
from escalator.core.incident import Incident
from escalator.core.instant import Instant, rfc3339, spoken
from escalator.store import similar
from escalator.store.alerts import decode_map
from escalator.store.similar import Earlier, Ended
from escalator.web.pages.incidents.markdown import rendered

MOST = 6
NOTE = 240
"""Characters of a note that are shown: the rest stands on that incident's own page."""


class Like(NamedTuple):
    """One of them, for a template."""

    id: int
    title: str
    status: str
    severity: str
    opened_at: str
    lasted: str
    """Empty while it is open."""
    taken_by: str
    taken_after: str
    ended: str
    note: Markup
    same: bool
    """Of the same group of alerts, not of the same alert elsewhere."""
    alertname: str = ""
    others: int = 0
    """How many more of its alertname it stands for."""


def alikes(connection: Connection, incident: Incident) -> list[Like]:
    """Those of its own group first, then of the same alert; each the newest first."""
    group = similar.of_group(connection, incident.key, incident.id, MOST)
    known = {incident.id, *(each.id for each in group)}
    alert, left = incident.labels.get("alertname", ""), MOST - len(group)
    others: list[Earlier] = []
    if alert and left:
        others = similar.of_alert(connection, incident.policy, alert, incident.opened_at, known, left)
    ended = similar.ends(connection, [each.id for each in (*group, *others)])
    return [like(each, ended.get(each.id, Ended()), same=each in group) for each in (*group, *others)]


def like(each: Earlier, ended: Ended, *, same: bool) -> Like:
    taken = each.acknowledged_by or ended.taken_by or ""
    note = ended.note if len(ended.note) <= NOTE else f"{ended.note[:NOTE]}…"
    return Like(
        each.id, each.title, each.status, Severity(each.severity).name.lower(), rfc3339(each.opened_at),
        _between(each.opened_at, each.resolved_at), taken, _between(each.opened_at, each.acknowledged_at),
        _sentence(ended.reason) if each.status == "resolved" else "", rendered(note), same,
        decode_map(each.labels).get("alertname", ""),
    )  # fmt: skip


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _between(since: Instant, until: Instant | None) -> str:
    return "" if until is None else spoken(max(0, until - since) // 1_000_000 * 1_000_000)


def summary(found: list[Like]) -> dict[str, Any]:
    """Of those of the same group: how many, and who took most of them."""
    names = [each.taken_by for each in found if each.taken_by]
    return {"number": len(found), "most": max(set(names), key=names.count) if names else ""}
