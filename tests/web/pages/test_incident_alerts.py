"""Alerts as a person reads them: words, links that lead somewhere, runbooks, and what tells of a release."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from escalator.core.instant import rfc3339
from escalator.core.policy import Catalogued
from escalator.store import incidents, revisions
from escalator.store.inline import Memory
from escalator.web.pages.incidents.alerts import alerts_of
from escalator.web.pages.incidents.changes import Changes, changes, releases
from escalator.web.pages.incidents.notes import MOST, notes_of
from tests.store.seeds import MINUTE, START, put_incident
from tests.web.conftest import a_book


def an_alert(source: str = "", **annotations: str) -> dict[str, Any]:
    return {
        "fingerprint": "f", "source": "alertmanager", "status": "firing", "labels": {"alertname": "Disk"},
        "annotations": annotations, "starts_at": "2026-03-04T03:00:00Z", "ends_at": None,
        "last_seen": "2026-03-04T03:00:00Z", "generator_url": source,
    }  # fmt: skip


def test_words_come_first_and_links_have_names() -> None:
    found = alerts_of(
        [
            an_alert(
                "https://prometheus.example/g", summary="full", description="very", dashboard_url="https://g.example",
                runbook_url="https://r.example/disk", team="db",
            )
        ],
        a_book(),
    )  # fmt: skip
    (alert,) = found.shown
    assert alert.words == ("full", "very")
    assert [(link.name, link.url) for link in found.links] == [
        ("Runbook", "https://r.example/disk"), ("Dashboard", "https://g.example"),
        ("Source", "https://prometheus.example/g"),
    ]  # fmt: skip
    assert alert.others == (("team", "db"),)
    assert [book.url for book in found.runbooks] == ["https://r.example/disk"]
    assert found.summary == "full"


def test_one_summary_stands_for_all_only_where_all_say_it() -> None:
    east, west = an_alert(summary="5 % fail in us-east-1"), an_alert(summary="6 % fail in eu-west-1")
    assert alerts_of([east, west], a_book()).summary == ""
    assert alerts_of([east, east], a_book()).summary == "5 % fail in us-east-1"
    assert alerts_of([east, an_alert()], a_book()).summary == "5 % fail in us-east-1"


def test_what_leads_nowhere_is_text() -> None:
    found = alerts_of(
        [an_alert("javascript:alert(1)", runbook_url="javascript:alert(1)", x="//evil.example")], a_book()
    )
    assert found.links == ()
    assert found.runbooks == ()
    assert found.shown[0].others == (("runbook_url", "javascript:alert(1)"), ("x", "//evil.example"))


def test_a_runbook_that_is_a_text_is_rendered_beside() -> None:
    text = "# Disk\n\n1. look\n2. `du -sh`"
    (book,) = alerts_of([an_alert(runbook=text), an_alert(runbook=text)], a_book()).runbooks
    assert "<li>look</li>" in str(book.text)
    assert book.url == ""


def test_the_catalogue_gives_what_the_sender_did_not() -> None:
    known = Catalogued({}, {"summary": "disk is full", "runbook_url": "https://r.example/disk"})
    book = replace(a_book(), alerts={"Disk": known})
    found = alerts_of([an_alert(summary="97 %", runbook_url="")], book)
    assert found.summary == "97 %"
    assert [link.url for link in found.links] == ["https://r.example/disk"]


def test_the_same_link_of_many_alerts_stands_on_top_once() -> None:
    alerts = [an_alert(dashboard="https://g.example/a"), an_alert(dashboard="https://g.example/b")]
    assert [link.url for link in alerts_of(alerts, a_book()).links] == ["https://g.example/a"]


def test_what_tells_of_a_release_is_found_and_told_once() -> None:
    alerts = [an_alert(deployed_version="v2", commit="abc", team="db"), an_alert(deployed_version="v2")]
    assert releases(alerts) == [("deployed_version", "v2"), ("commit", "abc")]


def a_line(number: int, event: str = "note", **detail: Any) -> dict[str, Any]:
    return {"at": "2026-03-04T03:00:00Z", "event": event, "reason": f"text {number}", "by": "ana", "detail": detail}


def test_notes_are_the_newest_first_and_words_given_with_an_act_are_among_them() -> None:
    lines = [a_line(1), a_line(2, "paged"), a_line(3, "acknowledged", note="on **it**")]
    found = notes_of(lines)
    assert [(note.said, str(note.text)) for note in found] == [
        ("acknowledged", "<p>on <strong>it</strong></p>\n"), ("", "<p>text 1</p>\n"),
    ]  # fmt: skip


def test_of_many_notes_the_last_are_shown() -> None:
    found = notes_of([a_line(number) for number in range(MOST + 5)])
    assert len(found) == MOST
    assert "text 34" in str(found[0].text)


@pytest.fixture
def connection() -> Iterator[Connection]:
    memory = Memory()
    yield memory.connection
    memory.close()


def near(connection: Connection, *alertnames: str) -> Changes:
    """What changed around an incident that opened a minute after each of these."""
    with connection.begin():
        for number, name in enumerate(alertnames, 1):
            put_incident(connection, number, labels=json.dumps({"alertname": name}))
        put_incident(connection, 90, opened_at=START + 20 * MINUTE)
    incident = incidents.peek(connection, 90)
    assert incident is not None
    return changes(connection, incident, [])


def test_a_storm_beside_it_is_one_thing_that_happened(connection: Connection) -> None:
    found = near(connection, "NodeDown", "NodeDown", "Disk", "NodeDown").neighbours
    assert [(each.alertname, each.others) for each in found] == [("NodeDown", 2), ("Disk", 0)]
    assert found[0].id == 4


def test_where_nothing_is_near_nothing_is_claimed(connection: Connection) -> None:
    assert not near(connection).any


def test_policies_admitted_around_it_are_told_and_those_long_before_or_after_its_end_are_not(
    connection: Connection,
) -> None:
    hour = 60 * MINUTE
    with connection.begin():
        put_incident(connection, 90, status="resolved", opened_at=START, resolved_at=START + hour)
        for number, at in enumerate((-7 * hour, -hour, hour // 2, 3 * hour), 1):
            stamp = revisions.Stamp(commit="0123456789abcdef", author="ana", subject="less noise")
            found = revisions.Revision(number, f"{at}", {"main.yaml": "version: 1"}, START + at, "replica", stamp)
            revisions.admit(connection, found)
    incident = incidents.peek(connection, 90)
    assert incident is not None
    revised = changes(connection, incident, []).revised
    assert [each.at for each in revised] == [rfc3339(START + hour // 2), rfc3339(START - hour)]
    assert (revised[0].by, revised[0].subject, revised[0].commit) == ("ana", "less noise", "0123456789ab")
