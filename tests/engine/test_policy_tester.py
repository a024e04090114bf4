"""What the tester of the console answers, the house does when that alert is really posted; on both databases."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from escalator.app.serving import doors
from escalator.core.instant import MINUTE, SECOND, Span, from_datetime
from escalator.rehearsal.suppose.scenario import Played, Scenario, play
from escalator.web.pages.policies.trial import Trial, scenario_of, tried
from tests.engine.live import Live, live
from tests.engine.test_one_incident import MAIL

TEXT = """
version: 1
people:
  alice: {contacts: {email: alice@example.com}}
  bob: {contacts: {email: bob@example.com}}
  cleo: {contacts: {email: cleo@example.com}}
channels: {ops: {email: ops@example.com}}
schedules:
  primary: {timezone: Europe/Berlin, layers: [{people: [alice, bob], every: 1w, starts: 2026-01-05T09:00}]}
alerts: {Slow: {severity: warning, summary: it is slow}}
routes:
  - {match: {env: dev}, drop: nobody wants to know}
  - {match: {team: db}, policy: {critical: page, default: calm}, group_by: [team]}
policies:
  page:
    levels:
      - {notify: [{schedule: primary}, {channel: ops}], escalate_after: 5m}
      - {notify: [{next_on_call: primary}], escalate_after: 4m}
      - {notify: [{person: cleo}], escalate_after: 3m}
  calm: {urgency: low, levels: [{notify: [{channel: ops}], escalate_after: 7m}, {notify: [{person: cleo}]}]}
catch_all: page
"""
SLACK: Span = 3 * SECOND
"""How late a busy machine may be."""


class Told(NamedTuple):
    """One message."""

    level: int
    who: str
    via: str
    after: Span


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "policies"


async def asked(one: Live, labels: dict[str, str]) -> tuple[Scenario, Trial, Played]:
    needs = doors(one.house, open_mode=True)
    scenario = await scenario_of(needs, labels, "")
    book = one.house.world.book
    return scenario, tried(book, scenario), play(book, scenario)


def foretold(played: Played) -> list[Told]:
    """The pages of the first round."""
    pages = [each for each in played.night.messages if each.page and each.round == 1]
    return sorted(
        Told(each.level, each.person or each.channel or "", each.via, each.at - played.since) for each in pages
    )


async def happened(one: Live, since: int, levels: int) -> list[Told]:
    """Goes on from level to level, and tells what was put into the outbox when."""
    for _ in range(levels):
        found = await one.get("incidents/1")
        due = found["due_at"]
        await one.until(lambda due=due: _passed(one, due))
    rows = [row for row in await one.notifications() if row["kind"] == "page" and row["round"] == 1]
    return sorted(Told(row["level"], _who(row), row["channel"], _after(row, since)) for row in rows)


async def _passed(one: Live, due: str) -> bool:
    if one.clock() < _instant(due):
        one.clock.by += _instant(due) - one.clock()
    await one.house.ticker.tick()
    return (await one.get("incidents/1"))["due_at"] != due


def _who(row: dict[str, Any]) -> str:
    return row["person"] or row["target"].removeprefix("channel ")


def _after(row: dict[str, Any], since: int) -> Span:
    return _instant(row["not_before"]) - since


def _instant(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("labels", "route", "policy", "levels"),
    [
        ({"alertname": "DiskFull", "severity": "critical"}, "catch_all", "page", 2),
        ({"alertname": "DiskFull", "severity": "critical", "team": "db"}, "routes[1]", "page", 2),
        # Its group waits 30 s before level 1.
        ({"alertname": "DiskFull", "severity": "warning", "team": "db"}, "routes[1]", "calm", 2),
        # The catalogue gives it its severity.
        ({"alertname": "Slow", "team": "db"}, "routes[1]", "calm", 2),
        # Whatever does not say how bad it is counts as critical.
        ({"alertname": "Nobody'sPlan"}, "catch_all", "page", 2),
    ],
)
async def test_where_it_goes_who_is_told_and_when(
    database_url: str, folder: Path, labels: dict[str, str], route: str, policy: str, levels: int
) -> None:
    async with live(database_url, folder, TEXT, sending=False, **MAIL) as one:
        scenario, trial, played = await asked(one, labels)
        assert (trial.route, trial.policy, trial.incident) == (route, policy, None)
        await post(one, labels)
        found = await one.get("incidents/1")
        assert (found["route"], found["policy"], found["labels"]) == (trial.route, trial.policy, trial.group)
        assert (found["severity"], found["urgency"] == "high") == (trial.severity, trial.high)
        since = _instant(found["opened_at"])
        done = await happened(one, since, levels)
        expected = foretold(played)
        assert [each[:3] for each in done] == [each[:3] for each in expected[: len(done)]]
        assert {each.level for each in done} >= {1, 2}
        for real, said in zip(done, expected, strict=False):
            assert abs(real.after - said.after) < SLACK, (real, said)
        assert abs(since - scenario.at) < MINUTE


async def post(one: Live, labels: dict[str, str], fingerprint: str = "f1") -> None:
    alert = {"labels": labels, "status": "firing", "startsAt": "2026-01-01T00:00:00Z", "fingerprint": fingerprint}
    answer = await one.door.post("/integrations/alertmanager", json={"version": "4", "alerts": [alert]})
    assert answer.status == 200, answer.body


async def test_what_is_dropped_is_said_to_tell_nobody_and_opens_nothing(database_url: str, folder: Path) -> None:
    labels = {"alertname": "DiskFull", "severity": "critical", "env": "dev"}
    async with live(database_url, folder, TEXT, sending=False, **MAIL) as one:
        _, trial, played = await asked(one, labels)
        assert (trial.route, trial.policy, foretold(played)) == ("routes[0]", None, [])
        assert "drops it" in trial.sentence
        await post(one, labels)
        assert (await one.get("incidents"))["items"] == []


async def test_what_joins_an_open_incident_pages_nobody_anew_and_what_worsens_it_does(
    database_url: str, folder: Path
) -> None:
    """`calm` waits for its group; a critical one of the same group is the same incident, paged at once."""
    async with live(database_url, folder, TEXT, sending=False, **MAIL) as one:
        await post(one, {"alertname": "Slow", "team": "db"})
        _, joins, _ = await asked(one, {"alertname": "Slow", "team": "db", "host": "b"})
        assert (joins.incident, joins.repeats, joins.policy) == (1, False, "calm")
        _, repeats, _ = await asked(one, {"alertname": "Slow", "team": "db"})
        assert (repeats.incident, repeats.repeats) == (1, True)
        worse = {"alertname": "DiskFull", "severity": "critical", "team": "db"}
        _, trial, played = await asked(one, worse)
        assert (trial.incident, trial.policy) == (1, "page")
        await post(one, worse, "f2")
        found = await one.get("incidents/1")
        assert (found["policy"], found["severity"]) == ("page", "critical")
        rows = await one.until(one.notifications)
        told = {(row["level"], _who(row)) for row in rows if row["kind"] == "page"}
        first = [each for each in played.night.messages if each.page and each.at - played.since < SECOND]
        assert told == {(each.level, each.person or each.channel) for each in first}


async def test_an_override_and_a_silence_of_now_are_in_the_answer(database_url: str, folder: Path) -> None:
    labels = {"alertname": "DiskFull", "severity": "critical"}
    async with live(database_url, folder, TEXT, sending=False, **MAIL) as one:
        now = one.clock()
        await one.house.windows.override("primary", "cleo", now, now + 30 * MINUTE, "ana", "a swap")
        _, _, played = await asked(one, labels)
        assert foretold(played)[0][:2] == (1, "cleo")
        await post(one, labels)
        rows = await one.until(one.notifications)
        assert "cleo" in {row["person"] for row in rows}
        silence = {"matchers": [{"label": "alertname", "value": "Quiet"}], "for": "1h", "reason": "work", "by": "ana"}
        assert (await one.door.post("/api/v1/silences", json=silence)).status in (200, 201)
        _, trial, played = await asked(one, {"alertname": "Quiet", "severity": "critical"})
        assert all(each.after >= 59 * MINUTE for each in foretold(played))
        assert "silence" in " ".join(text for step in trial.steps for text in step["texts"]) + trial.sentence
        await post(one, {"alertname": "Quiet", "severity": "critical"}, "f9")
        assert await one.notifications(2) == []
