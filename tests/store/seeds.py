"""Rows for tests of reading: told in the words of the tables, every field that a test does not name has a default."""

import json
from typing import Any

from sqlalchemy import Connection

from escalator.store import bulk
from escalator.store.tables import AlertRow, AttemptRow, EpisodeRow, IncidentRow, OutboxRow, TimelineRow

START = 1_772_593_200_000_000
"""2026-03-04T03:00:00Z."""
MINUTE = 60_000_000


def put(connection: Connection, model: Any, **row: Any) -> None:
    bulk.insert(connection, model, tuple(row), [tuple(row.values())])


def put_incident(connection: Connection, id: int, *, state: dict[str, Any] | None = None, **fields: Any) -> None:
    row: dict[str, Any] = {
        "id": id, "key": id, "status": "triggered", "muted": False, "severity": 3, "high": True, "route": "shop",
        "policy": "shop-primary", "revision": 1, "title": f"Incident {id}", "labels": json.dumps({"alertname": "Down"}),
        "level": 1, "round": 1, "firing": 1, "opened_at": START + id * MINUTE, "version": 1,
        "state": json.dumps(state or {}),
    }  # fmt: skip
    put(connection, IncidentRow, **(row | fields))


def put_alert(
    connection: Connection,
    id: int,
    incident: int,
    labels: dict[str, str],
    *,
    hot: int | None = 0,
    key: int | None = None,
) -> None:
    """An episode; `hot`: the state of its alert's row, None where a newer episode has taken it."""
    key = id if key is None else key
    put(
        connection, EpisodeRow, id=id, incident_id=incident, alert_key=key, source="am", fingerprint=f"{key:016x}",
        labels=json.dumps(labels), annotations="{}", generator_url="http://prometheus/g", starts_at=START,
        ends_at=None if hot is not None else START + MINUTE,
    )  # fmt: skip
    if hot is not None:
        put(
            connection, AlertRow, key=key, episode_id=id, incident_id=incident, state=hot, severity=3,
            first_start=START, last_start=START, ends_at=START + 2 * MINUTE if hot == 1 else None,
            last_seen=START + MINUTE, words=0,
        )  # fmt: skip


def put_notification(connection: Connection, id: int, incident: int, **fields: Any) -> None:
    row: dict[str, Any] = {
        "id": id, "incident_id": incident, "round": 1, "level": 1, "attempt": 0, "step": id,
        "contact": "person/alice/email", "kind": "page", "via": "email", "person": "alice",
        "target": "schedule boardroom", "reason": "level 1", "priority": 0, "not_before": START, "state": "sent",
        "token": 1, "attempts": 1, "created_at": START, "sent_at": START + 1500, "receipt": "m-1",
    }  # fmt: skip
    put(connection, OutboxRow, **(row | fields))


def put_attempt(connection: Connection, outbox: int, outcome: str = "sent", at: int = START) -> None:
    put(connection, AttemptRow, outbox_id=outbox, token=1, at=at, took=1500, outcome=outcome, detail="250 ok")


def put_line(connection: Connection, incident: int, event: str, detail: str | None = None) -> None:
    put(
        connection,
        TimelineRow,
        incident_id=incident,
        at=START,
        event=event,
        reason="because",
        by="alice",
        detail=detail,
    )
