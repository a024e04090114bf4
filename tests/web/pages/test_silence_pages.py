"""Silences for people: the list, the form and its preview, to extend and to end, the calendar; on a real house."""

import json
import re
from collections.abc import AsyncIterator, Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from escalator.core.alert import Matcher, Silence
from escalator.core.instant import DAY, HOUR, MINUTE, SECOND, rfc3339
from escalator.web import build
from escalator.web.pages.silences import listing
from escalator.web.pages.silences.words import lines_of, matchers_in, written
from tests.engine.live import Live, live, policies
from tests.web.asgi import Answer, Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.pages.browser import Browser
from tests.web.rows import NASTY

RULES = """silences:
  - {match: {job: backup}, during: nightly, reason: backups}
hours:
  nightly: {timezone: Europe/Berlin, from: 02:00, to: 04:00}
alerts:
  Slow: {service: search, summary: slow}
"""
TEAM = policies("alice: {contacts: {webhook: secret:HOOK}, timezone: Europe/Berlin}", RULES)
NOON = 12 * HOUR
"""Of UTC, on any day: while the nightly hours run their rest is shown."""
DISKS = (Matcher("alertname", "=", "DiskFull"),)


class Stage(Browser):
    """A browser at a real house."""

    def __init__(self, house: Live) -> None:
        super().__init__(house.door)
        self.house = house

    @property
    def now(self) -> int:
        return self.house.clock()

    async def silence(self, *matchers: Matcher, after: int = 0, span: int = 2 * HOUR, why: str = "moving") -> Silence:
        begins = self.now + after
        return await self.house.house.windows.silence(matchers or DISKS, begins, begins + span, "bob", why)

    async def silences(self) -> list[Silence]:
        return [each for each in await self.house.house.windows.silences() if each.by != "policies"]

    async def silenced(self, incident: int = 1) -> bool:
        lines = (await self.house.get(f"incidents/{incident}/timeline"))["items"]
        return [line["event"] for line in lines if line["event"] in ("silenced", "unsilenced")][-1:] == ["silenced"]

    async def undo(self, page: Answer) -> Answer:
        """Presses the button that the last answer offers."""
        box = re.search(r'<div id="said".*?</div>', page.text, re.DOTALL)
        assert box, page.text
        path = re.search(r'<form method="post" action="([^"]+)"', box[0])
        assert path, box[0]
        fields = re.findall(r'name="([^"]+)" value="([^"]*)"', box[0])
        return await self.submit(path[1], [(name, unescape(value)) for name, value in fields])


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with live(sqlite_url, tmp_path / "p", TEAM, "http://127.0.0.1:9", sending=False) as house:
        yield Stage(house)


def plain(answer: Answer, part: str = "main") -> str:
    """What a person reads."""
    assert answer.status in (200, 422), answer.text
    text = answer.text.split(f"<{part}", 1)[1]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<(style|title)\b.*?</\1>", " ", text))).split())


def said(answer: Answer) -> str:
    box = re.search(r'<div id="said".*?</div>', answer.text, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", box[0] if box else "")).split())


def asked(**fields: str) -> str:
    return f"/silences/new?{urlencode({'matchers': 'alertname=DiskFull', 'for': '2h', 'reason': 'moving'} | fields)}"


# --- the list ---------------------------------------------------------------------------------------------------------


async def test_without_silences_it_says_so_and_shows_the_window_of_the_policies(stage: Stage) -> None:
    text = plain(await stage.get("/silences"))
    assert "job=backup" in text
    assert "in the policies, main.yaml:4:5 · again and again during nightly" in text
    assert "Nothing is silenced now." in text or "active" in text


async def test_it_shows_who_why_until_when_and_what_is_hidden_now(stage: Stage) -> None:
    await stage.house.fire("DiskFull", host="a")
    await stage.house.fire("NetDown", host="a")
    await stage.silence(why="new disks")
    text = plain(await stage.get("/silences"))
    assert "active ends in 2 h" in text.replace("ends in 1 h 59 min", "ends in 2 h")
    assert "new disks by bob · hides 1 alert now, 1 incident as a whole · until" in text


async def test_what_it_hides_only_in_part_is_counted_as_such(stage: Stage) -> None:
    """Two alerts of one incident, of which the silence takes one."""
    await stage.house.fire("DiskFull", host="a")
    await stage.house.fire("DiskFull", host="b")
    await stage.silence(Matcher("host", "=", "a"))
    assert "hides 1 alert now, 1 only in part" in plain(await stage.get("/silences"))


async def test_what_is_counted_over_a_part_says_so_and_is_true_of_that_part(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the oldest incident some alerts may be missing: it is left out, and nothing is called hidden that is not."""
    monkeypatch.setattr(listing, "COUNTED", 2)
    for host in ("a", "b"):
        await stage.house.fire("DiskFull", host=host)
    await stage.house.fire("NetDown", host="a")
    await stage.silence(Matcher("host", "=", "a"))
    text = plain(await stage.get("/silences"))
    assert "counted over the newest of them" in text
    assert "hides 1 alert now, 1 incident as a whole ·" in text


async def test_coming_and_over_stand_apart_and_what_is_over_can_be_made_again(stage: Stage) -> None:
    later = await stage.silence(Matcher("a", "=", "coming"), after=DAY)
    gone = await stage.silence(Matcher("a", "=", "gone"), span=HOUR)
    cancelled = await stage.silence(Matcher("a", "=", "cancelled"), after=DAY)
    await stage.house.house.windows.unsilence(cancelled.id, "bob")
    stage.house.clock.by += 2 * HOUR
    text = plain(await stage.get("/silences"))
    _, coming, over = re.split(r" Coming \d| Over for less than a week \d", text)
    assert "a=coming" in coming
    assert "Cancel it" in coming
    assert "a=gone" in over
    assert "a=cancelled over before it began" in over
    page = await stage.get("/silences")
    assert f"/silences/new?again={gone.id}" in page.text
    assert f"/silences/new?again={later.id}" not in page.text
    again = await stage.get(f"/silences/new?again={gone.id}")
    assert "a=gone</textarea>" in again.text
    assert 'value="moving"' in again.text


async def test_after_a_week_what_is_over_is_gone(stage: Stage) -> None:
    await stage.silence(span=HOUR)
    stage.house.clock.by += 8 * DAY
    assert "DiskFull" not in plain(await stage.get("/silences"))


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("q=ledger", "service=ledger", "service=search"),
        ("q=REINDEX", "service=search", "service=ledger"),
        ("q=reindex+search", "service=search", "service=ledger"),
        ("state=coming", "service=search", "service=ledger"),
        ("lives=policies", "job=backup", "service="),
        ("lives=hand", "service=search", "job=backup"),
        ("by=bob", "service=search", "job=backup"),
    ],
)
async def test_it_can_be_narrowed_and_the_address_says_how(stage: Stage, query: str, shown: str, hidden: str) -> None:
    await stage.silence(Matcher("service", "=", "ledger"))
    await stage.silence(Matcher("service", "=", "search"), after=DAY, why="Reindex")
    text = plain(await stage.get(f"/silences?{query}")).split("Show all", 1)[1]
    assert shown in text
    assert hidden not in text


async def test_where_nothing_fits_it_leads_to_all(stage: Stage) -> None:
    assert "None of 1 fits." in plain(await stage.get("/silences?q=nothing-like-this"))


# --- the form and what it would hide ----------------------------------------------------------------------------------


async def test_the_form_is_empty_or_begins_with_an_incidents_labels(stage: Stage) -> None:
    assert "></textarea>" in (await stage.get("/silences/new")).text
    await stage.house.fire("DiskFull", service="ledger", host="a")
    page = await stage.get("/silences/new?incident=1")
    assert "alertname=DiskFull\nservice=ledger</textarea>" in page.text
    assert 'href="/incidents/1"' in page.text
    for nowhere in ("2", "x", "-1", "99999999999999999999999", "%00"):
        assert (await stage.get(f"/silences/new?incident={nowhere}")).status == 200


async def test_the_preview_counts_and_lists_and_makes_nothing(stage: Stage) -> None:
    await stage.house.fire("DiskFull", host="a")
    await stage.house.fire("DiskFull", host="b")
    await stage.house.fire("NetDown")
    text = plain(await stage.get(asked()))
    assert "2 alerts that fire now, in 1 open incident." in text
    assert "1 · DiskFull" in text
    assert "2 of 2 hidden Nobody is paged of it." in text
    assert "Make this silence" in text
    assert await stage.silences() == []


async def test_what_is_hidden_in_part_or_hidden_already_says_so(stage: Stage) -> None:
    await stage.house.fire("DiskFull", host="a")
    await stage.house.fire("DiskFull", host="b")
    assert "1 of its alerts are not muted by it" in plain(await stage.get(asked(matchers="host=a")))
    await stage.silence(Matcher("host", "=", "b"))
    assert "1 of 2 hidden" in plain(await stage.get(asked(matchers="host=a")))
    await stage.silence(Matcher("host", "=~", "a|b"))
    assert "already silent" in plain(await stage.get(asked(matchers="host=a")))


async def test_the_catalogues_labels_count_as_they_do_for_the_engine(stage: Stage) -> None:
    await stage.house.fire("Slow")
    assert "1 alert that fires now, in 1 open incident" in plain(await stage.get(asked(matchers="service=search")))


@pytest.mark.parametrize(
    ("matchers", "warning"),
    [
        ("alertname=DiskFlul", "alertname=DiskFlul matches none of the 2 alerts that fire now."),
        ("teem=db", "teem=db: no alert that fires now has a label 'teem'."),
        ("alertname=~.+", "alertname=~.+ matches every alert that fires now."),
        ("alertname=~.+", "It hides everything: each of the 2 alerts that fire now."),
        ("alertname=DiskFull\nhost=b", "No alert that fires now matches all of these together."),
    ],
)
async def test_a_matcher_that_takes_nothing_or_everything_is_warned_of(
    stage: Stage, matchers: str, warning: str
) -> None:
    await stage.house.fire("DiskFull", host="a")
    await stage.house.fire("NetDown", host="b")
    assert warning in plain(await stage.get(asked(matchers=matchers)))


async def test_what_is_right_is_not_warned_of(stage: Stage) -> None:
    await stage.house.fire("DiskFull", host="a")
    await stage.house.fire("NetDown", host="b")
    assert "notice warn" not in (await stage.get(asked())).text.split("<main")[1]


async def test_while_nothing_fires_nothing_is_warned_of(stage: Stage) -> None:
    text = plain(await stage.get(asked(matchers="anything=x")))
    assert "0 alerts that fire now, in 0 open incidents." in text
    assert "no alert" not in text


async def test_it_is_made_and_muted_at_once_and_making_it_can_be_undone(stage: Stage) -> None:
    await stage.house.fire("DiskFull")
    page = await stage.submit("/silences", {"matchers": "alertname=DiskFull", "for": "2h", "reason": "new disks"})
    [made] = await stage.silences()
    assert (made.matchers, made.reason, made.ends_at - made.starts_at) == (DISKS, "new disks", 2 * HOUR)
    assert "Silence made until" in said(page)
    assert await stage.silenced()
    page = await stage.undo(page)
    assert "what it hid pages again" in said(page)
    assert await stage.silences() == []
    assert not await stage.silenced()


async def test_lines_end_as_browsers_end_them_and_each_is_a_matcher(stage: Stage) -> None:
    text = 'service=ledger\r\nhost!~"db-[0-9]+"\r\n\r\nenv!=dev\r\n'
    await stage.submit("/silences", {"matchers": text, "for": "1h", "reason": "r"})
    [made] = await stage.silences()
    assert made.matchers == (
        Matcher("service", "=", "ledger"),
        Matcher("host", "!~", "db-[0-9]+"),
        Matcher("env", "!=", "dev"),
    )


async def test_times_are_those_of_the_zone_that_was_chosen(stage: Stage) -> None:
    day = rfc3339(stage.now + DAY)[:10]
    fields = {"matchers": "a=b", "starts": f"{day}T22:00", "ends": f"{day}T23:30", "zone": "Asia/Tokyo", "reason": "r"}
    assert (await stage.post("/silences", fields)).status == 303
    [made] = await stage.silences()
    assert (rfc3339(made.starts_at)[11:], made.ends_at - made.starts_at) == ("13:00:00Z", 90 * MINUTE)


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"matchers": ""}, "matchers", "Say which alerts"),
        ({"matchers": "a=b\nservice"}, "matchers", "Line 2: 'service' is no matcher"),
        ({"matchers": "a=~("}, "matchers", "no RE2 expression"),
        ({"matchers": "a!=b"}, "matchers", "perhaps all"),
        ({"matchers": "a=~.*"}, "matchers", "perhaps all"),
        ({"matchers": "\n".join(f"l{n}=x" for n in range(65))}, "matchers", "At most 64"),
        ({"reason": "  "}, "reason", "Say why"),
        ({"for": ""}, "ends", "Say when it ends"),
        ({"for": "ever"}, "ends", "is no span"),
        ({"ends": "soon"}, "ends", "is no time"),
        ({"ends": "2020-01-01T00:00"}, "ends", "over already"),
        ({"starts": "tomorrow"}, "starts", "is no time"),
        ({"for": "5w"}, "long", "more than 30 days"),
    ],
)
async def test_a_field_that_is_wrong_comes_back_with_what_was_written_and_why(
    stage: Stage, change: dict[str, str], field: str, sentence: str
) -> None:
    fields = {"matchers": "alertname=DiskFull", "for": "2h", "reason": "moving"} | change
    for answer in (await stage.post("/silences", fields), await stage.get(asked(**change))):
        assert sentence in unescape(answer.text)
        assert f'aria-describedby="wrong-{field}"' in answer.text
        assert 'id="wrong-' + field in answer.text
        assert "Make this silence" not in answer.text
    assert (await stage.post("/silences", fields)).status == 422
    assert await stage.silences() == []


async def test_a_long_one_can_be_meant(stage: Stage) -> None:
    page = await stage.get(asked(**{"for": "5w"}))
    assert 'type="checkbox" name="long"' in page.text
    await stage.submit("/silences", {"matchers": "a=b", "for": "5w", "reason": "r", "long": "yes"})
    assert len(await stage.silences()) == 1


async def test_matchers_can_be_looked_at_before_the_rest_is_right(stage: Stage) -> None:
    await stage.house.fire("DiskFull")
    text = plain(await stage.get(asked(reason="")))
    assert "1 alert that fires now" in text
    assert "It cannot be made yet" in text


# --- one silence ------------------------------------------------------------------------------------------------------


async def test_its_page_shows_what_it_hides(stage: Stage) -> None:
    await stage.house.fire("DiskFull", host="a")
    made = await stage.silence(why="new disks")
    text = plain(await stage.get(f"/silences/{made.id}"))
    assert text.startswith('id="main" tabindex="-1"> Silences new disks') or "Silences new disks" in text
    assert "1 of 1 already silent" not in text, "it is this very silence that hides it"
    assert "1 of 1 hidden Nobody is paged of it." in text
    assert "Made by bob" in text


async def test_extended_shortened_and_taken_back(stage: Stage) -> None:
    await stage.house.fire("DiskFull")
    made = await stage.silence()
    page = await stage.get(f"/silences/{made.id}")
    later = re.search(r'name="until" value="([^"]+)"><button class="quiet">\+ 4 h', page.text)
    assert later
    assert later[1] == rfc3339(made.ends_at + 4 * HOUR)
    for _ in range(2):
        # Pressed twice it means what it says.
        page = await stage.submit(f"/silences/{made.id}/until", {"until": later[1]})
        [now] = await stage.silences()
        assert abs(now.ends_at - made.ends_at - 4 * HOUR) < SECOND
    sooner = rfc3339(stage.now + HOUR)
    page = await stage.submit(f"/silences/{made.id}/until", {"until": sooner})
    assert "Silenced until" in said(page)
    await stage.undo(page)
    [now] = await stage.silences()
    assert abs(now.ends_at - made.ends_at - 4 * HOUR) < SECOND


async def test_an_end_is_read_in_the_zone_that_was_chosen(stage: Stage) -> None:
    made = await stage.silence()
    day = rfc3339(stage.now + 2 * DAY)[:10]
    await stage.submit(f"/silences/{made.id}/until", {"until": f"{day}T09:00", "zone": "Asia/Tokyo"})
    [now] = await stage.silences()
    assert rfc3339(now.ends_at) == f"{day}T00:00:00Z"


@pytest.mark.parametrize(
    ("until", "sentence"),
    [("soon", "is no time"), ("2020-01-01T00:00", "over already"), ("2099-01-01T00:00", "more than 30 days")],
)
async def test_an_end_that_cannot_be_meant_comes_back(stage: Stage, until: str, sentence: str) -> None:
    made = await stage.silence()
    answer = await stage.post(f"/silences/{made.id}/until", {"until": until})
    assert answer.status == 422
    assert sentence in answer.text
    assert f'value="{until}"' in answer.text
    assert await stage.silences() == [made]


async def test_ended_it_pages_again_and_the_end_can_be_undone(stage: Stage) -> None:
    await stage.house.fire("DiskFull")
    made = await stage.silence()
    assert await stage.silenced()
    page = await stage.submit(f"/silences/{made.id}/end", {})
    assert not await stage.silenced()
    assert "The silence is over" in said(page)
    page = await stage.undo(page)
    assert await stage.silenced()
    [again] = await stage.silences()
    assert (again.id, abs(again.ends_at - made.ends_at) < SECOND) == (made.id, True)
    # And that again.
    await stage.undo(page)
    assert not await stage.silenced()
    assert "It was over already." in said(await stage.submit(f"/silences/{made.id}/end", {}))


async def test_an_end_of_long_ago_is_not_undone(stage: Stage) -> None:
    made = await stage.silence()
    await stage.submit(f"/silences/{made.id}/end", {})
    stage.house.clock.by += 11 * MINUTE
    answer = await stage.post(f"/silences/{made.id}/until", {"until": rfc3339(made.ends_at)})
    assert answer.status == 409
    assert "make a new one" in answer.text


async def test_the_reason_is_said_better_and_that_is_taken_back(stage: Stage) -> None:
    made = await stage.silence(why="mvoing")
    page = await stage.submit(f"/silences/{made.id}/reason", {"reason": "moving"})
    assert [each.reason for each in await stage.silences()] == ["moving"]
    await stage.undo(page)
    assert [each.reason for each in await stage.silences()] == ["mvoing"]
    answer = await stage.post(f"/silences/{made.id}/reason", {"reason": " "})
    assert (answer.status, "Say why" in answer.text) == (422, True)


async def test_one_in_the_policies_says_when_it_recurs_and_is_changed_there(stage: Stage) -> None:
    stage.house.clock.by += (NOON - stage.now) % DAY
    page = await stage.get("/silences/silences[0]")
    text = plain(page)
    assert "in the policies, main.yaml:4:5 : change it there Recurs during nightly" in text
    assert "without an end" in text
    assert len(re.findall(r"(01|02):00 UTC to .*?(03|02|04):00 UTC", text.split("The next times")[1])) == 5
    assert '<form method="post"' not in page.text.split("<main")[1]
    assert 'href="/silences/silences%5B0%5D"' in (await stage.get("/silences")).text


@pytest.mark.parametrize("path", ["/silences/none", "/silences/silences[0]", "/silences/\0"])
async def test_what_is_not_there_or_stands_in_the_policies_cannot_be_changed(stage: Stage, path: str) -> None:
    if "[0]" not in path:
        answer = await stage.get(path)
        assert answer.status == 404
        assert "no such silence made by hand" in answer.text
    for act in ("until", "end", "reason"):
        assert (await stage.post(f"{path}/{act}", {"until": "2030-01-01T00:00", "reason": "x"})).status == 404


# --- the calendar -----------------------------------------------------------------------------------------------------


async def test_the_calendar_has_a_row_for_each_and_a_table_behind(stage: Stage) -> None:
    made = await stage.silence(Matcher("service", "=", "ledger"), why="new disks")
    page = await stage.get("/silences/calendar?zone=Europe/Berlin")
    assert page.text.count('class="bar policies"') in (7, 8), "each night of the week"
    assert page.text.count('class="bar hand"') == 1
    assert f'<a href="/silences/{made.id}">service=ledger</a>' in page.text
    text = plain(page).split("As a table", 1)[1]
    assert "02:00 to 04:00 backups policies, main.yaml:4:5 , during nightly" in text
    assert "new disks made by bob" in text


async def test_a_month_is_its_weeks_and_other_weeks_are_empty_of_what_is_over(stage: Stage) -> None:
    await stage.silence(Matcher("service", "=", "ledger"))
    month = await stage.get("/silences/calendar?view=month")
    assert 4 <= month.text.count('<div class="strip">') <= 6
    later = await stage.get("/silences/calendar?at=2031-01-15")
    assert "service=ledger" not in later.text
    assert "job=backup" in later.text


async def test_without_silences_the_calendar_says_so(sqlite_url: str, tmp_path: Path) -> None:
    text = policies("alice: {contacts: {webhook: secret:HOOK}}")
    async with live(sqlite_url, tmp_path / "p", text, sending=False) as house:
        stage = Stage(house)
        assert "Nothing is silenced then." in plain(await stage.get("/silences/calendar"))
        assert "Nothing is silenced. Every alert that fires pages" in plain(await stage.get("/silences"))


@pytest.mark.parametrize("query", ["at=never", "zone=Mars/Base", "zone=../../etc/passwd", "view=year", "at=0001-01-01"])
async def test_what_cannot_be_read_in_its_address_is_today_in_utc(stage: Stage, query: str) -> None:
    assert (await stage.get(f"/silences/calendar?{query}")).status == 200


# --- hostile words, permissions, whole words --------------------------------------------------------------------------


async def test_hostile_words_stay_words(stage: Stage) -> None:
    value = f'"{NASTY}'
    await stage.house.fire("DiskFull", host=value)
    made = await stage.silence(Matcher("host", "=", value), why=NASTY)
    pages = ["/silences", f"/silences/{made.id}", "/silences/calendar", "/silences/new?incident=1"]
    pages += [f"/silences/new?again={made.id}", asked(matchers=f"host={json.dumps(value)}", reason=NASTY, zone=NASTY)]
    for path in pages:
        answer = await stage.get(path)
        assert answer.status == 200, path
        assert "<script>alert" not in answer.text, path
        assert 'style="' not in answer.text, path
    assert "1 alert that fires now" in plain(await stage.get(pages[-1]))


async def test_words_of_thousands_of_characters_are_borne(stage: Stage) -> None:
    text = "x" * 60_000
    assert (await stage.post("/silences", {"matchers": text, "reason": text, "for": "1h"})).status == 422
    answer = await stage.post("/silences", {"matchers": "a=b", "reason": text, "for": "1h"})
    assert answer.status == 303
    [made] = await stage.silences()
    assert len(made.reason) == 2000


READ = ["/silences", "/silences/new", "/silences/calendar", "/silences/s1"]
ACTS = ["/silences", "/silences/s1/until", "/silences/s1/end", "/silences/s1/reason"]


@pytest.fixture
def quiet_house(new_house: Callable[..., House]) -> House:
    house = new_house()
    house.windows.all_silences.append(Silence("s1", DISKS, NOW - HOUR, NOW + HOUR, "bob", "moving"))
    return house


async def test_who_may_look_sees_all_and_no_buttons(quiet_house: House) -> None:
    browser = Browser(Client(build(quiet_house.needs), token="token-read"))
    for path in READ:
        answer = await browser.get(path)
        assert answer.status == 200, path
        assert '<form method="post"' not in answer.text.split("<main")[1], path
    answer = await browser.get(asked())
    assert "that takes the scope ack" in answer.text
    for path in ACTS:
        assert (await browser.post(path, {"until": "2030-01-01T00:00"})).status == 403, path


@pytest.mark.parametrize("path", ACTS)
async def test_a_form_of_another_site_changes_nothing(quiet_house: House, path: str) -> None:
    browser = Browser(Client(build(quiet_house.needs), token="token-ack"))
    before = list(quiet_house.windows.all_silences)
    answer = await browser.post(path, {"matchers": "a=b", "for": "1h"}, **{"sec-fetch-site": "cross-site"})
    assert answer.status == 403
    assert quiet_house.windows.all_silences == before


async def test_a_stranger_is_led_to_where_one_signs_in(quiet_house: House) -> None:
    for path in READ:
        assert (await Browser(Client(build(quiet_house.needs))).get(path)).status == 303, path


@pytest.mark.parametrize(
    "matcher",
    [
        Matcher("service", "=", "ledger"),
        Matcher("host", "=~", "db-[0-9]+|web"),
        Matcher("a", "!=", ""),
        Matcher("a", "=", " spaces at its ends "),
        Matcher("a", "=", '"quoted"'),
        Matcher("a", "=", '"'),
        Matcher("a", "=", "~tilde"),
        Matcher("a", "=", "two\nlines"),
        Matcher("a", "!~", "x=y!=z"),
        Matcher("a", "=", "ünï\u2028cödé"),
    ],
)
def test_what_is_written_is_read_back(matcher: Matcher) -> None:
    assert matchers_in(written(matcher)) == (matcher,)


def test_labels_whose_names_cannot_be_written_are_left_out() -> None:
    assert lines_of({"a b": "x", "c=d": "y", "": "z", "service": "ledger"}) == "service=ledger"


def test_several_values_of_the_policies_can_be_read_by_a_person() -> None:
    value: Any = ("dev", "qa")
    assert written(Matcher("env", "in", value)) == "env in dev, qa"
