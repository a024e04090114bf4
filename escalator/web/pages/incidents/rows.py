"""One row of the list: of everything that is known of an incident, what is read at night before it is opened.

Law: values in, words out; the same row is made again and again while nothing changes, so that a page is left alone.
"""

from typing import Any, Final

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.core.incident import Incident, Status
from escalator.core.instant import Instant, rfc3339
from escalator.store.board import Card
from escalator.web.pages.incidents.spark import spark
from escalator.web.pages.incidents.steps import next_step

LABELS: Final = 3
NAMES: Final = 2
"""People named in a row; how many more there are is said."""


def row(card: Card, book: Book) -> dict[str, Any]:
    """For the template."""
    incident = card.incident
    step = next_step(incident, book)
    labels = telling(incident.labels, incident.title)
    return {
        "id": incident.id,
        "status": incident.status.value,
        "severity": incident.severity.name.lower(),
        "high": incident.high,
        "title": incident.title or f"Incident {incident.id}",
        "labels": labels[:LABELS],
        "more_labels": max(0, len(labels) - LABELS),
        "who": who(incident),
        "step": step.text,
        "step_at": _time(step.at),
        "step_quiet": step.quiet,
        "firing": incident.firing,
        "alerts": max(card.alerts, incident.firing),
        "policy": incident.policy,
        "opened_at": rfc3339(incident.opened_at),
        "resolved_at": _time(incident.resolved_at),
        "spark": spark(card.day),
    }


def telling(labels: Labels, title: str) -> list[tuple[str, str]]:
    """The group labels that say what the title does not."""
    return [(name, value) for name, value in labels.items() if value and not (name == "alertname" and value in title)]


def who(incident: Incident) -> tuple[str, tuple[str, ...], int]:
    """A word, the people of whom it is said, and how many more there are."""
    if incident.status is Status.RESOLVED:
        return _named("had by", (incident.acknowledged_by,)) if incident.acknowledged_by else ("", (), 0)
    if incident.status is not Status.TRIGGERED:
        return _named("has it:", (incident.acknowledged_by or "somebody",))
    if incident.awaited:
        return _named("waits for", incident.awaited)
    # The last ones to be paged stand last.
    paged = (incident.paged or incident.told)[::-1]
    return _named("paged", paged) if paged else ("nobody paged yet", (), 0)


def _named(word: str, names: tuple[str, ...]) -> tuple[str, tuple[str, ...], int]:
    return word, names[:NAMES], max(0, len(names) - NAMES)


def _time(at: Instant | None) -> str | None:
    return None if at is None else rfc3339(at)
