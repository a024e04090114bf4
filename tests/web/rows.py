"""Incidents in the store as the engine would have left them, for doors that read."""

import json

from escalator.core.alert import Severity
from escalator.core.incident import Incident, Status
from escalator.core.instant import MINUTE
from escalator.store.tables import (
    AlertRow,
    AttemptRow,
    EpisodeRow,
    IncidentRow,
    OutboxRow,
    TimelineRow,
)
from tests.web.conftest import House
from tests.web.fakes import NOW

NASTY = '<script>alert("x")</script>'


def an_incident(house: House, id: int, status: Status = Status.TRIGGERED, title: str = "DiskFull db-1") -> Incident:
    """One alert, one e-mail to alice that failed once, two lines of timeline."""
    by = "bob" if status is Status.ACKNOWLEDGED else None
    incident = Incident(
        id, id, "routes[0]", "page", 7, Severity.CRITICAL, True, title, {"alertname": "DiskFull"}, NOW - MINUTE * id,
        status=status, version=3, acknowledged_by=by, acknowledged_at=NOW if by else None, told=("alice",), firing=1,
    )  # fmt: skip
    house.lifecycle.incidents[id] = incident
    house.database.put(_incident_row(incident), *_alert_rows(id), *_outbox_rows(id), *_timeline_rows(id))
    return incident


def _incident_row(incident: Incident) -> IncidentRow:
    return IncidentRow(
        id=incident.id, key=incident.key, status=incident.status.value, muted=False, severity=int(incident.severity),
        high=True, route=incident.route, policy=incident.policy, revision=7, title=incident.title,
        labels=json.dumps(dict(incident.labels)), level=1, round=1, firing=1, opened_at=incident.opened_at,
        acknowledged_at=incident.acknowledged_at, acknowledged_by=incident.acknowledged_by,
        resolved_at=NOW if incident.status is Status.RESOLVED else None,
        due_at=None if incident.status is Status.RESOLVED else NOW + MINUTE, version=incident.version,
        state=json.dumps({"told": ["alice"]}),
    )  # fmt: skip


def _alert_rows(id: int) -> tuple[AlertRow, EpisodeRow]:
    labels, words = {"alertname": "DiskFull", "team": "db", "host": f"db-{id}"}, {"summary": NASTY}
    return (
        AlertRow(
            key=id, episode_id=id, incident_id=id, state=0, severity=3, first_start=NOW, last_start=NOW, last_seen=NOW,
            words=0,
        ),
        EpisodeRow(
            id=id, incident_id=id, alert_key=id, source="alertmanager", fingerprint=f"{id:016x}",
            labels=json.dumps(labels), annotations=json.dumps(words), generator_url="javascript:alert(1)",
            starts_at=NOW,
        ),
    )  # fmt: skip


def _outbox_rows(id: int) -> tuple[OutboxRow, AttemptRow]:
    return (
        OutboxRow(
            id=id, incident_id=id, round=1, level=1, attempt=1, step=0, contact="person/alice/email", kind="page",
            via="email", person="alice", target="schedule primary", reason="level 1", priority=0, not_before=NOW,
            state="sent", sent_at=NOW, created_at=NOW, receipt="r-1",
        ),
        AttemptRow(outbox_id=id, token=1, at=NOW, took=1500, outcome="temporary", detail="451 try later"),
    )  # fmt: skip


def _timeline_rows(id: int) -> tuple[TimelineRow, TimelineRow]:
    return (
        TimelineRow(incident_id=id, at=NOW, event="fired", reason="1 alert fires"),
        TimelineRow(incident_id=id, at=NOW, event="paged", reason="level 1: alice is on call", detail='{"level": 1}'),
    )
