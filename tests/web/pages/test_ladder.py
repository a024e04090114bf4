"""The ladder: what was, out of the explanation, and what comes, out of the foresight; of stories as they happen."""

from typing import Any

import pytest

from escalator.core import events
from escalator.core.instant import rfc3339
from escalator.rehearsal.foresight import Foresight, foresee
from escalator.web.pages.incidents.ladder import MOST, Ladder, Rung, ladder
from tests.story.conftest import TEAM, Opens, opens
from tests.story.faults import rejects
from tests.story.stage import Stage
from tests.story.test_explaining import explained

__all__ = ["opens"]

PAGE = """\
version: 1
policies:
  page:
    levels:
      - notify: [{schedule: primary}, {channel: ops}]
      - {notify: [{person: ana}], when: {during: office}}
      - notify: [{next_on_call: primary}]
catch_all: page
"""


def of(stage: Stage, incident: int = 1) -> Ladder:
    alone = stage._does(stage.house.standings.alone(incident))
    return ladder(explained(stage, incident), foresee(stage.house.world.book, alone) if alone else None)


def told(rungs: tuple[Rung, ...]) -> list[tuple[str, str, list[str]]]:
    return [(rung.kind, rung.title, [who.name for who in rung.who]) for rung in rungs]


def test_past_and_future_are_one_picture(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("2m")
    found = of(stage)
    assert told(found.past) == [("mark", "Opened", []), ("page", "Level 1", ["bob", "ops"])]
    assert told(found.future) == [("skip", "Level 2", []), ("page", "Level 3", ["carol"])]
    assert found.past[1].who[0].because == "schedule primary"
    assert [way.via for way in found.past[1].who[0].ways] == ["push", "sms", "email"]
    assert {way.state for who in found.past[1].who for way in who.ways} == {"sent"}
    assert {way.state for rung in found.future for who in rung.who for way in who.ways} == {"planned"}
    assert found.future[0].at == rfc3339(stage.began + 5 * 60_000_000)
    assert found.next[0].title == "All over again"
    assert "until somebody answers" in found.ends


def test_who_was_not_told_and_why_stands_at_its_rung(opens: Opens) -> None:
    stage = opens(PAGE).breaks("push", rejects, "bob").alert("Disk", severity="critical").passes("1m")
    page = of(stage).past[1]
    assert [each["who"] for each in page.missed] == ["bob by push"]
    assert page.meant == (("schedule primary", "bob"),)
    assert page.where == "policies.yaml:5:9"


def test_a_call_that_is_still_to_come_stands_in_the_future(opens: Opens) -> None:
    team = (
        "version: 1\npeople:\n  ana: {contacts: {push: browser, call: secret:ANA}}\nschedules: {}\nhours: {}\n"
        "channels: {}\n"
    )
    stage = opens("version: 1\npolicies: {page: {levels: [{notify: [{person: ana}]}]}}\ncatch_all: page\n")
    stage.edits_team(team)
    assert stage.problem is None, stage.problem
    stage.alert("Disk", severity="critical").passes("1m")
    call = of(stage).future[0]
    assert (call.title, call.at, call.who[0].ways[0].via) == ("Level 1", rfc3339(stage.began + 120_000_000), "call")
    assert call.event == "waiting"


def test_an_acknowledgement_stands_between_and_its_lapse_is_foreseen(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("2m").acknowledges("carol").passes("1m")
    found = of(stage)
    assert told(found.past)[-1] == ("mark", "Acknowledged", [])
    assert [(kind, title) for kind, title, _ in told(found.future)[:2]] == [
        ("mark", "The acknowledgement lapses"), ("page", "Level 1"),
    ]  # fmt: skip
    assert {who.name for who in found.future[1].who} == {"bob", "carol", "ops"}


def test_what_stops_the_paging_stands_behind_the_page_of_the_same_instant(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").acknowledges("bob")
    assert [rung.title for rung in of(stage).past] == ["Opened", "Level 1", "Acknowledged"]


def test_of_what_is_resolved_the_whole_past_is_walked_and_nothing_comes(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("12m").resolves("Disk", severity="critical")
    found = of(stage)
    assert [rung.title for rung in found.past] == [
        "Opened", "Level 1", "Level 2", "Level 3", "All over again", "Level 1", "Resolved",
    ]  # fmt: skip
    assert found.past[-1].event == "resolved"
    assert (found.future, found.next, found.ends) == ((), (), "")


def test_a_long_night_shows_its_last_pages_and_how_many_are_left_out(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("3h")
    found = of(stage)
    pages = [rung for rung in found.past if rung.kind != "mark"]
    assert len(pages) == MOST
    assert found.earlier == len(explained(stage)["pages"]) - MOST
    assert found.past[0].at >= pages[0].at


def test_a_reassignment_is_a_rung_of_its_own(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("1m").reassigns("bob", "carol").passes("1s")
    rung = of(stage).past[-1]
    assert (rung.title, [who.name for who in rung.who]) == ("Reassigned", ["carol"])
    assert "by bob" in rung.text


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ("again", "walked again"),
        ("long", "more than this"),
        ("quiet", "Nobody is told any more"),
        ("far", "within the next 7 days"),
    ],
)
def test_what_follows_the_last_rung_is_said_in_words(ends: str, words: str) -> None:
    why: dict[str, Any] = {"pages": [], "story": []}
    assert words in ladder(why, Foresight(0, 7 * 86_400_000_000, (), (), ends)).ends


def test_every_rung_keeps_its_key_when_the_page_changes(opens: Opens) -> None:
    """By it a browser keeps open what was opened."""
    stage = opens(PAGE).alert("Disk", severity="critical").passes("1m")
    before = [rung.key for rung in of(stage).past]
    stage.passes("9m").acts(events.Noted("ana", "looking"))
    after = [rung.key for rung in of(stage).past]
    assert after[: len(before)] == before
    assert len(set(after)) == len(after)


def test_a_level_with_many_attempts_is_cut_where_it_is_drawn(opens: Opens) -> None:
    level = "{notify: [{person: ana}], attempts: 20, escalate_after: 1m}"
    policies = f"version: 1\npolicies: {{page: {{levels: [{level}, {level}, {level}, {level}]}}}}\ncatch_all: page\n"
    stage = opens(policies).alert("Disk", severity="critical").passes("90s")
    found = of(stage)
    assert len(found.future) == MOST
    assert [rung.title for rung in found.future[:2]] == ["Level 1, attempt 3", "Level 1, attempt 4"]
    assert "more than this" in found.ends


def test_the_last_resort_goes_on_each_minute_and_says_so(opens: Opens) -> None:
    stage = opens("version: 1\npolicies: {page: {levels: [{notify: [{person: carol}]}]}}\ncatch_all: page\n")
    stage.unset |= {"CAROL"}
    stage.edits_team(TEAM.replace("{sms: secret:CAROL, email: carol@example.com}", "{sms: secret:CAROL}"))
    stage.crashes()
    stage.starts()
    stage.alert("Disk", severity="critical").passes("10s")
    found = of(stage)
    assert found.past[-1].title == "Last resort"
    assert {who.name for who in found.past[-1].who} == {"ana", "bob"}
    assert "each minute, until somebody answers" in found.ends
