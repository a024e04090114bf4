"""The page of insight, its exports and its door: what they show, what they refuse, hostile words, and empty houses."""

import csv
import json
from dataclasses import replace
from io import StringIO
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest

from escalator.core.instant import DAY, HOUR, MINUTE, SECOND
from escalator.store.tables import EpisodeRow, IncidentRow, OutboxRow, TimelineRow
from escalator.web import build
from escalator.web.insight.tables import TABLES
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.pages.browser import Browser

NASTY = '<script>alert("x")</script>'
FORMULA = "=HYPERLINK(1)"
Rows = list[dict[str, Any]]


class Past:
    """Puts incidents into the house, the next one with the next number."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.last = 0

    def incident(
        self, name: str, ago: int, lasts: int | None = 5 * MINUTE, *, policy: str = "page", severity: int = 2,
        people: tuple[str, ...] = ("alice",), taken: int | None = None, **labels: str,
    ) -> int:  # fmt: skip
        """Opened so long ago; `labels`: of its group, beside its name."""
        self.last += 1
        number, at = self.last, NOW - ago
        group = {"alertname": name, **labels}
        self.house.database.put(
            IncidentRow(
                id=number, key=hash(tuple(group.items())) % 10**12 if lasts is not None else 10**13 + number,
                status="triggered" if lasts is None else "resolved", muted=False, severity=severity, high=True,
                route="routes[0]", policy=policy, revision=7, title=f"{name} {number}", labels=json.dumps(group),
                level=1, round=1, firing=0, opened_at=at, resolved_at=None if lasts is None else at + lasts, version=1,
                state="{}",
            ),
            EpisodeRow(
                id=number, incident_id=number, alert_key=number, source="am", fingerprint=f"{number:016x}",
                labels=json.dumps(group), annotations="{}", generator_url="http://p/graph?g0.expr=up+%3D%3D+0",
                starts_at=at,
            ),
            *(
                OutboxRow(
                    id=number * 10 + place, incident_id=number, round=1, level=1, attempt=1, step=place,
                    contact=f"person/{person}/sms", kind="page", via="sms", person=person, target="schedule primary",
                    reason="level 1", priority=0, not_before=at, state="sent", sent_at=at, created_at=at,
                )
                for place, person in enumerate(people)
            ),
        )  # fmt: skip
        if taken is not None:
            line = {"event": "acknowledged", "reason": "acknowledged by bob", "by": "bob"}
            self.house.database.put(TimelineRow(incident_id=number, at=at + taken, **line))
        return number

    def noisy(self, name: str, count: int = 12, **more: Any) -> None:
        for place in range(count):
            self.incident(name, DAY + place * 2 * HOUR, (60 + place) * SECOND, **more)


@pytest.fixture
def past(house: House) -> Past:
    return Past(house)


@pytest.fixture
def browser(house: House) -> Browser:
    return Browser(Client(build(house.needs), token="token-read"))


async def page(browser: Browser, **query: Any) -> str:
    answer = await browser.get(f"/insight?{urlencode(query)}")
    assert answer.status == 200, answer.text
    return answer.text


async def exported(browser: Browser, table: str, **query: Any) -> Rows:
    answer = await browser.get(f"/insight/export/{table}.json?{urlencode(query)}")
    assert answer.status == 200, answer.text
    found: Rows = answer.json()["items"]
    return found


async def test_an_empty_house_says_that_there_is_nothing(browser: Browser) -> None:
    text = await page(browser)
    assert "No incident opened in this time, and nobody was paged." in text
    assert "Nothing to advise" in text
    assert "Nobody was interrupted in this time." in text
    for table in TABLES:
        assert isinstance(await exported(browser, table), list)


async def test_a_few_incidents_are_shown_and_nothing_is_concluded_from_them(browser: Browser, past: Past) -> None:
    past.incident("Disk", HOUR, taken=MINUTE)
    text = await page(browser)
    assert "Only 1 incident opened in this time: too few to conclude anything from." in text
    assert "too few" in text
    [everything, policy, team, service] = await exported(browser, "times")
    assert (everything["incidents"], everything["acknowledged"], everything["acknowledge_median"]) == (1, 1, None)
    assert (policy["by"], policy["name"]) == ("policy", "page")
    assert (team["by"], team["name"]) == ("team", "sre")
    assert (service["by"], service["name"]) == ("service", "")


async def test_a_noisy_alert_is_advised_upon_with_its_numbers_and_what_to_paste(browser: Browser, past: Past) -> None:
    past.noisy("Flicker")
    text = await page(browser)
    assert "Let it wait 2m longer before it fires." in text
    assert (
        "12 of 12 incidents ended by themselves within 10m, with nobody acting; 12 of them lasted 2m at most." in text
    )
    assert "for: 2m" in text
    assert "up == 0" in text
    kinds = {row["kind"]: row for row in await exported(browser, "advice")}
    assert set(kinds) == {"wait", "urgency"}
    assert kinds["urgency"]["why"].startswith("0 of 12 incidents were acknowledged; 12 ended with nobody acting.")


async def test_a_critical_alert_is_never_advised_down_without_its_evidence(browser: Browser, past: Past) -> None:
    past.noisy("Flicker", severity=3)
    text = await page(browser)
    assert "Look whether it is critical at all" in text
    assert "All of its incidents of this time" in text
    [row] = [row for row in await exported(browser, "advice") if row["kind"] == "severity"]
    assert "look at the incidents below first" in row["cost"]
    assert "routes:" not in row["snippet"]
    address = text.partition('href="/?')[2].partition('"')[0].replace("&amp;", "&")
    listed = await browser.get(f"/?{address}")
    assert listed.status == 200
    assert "Flicker 12" in listed.text


async def test_totals_are_the_sum_of_their_parts(browser: Browser, past: Past) -> None:
    past.noisy("A", 7, people=("alice", "bob"))
    past.noisy("B", 6, service="shop", policy="chat")
    past.incident("C", 5 * DAY, None, people=())
    found = (await browser.client.get("/api/v1/insight")).json()
    assert found["totals"]["period"] == {"incidents": 14, "acknowledged": 0, "pages": 20}
    assert sum(row["incidents"] for row in found["alerts"]) == 14
    assert sum(row["pages"] for row in found["alerts"]) == 20
    assert sum(row["pages"] for row in found["people"]) == 20
    assert sum(row["pages"] for row in found["weeks"]) == 20
    assert sum(row["incidents"] for row in found["weeks"]) == 14
    for kind in ("policy", "service"):
        assert sum(row["incidents"] for row in found["times"] if row["by"] == kind) == 14
    assert sum(row["interruptions"] for row in found["person_weeks"]) == sum(
        row["interruptions"] for row in found["people"]
    )
    assert sum(row["interruptions"] for row in found["nights"]) == sum(row["at_night"] for row in found["people"])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"A", "B"}),
        ({"policy": "chat"}, {"B"}),
        ({"person": "bob"}, {"A"}),
        ({"team": "sre"}, {"A", "B"}),
        ({"service": "shop"}, {"B"}),
        ({"service": "eu", "label": "region"}, {"A"}),
        ({"days": "7"}, {"A"}),
        ({"from": "2026-11-01", "until": "2026-11-10"}, {"B"}),
        # a form sends its empty fields too
        ({"policy": "", "person": "", "service": "", "from": "", "until": ""}, {"A", "B"}),
    ],
)
async def test_what_is_asked_for_stands_in_the_address(
    browser: Browser, past: Past, query: dict[str, str], names: set[str]
) -> None:
    past.incident("A", HOUR, people=("alice", "bob"), region="eu")
    past.incident("B", 10 * DAY, policy="chat", service="shop", people=("alice",))
    assert {row["alertname"] for row in await exported(browser, "alerts", **query)} == names
    text = await page(browser, **query)
    for name in names:
        assert f'<th scope="row">{name}</th>' in text


async def test_days_are_those_of_the_zone(browser: Browser, past: Past) -> None:
    # 2026-11-18T00:30 in Tokyo, the evening before in UTC.
    past.incident("A", 19 * HOUR + 36 * MINUTE + 40 * SECOND)
    day = {"from": "2026-11-18", "until": "2026-11-18"}
    assert len(await exported(browser, "alerts", **day, zone="Asia/Tokyo")) == 1
    assert await exported(browser, "alerts", **day) == []


async def test_the_clocks_offered_are_those_of_who_looks(house: House) -> None:
    people = house.revisions.book.people
    people["alice"] = replace(people["alice"], timezone="Asia/Tokyo")  # type: ignore[index]  # a dict in tests
    for token, offered in (("token-alice", True), ("token-read", False)):
        text = (await Client(build(house.needs), token=token).get("/insight")).text
        assert ("<option>Asia/Tokyo</option>" in text) is offered


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("zone=Mars/Olympus", "is no time zone"),
        ("zone=../../etc/passwd", "is no time zone"),
        ("label=a%22b", "A label"),
        ("team=ghosts", "no team"),
        ("team=sre&person=zoe", "is not of the team"),
        ("from=2020-01-01", "366 days at most"),
        ("from=2027-01-01", "366 days at most"),
        ("from=0001-01-01&until=9999-12-31", "A day of this or the last years"),
        ("days=0", ""),
        ("short=0", ""),
        ("polcy=page", ""),
    ],
)
async def test_what_cannot_be_looked_at_is_said(browser: Browser, query: str, says: str) -> None:
    for path in ("/insight", "/api/v1/insight", "/insight/export/alerts.csv"):
        answer = await browser.get(f"{path}?{query}")
        assert answer.status == 422, answer.text
        assert says.replace("'", "&#39;") in answer.text or says in answer.text


async def test_hostile_words_stay_words(browser: Browser, past: Past) -> None:
    past.noisy(NASTY, policy=NASTY, people=(NASTY,), service=NASTY)
    text = await page(browser)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in text
    assert " style=" not in text
    text = await page(browser, service=NASTY, policy=NASTY, person=NASTY)
    assert "<script>alert" not in text


async def test_every_chart_has_a_name_a_description_and_is_well_formed(browser: Browser, past: Past) -> None:
    past.noisy(NASTY, people=("alice", NASTY), taken=30 * SECOND)
    text = await page(browser)
    charts = ["<svg" + part.partition("</svg>")[0] + "</svg>" for part in text.split('<svg class="chart"')[1:]]
    assert len(charts) == 6
    for chart in charts:
        tree = ElementTree.fromstring(chart.replace("<svg", '<svg class="chart"', 1))
        assert tree.get("role") == "img"
        names = (tree.get("aria-labelledby") or "").split()
        told = {child.get("id"): child.text for child in tree if child.tag in ("title", "desc")}
        assert set(names) == set(told)
        assert all(told.values())
    assert text.count("<details") >= 6


async def test_a_csv_defuses_formulas_and_is_read_back_as_it_was(browser: Browser, past: Past) -> None:
    for name in (FORMULA, "+1", "-1", "@x", "\t=1", 'a,"b"\nc', NASTY):
        past.incident(name, DAY)
    answer = await browser.get("/insight/export/alerts.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="escalator-alerts-2026-11-18.csv"'
    found = list(csv.DictReader(StringIO(answer.text, newline="")))
    assert list(found[0]) == [column.key for column in TABLES["alerts"].columns]
    assert sorted(row["alertname"] for row in found) == sorted(
        ["'=HYPERLINK(1)", "'+1", "'-1", "'@x", "'\t=1", 'a,"b"\nc', NASTY]
    )
    plain = await exported(browser, "alerts")
    assert {row["alertname"] for row in plain} >= {FORMULA, "+1", "\t=1"}
    assert [row["incidents"] for row in found] == ["1"] * 7


@pytest.mark.parametrize("table", list(TABLES))
async def test_csv_and_json_say_the_same(browser: Browser, past: Past, table: str) -> None:
    past.noisy("A", taken=MINUTE, people=("alice", "bob"))
    past.noisy("Flicker")
    answer = await browser.get(f"/insight/export/{table}.csv")
    rows = list(csv.DictReader(StringIO(answer.text, newline="")))
    other = await exported(browser, table)
    assert len(rows) == len(other) > 0
    for row, same in zip(rows, other, strict=True):
        assert row == {key: written(cell) for key, cell in same.items()}
    whole = (await browser.client.get("/api/v1/insight")).json()
    assert whole[table] == other


def written(cell: Any) -> str:
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)


async def test_there_is_no_other_table(browser: Browser) -> None:
    for path in ("/insight/export/secrets.csv", "/insight/export/alerts.xlsx", "/insight/export/..%2Falerts.csv"):
        assert (await browser.get(path)).status in (404, 422)


async def test_only_who_may_read_sees_it(house: House) -> None:
    for path in ("/insight", "/insight/export/alerts.csv", "/api/v1/insight"):
        assert (await Client(build(house.needs)).get(path)).status == 401
        assert (await Client(build(house.needs), token="token-ingest").get(path)).status == 403
        assert (await Client(build(house.needs), token="token-read").get(path)).status == 200
        assert (await Client(build(house.needs), token="token-admin").post(path)).status == 405


async def test_a_stranger_is_led_to_the_entry_and_back(house: House) -> None:
    answer = await Browser(Client(build(house.needs))).get("/insight?days=7")
    assert answer.headers["location"] == f"/sign-in?next={quote('/insight?days=7', safe='')}"


async def test_an_absent_database_is_said(house: House, browser: Browser) -> None:
    house.database.down = True
    assert (await browser.get("/insight")).status == 503


async def test_who_carries_more_than_their_share_is_named(browser: Browser, past: Past) -> None:
    past.noisy("A", 12, people=("bob",))
    past.incident("B", DAY, people=("alice",))
    assert "carries more than their share" in await page(browser)
    people = {row["person"]: row for row in await exported(browser, "people")}
    assert (people["bob"]["too_much"], people["alice"]["too_much"]) == (True, False)
    assert people["alice"]["hours_on_call"] + people["bob"]["hours_on_call"] == pytest.approx(72, abs=0.3)
    # Shares stay those of everybody, whoever is looked at.
    [bob] = await exported(browser, "people", person="bob")
    assert bob == people["bob"]


async def test_the_period_before_is_compared(browser: Browser, past: Past) -> None:
    past.incident("A", DAY)
    past.incident("A", 8 * DAY)
    past.incident("A", 9 * DAY, people=("alice", "bob"))
    found = (await browser.client.get("/api/v1/insight?days=7")).json()["totals"]
    assert found["period"] == {"incidents": 1, "acknowledged": 0, "pages": 1}
    assert found["before"] == {"incidents": 2, "acknowledged": 0, "pages": 3}


async def test_every_column_says_what_it_means(browser: Browser, past: Past) -> None:
    past.noisy("A")
    text = await page(browser)
    for name in ("weeks", "people", "alerts"):
        for column in TABLES[name].columns:
            assert column.means.endswith(".")
            assert column.means.replace("'", "&#39;").split("`")[0] in text


async def test_more_than_can_be_added_up_at_once_is_said(
    browser: Browser, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("escalator.web.insight.report.MOST", 2)
    past.noisy("A", 2)
    assert (await browser.get("/insight")).status == 200
    past.incident("B", DAY, policy="chat")
    answer = await browser.get("/insight")
    assert answer.status == 422
    assert "3 incidents opened in this time" in answer.text
    assert (await browser.get("/insight?policy=chat")).status == 200
