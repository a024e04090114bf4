"""What changed shortly before: policies that were admitted, other incidents that opened, and what the alerts themselves
say of releases.

Nothing is claimed to be the cause: what is near in time is shown, and a person judges.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from escalator.core.incident import Incident
from escalator.core.instant import HOUR, MINUTE, Instant, rfc3339
from escalator.store import revisions, similar
from escalator.web.pages.incidents.similar import Like, like

BEFORE: Final = HOUR
"""How long before it another incident is a neighbour."""
AFTER: Final = 5 * MINUTE
POLICIES: Final = 6 * HOUR
MOST: Final = 8
REVISIONS: Final = 200
"""Revisions that are looked at, the newest."""
NEAR: Final = 60
"""Neighbours that are read; those of one alert are shown as one."""
LOOKS_LIKE_A_RELEASE: Final = re.compile(
    r"deploy|release|version|commit|revision|changelog|change_|change$|\bchange\b|build|image|tag$|rollout|sha$", re.I
)
"""Names of labels and annotations that tell what runs."""


class Revised(NamedTuple):
    """A revision of the policies that was admitted."""

    number: int
    at: str
    by: str
    subject: str
    commit: str


class Changes(NamedTuple):
    """What is near in time, the newest first."""

    neighbours: tuple[Like, ...]
    revised: tuple[Revised, ...]
    releases: tuple[tuple[str, str], ...]
    """Names and values, each once."""

    @property
    def any(self) -> bool:
        return bool(self.neighbours or self.revised or self.releases)


def changes(connection: Connection, incident: Incident, alerts: Iterable[Mapping[str, Any]]) -> Changes:
    opened = incident.opened_at
    near = similar.opened_between(connection, opened - BEFORE, opened + AFTER, incident.id, NEAR)
    return Changes(
        tuple(_gathered(like(each, similar.Ended(), same=False) for each in near)),
        tuple(_revised(connection, opened - POLICIES, incident.resolved_at)),
        tuple(releases(alerts)),
    )


def _gathered(near: Iterable[Like]) -> list[Like]:
    """One of each alertname, which stands for the others: a storm is one thing that happened."""
    found: dict[str, Like] = {}
    for each in near:
        name = each.alertname or each.title
        first = found.setdefault(name, each)
        if first is not each:
            found[name] = first._replace(others=first.others + 1)
    return list(found.values())[:MOST]


def _revised(connection: Connection, since: Instant, until: Instant | None) -> list[Revised]:
    """Those admitted from shortly before it to its end."""
    heads = revisions.heads(connection, REVISIONS)
    near = [each for each in heads if each.admitted_at >= since and (until is None or each.admitted_at <= until)]
    return [_told(each) for each in near[:MOST]]


def _told(each: revisions.Revision) -> Revised:
    stamp, commit = each.stamp, (each.stamp.commit or "")[:12]
    return Revised(each.number, rfc3339(each.admitted_at), stamp.author or each.by, stamp.subject or "", commit)


def releases(alerts: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What the alerts say of what runs."""
    pairs = (
        (name, value)
        for alert in alerts
        for part in ("annotations", "labels")
        for name, value in alert[part].items()
        if value and LOOKS_LIKE_A_RELEASE.search(name)
    )
    return list(dict.fromkeys(pairs))[:MOST]
