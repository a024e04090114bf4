"""What happened is kept so that it can be played again: through the same policies it goes as it went."""

from typing import Any

import pytest

from escalator.core import events
from escalator.core.instant import Instant, rfc3339
from escalator.rehearsal.history.recording import from_record
from escalator.rehearsal.history.replay import Passage, Response, replay
from escalator.store.record import record
from tests.story.conftest import Opens
from tests.story.stage import Stage

EVERYBODY = """\
version: 1
policies:
  page:
    levels:
      - {notify: [{person: ana}, {person: bob}], ack_mode: all}
      - notify: [{person: carol}]
catch_all: page
"""

Page = tuple[Instant, str, str]
"""When, whom, by which way."""


def recorded(stage: Stage, limit: int = 1000) -> dict[str, Any]:
    """All pages, joined as the command joins them."""
    found: dict[str, Any] = {"alerts": [], "incidents": []}
    asked: dict[str, Any] = {"since": None, "until": None, "limit": limit, "cursor": None}
    while True:
        page = stage._does(stage.house.database.read(lambda c: record(c, **asked)))
        for part in found:
            found[part] += page[part]
        asked["cursor"] = page["next"]
        if page["next"] is None:
            return found


def played_again(stage: Stage) -> list[Passage]:
    return list(replay(stage.house.world.book, from_record(recorded(stage)), Response(recorded=True)).passages)


def pages(stage: Stage) -> list[Page]:
    """What people had, without what channels had."""
    people = stage.house.world.book.people
    return sorted((h.at, h.who, h.via) for h in stage.heard if h.kind == "page" and h.who in people)


def pages_again(passages: list[Passage]) -> list[Page]:
    return sorted((page.at, page.person or "", page.via) for each in passages for page in each.pages if page.carrier)


def a_night(stage: Stage) -> None:
    """Somebody answers, somebody does not, something comes back, something goes on until the morning."""
    stage.alert("DiskFull").passes("2m").acknowledges("bob")
    stage.passes("1m").alert("Slow", severity="error")  # whose first page waits for others
    stage.passes("10s").alert("Slow#web-1", severity="error")  # of the same group
    stage.passes("20m").acknowledges("carol", incident=2).acknowledges("ana", incident=2)
    stage.passes("10m").resolves("DiskFull")
    stage.passes("3m").alert("DiskFull")  # inside the reopen window: the same incident
    stage.passes("7m").acknowledges("ana")
    stage.passes("10m").resolves("DiskFull")
    stage.passes("1h31m").acknowledges("carol", incident=2)  # ana's acknowledgement had lapsed
    stage.passes("5m").resolves("Slow", severity="error").passes("1m").resolves("Slow#web-1", severity="error")
    stage.passes("20m").alert("DiskFull").passes("17m").resolves("DiskFull")  # another incident, nobody answers


def test_a_night_played_again_pages_whom_it_paged_when_it_did(stage: Stage) -> None:
    a_night(stage)
    passages = played_again(stage)
    assert len(passages) == stage.incidents == 3
    assert len(pages(stage)) > 30
    assert pages_again(passages) == pages(stage)
    assert [each.resolved_at for each in passages] == [stage.incident(id).resolved_at for id in (1, 2, 3)]
    assert [each.opened_at for each in passages] == [stage.incident(id).opened_at for id in (1, 2, 3)]


def test_a_night_played_again_is_acknowledged_as_it_was(stage: Stage) -> None:
    a_night(stage)
    first = [(each.acknowledged_by, each.acknowledged_at and each.acknowledged_at - stage.began)
             for each in played_again(stage)]  # fmt: skip
    minute = 60_000_000
    assert first == [("bob", 2 * minute), ("carol", 23 * minute + minute // 6), (None, None)]
    taken = [[each["by"] for each in incident["acknowledged"]] for incident in recorded(stage)["incidents"]]
    assert taken == [["bob", "ana"], ["carol", "carol"], []]


def test_the_record_says_whom_each_incident_paged_first(stage: Stage) -> None:
    a_night(stage)
    for incident in recorded(stage)["incidents"]:
        had = [(h.at, h.who) for h in stage.heard if h.kind == "page" and str(incident["id"]) in h.incidents]
        people = {who for _, who in had} & set(stage.house.world.book.people)
        first = {who: rfc3339(min(at for at, whom in had if whom == who)) for who in people}
        assert {each["person"]: each["at"] for each in incident["paged"]} == first


@pytest.mark.parametrize("limit", [1, 2])
def test_joined_pages_are_the_same_night(stage: Stage, limit: int) -> None:
    a_night(stage)
    assert recorded(stage, limit) == recorded(stage)


def test_what_still_fires_has_no_end(stage: Stage) -> None:
    stage.alert("DiskFull").passes("3m").acknowledges("bob").passes("30m")
    [alert] = recorded(stage)["alerts"]
    assert alert["ends_at"] is None
    so_far = [page for page in pages_again(played_again(stage)) if page[0] <= stage.now]
    assert so_far == pages(stage)


def test_where_everybody_has_to_acknowledge_everybody_does_again(opens: Opens) -> None:
    stage = opens(EVERYBODY)
    stage.alert("DiskFull").passes("1m").acknowledges("ana").passes("2m").acknowledges("bob")
    stage.passes("10m").resolves("DiskFull")
    [passage] = played_again(stage)
    assert (passage.acknowledged_by, passage.acknowledged_at) == ("bob", stage.incident().acknowledged_at)
    assert pages_again([passage]) == pages(stage)


def test_a_snooze_stops_the_pages_of_the_replay_too(stage: Stage) -> None:
    stage.alert("DiskFull").passes("7m").snoozes("carol", "2h").passes("40m").resolves("DiskFull")
    [passage] = played_again(stage)
    assert passage.acknowledged_by == "carol"
    assert pages_again([passage]) == pages(stage)


def test_what_a_person_resolved_is_over_in_the_replay_when_it_was(stage: Stage) -> None:
    """The source says so only later; until then the person holds it."""
    stage.alert("DiskFull").passes("7m").acts(events.Resolved("bob")).passes("20m").resolves("DiskFull")
    [passage] = played_again(stage)
    assert (passage.acknowledged_by, passage.resolved_at) == ("bob", stage.incident().resolved_at)
    assert pages_again([passage]) == pages(stage)
