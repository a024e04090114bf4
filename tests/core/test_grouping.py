"""What one delivery comes to for an incident, and what the incident is called."""

from escalator.core import events
from escalator.core.alert import Alert
from escalator.core.grouping import Tally, events_of, title_of
from escalator.core.reports import opened
from tests.core.books import NOON, WARNING, Walk, book

LABELS = {"alertname": "Disk"}


def alert(annotations: dict[str, str]) -> Alert:
    return Alert("prometheus", "f", LABELS, annotations, True, NOON, None)


def test_an_incident_is_called_by_its_alert_and_the_summary() -> None:
    assert title_of(alert({"summary": "almost full"}), LABELS, book()) == "Disk: almost full"
    assert title_of(alert({}), LABELS, book()) == "Disk"
    assert title_of(alert({}), {}, book()) == "alert"


def test_what_opens_an_incident_brings_the_values_that_page_again_when_they_are_new() -> None:
    about = book()
    new = opened(1, 7, about.routes[0], WARNING, "Disk", {}, about, NOON)
    found = events_of(new, Tally(fresh=2, values=(("host", "a"),)), NOON)
    assert found == [events.Fired(2, 0, (("host", "a"),))]


def test_what_joins_brings_them_too() -> None:
    walk = Walk(book()).opens()
    found = events_of(walk.state, Tally(fresh=1, values=(("host", "b"),)), NOON)
    assert found == [events.Joined(1, (("host", "b"),))]
