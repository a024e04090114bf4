"""Single incidents that stand for many: what of them advice is made from, and what their groups differ in.

Law: reads only; so many incidents by their numbers, however much is kept.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core.alert import Severity
from escalator.store import bulk
from escalator.store.alerts import decode_map

CROWD = 100
"""Incidents whose labels are compared, at most."""


class Sample(NamedTuple):
    """What is known of one incident's kind."""

    id: int
    title: str
    route: str
    severity: Severity
    labels: dict[str, str]
    """Group labels."""
    generator_url: str
    """Of its first alert."""


SAMPLES = """
SELECT i.id, i.title, i.route, i.severity, i.labels,
 (SELECT e.generator_url FROM episode e WHERE e.incident_id = i.id ORDER BY e.id LIMIT 1)
FROM incident i WHERE i.id {keys}
"""
LABELS = "SELECT labels FROM incident WHERE id {keys} ORDER BY id"


def samples(connection: Connection, ids: Sequence[int]) -> dict[int, Sample]:
    found = {}
    for id, title, route, severity, labels, url in bulk.select(connection, SAMPLES, ids):
        found[id] = Sample(id, title, route, Severity(severity), decode_map(labels), url or "")
    return found


def crowds(connection: Connection, crowds: Iterable[Sequence[int]]) -> list[list[dict[str, str]]]:
    """The group labels of incidents that opened together, those of the newest ones."""
    asked = [sorted(ids)[-CROWD:] for ids in crowds]
    return [[decode_map(row[0]) for row in bulk.select(connection, LABELS, ids)] for ids in asked]
