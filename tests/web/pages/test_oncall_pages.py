"""On call, for people: who is on, calendars, and what they change there, without JavaScript."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from escalator.core.instant import DAY, HOUR, rfc3339, to_datetime
from escalator.core.oncall import Every, Hours, Layer, Override, Person, Schedule
from escalator.web import build
from tests.web.asgi import Answer, Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.pages.browser import Browser
from tests.web.rows import NASTY

MONDAY = NOW // DAY * DAY - 2 * DAY
"""NOW is Wednesday, 18 November 2026, 11:06 UTC."""
OFFICE = Hours("office", "UTC", 9 * 60, 17 * 60, frozenset(range(5)))
LONDON_TIME = {"from": "2026-11-19T09:00", "until": "2026-11-19T17:00"}
"""UTC in November."""


def grown(house: House, **schedules: Schedule) -> None:
    book = house.revisions.book
    house.revisions.book = replace(book, schedules={**book.schedules, **schedules})


@pytest.fixture
def browser(house: House) -> Browser:
    """Beside `primary`: `office`, alice by day and nobody by night."""
    start = to_datetime(MONDAY).replace(tzinfo=None)
    grown(house, office=Schedule("office", "Europe/London", (Layer(("alice",), Every(1, "w"), start, "UTC", OFFICE),)))
    return Browser(Client(build(house.needs), token="token-admin"))


def as_who(house: House, token: str) -> Browser:
    return Browser(Client(build(house.needs), token=token))


def plain(answer: Answer) -> str:
    """What a person reads, in the order in which it stands."""
    text = re.sub(r"<(script|style|title|desc)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


# --- at a glance ----------------------------------------------------------------------------------------------------


async def test_who_is_on_until_when_how_to_reach_them_and_who_comes_then(browser: Browser) -> None:
    answer = await browser.get("/oncall")
    text = plain(answer)
    assert "primary alice now, until 22 Nov 11:06 UTC email a…@example.com unverified sms ••• bob then" in text
    assert "alice@example.com" not in answer.text


async def test_gaps_of_14_days_stand_before_everything_else(browser: Browser) -> None:
    text = plain(await browser.get("/oncall"))
    assert text.index("Gaps in the next 14 days") < text.index("Now and next")
    assert "10 gaps office 10d16h of 14 days · Europe/London nobody Wed 18 Nov 17:00 to Thu 19 Nov 09:00" in text
    assert "Cover it : office, Wed 18 Nov 17:00 to Thu 19 Nov 09:00" in text


async def test_a_gap_now_is_said_to_be_now_and_a_promise_that_is_broken_comes_first(
    browser: Browser, house: House
) -> None:
    start = to_datetime(NOW - 9 * DAY).replace(tzinfo=None)
    ended = Layer(("alice",), Every(1, "w"), start, "UTC", None, to_datetime(NOW - DAY).replace(tzinfo=None))
    grown(house, zeta=Schedule("zeta", "UTC", (ended,), always=True))
    text = plain(await browser.get("/oncall"))
    assert "1 gap zeta coverage: always 14d of 14 days · UTC nobody now , until Wed 2 Dec 11:06 and beyond" in text
    assert text.index("1 gap zeta") < text.index("10 gaps office")
    assert "zeta nobody now, for 30 days and more" in text


async def test_where_there_is_no_gap_that_is_said(house: House) -> None:
    text = plain(await as_who(house, "token-read").get("/oncall"))
    assert "None. Somebody is on call in every schedule, all the time." in text
    assert "Cover it" not in text


async def test_teams_have_their_people_and_what_they_are_on_call_for(browser: Browser) -> None:
    text = plain(await browser.get("/oncall"))
    assert "Teams sre alice on call: office on call: primary bob" in text


async def test_a_schedule_is_found_by_a_part_of_its_name(browser: Browser) -> None:
    text = plain(await browser.get("/oncall?q=PRIM"))
    assert "primary alice now" in text
    assert "office alice" not in text
    assert "No schedule is called that." in plain(await browser.get("/oncall?q=zzz"))


async def test_a_book_without_schedules_teams_and_people_says_so(browser: Browser, house: House) -> None:
    house.revisions.book = replace(house.revisions.book, schedules={}, teams={}, people={})
    text = plain(await browser.get("/oncall"))
    assert "No schedules." in text
    assert "The policies name no teams." in text
    assert "The policies name no people." in plain(await browser.get("/people"))


# --- a calendar -----------------------------------------------------------------------------------------------------


async def test_a_week_shows_layers_overrides_swaps_and_what_comes_of_them(browser: Browser, house: House) -> None:
    house.windows.all_overrides = [Override("office", "bob", NOW + DAY, NOW + DAY + HOUR, "dentist", "o1", "alice")]
    await house.swaps.ask("office", "alice", "bob", NOW + 2 * DAY, NOW + 2 * DAY + HOUR, by="alice")
    answer = await browser.get("/oncall/office?view=week&from=2026-11-18")
    table = plain(answer).partition("As a table")[2]
    for row in (
        "On call nobody before Mon 16 Nov 09:00 nobody is on call",
        "On call nobody Mon 16 Nov 17:00 Tue 17 Nov 09:00 nobody is on call",
        "On call alice Wed 18 Nov 09:00 Wed 18 Nov 17:00 layer 1",
        "On call bob Thu 19 Nov 11:06 Thu 19 Nov 12:06 override by alice: dentist",
        "Swaps bob Fri 20 Nov 11:06 Fri 20 Nov 12:06 alice asks bob",
        "Overrides bob Thu 19 Nov 11:06 Thu 19 Nov 12:06 override by alice: dentist",
        "Layer 1 alice Mon 16 Nov 09:00 Mon 16 Nov 17:00",
    ):
        assert row in table, row
    assert "Week 48" not in answer.text
    assert "Week 47, from 16 November 2026" in answer.text
    assert 'fill="url(#gap)"' in answer.text
    assert answer.text.count('<pattern id="gap"') == 1


async def test_a_gap_is_named_in_the_picture_and_in_the_list_and_not_by_colour_alone(browser: Browser) -> None:
    answer = await browser.get("/oncall/office?view=week")
    assert re.search(r'<text class="nobody"[^>]*>nobody</text>', answer.text)
    assert "nobody gap Cover it" in plain(answer)


async def test_handoffs_have_their_times_and_colours_their_names(browser: Browser) -> None:
    answer = await browser.get("/oncall/primary?view=month")
    assert '<text class="handoff" x="7" y="17">11:06</text>' in answer.text
    chips = set(re.findall(r'class="chip (p\d+)" href="/people/(\w+)"', answer.text))
    assert {name for _, name in chips} == {"alice", "bob"}
    assert len({colour for colour, _ in chips}) == 2
    assert len(chips) == 2


async def test_neighbours_and_today_are_links_that_can_be_shared(browser: Browser) -> None:
    month = (await browser.get("/oncall/office?view=month&from=2026-03-15")).text
    for link in ("view=month&amp;from=2026-02-01", "view=month&amp;from=2026-04-01", "view=month&amp;from=2026-11-18"):
        assert f'href="/oncall/office?{link}"' in month, link
    assert "March 2026" in month
    week = (await browser.get("/oncall/office?view=week&from=2026-03-15")).text
    assert 'href="/oncall/office?view=week&amp;from=2026-03-16" rel="next"' in week


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", "23 h"), ("2026-10-25", "25 h")])
@pytest.mark.parametrize("view", ["week", "month"])
async def test_a_day_on_which_clocks_change_says_how_long_it_is(
    browser: Browser, day: str, hours: str, view: str
) -> None:
    answer = await browser.get(f"/oncall/office?view={view}&from={day}")
    assert f"has {hours}: clocks change." in answer.text
    assert f"· {hours}</text>" in answer.text


async def test_what_is_over_is_folded_away_and_cannot_be_changed(browser: Browser) -> None:
    past = await browser.get("/oncall/primary?view=week&from=2026-11-02")
    assert "#change" not in past.text.partition('id="change"')[0]
    assert "earlier" in plain(past)


@pytest.mark.parametrize("query", ["from=yesterday", "from=2026-11-19T09:00Z&until=later"])
async def test_a_day_that_is_none_is_refused_in_words(browser: Browser, query: str) -> None:
    answer = await browser.get(f"/oncall/office?{query}")
    assert answer.status == 422
    assert "is no day; write it like 2026-03-04." in plain(answer)


async def test_an_unknown_schedule_is_not_found_and_a_hostile_name_is_only_text(browser: Browser, house: House) -> None:
    assert (await browser.get("/oncall/nothing")).status == 404
    book = house.revisions.book
    layer = replace(book.schedules["primary"].layers[0], people=(NASTY,))
    house.revisions.book = replace(
        book,
        schedules={NASTY: Schedule(NASTY, "UTC", (layer,))},
        people={NASTY: Person(NASTY, ())},
        teams={NASTY: (NASTY,)},
    )
    house.windows.all_overrides = [Override(NASTY, NASTY, NOW, NOW + HOUR, NASTY, "o1", NASTY)]
    for path in ("/oncall", "/people", f"/oncall/{NASTY}", f"/people/{NASTY}", f"/oncall/{NASTY}?view=week"):
        answer = await browser.get(path.replace("/script", "%2Fscript"))
        assert "<script>alert" not in answer.text, path


async def test_a_schedule_without_layers_shows_an_endless_gap(browser: Browser, house: House) -> None:
    grown(house, empty=Schedule("empty", "UTC", ()))
    text = plain(await browser.get("/oncall/empty"))
    assert "nobody now gap Cover it" in text


# --- overrides ------------------------------------------------------------------------------------------------------


async def test_a_shift_that_is_tapped_fills_the_form_in_the_schedules_own_time(browser: Browser) -> None:
    page = await browser.get("/oncall/office?view=week")
    link = unescape(re.search(r'<a href="([^"]+)" aria-label="Change: alice, Thu 19 Nov', page.text)[1])  # type: ignore[index]
    assert link == "/oncall/office?view=week&from=2026-11-19T09:00:00Z&until=2026-11-19T17:00:00Z#change"
    form = (await browser.get(link.partition("#")[0])).text.partition('id="change"')[2]
    assert 'name="from" value="2026-11-19T09:00" type="datetime-local"' in form
    assert 'name="until" value="2026-11-19T17:00" type="datetime-local"' in form


async def test_a_shift_that_has_begun_is_changed_from_now_on(browser: Browser) -> None:
    page = await browser.get("/oncall/office?view=week")
    assert "from=2026-11-18T11:06:00Z&amp;until=2026-11-18T17:00:00Z#change" in page.text


async def test_an_override_is_made_by_a_form_and_can_be_undone(browser: Browser, house: House) -> None:
    page = await browser.submit("/oncall/office/override", {"person": "bob", "reason": "dentist", **LONDON_TIME})
    (made,) = house.windows.all_overrides
    assert made[:5] == ("office", "bob", MONDAY + 3 * DAY + 9 * HOUR, MONDAY + 3 * DAY + 17 * HOUR, "dentist")
    assert "bob is on call for office, Thu 19 Nov 09:00 to 17:00. Undo" in plain(page)
    assert f'action="/oncall/office/overrides/{made.id}/end"' in page.text
    await browser.submit(f"/oncall/office/overrides/{made.id}/end", {})
    assert house.windows.all_overrides == []


async def test_an_override_that_is_ended_can_be_had_again(browser: Browser, house: House) -> None:
    await house.windows.override("office", "bob", NOW, NOW + HOUR, "alice", "dentist")
    page = await browser.submit("/oncall/office/overrides/o1/end", {"next": "/oncall/office?view=week"})
    assert house.windows.all_overrides == []
    undo = re.search(r'<form method="post" action="/oncall/office/override">(.*?)</form>', page.text, re.DOTALL)
    assert undo
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo[1]))
    await browser.submit("/oncall/office/override", fields)
    assert house.windows.all_overrides[0][:5] == (
        "office",
        "bob",
        NOW,
        NOW + HOUR,
        "dentist",
    )


async def test_summer_time_is_read_by_the_schedules_clock(browser: Browser, house: House) -> None:
    times = {"from": "2027-06-01T09:00", "until": "2027-06-01T17:00"}
    await browser.submit("/oncall/office/override", {"person": "bob", **times})
    assert rfc3339(house.windows.all_overrides[0].starts_at) == "2027-06-01T08:00:00Z"


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({}, "person", "Say who takes it."),
        ({"person": "zoe"}, "person", "The policies know no zoe."),
        ({"person": "bob", "from": ""}, "from", "Say when it begins"),
        ({"person": "bob", "until": "soon"}, "until", "Say when it ends"),
        ({"person": "bob", "until": "2026-11-19T08:00"}, "until", "It would be over already"),
        ({"person": "bob", "from": "2026-11-01", "until": "2026-11-18T11:00"}, "until", "It would be over already"),
    ],
)  # fmt: skip
async def test_a_form_that_can_be_mended_comes_back_with_what_was_written(
    browser: Browser, house: House, fields: dict[str, str], field: str, says: str
) -> None:
    sent = {**LONDON_TIME, "reason": "dentist & wife", "view": "week"} | fields
    answer = await browser.post("/oncall/office/override", sent)
    assert answer.status == 422
    assert f'id="wrong-{field}">{says}' in answer.text
    assert f'aria-describedby="wrong-{field}"' in answer.text
    assert 'value="dentist &amp; wife"' in answer.text
    assert f'name="from" value="{sent["from"]}"' in answer.text
    assert house.windows.all_overrides == []


async def test_an_override_of_the_policies_says_where_it_lives_and_has_no_button(
    browser: Browser, house: House
) -> None:
    house.windows.all_overrides = [
        Override("office", "bob", NOW, NOW + HOUR, "leave", where="team.yaml:12:3"),
        Override("office", "bob", NOW, NOW + HOUR, "by hand", "o2", "alice"),
        Override("primary", "bob", NOW, NOW + HOUR, "elsewhere", "o3", "alice"),
    ]
    answer = await browser.get("/oncall/office")
    assert "in the policies, team.yaml:12:3 Change it there." in plain(answer)
    assert answer.text.count("/end") == 1
    assert "elsewhere" not in answer.text
    # Nor can it be reached through another schedule's page.
    assert (await browser.post("/oncall/office/overrides/o3/end")).status == 404
    assert (await browser.post("/oncall/office/overrides/gone/end")).status == 404
    assert len(house.windows.all_overrides) == 3


# --- swaps ----------------------------------------------------------------------------------------------------------


async def test_a_person_asks_a_colleague_for_a_swap_of_their_own_shift(house: House, browser: Browser) -> None:
    alice = as_who(house, "token-alice")
    page = await alice.submit("/oncall/office/swap", {"person": "bob", "reason": "play", **LONDON_TIME})
    (swap,) = house.swaps.kept.values()
    assert (swap.asker, swap.colleague, swap.reason) == ("alice", "bob", "play")
    assert "bob is asked, and told. Nothing changes until somebody accepts." in plain(page)
    assert "alice asks bob to take Thu 19 Nov 09:00 to 17:00 : play" in plain(page)
    assert house.windows.all_overrides == []


async def test_who_is_nobody_asks_for_whoever_is_on_call_then_and_anybody_may_be_asked(
    browser: Browser, house: House
) -> None:
    await browser.submit("/oncall/office/swap", LONDON_TIME)
    (swap,) = house.swaps.kept.values()
    assert (swap.asker, swap.colleague) == ("alice", None)


async def test_a_swap_that_the_rules_refuse_comes_back_with_the_reason(browser: Browser, house: House) -> None:
    begun = {"from": "2026-11-18T09:00", "until": "2026-11-18T17:00"}
    answer = await browser.post("/oncall/office/swap", {"person": "bob", **begun})
    assert answer.status == 422
    assert 'id="wrong-from">Nothing was changed: that has begun.' in answer.text


async def asked(house: House, colleague: str | None) -> str:
    swap = await house.swaps.ask("office", "alice", colleague, NOW + DAY, NOW + 2 * DAY, by="alice")
    return f"/oncall/office/swaps/{swap.id}"


async def test_a_colleague_accepts_and_has_the_shift(browser: Browser, house: House) -> None:
    path = await asked(house, "bob")
    page = await browser.submit(f"{path}/accept", {"as": "bob"})
    assert house.swaps.kept["w1"][-3:-1] == ("accepted", "bob")
    assert "bob has the shift now." in plain(page)
    assert "1 answered or expired" in plain(page)
    assert (await browser.post(f"{path}/accept", {"as": "bob"})).status == 409


async def test_a_colleague_declines_and_who_asked_keeps_it(browser: Browser, house: House) -> None:
    path = await asked(house, None)
    page = await browser.submit(f"{path}/decline", {"as": "alice"})
    assert house.swaps.kept["w1"].state == "declined"
    assert "alice keeps the shift." in plain(page)


async def test_nobody_answers_in_anothers_name_who_has_one_of_their_own(browser: Browser, house: House) -> None:
    path, alice = await asked(house, "bob"), as_who(house, "token-alice")
    page = await alice.get("/oncall/office")
    assert "Take it back" in plain(page)
    assert f'action="{path}/accept"' in page.text
    assert ">Accept<" not in page.text
    assert 'name="as"' not in page.text
    assert (await alice.post(f"{path}/accept", {"as": "bob"})).status == 409
    assert house.swaps.kept["w1"].state == "asked"


async def test_who_says_who_they_are_answers_as_that_person_and_is_offered_no_other(
    browser: Browser, house: House
) -> None:
    path = await asked(house, "bob")
    browser.cookies["escalator_me"] = "bob"
    page = await browser.get("/oncall/office")
    assert 'name="as"' not in page.text
    await browser.submit(f"{path}/accept")
    assert house.swaps.kept["w1"].answered_by == "bob"


async def test_a_swap_that_there_is_not_is_not_found(browser: Browser) -> None:
    assert (await browser.post("/oncall/office/swaps/none/accept", {"as": "bob"})).status == 404
    assert (await browser.post("/oncall/office/swaps/none/applaud", {"as": "bob"})).status == 404


# --- feeds, and who may what ----------------------------------------------------------------------------------------


async def test_a_feed_is_shown_once_and_revoked_at_once(browser: Browser, house: House) -> None:
    made = await browser.post("/oncall/office/feeds")
    assert (made.status, made.headers["cache-control"]) == (200, "no-store")
    assert "http://localhost:8080/calendars/feed-f1/office.ics" in made.text
    page = await browser.get("/oncall/office")
    assert "feed-f1" not in page.text
    assert "Feed f1" in plain(page)
    await browser.submit("/oncall/office/feeds/f1/revoke")
    assert house.feeds.kept == {}


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("/oncall/office/override", {"person": "bob", **LONDON_TIME}), ("/oncall/office/overrides/o1/end", {}),
    ("/oncall/office/swap", LONDON_TIME), ("/oncall/office/swaps/w1/accept", {}), ("/oncall/office/feeds", {}),
    ("/oncall/office/feeds/f1/revoke", {}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "fields"), CHANGES)
async def test_a_reader_and_another_site_change_nothing(
    browser: Browser, house: House, path: str, fields: dict[str, str]
) -> None:
    assert (await as_who(house, "token-read").post(path, fields)).status == 403
    assert (await browser.post(path, fields, origin="https://evil.example")).status == 403
    assert (house.windows.all_overrides, house.swaps.kept, house.feeds.kept) == ([], {}, {})
    assert (await browser.get(path)).status in (404, 405)


async def test_a_reader_sees_everything_and_no_form(house: House, browser: Browser) -> None:
    await house.windows.override("office", "bob", NOW, NOW + HOUR, "alice", "")
    await asked(house, "bob")
    page = await as_who(house, "token-read").get("/oncall/office?view=week")
    main = page.text.partition("<main")[2]
    assert (page.status, 'method="post"' in main, "#change" in main) == (200, False, False)
    assert "alice asks bob" in plain(page)


async def test_a_stranger_is_led_to_sign_in(house: House) -> None:
    for path in ("/oncall", "/oncall/office", "/people", "/people/alice"):
        answer = await Browser(Client(build(house.needs))).get(path)
        assert (answer.status, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")
